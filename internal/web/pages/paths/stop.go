package paths

import (
	"slices"
	"time"

	"github.com/vivencia-cx/vivencia/internal/understand/journey"
)

// name is what a stop is called: its step or touchpoint, and of an event that is
// in no step, what happened.
func (a asked) name(s journey.Stop) string {
	if s.Event != "" && s.Step == "" {
		return a.Happened(s.Event)
	}
	if name := a.Say(s.Name); name != "" {
		return name
	}
	if s.Event != "" {
		return a.Happened(s.Event)
	}
	return s.ID
}

// planned tells whether a stop is in the script; of a journey without one, all are.
func (a asked) planned(s journey.Stop) bool { return len(a.ask.Journey.Script) == 0 || s.Step != "" }

// runs is the address of the runs that went through a stop of the graph.
func (a asked) runs(s journey.Stop) string {
	switch {
	case s.Event == "" && s.Step != "":
		return a.ask.At("runs", "step", s.ID)
	case s.Event == "":
		return a.ask.At("runs", "touchpoint", s.ID)
	}
	return a.ask.At("runs", "after", s.ID)
}

// brief writes a stretch of time to one unit: 2 h, 3 días.
func (a asked) brief(d time.Duration) string {
	switch {
	case d >= time.Hour && d < 24*time.Hour:
		d = d.Round(time.Hour)
	case d >= time.Minute && d < time.Hour:
		d = d.Round(time.Minute)
	}
	return a.L.Lasting(d)
}

// tenths says how many of ten a share is, in words: "8 de cada 10"; "casi todos",
// "casi ninguno" at the ends.
func (a asked) tenths(share float64) string {
	switch n := int(10*share + .5); {
	case share > .95:
		return a.L.T("paths.tenths.all")
	case share < .05:
		return a.L.T("paths.tenths.none")
	default:
		return a.L.T("paths.tenths", "n", max(1, min(9, n)))
	}
}

// worst is the finding that surely costs most among how runs depart from the
// script; nil of none.
func worst(findings []journey.Finding) *journey.Finding {
	i := slices.IndexFunc(findings, func(f journey.Finding) bool { return f.Clear && f.Kind != journey.Painful })
	if i < 0 {
		return nil
	}
	return &findings[i]
}
