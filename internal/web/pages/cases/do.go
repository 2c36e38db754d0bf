package cases

import (
	"net/http"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/cases/telling"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// do does one thing to a case, and shows it again: with the fault and what was
// typed when it could not be done.
func (p page) do(q *web.Request) error {
	do := q.PathValue("do")
	c, err := p.carry(q, q.PathValue("id"), do)
	if err != nil {
		message, faults, failure := q.Explain(err)
		if do == "give" && cx.KindOf(err) == cx.Forbidden { // more than the reader may
			message, failure = q.Said(cx.MessageOf(err)), nil
		}
		if failure != nil {
			return failure
		}
		for i := range faults {
			if faults[i].Field != "amount" { // every other form has one field of its own name
				faults[i].Field = do
			}
		}
		return p.render(q, http.StatusUnprocessableEntity, failed{do, q.PostFormValue(do), message, faults})
	}
	if key := "cases.did." + do; q.L.Has(key) {
		q.Flash(ui.Positive, q.T(key))
	}
	if do == "merge" {
		return q.Redirect(telling.Path(c.ID))
	}
	back := q.PostFormValue("back")
	if back == "" {
		back = telling.Path(q.PathValue("id"))
	}
	return q.Redirect(back)
}

// carry does what an address names. What is written stands in the field of that
// name.
func (p page) carry(q *web.Request, id, do string) (cases.Case, error) {
	ctx, who, text := q.Context(), q.Principal, q.PostFormValue(do)
	switch do {
	case "take":
		return p.cases.Take(ctx, who, id)
	case "assign":
		to := q.PostFormValue("to")
		if to == cases.Mine {
			return p.cases.Take(ctx, who, id)
		}
		return p.cases.Assign(ctx, who, id, to)
	case "move":
		return p.cases.Move(ctx, who, id, q.PostFormValue("area"))
	case "note":
		return p.cases.Note(ctx, who, id, text)
	case "check":
		return p.cases.Check(ctx, who, id, q.PostFormValue("item"), q.PostFormValue("done") == "1")
	case "give":
		amount, ok := amountOf(q.PostFormValue("amount"), p.models.Current().Model.Company.Digits())
		if !ok {
			return cases.Case{}, cx.Errorf(cx.Invalid, "cases.give", "write the amount as a number, such as 10 or 12,50")
		}
		return p.cases.Give(ctx, who, id, amount, text)
	case "write":
		return p.cases.Write(ctx, who, id, text)
	case "offer":
		return p.cases.Offer(ctx, who, id, q.PostFormValue("choice"))
	case "postpone":
		due, err := time.ParseInLocation("2006-01-02T15:04", q.PostFormValue("due"), q.L.Zone())
		if err != nil {
			return cases.Case{}, cx.Errorf(cx.Invalid, "cases.postpone", "choose a day and a time")
		}
		return p.cases.Postpone(ctx, who, id, cx.TimeOf(due), text)
	case "cause":
		return p.cases.Cause(ctx, who, id, q.PostFormValue("cause"))
	case "solve":
		return p.cases.Solve(ctx, who, id, text)
	case "close":
		return p.cases.Close(ctx, who, id, text)
	case "reopen":
		return p.cases.Reopen(ctx, who, id, text)
	case "merge":
		return p.cases.Merge(ctx, who, q.PostFormValue("into"), id)
	case "escalate":
		return p.cases.Escalate(ctx, who, id, text)
	}
	return cases.Case{}, cx.Errorf(cx.NotFound, "cases", "there is no such thing to do")
}
