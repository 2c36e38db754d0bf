package voice

import (
	"bytes"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// piece is one text of an event.
type piece struct {
	item     int
	question string
	words    string
}

// heardIn is what an event says in words and scores.
type heardIn struct {
	kind      Kind
	pieces    []piece
	scores    []given // those of the event, the one that counts first
	response  string
	questions []string
	corrects  []cx.Seq      // earlier answers whose questions this one answers anew
	mention   *fact.Mention // nil of all else
}

// given is a score and where it was given.
type given struct {
	Score
	item     int
	question string
}

// hear returns what is said in an event; nothing when it holds no text and no
// score of a response. The strings are copies.
func hear(e cx.Event, m *model.Model) heardIn {
	var h heardIn
	switch e.Kind {
	case cx.Answer:
		h = answered(e)
	case cx.Track, cx.Mention:
		if e.Kind == cx.Mention || e.Name == published {
			if said, err := fact.ParseMention(e.Properties); err == nil {
				return mentioned(said)
			}
		}
		h = heardIn{kind: Message, pieces: textsIn(e.Properties, m.Facts.Text)}
		if e.Kind == cx.Mention {
			h.kind = Mention
		}
	}
	return h
}

// published is the event of a customer's mention (mention.Published).
const published = "Mention Published"

func mentioned(m fact.Mention) heardIn {
	h := heardIn{kind: Mention, mention: &m}
	if words := clean(m.Text); words != "" && !m.Deleted {
		h.pieces = []piece{{0, "text", words}}
	}
	if m.HasValue {
		h.scores = []given{{Score{"rating", m.Scale, m.Rating}, 0, "rating"}}
	}
	return h
}

// answered reads an answer's texts and scores. What cannot be read says
// nothing: history sets it aside.
func answered(e cx.Event) heardIn {
	a, err := fact.ParseAnswer(e)
	if err != nil {
		return heardIn{}
	}
	h := heardIn{kind: Answer, corrects: fact.Corrects(e)}
	if e.Properties != nil {
		p := expr.NewObject(e.Properties)
		h.response = strings.Clone(p.Text("response_id"))
		if p.Text("suspect") == "true" {
			h.kind = Suspect
		}
	}
	for i, it := range a.Items[:min(len(a.Items), maxItems)] {
		h.questions = append(h.questions, it.Question)
		if words := clean(it.Text); words != "" {
			h.pieces = append(h.pieces, piece{i, it.Question, words})
		}
		if it.HasValue {
			h.scores = append(h.scores, given{Score{it.Metric, it.Scale, it.Value}, i, it.Question})
		}
	}
	slices.SortStableFunc(h.scores, func(a, b given) int { return rank(a.Metric) - rank(b.Metric) })
	return h
}

// metrics are those of scores, the one that says most of the whole first.
var metrics = []string{"nps", "csat", "ces", "rating"}

func rank(metric string) int { return slices.Index(metrics, metric) }

// textsIn returns the strings that stand in some members of a JSON object, each
// by its place among the members.
func textsIn(object []byte, names []string) (out []piece) {
	if len(object) == 0 || !slices.ContainsFunc(names, func(n string) bool { return bytes.Contains(object, []byte(n)) }) {
		return nil
	}
	d := jsontext.NewDecoder(bytes.NewReader(object))
	if t, err := d.ReadToken(); err != nil || t.Kind() != '{' {
		return nil
	}
	for i := 0; i < maxItems && d.PeekKind() == '"'; i++ {
		name, err := d.ReadToken()
		if err != nil {
			return out
		}
		key := name.String()
		value, err := d.ReadValue()
		if err != nil {
			return out
		}
		if value.Kind() != '"' || !slices.Contains(names, key) {
			continue
		}
		raw, err := jsontext.AppendUnquote(nil, value)
		if words := clean(string(raw)); err == nil && words != "" {
			out = append(out, piece{i, key, words})
		}
	}
	return out
}

// clean returns what is kept of a text: valid UTF-8 without control characters,
// cut after MaxWords bytes; "" when it has neither a letter nor a symbol.
func clean(s string) string {
	if len(s) > MaxWords {
		s = s[:MaxWords]
		for !utf8.ValidString(s[max(0, len(s)-utf8.UTFMax):]) && len(s) > MaxWords-utf8.UTFMax {
			s = s[:len(s)-1]
		}
	}
	says := false
	s = strings.Map(func(r rune) rune {
		says = says || unicode.IsLetter(r) || unicode.Is(unicode.So, r)
		if r == utf8.RuneError || unicode.IsControl(r) && r != '\n' && r != '\t' {
			return -1
		}
		return r
	}, s)
	if !says {
		return ""
	}
	return strings.TrimSpace(s)
}
