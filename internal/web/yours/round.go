package yours

import (
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// rounding is a driver's page.
type rounding struct {
	*leaf.Page
	cases.Round
	ID    string // of the report to be
	Sent  string // the order just told; "": none
	Said  cases.Report
	Fault string
}

// round shows a driver's page. Its script keeps what is told until it was sent;
// without a script a button is a form, which needs the network.
func (v *visit) round() error {
	return v.rounding(http.StatusOK, rounding{ID: newID(), Sent: v.URL.Query().Get("done")})
}

func (v *visit) rounding(status int, r rounding) (err error) {
	v.Style = v.h.round
	v.Allow(v.may(leaf.Policy{Scripts: true, Camera: true}))
	if r.Round, err = v.h.Cases.Round(v.Context(), v.token(), v.Asked); err != nil {
		return err
	}
	v.Speak(r.Round.Language)
	v.Class, v.Loads = "round", dist.URL("round.js")
	r.Page = &v.Page
	return v.Write(status, r.Name, roundOf(r))
}

// report takes what became of an order. A script names the report and when it was
// said, and is told by the status alone whether it is kept:
//
//	204 it is, also when it was kept before
//	422 there is no such order, or something is missing
//	410, 404 the link is not good any more
//	else it is not kept, and 429 and 5xx mean that it may be sent again
func (v *visit) report() error {
	if err := v.form(postsARound); err != nil {
		return err
	}
	field := func(name string) string { return strings.TrimSpace(v.PostForm.Get(name)) }
	r := rounding{ID: field("id"), Said: cases.Report{
		ID: field("id"), Order: field("order"), Outcome: cases.Outcome(field("outcome")), Reason: field("reason"), Text: field("words"),
	}}
	if r.Said.Reason != "" {
		r.Said.Outcome = cases.NotDelivered
	}
	at, err := strconv.ParseInt(field("at"), 10, 64)
	script := err == nil
	if script {
		r.Said.At = cx.TimeOf(time.UnixMilli(at))
	}
	if _, err := v.h.Cases.Round(v.Context(), v.token(), v.Asked); err != nil {
		return err
	}
	err = v.h.Cases.Report(v.Context(), v.token(), r.Said)
	switch kind := cx.KindOf(err); {
	case err == nil && script:
		v.W.WriteHeader(http.StatusNoContent)
		return nil
	case err == nil:
		return v.Redirect(v.At("done", r.Said.Order))
	case kind == cx.NotFound:
		r.Fault = "order"
	case kind == cx.Invalid:
		r.Fault = "report"
	default:
		return err
	}
	return v.rounding(http.StatusUnprocessableEntity, r)
}

// worker is the part that answers when the network does not. It governs the
// addresses beside its own.
func (v *visit) worker() error { return v.Script("worker.js", "no-cache", "same-origin") }
