package survey

import (
	"net/http"
	"strconv"
	"strings"

	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
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
	form, err := v.h.Surveys.Page(v.Context(), ref, v.Asked)
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
	if err := v.OwnForm(); err != nil {
		return err
	}
	ref := v.ref(v.PostForm.Get(fieldResponse))
	ref.Version = v.PostForm.Get(fieldVersion)
	if v.Framed {
		ref.UserID, ref.AnonymousID, ref.About = visitor(v.PostForm.Get(fieldVisitor))
	}
	page, _ := strconv.Atoi(v.PostForm.Get(fieldPage))
	form, err := v.h.Surveys.Receive(v.Context(), ref, page, v.PostForm, v.Asked)
	if err != nil {
		return err
	}
	v.shown(form)
	switch {
	case form.Faulty():
		return v.answer(form)
	case form.State == listen.Asking:
		return v.Redirect(v.At("n", strconv.Itoa(form.Page)))
	case form.State == listen.Thanks:
		return v.Redirect(v.At("done", "1"))
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

// shown is the form that the page is of; every link keeps its response.
func (v *visit) shown(form listen.Form) {
	v.view.Form, v.view.Personal = form, form.Way.Personal()
	if form.Response != "" {
		v.Keep.Set("r", form.Response)
	}
}

// answer shows a form: its questions, or what is so instead.
func (v *visit) answer(form listen.Form) error {
	v.shown(form)
	if form.Language != "" {
		v.Speak(form.Language)
	}
	switch form.State {
	case listen.Asking:
	case listen.Unknown:
		return v.Unknown()
	case listen.TooMany:
		return v.TooMany()
	default:
		return v.Say(status(form.State), v.state(form))
	}
	if form.Faulty() {
		return v.Write(http.StatusUnprocessableEntity, v.T("survey.fault-title")+" "+v.view.title(), page(v.view))
	}
	return v.Write(http.StatusOK, v.view.title(), page(v.view))
}

// status is the HTTP status of a form's state.
func status(s listen.State) int {
	if s == listen.Expired || s == listen.Revoked || s == listen.Closed {
		return http.StatusGone
	}
	return http.StatusOK
}

// state says what is so with a form that asks nothing, and what to do.
func (v *visit) state(f listen.Form) leaf.Saying {
	company := v.Company
	s := leaf.Saying{Title: v.T("survey." + string(f.State) + ".title"), Text: v.T("survey."+string(f.State)+".text", "company", company)}
	if f.State == listen.Thanks || f.State == listen.Answered {
		s.Good = true
		if f.Thanks != "" {
			s.Text = f.Thanks
		}
		s.More = v.T("survey.more", "company", company)
		if f.Team {
			s.More = ""
		}
		if f.Redirect != "" {
			s.Href, s.Link = f.Redirect, v.T("survey.go-on")
		}
		if f.CorrectUntil > v.h.Clock.Now() {
			s.Back, s.Again = v.At("n", "1"), v.T("survey.correct")
		}
	}
	return s
}

// Busy answers who comes too often.
func (h *Handler) Busy(w http.ResponseWriter, r *http.Request) {
	h.serve(w, r, func(v *visit) error {
		return v.TooMany()
	})
}

// Preview answers with a page of a survey that is being made, framed by our own
// editor; nothing can be sent from it.
func (h *Handler) Preview(w http.ResponseWriter, r *http.Request, form listen.Form) {
	h.serve(w, r, func(v *visit) error {
		v.Allow(leaf.Policy{Framed: true, Preview: true})
		return v.answer(form)
	})
}
