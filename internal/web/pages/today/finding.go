package today

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// finding is the page's title: what changed in what customers answer, and what
// surely hurts most. It says no more than the verdicts do.
func (r reader) finding(p outcome.Pulse) string {
	var better, worse []string
	compared := false
	for _, i := range p.Indicators {
		switch i.Change.Verdict {
		case outcome.Better:
			better = append(better, r.l.T("today.finding."+string(i.Metric)))
		case outcome.Worse:
			worse = append(worse, r.l.T("today.finding."+string(i.Metric)))
		case outcome.NoClearChange:
		default:
			continue
		}
		compared = true
	}
	changed := ""
	switch {
	case len(better) > 0 && len(worse) > 0:
		changed = r.l.T("today.finding.both", "better", r.join(better), "worse", r.join(worse))
	case len(better) > 0:
		changed = r.l.T("today.finding.better", "n", len(better), "what", r.join(better))
	case len(worse) > 0:
		changed = r.l.T("today.finding.worse", "n", len(worse), "what", r.join(worse))
	case compared:
		changed = r.l.T("today.finding.same")
	case len(p.Indicators) > 0:
		changed = r.l.T("today.finding.early")
	}
	hurts := ""
	if known, worst := r.worst(p); worst != nil {
		name, _ := r.touchpoint(worst.Slug)
		hurts = r.l.T("today.finding.hurts"+how(*worst), "name", name)
	} else if known && changed != "" {
		hurts = r.l.T("today.finding.none")
	}
	switch {
	case changed == "" && hurts == "":
		return r.l.T("today.finding.unknown")
	case changed == "":
		return capital(hurts)
	case hurts == "":
		return changed
	}
	return changed + "; " + hurts
}

// worst is the touchpoint that surely hurts most, nil when none surely does;
// known tells whether it is known of any how it is lived.
func (r reader) worst(p outcome.Pulse) (known bool, worst *outcome.Touchpoint) {
	for i, t := range p.Touchpoints {
		if ofFeeling(t.Feeling) == unknown {
			continue
		}
		known = true
		if t.Feeling.High < 0 && ui.ValenceTone(t.Feeling.Value) == ui.Negative {
			return true, &p.Touchpoints[i]
		}
	}
	return known, nil
}

// how adds what is clear of how a touchpoint changed.
func how(t outcome.Touchpoint) string {
	switch {
	case t.Clear && t.Change.Delta > 0:
		return ".better"
	case t.Clear && t.Change.Delta < 0:
		return ".worse"
	}
	return ""
}

// join writes a list as a sentence does: a, b y c.
func (r reader) join(items []string) string {
	last := len(items) - 1
	if last == 0 {
		return items[0]
	}
	return strings.Join(items[:last], ", ") + " " + r.l.T("today.and") + " " + items[last]
}

func capital(s string) string {
	first, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[n:]
}
