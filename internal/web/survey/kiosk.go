package survey

import (
	"net/http"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	listen "github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// kiosk shows the first question that one touch answers, over the whole screen.
// Its script keeps what was touched until it was sent; without a script a touch
// is a form, which needs the network.
func (v *visit) kiosk() error {
	v.Style = v.h.kiosk
	v.Allow(leaf.Policy{Scripts: true})
	v.Class, v.Loads = "kiosk", dist.URL("kiosk.js")
	form, err := v.h.Surveys.Page(v.Context(), v.ref(""), v.Asked)
	if err != nil {
		return err
	}
	if form.State == listen.Asking && touched(&form) < 0 {
		return v.Say(http.StatusConflict, leaf.Saying{Title: v.T("survey.no-kiosk.title"), Text: v.T("survey.no-kiosk.text")})
	}
	if form.State == listen.Asking && v.URL.Query().Get("done") != "" {
		v.W.Header().Set("Refresh", "4; url="+v.At())
		form.State = listen.Thanks
	}
	if form.State != listen.Asking {
		return v.answer(form)
	}
	v.view.Form = form
	v.Speak(form.Language)
	return v.Write(http.StatusOK, v.view.title(), touch(v.view, asked{form.Questions[touched(&form)], true}))
}

// touched finds the question of a page that a kiosk asks: the one that must be
// answered, else the first. It is −1 when one touch is no answer to it.
func touched(f *listen.Form) int {
	i := slices.IndexFunc(f.Questions, func(q listen.Question) bool { return q.Required })
	if i >= 0 && slices.ContainsFunc(f.Questions[i+1:], func(q listen.Question) bool { return q.Required }) {
		return -1
	}
	i = max(i, 0)
	if i >= len(f.Questions) || !(asked{f.Questions[i], true}).choosesOne() {
		return -1
	}
	return i
}

// touch takes an answer of a kiosk. Its script names the response and when it
// was touched, and is told by the status alone whether the answer is kept:
//
//	204 it is, also when it was kept before
//	else it is not, and 429 and 5xx mean that it may be sent again
func (v *visit) touch() error {
	if err := v.OwnForm(); err != nil {
		return err
	}
	ref := v.ref(v.PostForm.Get(fieldResponse))
	ref.Version = v.PostForm.Get(fieldVersion)
	at, err := strconv.ParseInt(v.PostForm.Get(fieldAt), 10, 64)
	if err == nil {
		ref.At = cx.TimeOf(time.UnixMilli(at))
	}
	form, err := v.h.Surveys.Receive(v.Context(), ref, 1, v.PostForm, v.Asked)
	if err != nil {
		return err
	}
	kept := !form.Faulty() && slices.Contains([]listen.State{listen.Asking, listen.Thanks, listen.Answered}, form.State)
	switch {
	case ref.At != 0 && kept:
		v.W.WriteHeader(http.StatusNoContent)
		return nil
	case kept:
		return v.Redirect(v.At("done", "1"))
	}
	return v.answer(form)
}

// lookKiosk is how a kiosk shows a question: all that one touch answers.
func lookKiosk(q asked) look {
	if q.Type == model.Rating && len(q.Scale) == 5 {
		return lookFaces
	}
	return q.look()
}
