package modelview

import (
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

// age is how long something is kept, in words.
func age(l *i18n.Locale, k model.Keep) string {
	if k.N == 0 {
		return l.T("modelview.kept.forever")
	}
	return l.T("modelview.kept."+k.Unit, "n", k.N)
}

// kept is what the i-th rule is about, in words.
func (r reader) kept(rule model.Retention, i int) string {
	what := r.l.T("modelview.kept.all")
	switch {
	case rule.Event != "":
		what = "«" + rule.Event + "»"
	case rule.Kind != 0:
		what = r.l.T("modelview.kept." + rule.Kind.String())
	case i > 0 && rule.Source == "":
		what = r.l.T("modelview.kept.others")
	}
	if rule.Source != "" {
		return r.l.T("modelview.kept.from", "what", what, "source", rule.Source)
	}
	return what
}

// restIsKept tells whether something is named by no rule.
func (r reader) restIsKept() bool {
	for _, rule := range r.m.Retention {
		if rule.Source == "" && rule.Event == "" && rule.Kind == 0 {
			return false
		}
	}
	return true
}
