package serving

import (
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// editor is the form of a frame.
type editor struct {
	title      string
	touchpoint model.Touchpoint
	frame      model.Frame
	langs      []string
	areas      []ui.Option
	message    string
	faults     []cx.Fault
}

// set writes a text in a language.
func set(t *model.Text, lang, words string) {
	switch lang {
	case "es":
		t.ES = words
	case "en":
		t.EN = words
	case "pt":
		t.PT = words
	}
}

// lines adds what a language says to texts, line by line: the first line of every
// language is the same text.
func lines(all []model.Text, lang, written string) []model.Text {
	i := 0
	for line := range strings.Lines(written) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if i == len(all) {
			all = append(all, model.Text{})
		}
		set(&all[i], lang, line)
		i++
	}
	return all
}

// written is what lines reads.
func written(all []model.Text, lang string) string {
	out := make([]string, len(all))
	for i, t := range all {
		out[i] = t.Own(lang)
	}
	return strings.Join(out, "\n")
}

// frame is a frame as the model's text has it.
func frame(f model.Frame) model.Part {
	out := model.Part{{Key: "purpose", Value: f.Purpose}}
	for _, l := range []struct {
		key string
		all []model.Text
	}{{"never", f.Never}, {"give", f.Give}} {
		if len(l.all) > 0 {
			list := make([]any, len(l.all))
			for i, t := range l.all {
				list[i] = t
			}
			out = append(out, model.Field{Key: l.key, Value: list})
		}
	}
	if f.Helps != "" {
		out = append(out, model.Field{Key: "helps", Value: f.Helps})
	}
	return out
}
