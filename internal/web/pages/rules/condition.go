package rules

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"
)

// clause is a part of a condition as people say it: what is looked at, how it
// compares, and with what.
type clause struct {
	kind  string // ofEvent …
	name  string // of the property, trait, metric or event
	op    string
	value string
	days  string // of lived: within so many; "" is ever
}

// What a clause looks at.
const (
	ofEvent    = "properties"
	ofCustomer = "traits"
	ofScore    = "score"
	lived      = "count"
)

func clauseKinds() []string { return []string{ofEvent, ofCustomer, ofScore, lived} }

// ops are the comparisons with their words' keys.
func ops() [][2]string {
	return [][2]string{{"==", "is"}, {"!=", "is-not"}, {">", "above"}, {">=", "least"}, {"<", "below"}, {"<=", "most"}}
}

func opKey(op string) string {
	for _, o := range ops() {
		if o[0] == op {
			return o[1]
		}
	}
	return "is"
}

// condition is what has to be so: clauses of which all hold, or any; or, when it
// is not made of such, the expression.
type condition struct {
	clauses []clause
	any     bool
	source  string
}

// written tells whether the condition cannot be told in clauses.
func (c condition) written() bool { return c.source != "" }

const (
	and = " && "
	or  = " || "
	// maxClauses is how many clauses a form has room for; more are written.
	maxClauses = 4
)

var (
	comparing = regexp.MustCompile(`^(properties|traits)\.([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) (<=|>=|<|>|==|!=) ("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|true|false)$`)
	scoring   = regexp.MustCompile(`^score\("([\w-]+)"\) (<=|>=|<|>|==|!=) (-?\d+(?:\.\d+)?)$`)
	counting  = regexp.MustCompile(`^count\("([^"\\]+)"(?:, days\((\d+)\))?\) (<=|>=|<|>|==|!=) (\d+)$`)
	nameForm  = regexp.MustCompile(`^[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*$`)
	figure    = regexp.MustCompile(`^-?\d+(?:\.\d+)?$`)
	whole     = regexp.MustCompile(`^\d+$`)
)

// conditionOf reads an expression as clauses; what cannot be told so keeps its
// source.
func conditionOf(source string) condition {
	if strings.TrimSpace(source) == "" {
		return condition{}
	}
	c := condition{any: strings.Contains(source, or) && !strings.Contains(source, and)}
	between := and
	if c.any {
		between = or
	}
	for part := range strings.SplitSeq(source, between) {
		if m := comparing.FindStringSubmatch(part); m != nil {
			value := m[4]
			if text, err := strconv.Unquote(value); err == nil {
				value = text
			}
			c.clauses = append(c.clauses, clause{m[1], m[2], m[3], value, ""})
		} else if m := scoring.FindStringSubmatch(part); m != nil {
			c.clauses = append(c.clauses, clause{ofScore, m[1], m[2], m[3], ""})
		} else if m := counting.FindStringSubmatch(part); m != nil {
			c.clauses = append(c.clauses, clause{lived, m[1], m[3], m[4], m[2]})
		} else {
			return condition{source: source}
		}
	}
	if len(c.clauses) > maxClauses || c.text() != source {
		return condition{source: source}
	}
	return c
}

// text writes the condition as an expression.
func (c condition) text() string {
	if c.written() {
		return c.source
	}
	parts := make([]string, len(c.clauses))
	for i, s := range c.clauses {
		switch s.kind {
		case ofScore:
			parts[i] = `score(` + strconv.Quote(s.name) + `) ` + s.op + " " + s.value
		case lived:
			within := ""
			if s.days != "" {
				within = ", days(" + s.days + ")"
			}
			parts[i] = `count(` + strconv.Quote(s.name) + within + `) ` + s.op + " " + s.value
		default:
			value := s.value
			if !figure.MatchString(value) && value != "true" && value != "false" {
				value = strconv.Quote(value)
			}
			parts[i] = s.kind + "." + s.name + " " + s.op + " " + value
		}
	}
	if c.any {
		return strings.Join(parts, or)
	}
	return strings.Join(parts, and)
}

// conditionFrom reads what a form sends: rows of clauses, or an expression that
// was written. A row that says nothing yet is left out.
func conditionFrom(form url.Values, key string) condition {
	if source := sent(form, key+".source"); source != "" && source != sent(form, key+".was") {
		return condition{source: source}
	}
	c := condition{any: sent(form, key+".any") != ""}
	for i := range maxClauses {
		row := key + "." + strconv.Itoa(i) + "."
		s := clause{kind: sent(form, row+"kind"), op: sent(form, row+"op"), value: sent(form, row+"value")}
		if n := strings.Replace(s.value, ",", ".", 1); figure.MatchString(n) {
			s.value = n
		}
		if s.op == "" || opKey(s.op) == "is" {
			s.op = "=="
		}
		switch s.kind {
		case ofEvent, ofCustomer:
			s.name = sent(form, row+"name")
			if !nameForm.MatchString(s.name) || s.value == "" {
				continue
			}
		case ofScore:
			if s.name = sent(form, row+"metric"); s.name == "" || !figure.MatchString(s.value) {
				continue
			}
		case lived:
			if s.name, s.days = sent(form, row+"event"), sent(form, row+"days"); s.name == "" || strings.ContainsAny(s.name, `"\`) {
				continue
			}
			if !whole.MatchString(s.value) {
				s.op, s.value = ">=", "1"
			}
			if !whole.MatchString(s.days) {
				s.days = ""
			}
		default:
			continue
		}
		c.clauses = append(c.clauses, s)
	}
	c.any = c.any && len(c.clauses) > 1
	return c
}
