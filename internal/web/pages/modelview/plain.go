package modelview

import (
	"regexp"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

// outcome is one way in which an event may be lived: under a condition in words
// ("" for otherwise, or always).
type outcome struct {
	when    string
	valence float64
}

// happening is an event of a touchpoint in words.
type happening struct {
	name      string
	when      string    // the condition in words; "" for always
	sometimes bool      // it has a condition, in words or not
	lived     []outcome // empty: not declared, or not to be said in words
	depends   bool      // declared, but not to be said in words
	source    []string  // the conditions as written
}

func happeningOf(l *i18n.Locale, e model.TouchpointEvent) happening {
	h := happening{name: e.Name}
	if e.When != nil {
		h.sometimes = true
		h.when, _ = condition(l, e.When.Source())
		h.source = append(h.source, e.When.Source())
	}
	if e.Valence != nil {
		src := e.Valence.Source()
		if h.lived = outcomes(l, src); h.lived == nil {
			h.depends = true
		}
		if _, err := number(src); err != nil {
			h.source = append(h.source, src)
		}
	}
	return h
}

func number(s string) (float64, error) { return strconv.ParseFloat(strings.TrimSpace(s), 64) }

// outcomes puts a chain of conditions (a ? 1 : b ? 2 : 3) into words; nil when
// it is something else.
func outcomes(l *i18n.Locale, src string) (out []outcome) {
	for rest := src; ; {
		if v, err := number(rest); err == nil {
			return append(out, outcome{valence: v})
		}
		cond, tail, ok := strings.Cut(rest, "?")
		if !ok {
			return nil
		}
		value, otherwise, ok := strings.Cut(tail, ":")
		if !ok {
			return nil
		}
		v, err := number(value)
		words, plain := condition(l, cond)
		if err != nil || !plain {
			return nil
		}
		out = append(out, outcome{words, v})
		rest = otherwise
	}
}

var (
	compared = regexp.MustCompile(`^properties\.(\w+)\s*(==|!=|>=|<=|>|<)\s*("[^"]*"|'[^']*'|-?[\d.]+|true|false)$`)
	truth    = regexp.MustCompile(`^(!?)properties\.(\w+)$`)
	after    = regexp.MustCompile(`^event\.at (>|<) timestamp\(properties\.(\w+)\)$`)
)

// condition puts a condition into words: «wait_min» es más de 10. ok is false
// when it is one that we have no words for.
func condition(l *i18n.Locale, src string) (words string, ok bool) {
	for _, joint := range []struct{ sign, key string }{{"||", "modelview.or"}, {"&&", "modelview.and"}} {
		parts := strings.Split(src, joint.sign)
		if len(parts) == 1 {
			continue
		}
		for i := range parts {
			if parts[i], ok = condition(l, parts[i]); !ok {
				return "", false
			}
		}
		return strings.Join(parts, " "+l.T(joint.key)+" "), true
	}
	src = strings.TrimSpace(src)
	if m := truth.FindStringSubmatch(src); m != nil {
		return l.T(map[string]string{"": "modelview.if.true", "!": "modelview.if.false"}[m[1]], "what", spaced(m[2])), true
	}
	if m := after.FindStringSubmatch(src); m != nil {
		return l.T(map[string]string{">": "modelview.if.after", "<": "modelview.if.before"}[m[1]], "what", spaced(m[2])), true
	}
	m := compared.FindStringSubmatch(src)
	if m == nil {
		return "", false
	}
	value := strings.Trim(m[3], `"'`)
	if f, err := number(value); err == nil {
		value = strings.TrimSuffix(l.Number(f, 1), l.Number(0, 1)[1:])
	}
	switch {
	case value == "true" && m[2] == "==", value == "false" && m[2] == "!=":
		return l.T("modelview.if.true", "what", spaced(m[1])), true
	case value == "false" && m[2] == "==", value == "true" && m[2] == "!=":
		return l.T("modelview.if.false", "what", spaced(m[1])), true
	}
	key := map[string]string{"==": "is", "!=": "is-not", ">": "more", "<": "less", ">=": "least", "<=": "most"}[m[2]]
	return l.T("modelview.if."+key, "what", spaced(m[1]), "value", value), true
}

// spaced is the name of a property as words.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }
