package survey

import (
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
)

// ref names the response that the request is about.
func (v *visit) ref(response string) listen.Ref {
	ref := listen.Ref{
		Token: v.PathValue("token"), Survey: v.PathValue("survey"), Response: response,
		Address: v.h.Address(v.Request), Accept: v.Header.Get("Accept-Language"),
	}
	if ref.Survey != "" {
		ref.Speaker = v.h.Speaker(v.Request)
	}
	if strings.HasPrefix(v.URL.Path, "/w/") {
		v.frame()
	}
	return ref
}

// show answers with the page that a response is at, or with the earlier one that
// the address names. It changes nothing.
func (v *visit) show() error {
	q := v.URL.Query()
	ref := v.ref(q.Get("r"))
	ref.Page, _ = strconv.Atoi(q.Get("n"))
	form, err := v.h.Surveys.Page(v.Context(), ref, v.lang)
	if err != nil {
		return err
	}
	if question, value, ok := strings.Cut(q.Get("a"), ":"); ok && len(form.Questions) > 0 {
		form.Preselect(question, value)
	}
	if q.Get("done") != "" && form.State == listen.Answered {
		form.State = listen.Thanks
	}
	return v.answer(form)
}

// receive takes a page's answers and leads to the next: by a redirect, so that
// loading again and going back send nothing twice.
func (v *visit) receive() error {
	if err := v.parse(); err != nil {
		return err
	}
	ref := v.ref(v.PostForm.Get(fieldResponse))
	ref.Version = v.PostForm.Get(fieldVersion)
	if v.view.Framed {
		ref.UserID, ref.AnonymousID, ref.About = visitor(v.PostForm.Get(fieldVisitor))
	}
	page, _ := strconv.Atoi(v.PostForm.Get(fieldPage))
	form, err := v.h.Surveys.Receive(v.Context(), ref, page, v.PostForm, v.lang)
	if err != nil {
		return err
	}
	v.view.Form = form
	switch {
	case form.Faulty():
		return v.answer(form)
	case form.State == listen.Asking:
		return v.redirect(v.view.at("n", strconv.Itoa(form.Page)))
	case form.State == listen.Thanks:
		return v.redirect(v.view.at("done", "1"))
	}
	return v.answer(form)
}

// The fields that a page sends beside its answers, whose names are questions'.
const (
	fieldPage     = "_page"
	fieldResponse = "_response"
	fieldVersion  = "_version"
	fieldVisitor  = "_visitor" // of a widget: JSON
	fieldAt       = "_at"      // of a kiosk: when it was touched, in milliseconds since 1970
)

// parse reads a posted form, from our own pages only.
func (v *visit) parse() error {
	var origin http.CrossOriginProtection
	if err := origin.Check(v.Request); err != nil {
		return cx.Errorf(cx.Forbidden, "survey", "this form is not from our page")
	}
	return v.parseForm()
}

func (v *visit) parseForm() error {
	err := v.ParseForm()
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return cx.Errorf(cx.TooLarge, "survey", "what was sent is larger than %d MB", large.Limit>>20)
	}
	if err != nil {
		return cx.Errorf(cx.Invalid, "survey", "this form cannot be read: %w", err)
	}
	return nil
}

// answer shows a form: its questions, or what is so instead.
func (v *visit) answer(form listen.Form) error {
	v.view.Form, v.view.Personal = form, form.Way.Personal()
	if form.Language != "" {
		v.speak(form.Language)
	}
	if form.State != listen.Asking {
		return v.say(status(form.State), v.state(form))
	}
	if form.Faulty() {
		return v.write(http.StatusUnprocessableEntity, v.t("survey.fault-title")+" "+v.view.title(), page(v.view))
	}
	return v.write(http.StatusOK, v.view.title(), page(v.view))
}

// say answers with a page without questions.
func (v *visit) say(code int, s saying) error {
	return v.write(code, s.Title+" · "+v.view.Company, said(v.view, s))
}

// status is the HTTP status of a form's state.
func status(s listen.State) int {
	switch s {
	case listen.Expired, listen.Revoked, listen.Closed:
		return http.StatusGone
	case listen.Unknown:
		return http.StatusNotFound
	case listen.TooMany:
		return http.StatusTooManyRequests
	}
	return http.StatusOK
}

// state says what is so with a form that asks nothing, and what to do.
func (v *visit) state(f listen.Form) saying {
	company := v.view.Company
	s := saying{Title: v.t("survey." + string(f.State) + ".title"), Text: v.t("survey."+string(f.State)+".text", "company", company)}
	switch f.State {
	case listen.Thanks, listen.Answered:
		s.Good = true
		if f.Thanks != "" {
			s.Text = f.Thanks
		}
		s.More = v.t("survey.more", "company", company)
		if f.Team {
			s.More = ""
		}
		if f.Redirect != "" {
			s.Href, s.Link = f.Redirect, v.t("survey.go-on")
		}
		if f.CorrectUntil > v.h.Clock.Now() {
			s.Back = v.view.at("n", "1")
		}
	case listen.TooMany:
		v.w.Header().Set("Retry-After", "60")
	}
	return s
}

// fail answers an error of ours, or of what was sent, in the reader's language.
func (v *visit) fail(err error) {
	kind, code, key := cx.KindOf(err), http.StatusInternalServerError, "failed"
	switch kind {
	case cx.Invalid:
		code, key = http.StatusBadRequest, "unreadable"
	case cx.Forbidden:
		code, key = http.StatusForbidden, "unreadable"
	case cx.NotFound, cx.Gone:
		code, key = http.StatusNotFound, "unknown"
	case cx.TooLarge:
		code, key = http.StatusRequestEntityTooLarge, "too-large"
	case cx.Busy:
		code, key = http.StatusTooManyRequests, "too-many"
	case cx.Unavailable, cx.Full:
		code, key = http.StatusServiceUnavailable, "failed"
	}
	if code >= http.StatusInternalServerError {
		v.h.Logger.Error("a customers' page failed", slog.String("kind", kind.String()), slog.Any("error", err))
	}
	s := saying{Title: v.t("survey." + key + ".title"), Text: v.t("survey."+key+".text", "company", v.view.Company)}
	if failure := v.say(code, s); failure != nil {
		v.h.Logger.Error("an error's page failed", slog.Any("error", failure))
		http.Error(v.w, s.Title, code)
	}
}

// Busy answers who comes too often.
func (h *Handler) Busy(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(v *visit) error {
		return v.say(http.StatusTooManyRequests, v.state(listen.Form{State: listen.TooMany}))
	})
}

// Preview answers with a page of a survey that is being made, framed by our own
// editor; nothing can be sent from it.
func (h *Handler) Preview(w http.ResponseWriter, r *http.Request, form listen.Form) {
	h.serve(w, r, func(v *visit) error {
		v.headers(policy{framed: true, preview: true})
		return v.answer(form)
	})
}
