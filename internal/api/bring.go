package api

import (
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/listen/bring"
)

// proposed is how a file would come in, and the map that would bring it: null
// while something has to be said first.
type proposed struct {
	bring.Proposal
	Problems []bring.Problem `json:"problems"`
	Map      *string         `json:"map"`
}

// proposeImport guesses what the columns of a file are. Nothing of it is kept.
func (s *server) proposeImport(q *request) (any, error) {
	name := q.text("name")
	if err := q.finish(); err != nil {
		return nil, err
	}
	f, err := s.Brought.Take(q.Context(), q.principal, name, steady{q.Body, http.NewResponseController(q.w)})
	if err != nil {
		return nil, err
	}
	if err := s.Brought.Cancel(q.Context(), q.principal, f.ID); err != nil {
		return nil, err
	}
	out := proposed{Proposal: f.Proposal, Problems: append([]bring.Problem{}, f.Proposal.Problems()...)}
	if len(out.Problems) == 0 {
		text, err := f.Proposal.Map()
		if err != nil {
			return nil, err
		}
		out.Map = word(string(text))
	}
	return out, nil
}
