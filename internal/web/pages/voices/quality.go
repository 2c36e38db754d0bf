package voices

import (
	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/understand/text"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// reading is how well texts are read, as the page shows it.
type readingView struct {
	reader
	standing voice.Standing
	title    string
}

func (p page) quality(q *web.Request) error {
	v := readingView{reader: p.reader(q)}
	var err error
	if v.standing, err = p.voice.Quality(q.Context(), q.Principal); err != nil {
		return err
	}
	v.title = v.right(v.standing)
	return q.Render(v.title, qualityView(v))
}

// right says how often a reading is right, in a sentence.
func (r reader) right(s voice.Standing) string {
	n := s.Quality.New.Polarity
	if n.N == 0 {
		return r.L.T("voices.quality.unknown")
	}
	return r.L.T("voices.quality.right", "hundred", r.hundred(n.Accuracy))
}

// against says what a reading is held against: always saying the same.
func (r reader) against(n text.Report) string {
	return r.L.T("voices.quality.against", "low", r.hundred(n.Low), "high", r.hundred(n.High), "majority", r.hundred(n.Majority), "n", n.N)
}

func (v readingView) mayTrain() bool { return v.May(account.TrainText) }

// reports are what is read of a text, each with how well.
func (v readingView) reports() []namedReport {
	q := v.standing.Quality
	return []namedReport{
		{v.L.T("voices.by.polarity"), q.New.Polarity, q.Shipped.Polarity},
		{v.L.T("voices.by.emotion"), q.New.Emotion, q.Shipped.Emotion},
		{v.L.T("voices.by.topic"), q.New.Topics, q.Shipped.Topics},
	}
}

type namedReport struct {
	name         string
	now, shipped text.Report
}

// class names a class of a report.
func (v readingView) class(c string) string {
	for _, kind := range []string{"polarity", "emotion"} {
		if k := "voices." + kind + "." + c; v.L.Has(k) {
			return v.L.T(k)
		}
	}
	return v.topic(c)
}

// train learns anew, in the background.
func (p page) train(q *web.Request) error {
	if err := p.voice.TrainSoon(q.Principal); err != nil {
		message, _, failure := q.Explain(err)
		if failure != nil {
			return failure
		}
		q.Flash(ui.Neutral, message)
	} else {
		q.Flash(ui.Positive, q.T("voices.quality.training"))
	}
	return q.Redirect("/voice/quality")
}
