package voices

import (
	"cmp"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/chart"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// themes is what texts are about, as the page shows it.
type themes struct {
	reader
	ask     question
	what    voice.Taxonomy
	title   string
	message string
	faults  []cx.Fault
}

func (p page) asked(q *web.Request) (v themes, err error) {
	v.reader = p.reader(q)
	if v.ask, err = p.question(q); err != nil {
		return v, err
	}
	if v.what, err = p.voice.Taxonomy(q.Context(), q.Principal, v.ask.Filter); err != nil {
		return v, err
	}
	slices.SortStableFunc(v.what.Topics, func(a, b voice.TopicCount) int { return cmp.Compare(b.N, a.N) })
	v.title = v.finding()
	return v, nil
}

func (v themes) finding() string {
	switch {
	case v.what.N == 0:
		return v.L.T("voices.nothing.title")
	case len(v.what.Topics) == 0 || v.what.Topics[0].N == 0:
		return v.L.T("voices.topics.none")
	}
	worst := slices.MaxFunc(v.what.Topics, func(a, b voice.TopicCount) int { return cmp.Compare(a.Negative, b.Negative) })
	if worst.Negative == 0 {
		return v.L.T("voices.topics.finding.most", "topic", v.topic(v.what.Topics[0].Topic.Slug))
	}
	return v.L.T("voices.topics.finding", "topic", v.topic(worst.Topic.Slug), "n", worst.Negative)
}

func (p page) topics(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	return q.Render(v.title, topicsView(v))
}

func (v themes) mayApply() bool { return v.May(account.ApplyModel) }

// mix is how the texts of a topic sound.
func (r reader) mix(k voice.KeyCount) (string, []chart.Share) {
	return r.L.T("voices.mix", "bad", r.L.Int(k.Negative), "good", r.L.Int(k.Positive), "count", r.L.Int(k.N)), []chart.Share{
		{Label: r.L.T("voices.polarity.negative"), Value: float64(k.Negative), Class: "bar-neg"},
		{Label: r.L.T("voices.polarity.neutral"), Value: float64(k.N - k.Negative - k.Positive), Class: "bar-none"},
		{Label: r.L.T("voices.polarity.positive"), Value: float64(k.Positive), Class: "bar-pos"},
	}
}

// parents are the topics that a topic may be made part of, or merged with.
func (v themes) others(slug string) []ui.Option {
	out := []ui.Option{{Text: v.L.T("voices.topics.choose")}}
	for _, t := range v.what.Topics {
		if t.Declared && t.Topic.Slug != slug {
			out = append(out, ui.Option{Value: t.Topic.Slug, Text: v.topic(t.Topic.Slug)})
		}
	}
	return out
}

func (v themes) areas() []ui.Option {
	out := []ui.Option{{Text: v.L.T("voices.topics.nobody")}}
	for _, a := range v.Model.Areas {
		out = append(out, ui.Option{Value: a.Slug, Text: v.Say(a.Name)})
	}
	return out
}

// examples are the texts from which a topic was learned.
func examples(t model.Topic) []string {
	return slices.Concat(t.Examples.ES, t.Examples.EN, t.Examples.PT)
}

// setTopic names a topic, a new one or one that there is.
func (p page) setTopic(q *web.Request) error {
	t, err := p.named(q)
	if err == nil {
		err = p.voice.SetTopic(q.Context(), q.Principal, t)
	}
	return p.edited(q, err, "voices.topics.saved")
}

// named reads a topic from a form: its name in the reader's language, who answers
// for it, and texts as its examples.
func (p page) named(q *web.Request) (model.Topic, error) {
	m := p.models.Current().Model
	name := strings.TrimSpace(q.PostFormValue("name"))
	if name == "" {
		return model.Topic{}, cx.InvalidFaults("voices", []cx.Fault{{Field: "name", Message: "a topic needs a name"}})
	}
	t, known := m.Topic(q.PostFormValue("slug"))
	if !known {
		t = model.Topic{Slug: model.NewSlug(name, "topic", func(s string) bool { _, taken := m.Topic(s); return taken })}
		t.Name = model.Text{ES: name, EN: name, PT: name}
	}
	switch q.L.Lang {
	case "en":
		t.Name.EN = name
	case "pt":
		t.Name.PT = name
	default:
		t.Name.ES = name
	}
	if areas, given := q.PostForm["area"]; given {
		t.Area = areas[0]
	}
	t.Examples = model.Phrases{}
	for _, example := range q.PostForm["example"] {
		switch lang, words, _ := strings.Cut(example, ":"); lang {
		case "en":
			t.Examples.EN = append(t.Examples.EN, words)
		case "pt":
			t.Examples.PT = append(t.Examples.PT, words)
		default:
			t.Examples.ES = append(t.Examples.ES, words)
		}
	}
	return t, nil
}

func (p page) mergeTopic(q *web.Request) error {
	return p.edited(q, p.voice.MergeTopics(q.Context(), q.Principal, q.PostFormValue("into"), q.PathValue("slug")), "voices.topics.merged")
}

func (p page) splitTopic(q *web.Request) error {
	t, err := p.named(q)
	if err == nil {
		err = p.voice.SplitTopic(q.Context(), q.Principal, q.PathValue("slug"), t)
	}
	return p.edited(q, err, "voices.topics.split.done")
}

// edited goes back to the topics, or shows what is wrong with what was asked.
func (p page) edited(q *web.Request, err error, done string) error {
	if err == nil {
		q.Flash(ui.Positive, q.T(done))
		return q.Redirect("/voice/topics")
	}
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	v.message, v.faults = message, faults
	return q.RenderStatus(http.StatusUnprocessableEntity, v.title, topicsView(v))
}

func (p page) topicsCSV(q *web.Request) error {
	v, err := p.asked(q)
	if err != nil {
		return err
	}
	return q.CSV("temas", []string{"topic", "name", "area", "n", "negative", "positive", "sentiment"}, func(yield func([]string, error) bool) {
		write := func(slug, name, area string, k voice.KeyCount) bool {
			return yield([]string{slug, name, area, strconv.FormatInt(k.N, 10), strconv.FormatInt(k.Negative, 10), strconv.FormatInt(k.Positive, 10), strconv.FormatFloat(k.Sentiment, 'f', 3, 64)}, nil)
		}
		for _, t := range v.what.Topics {
			if !write(t.Topic.Slug, v.topic(t.Topic.Slug), t.Topic.Area, t.KeyCount) {
				return
			}
		}
		write("", v.L.T("voices.topic.none"), "", v.what.NotUnderstood)
	})
}
