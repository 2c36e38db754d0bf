package model

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Version is one applied model.
type Version struct {
	Number    int // from 1; 0 is Empty
	Model     *Model
	YAML      []byte
	AppliedBy string // the principal's id
	AppliedAt cx.Time
	Seq       cx.Seq // of its record in the log; 0 while the log has not taken it
	Note      string
}

func (v *Version) parse() (err error) {
	v.Model, err = Parse(v.YAML)
	if err != nil {
		return cx.Errorf(cx.Conflict, "model.Version", "version %d cannot be read by this release: %w", v.Number, err)
	}
	return nil
}

type applied struct {
	Version int    `json:"version"`
	YAML    string `json:"yaml"`
	By      string `json:"by"`
}

// event returns the decision that goes to the log.
func (v *Version) event() (cx.Event, error) {
	properties, err := json.Marshal(applied{v.Number, string(v.YAML), v.AppliedBy})
	if err != nil {
		return cx.Event{}, cx.Wrap("model.Version.event", err)
	}
	return cx.NewDecision(AppliedEvent, "model:"+strconv.Itoa(v.Number), v.AppliedAt, properties), nil
}

// ModelOf returns the model that a decision put in force, its number and who
// did it; ok is false for any other event. Views that follow the log learn the
// model from it. A model that this release cannot read is an error.
func ModelOf(e cx.Event) (v Version, ok bool, err error) {
	if e.Kind != cx.Decision || e.Name != AppliedEvent {
		return Version{}, false, nil
	}
	var a applied
	if err := json.Unmarshal(bytes.Clone(e.Properties), &a); err != nil {
		return Version{}, true, cx.Errorf(cx.Invalid, "model.ModelOf", "the record of an applied model is malformed: %w", err)
	}
	v = Version{Number: a.Version, YAML: []byte(a.YAML), AppliedBy: a.By, AppliedAt: e.At, Seq: e.Seq}
	return v, true, v.parse()
}
