package api

import (
	"net/http"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// modelVersion is one version; its YAML is left out of lists.
type modelVersion struct {
	Version   int     `json:"version"`
	AppliedBy *string `json:"applied_by"`
	AppliedAt *string `json:"applied_at"`
	Seq       cx.Seq  `json:"seq"`
	Note      *string `json:"note"`
	YAML      *string `json:"yaml,omitempty"`
}

func modelVersionOf(v model.Version) modelVersion {
	return modelVersion{Version: v.Number, AppliedBy: word(v.AppliedBy), AppliedAt: instant(v.AppliedAt), Seq: v.Seq, Note: word(v.Note)}
}

type modelChange struct {
	Path   string           `json:"path"`
	Kind   model.ChangeKind `json:"kind"`
	Before *string          `json:"before"`
	After  *string          `json:"after"`
}

type modelChanges struct {
	Changes []modelChange `json:"changes"`
}

func (s *server) showModel(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	current := s.Models.Current()
	out := modelVersionOf(current)
	yaml := string(current.YAML)
	out.YAML = &yaml
	return out, nil
}

func (s *server) listModelVersions(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	versions, err := s.Models.Versions(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	return listOf(versions, modelVersionOf), nil
}

type modelInput struct {
	YAML string `json:"yaml"`
	Note string `json:"note"`
}

func (q *request) model() (in modelInput, err error) {
	if err := q.body(&in); err != nil {
		return in, err
	}
	if in.YAML == "" {
		q.fault("yaml", "is missing: the model as YAML")
	}
	if len(in.Note) > maxText {
		q.fault("note", "is at most %d bytes", maxText)
	}
	return in, q.finish()
}

func (s *server) previewModel(q *request) (any, error) {
	in, err := q.model()
	if err != nil {
		return nil, err
	}
	changes, err := s.Models.Preview(q.Context(), q.principal, []byte(in.YAML))
	if err != nil {
		return nil, err
	}
	return modelChanges{each(changes, func(c model.Change) modelChange {
		return modelChange{c.Path, c.Kind, word(c.Before), word(c.After)}
	})}, nil
}

func (s *server) applyModel(q *request) (any, error) {
	in, err := q.model()
	if err != nil {
		return nil, err
	}
	v, err := s.Models.Apply(q.Context(), q.principal, []byte(in.YAML), in.Note)
	if err != nil {
		return nil, err
	}
	s.record(q, "model.applied", "model:"+strconv.Itoa(v.Number))
	s.settle(q.Context(), v.Seq)
	return reply{http.StatusCreated, "/api/v1/model", modelVersionOf(v)}, nil
}
