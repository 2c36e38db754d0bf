package cases

import (
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
)

// The queues, as an address names them. "" is everything of the reader's areas
// that is not over.
const (
	queueAll     = ""
	queueMine    = "mine"
	queueNobody  = "nobody"
	queueLate    = "late"
	queueToday   = "today"
	queueHeard   = "heard"
	queueSolved  = "solved"
	queueClosed  = "closed"
	perPage      = 50
	csvPage      = 200
	sortPriority = ""
)

func queues() []string {
	return []string{queueAll, queueMine, queueNobody, queueLate, queueToday, queueHeard, queueSolved, queueClosed}
}

// question is which cases an address asks for.
type question struct {
	queue, area, kind, place, text, sort string
	page                                 int
}

// questionOf reads the address; what makes no sense is an error, not a guess.
func questionOf(q *web.Request) (a question, err error) {
	v := q.URL.Query()
	a = question{v.Get("queue"), v.Get("area"), v.Get("kind"), v.Get("place"), strings.TrimSpace(v.Get("q")), v.Get("sort"), 0}
	if s := v.Get("page"); s != "" {
		a.page, err = strconv.Atoi(s)
	}
	known := []cases.Sort{cases.ByPriority, cases.ByDue, cases.ByNewest, cases.ByChange}
	if err != nil || a.page < 0 || !slices.Contains(queues(), a.queue) || !slices.Contains(known, cases.Sort(a.sort)) {
		return a, cx.Errorf(cx.Invalid, "cases", "there is no such choice; choose one of the list")
	}
	return a, nil
}

// query is what the service is asked.
func (a question) query(lang string) cases.Query {
	out := cases.Query{
		Area: a.area, Kind: a.kind, Place: a.place, Text: a.text, Sort: cases.Sort(a.sort), Language: lang, Page: a.page, Limit: perPage,
		State: cases.StateOpen,
	}
	switch a.queue {
	case queueAll:
		out.State = ""
	case queueMine:
		out.State, out.Owner = "", cases.Mine
	case queueNobody:
		out.Owner = cases.Nobody
	case queueLate:
		out.Due = cases.LateNow
	case queueToday:
		out.Due = cases.DueToday
	case queueHeard:
		out.State, out.Heard = "", true
	case queueSolved:
		out.State = cases.StateSolved
	case queueClosed:
		out.State = cases.StateClosed
		if a.sort == sortPriority {
			out.Sort = cases.ByChange
		}
	}
	return out
}

// in is the same question in another queue, from its beginning.
func (a question) in(queue string) question {
	a.queue, a.page = queue, 0
	return a
}

// at is an address that asks for the same cases.
func (a question) at(path string) string {
	v := url.Values{}
	for name, value := range map[string]string{"queue": a.queue, "area": a.area, "kind": a.kind, "place": a.place, "q": a.text, "sort": a.sort} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if a.page > 0 {
		v.Set("page", strconv.Itoa(a.page))
	}
	u := url.URL{Path: path, RawQuery: v.Encode()}
	return u.String()
}

func (a question) narrowed() bool { return a.area+a.kind+a.place+a.text != "" }
