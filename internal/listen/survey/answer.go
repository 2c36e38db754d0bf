package survey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Answer keeps a whole response at once, for who asks by other means (a call
// centre, an app): ref names its survey and whose it is, values answer its pages.
// It goes on page by page while values have what is needed; what they lack is a
// fault, and the pages before it are kept as a partial response, which the same
// Ref.Response (a UUID of the caller's) continues. The same response again
// changes nothing. Needs account.Import. Errors: Invalid; NotFound when there is
// no such survey; Conflict when the response was completed before, with other
// answers.
func (s *Service) Answer(ctx context.Context, p cx.Principal, ref Ref, values Values, lang string) (Form, error) {
	const op = "survey.Answer"
	if err := account.Check(p, account.Import); err != nil {
		return Form{}, cx.Wrap(op, err)
	}
	if faults := checkAbout(ref.About); len(faults) > 0 {
		return Form{}, cx.InvalidFaults(op, faults)
	}
	if ref.Response != "" && !uuidForm.MatchString(ref.Response) {
		return Form{}, cx.InvalidFaults(op, []cx.Fault{{Field: "response", Message: "is no UUID: write 36 characters in small letters, or leave it out"}})
	}
	ref.Way, ref.Speaker = ByAPI, cx.Principal{}
	if survey, ok := s.Models.Current().Model.Survey(ref.Survey); ok && survey.Team() {
		ref.Speaker = p
	}
	first, err := s.Page(ctx, ref, lang)
	if err != nil {
		return Form{}, cx.Wrap(op, err)
	}
	if ref.Response == "" {
		ref.Response = first.Response
	}
	if first.State == Unknown {
		return Form{}, cx.Errorf(cx.NotFound, op, "there is no survey %q", ref.Survey)
	}
	survey, _ := s.Models.Current().Model.Survey(ref.Survey)
	f := first
	for page := range survey.Pages {
		ref.Page = page + 1
		at, err := s.Page(ctx, ref, lang)
		if err != nil {
			return Form{}, cx.Wrap(op, err)
		}
		if at.Page != ref.Page { // a page that these answers do not lead to
			continue
		}
		if f, err = s.Receive(ctx, ref, ref.Page, values, lang); err != nil {
			return Form{}, cx.Wrap(op, err)
		}
		if f.Faulty() {
			var faults []cx.Fault
			for _, q := range f.Questions {
				if q.Fault != "" {
					faults = append(faults, cx.Fault{Field: "values." + q.ID, Message: q.Fault})
				}
			}
			return f, cx.InvalidFaults(op, faults)
		}
	}
	if f.State == Answered {
		return f, cx.Errorf(cx.Conflict, op, "this response was completed before, and can be corrected no more")
	}
	return f, nil
}
