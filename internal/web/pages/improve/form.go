package improve

import (
	"net/url"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/promises/compose"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// form is what was filled in, and what is wrong with it.
type form struct {
	values  url.Values
	message string
	faults  []cx.Fault
}

func newForm(q *web.Request) form {
	f := form{values: url.Values{}}
	for key, values := range q.PostForm {
		f.values[key] = values
	}
	return f
}

func (f form) get(name string) string { return strings.TrimSpace(f.values.Get(name)) }

func (f form) fault(name string) string {
	for _, x := range f.faults {
		if x.Field == name {
			return x.Message
		}
	}
	return ""
}

func (f form) field(name, label string) ui.Field {
	return ui.Field{Name: name, Label: label, Value: f.get(name), Fault: f.fault(name)}
}

// refused takes what is wrong into the form; the error is what no form can tell.
func (f *form) refused(q *web.Request, err error) error {
	message, faults, failure := q.Explain(err)
	if failure != nil {
		return failure
	}
	for _, text := range []string{"title", "text", "hypothesis", "goal", "learned", "said", "did"} { // asked in three languages, the reader's first
		for i := range faults {
			if faults[i].Field == text {
				faults[i].Field += "." + compose.Lang(q.L.Lang)
			}
		}
	}
	f.faults = faults
	if f.message = message; len(faults) > 0 {
		f.message = ""
	}
	return nil
}
