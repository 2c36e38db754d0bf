package reading

import (
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// Deviation says what a deviation is, as a sentence goes on: "se salta «Aviso de
// entrega»". Its id is its kind and the step, or the event and the touchpoint of
// what was not expected.
func (r Reader) Deviation(j model.Journey, id string) string {
	kind, of, _ := strings.Cut(id, ":")
	if event, touchpoint, found := strings.Cut(of, "@"); found {
		what := r.Happened(event)
		if at := r.Touchpoint(touchpoint); at != "" {
			what += " · " + at
		}
		return r.L.T("journeys.hurts."+kind, "what", what)
	}
	return r.L.T("journeys.hurts."+kind, "what", r.StepOf(j, of))
}
