package surveys

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/act/ask"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// askingPage is how often people are asked, and the limits of that.
type askingPage struct {
	q        *web.Request
	fatigue  ask.Fatigue
	asked    int // by all surveys, in the period
	answered int
	due      int
	skipped  map[ask.Reason]int
	weeks    int
	limits   model.Asking
	base     int
	mail     bool
}

func (v askingPage) mayApply() bool { return may(v.q, account.ApplyModel) }

// times are how often people were asked, ascending.
func (v askingPage) times() []int { return slices.Sorted(maps.Keys(v.fatigue.People)) }

func (v askingPage) people() (n int) {
	for _, k := range v.fatigue.People {
		n += k
	}
	return n
}

func (p page) asking(q *web.Request) error {
	v := askingPage{q: q, skipped: map[ask.Reason]int{}, limits: p.Models.Current().Model.Asking, base: p.base(q), mail: p.Mail()}
	weeks, w, err := period(q)
	if err != nil {
		return err
	}
	v.weeks = weeks
	if v.fatigue, err = p.Asks.Fatigue(q.Context(), q.Principal); err != nil {
		return err
	}
	for _, s := range p.Models.Current().Model.Surveys {
		r, err := p.Asks.Rates(q.Context(), q.Principal, s.Slug, w)
		if err != nil {
			return err
		}
		v.asked += r.Asked
		v.answered += r.Answered
		v.due += r.Scheduled
		for reason, n := range r.Skipped {
			v.skipped[reason] += n
		}
	}
	title := q.T("surveys.asking.title.none")
	if n := v.people(); n > 0 {
		title = q.T("surveys.asking.title", "n", n, "days", v.fatigue.Days, "resting", v.fatigue.Resting)
	} else if v.fatigue.Resting > 0 {
		title = q.T("surveys.asking.title.resting", "n", v.fatigue.Resting)
	}
	return q.Render(title, askingView(title, v))
}

// saveAsking takes the limits' form into the person's draft and puts that in
// force when nothing else is in it; else it leads there.
func (p page) saveAsking(q *web.Request) error {
	base, err := strconv.Atoi(q.PostFormValue("base"))
	if err != nil {
		base = -1
	}
	get := func(name string) string { return strings.TrimSpace(q.PostFormValue(name)) }
	fields := model.Part{}
	set := func(key string, value any, empty bool) {
		if empty {
			value = nil
		}
		fields = append(fields, model.Field{Key: key, Value: value})
	}
	set("rest", get("rest")+"d", get("rest") == "")
	quiet := get("from") + "-" + get("to")
	if quiet == "-" {
		quiet = model.NeverQuiet
	}
	set("quiet", quiet, false)
	set("consent", get("consent"), get("consent") == "")
	if n, err := strconv.ParseFloat(strings.Replace(get("holdout"), ",", ".", 1), 64); err == nil && n > 0 {
		set("holdout", n/100, false)
	} else {
		set("holdout", nil, true)
	}
	var sites []any
	for _, site := range strings.Fields(get("sites")) {
		sites = append(sites, strings.TrimRight(site, "/"))
	}
	set("sites", sites, len(sites) == 0)

	before, err := p.Models.Draft(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	d, err := p.Models.EditDraft(q.Context(), q.Principal, base, model.AnyRevision, func(src []byte) ([]byte, error) {
		out, err := model.SetFields(src, "asking", fields)
		if err != nil {
			return nil, err
		}
		_, err = model.Parse(out)
		if before.Revision > 0 { // it may have been whole, or not, before
			err = nil
		}
		return out, err
	})
	if err != nil {
		return p.told(q, err, "/asking")
	}
	if before.Revision > 0 {
		q.Flash(ui.Positive, q.T("surveys.saved.draft"))
		return q.Redirect("/model/draft")
	}
	if _, err := p.Models.ApplyDraft(q.Context(), q.Principal, d.Revision, q.T("surveys.asking.note")); err != nil {
		return p.told(q, err, "/asking")
	}
	q.Record("model.applied", "asking")
	q.Flash(ui.Positive, q.T("surveys.asking.saved"))
	return q.Redirect("/asking")
}

// clock writes a minute of the day as a field of time has it.
func clock(minute int) string { return fmt.Sprintf("%02d:%02d", minute/60%24, minute%60) }
