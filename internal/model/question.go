package model

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

// The types of a question, and what an answer to it is.
const (
	NPS      = "nps"      // a number, 0 to 10
	CSAT     = "csat"     // a number on its scale
	CES      = "ces"      // a number on its scale; higher is easier
	Rating   = "rating"   // a number on its scale
	Emotion  = "emotion"  // one of Emotions
	Single   = "single"   // the id of an option, or another text where Other
	Multiple = "multiple" // ids of options
	Ranking  = "ranking"  // the ids of all options, the first first
	Matrix   = "matrix"   // for each row the id of an option, or a number on its scale
	FreeText = "text"     // a text
	Number   = "number"   // a number between Min and Max
	Date     = "date"     // 2026-11-22
	Consent  = "consent"  // true or false
)

// QuestionTypes lists the types in the order of the editor.
func QuestionTypes() []string {
	return []string{NPS, CSAT, CES, Rating, Emotion, Single, Multiple, Ranking, Matrix, FreeText, Number, Date, Consent}
}

// Question is one thing that is asked.
type Question struct {
	ID        string // a slug, never used for anything else
	Type      string
	Text      Text // with piping; see Text.Fill
	Help      Text // may be empty; with piping
	Required  bool
	Options   []Option // of single, multiple, ranking and matrix
	Rows      []Option // of matrix
	Scale     string   // of nps, csat, ces and rating, and of a matrix without options: "1-5"
	Labels    Labels   // what the ends of a scale mean; may be empty
	Other     bool     // of single and multiple: a text of one's own
	Randomise bool     // the options stand in another order for each response
	When      *expr.Program
	MaxLength int      // of text, in characters
	Min, Max  *float64 // of number; nil: any
	Trait     string   // of consent: the trait that the answer sets, such as may_ask; may be empty
}

// Option is something to choose, or a row of a matrix.
type Option struct {
	ID   string
	Text Text
}

// Labels say what the least and the greatest of a scale mean.
type Labels struct{ Low, High Text }

// Scored tells whether the answer is one score.
func (q Question) Scored() bool {
	return q.Type == NPS || q.Type == CSAT || q.Type == CES || q.Type == Rating
}

// Lengths of a text, in characters.
const (
	DefaultLength = 2000
	MaxLength     = 5000 // an event holds no more in every script
)

// OtherOption is the id that an answer of one's own has.
const OtherOption = "other"

// Emotions lists the slugs of the emotions that a person can pick, from the
// most pleasant to the least.
func Emotions() []string {
	return []string{"joy", "trust", "surprise", "calm", "sadness", "disappointment", "fear", "anger"}
}

// usual is the scale of a type that declares none.
var usual = map[string]string{NPS: "0-10", CSAT: "1-5", CES: "1-7", Rating: "1-5", Matrix: "1-5"}

// maxPoints is how many points a scale may have: what fits one row of a phone.
const maxPoints = 11

// fits tells which of a question's keys are for which types.
var fits = map[string][]string{
	"options":    {Single, Multiple, Ranking, Matrix},
	"rows":       {Matrix},
	"scale":      {CSAT, CES, Rating, Matrix},
	"labels":     {NPS, CSAT, CES, Rating, Matrix},
	"other":      {Single, Multiple},
	"randomise":  {Single, Multiple, Ranking, Matrix},
	"max_length": {FreeText},
	"min":        {Number},
	"max":        {Number},
	"trait":      {Consent},
}

func (p *surveying) question(v value) Question {
	f := v.fields("id", "type", "text", "help", "required", "options", "rows", "scale", "labels", "other", "randomise", "when", "max_length", "min", "max", "trait")
	q := Question{
		ID:        f["id"].slug(p.ids),
		Type:      f["type"].oneOf(QuestionTypes()...),
		Text:      p.piped(f["text"]),
		Required:  f["required"].boolean(),
		Other:     f["other"].boolean(),
		Randomise: f["randomise"].boolean(),
		When:      p.reads(f["when"]),
	}
	if !f["help"].absent() {
		q.Help = p.piped(f["help"])
	}
	for _, key := range []string{"options", "rows", "scale", "labels", "other", "randomise", "max_length", "min", "max", "trait"} {
		if types := fits[key]; !f[key].absent() && q.Type != "" && !slices.Contains(types, q.Type) {
			f[key].fault("is for questions of type %s: leave it out", strings.Join(types, ", "))
		}
	}
	q.Options = p.options(f["options"], q.Type == Single || q.Type == Multiple || q.Type == Ranking)
	q.Rows = p.options(f["rows"], q.Type == Matrix)
	q.Scale = p.scale(f["scale"], q)
	if l := f["labels"]; !l.absent() {
		g := l.fields("low", "high")
		for key, to := range map[string]*Text{"low": &q.Labels.Low, "high": &q.Labels.High} {
			if !g[key].absent() {
				*to = g[key].words()
			}
		}
	}
	if q.Type == FreeText {
		q.MaxLength = DefaultLength
	}
	if n, ok := f["max_length"].number(); ok && n >= 1 && n <= MaxLength && n == float64(int(n)) {
		q.MaxLength = int(n)
	} else if !f["max_length"].absent() {
		f["max_length"].fault("must be a whole number of characters, 1 to %d", MaxLength)
	}
	q.Min, q.Max = f["min"].bound(), f["max"].bound()
	if q.Min != nil && q.Max != nil && *q.Min > *q.Max {
		f["min"].fault("is greater than max: exchange them")
	}
	q.Trait = f["trait"].optional("name the trait of the customer that the answer sets, such as may_ask")
	return q
}

