package surveys

import (
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// sentence is a part of a condition as people say it: of an answer or a
// property, how it compares, and with what.
type sentence struct{ of, op, value string }

// The comparisons, by what a form sends for them.
const (
	below    = "<"
	atMost   = "<="
	above    = ">"
	atLeast  = ">="
	equal    = "=="
	other    = "!="
	holds    = "in"    // one of several answers is it
	isTrue   = "true"  // yes
	isFalse  = "false" // no
	answered = "answered"
)

// condition is what has to be so: sentences that all hold; or, when it is not
// made of such, the expression.
type condition struct {
	sentences []sentence
	lived     string // of a moment: the event that was lived …
	times     string // … at least so often
	source    string
}

// The roots of what sentences are about.
const (
	ofAnswers    = "answers"
	ofProperties = "properties"
)

// of is what a sentence is about, as an expression names it: .score or ["may-ask"].
const of = `(?:\.([A-Za-z_]\w*)|\["([^"\\]+)"\])`

var (
	comparing = regexp.MustCompile(`^(answers|properties)` + of + ` (<=|>=|<|>|==|!=) ("(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?|null)$`)
	holding   = regexp.MustCompile(`^("(?:[^"\\]|\\.)*") in (answers)` + of + `$`)
	truth     = regexp.MustCompile(`^(!?)(answers|properties)` + of + `$`)
	counting  = regexp.MustCompile(`^count\(("(?:[^"\\]|\\.)*")\) >= (\d+)$`)
	named     = regexp.MustCompile(`^[A-Za-z_]\w*$`)
)

// conditionOf reads an expression as sentences about answers or properties; what
// cannot be told so keeps its source.
func conditionOf(root, source string) condition {
	if strings.TrimSpace(source) == "" {
		return condition{}
	}
	var c condition
	for part := range strings.SplitSeq(source, " && ") {
		part = strings.TrimSpace(part)
		if m := comparing.FindStringSubmatch(part); m != nil && m[1] == root {
			s := sentence{of: m[2] + m[3], op: m[4], value: m[5]}
			if text, err := strconv.Unquote(m[5]); err == nil {
				s.value = text
			}
			if m[5] == "null" {
				if m[4] != other {
					return condition{source: source}
				}
				s = sentence{of: s.of, op: answered}
			}
			c.sentences = append(c.sentences, s)
		} else if m := holding.FindStringSubmatch(part); m != nil && root == ofAnswers {
			value, _ := strconv.Unquote(m[1])
			c.sentences = append(c.sentences, sentence{m[3] + m[4], holds, value})
		} else if m := truth.FindStringSubmatch(part); m != nil && m[2] == root {
			op := isTrue
			if m[1] == "!" {
				op = isFalse
			}
			c.sentences = append(c.sentences, sentence{of: m[3] + m[4], op: op})
		} else if m := counting.FindStringSubmatch(part); m != nil && root == ofProperties && c.lived == "" {
			c.lived, _ = strconv.Unquote(m[1])
			c.times = m[2]
		} else {
			return condition{source: source}
		}
	}
	if c.text(root, nil) != source {
		return condition{source: source}
	}
	return c
}

// text writes the condition as an expression. Quoted tells which answers are
// words: their values are quoted, whatever they look like.
func (c condition) text(root string, quoted func(of string) bool) string {
	if c.source != "" {
		return c.source
	}
	var parts []string
	for _, s := range c.sentences {
		at := root + "." + s.of
		if !named.MatchString(s.of) {
			at = root + "[" + strconv.Quote(s.of) + "]"
		}
		value := s.value
		if _, err := strconv.ParseFloat(value, 64); err != nil || quoted != nil && quoted(s.of) {
			value = strconv.Quote(value)
		}
		switch s.op {
		case isTrue:
			parts = append(parts, at)
		case isFalse:
			parts = append(parts, "!"+at)
		case answered:
			parts = append(parts, at+" != null")
		case holds:
			parts = append(parts, strconv.Quote(s.value)+" in "+at)
		default:
			parts = append(parts, at+" "+s.op+" "+value)
		}
	}
	if c.lived != "" {
		parts = append(parts, "count("+strconv.Quote(c.lived)+") >= "+c.times)
	}
	return strings.Join(parts, " && ")
}

// conditionFrom reads what a form sends: rows of sentences, or an expression
// that was written. What an answer is compared with must fit its question.
func conditionFrom(form url.Values, root string, asked []draftQuestion) condition {
	get := func(name string) string { return strings.TrimSpace(form.Get(name)) }
	if source := get("when.source"); source != "" && source != get("when.was") {
		return condition{source: source}
	}
	var c condition
	for i := range maxSentences {
		row := "when." + strconv.Itoa(i) + "."
		s := sentence{get(row + "of"), get(row + "op"), strings.Replace(get(row+"value"), ",", ".", 1)}
		if s.of == "" {
			continue
		}
		for _, q := range asked {
			if q.id == s.of {
				s = s.fit(q)
			}
		}
		if s.op == "" {
			s.op = equal
		}
		if s.value == "" && s.op != isTrue && s.op != isFalse {
			s.op = answered
		}
		c.sentences = append(c.sentences, s)
	}
	if root == ofProperties && get("when.lived") != "" {
		c.lived, c.times = get("when.lived"), "1"
		if n, err := strconv.Atoi(get("when.times")); err == nil && n > 0 {
			c.times = strconv.Itoa(n)
		}
	}
	return c
}

// maxSentences is how many sentences a form has room for; more are written.
const maxSentences = 3

// fit makes a comparison one that the question's answers can be in.
func (s sentence) fit(q draftQuestion) sentence {
	switch q.kind {
	case model.Multiple, model.Ranking:
		if s.op == equal || s.op == "" {
			s.op = holds
		}
	case model.Single, model.Emotion:
		if s.op != other {
			s.op = equal
		}
	case model.Consent:
		if s.op != isFalse {
			s.op = isTrue
		}
	}
	return s
}

// worded tells whether answers to a question are words and not figures.
func worded(asked []draftQuestion) func(string) bool {
	return func(of string) bool {
		for _, q := range asked {
			if q.id == of {
				return q.kind == model.Single || q.kind == model.Emotion || q.kind == model.FreeText || q.kind == model.Date
			}
		}
		return false
	}
}
