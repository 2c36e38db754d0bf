package identity

import (
	"bytes"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Evidence is an identifier, beyond userId and anonymousId, that an event shows.
type Evidence struct {
	Kind, Value string // in normal form
	Merges      bool   // joins even two identified customers
	place       int64  // of its rule: part of the ids of what it causes
}

// Rules say where events show identifiers.
type Rules struct{ rules []rule }

type rule struct {
	kind   string
	merges bool
	paths  []path
}

// path leads to a member: its first step names a part of the event.
type path struct {
	steps []string
	quick []byte // the last step as it stands in JSON: what lacks it is not parsed
}

// The places of what causes merges and suggestions, within one event.
const (
	placeAnonymousID = 0
	placeAlias       = 1
	placeRules       = 2
	placePerson      = 15
	places           = 16
)

// NewRules reads the rules of a model. At most 13 are kept.
func NewRules(declared []model.IdentifierRule) Rules {
	var rs Rules
	for _, d := range declared {
		if len(rs.rules) == placePerson-placeRules {
			break
		}
		r := rule{kind: d.Kind, merges: d.Merges}
		for _, from := range d.From {
			steps := strings.Split(from, ".")
			if len(steps) > 1 {
				r.paths = append(r.paths, path{steps, []byte(`"` + steps[len(steps)-1] + `"`)})
			}
		}
		rs.rules = append(rs.rules, r)
	}
	return rs
}

// Evidence returns what e shows of its customer, in the order of the rules. The
// traits of a group call are the organization's and show nothing.
func (rs Rules) Evidence(e *cx.Event) []Evidence {
	var out []Evidence
	for i := range rs.rules {
		r := &rs.rules[i]
		for _, p := range r.paths {
			if v := Normalize(r.kind, p.find(e)); v != "" {
				out = append(out, Evidence{r.kind, v, r.merges, int64(placeRules + i)})
				break
			}
		}
	}
	return out
}

func (p path) find(e *cx.Event) string {
	var raw []byte
	steps := p.steps[1:]
	switch {
	case p.steps[0] == "traits" && e.Kind == cx.Group:
		raw, steps = e.Context, p.steps // context.traits are the member's
	case p.steps[0] == "traits":
		raw = e.Traits
	case p.steps[0] == "properties":
		raw = e.Properties
	case p.steps[0] == "context":
		raw = e.Context
	}
	if !bytes.Contains(raw, p.quick) {
		return ""
	}
	return scalar(raw, steps)
}

// scalar returns the text of the string or number to which steps lead.
func scalar(raw []byte, steps []string) string {
	dec := jsontext.NewDecoder(bytes.NewBuffer(raw))
	for i := 0; ; {
		if dec.PeekKind() != '{' {
			return ""
		}
		if _, err := dec.ReadToken(); err != nil {
			return ""
		}
		for {
			name, err := dec.ReadToken()
			if err != nil || name.Kind() != '"' {
				return ""
			}
			if name.String() == steps[i] {
				break
			}
			if dec.SkipValue() != nil {
				return ""
			}
		}
		if i++; i == len(steps) {
			break
		}
	}
	v, err := dec.ReadToken()
	if err != nil || (v.Kind() != '"' && v.Kind() != '0') {
		return ""
	}
	return v.String()
}