func (v value) bound() *float64 {
	if v.absent() {
		return nil
	}
	n, ok := v.number()
	if !ok {
		v.fault("must be a number")
		return nil
	}
	return &n
}

func (p *surveying) options(v value, needed bool) (out []Option) {
	items := v.list()
	if needed && len(items) < 2 && (len(items) == 0 || !strings.HasSuffix(v.path, "rows")) {
		v.fault("is too short: write {id: …, text: …} for each thing to choose")
	}
	seen := map[string]bool{}
	for i, item := range items {
		if i == MaxOptions {
			item.fault("is one more than the %d that a question may have", MaxOptions)
			break
		}
		f := item.fields("id", "text")
		o := Option{ID: f["id"].slug(seen), Text: p.piped(f["text"])}
		if o.ID == OtherOption {
			f["id"].fault("%q is the answer of one's own: use other: true, or another id", OtherOption)
		}
		out = append(out, o)
	}
	return out
}

func (p *surveying) scale(v value, q Question) string {
	if q.Type == Matrix && q.Options != nil {
		if !v.absent() {
			v.fault("is for a matrix without options: keep the options or the scale")
		}
		return ""
	}
	if v.absent() {
		return usual[q.Type]
	}
	s := v.required(`write the least and the greatest score, such as "1-5"`)
	if sc, ok := fact.ParseScale(s); s != "" && (!ok || sc.Max-sc.Min >= maxPoints) {
		v.fault(`%q is no scale to answer on: write the least and the greatest score, such as "1-5", at most %d points apart`, s, maxPoints-1)
		return usual[q.Type]
	}
	return s
}

// reads compiles a condition on the answers so far; it may name only questions
// of pages before.
func (p *surveying) reads(v value) *expr.Program {
	prog := p.program(v, p.reply, expr.Bool)
	if prog == nil {
		return nil
	}
	for _, id := range prog.Given() {
		if _, ok := p.before[id]; ok {
			continue
		}
		earlier := make([]string, 0, len(p.before))
		for id := range p.before {
			earlier = append(earlier, id)
		}
		slices.Sort(earlier)
		v.fault("no page before this asks %q%s", id, orMean(id, earlier, ": what was asked is "))
	}
	return prog
}

func (q Question) element(path string) element {
	options := func(list []Option) string {
		texts := make([]string, len(list))
		for i, o := range list {
			texts[i] = o.ID + ": " + o.Text.String()
		}
		return strings.Join(texts, "; ")
	}
	number := func(n *float64) string {
		if n == nil {
			return ""
		}
		return strconv.FormatFloat(*n, 'f', -1, 64)
	}
	given := func(set bool, text any) string {
		if !set {
			return ""
		}
		return fmt.Sprint(text)
	}
	when := ""
	if q.When != nil {
		when = q.When.Source()
	}
	return element{path + q.ID, q.Text.String(), []part{
		{"type", q.Type},
		{"text", q.Text.String()},
		{"help", q.Help.String()},
		{"required", given(q.Required, true)},
		{"options", options(q.Options)},
		{"rows", options(q.Rows)},
		{"scale", q.Scale},
		{"labels", strings.Trim(q.Labels.Low.String()+" – "+q.Labels.High.String(), "– ")},
		{"other", given(q.Other, true)},
		{"randomise", given(q.Randomise, true)},
		{"when", when},
		{"max_length", given(q.MaxLength > 0, q.MaxLength)},
		{"min", number(q.Min)},
		{"max", number(q.Max)},
		{"trait", q.Trait},
	}}
}
