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
	if event, _, found := strings.Cut(of, "@"); found {
		return r.L.T("journeys.hurts."+kind, "what", r.Happened(event))
	}
	return r.L.T("journeys.hurts."+kind, "what", r.StepOf(j, of))
}
