package yours

import (
	"crypto/rand"
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// helping is the page at which anybody opens a case.
type helping struct {
	*leaf.Page
	cases.Help
	Speaker   string          // the first name of who is signed in to the company; "": nobody
	May       cases.Allowance // what they may give
	ID        string          // of the case to be: the same is the same
	Said      cases.Request   // what was sent, where something is missing
	SaidGiven string          // the amount as it was typed
	Fault     string
}

// help shows the page. It changes nothing.
func (v *visit) help() error {
	return v.helping(http.StatusOK, helping{ID: newID()})
}

func (v *visit) helping(status int, h helping) (err error) {
	if h.Help, err = v.h.Cases.Help(v.Context(), v.token(), v.Asked); err != nil {
		return err
	}
	v.Speak(h.Help.Language)
	h.Page = &v.Page
	if p := v.h.Speaker(v.Request); p.ID != "" {
		h.Speaker, _, _ = strings.Cut(p.Name, " ")
		if h.May, err = v.h.Cases.MayGive(v.Context(), p); err != nil && cx.KindOf(err) != cx.Forbidden {
			return err
		}
	}
	return v.Write(status, v.T("yours.help.title"), helpOf(h))
}

// open opens a case with what was said.
func (v *visit) open() error {
	if err := v.form(postsAtAPoster); err != nil {
		return err
	}
	field := func(name string) string {
		return strings.TrimSpace(strings.ReplaceAll(v.PostForm.Get(name), "\r\n", "\n"))
	}
	h := helping{ID: field("id"), SaidGiven: field("amount"), Said: cases.Request{
		ID: field("id"), Kind: field("kind"), Words: field("words"), Who: field("who"),
		Solved: field("solved") != "", Done: field("done"), Customer: field("customer") != "",
	}}
	p := v.h.Speaker(v.Request)
	var ok bool
	switch {
	case h.Said.Kind == "" && h.Said.Words == "":
		h.Fault = "empty"
	case len(h.Said.Words) > maxWords || len(h.Said.Done) > maxWords || len(h.Said.Who) > maxField:
		h.Fault = "long"
	case h.Said.Solved && h.Said.Done == "":
		h.Fault = "done"
	case h.SaidGiven != "" && h.Said.Solved && p.ID != "":
		if h.Said.Amount, ok = minor(h.SaidGiven, v.h.Models.Current().Model.Company.Digits()); !ok {
			h.Fault = "amount"
		}
	}
	if h.Fault != "" {
		return v.helping(http.StatusUnprocessableEntity, h)
	}
	c, err := v.h.Cases.OpenAt(v.Context(), v.token(), p, h.Said)
	var e *cx.Error
	switch {
	case errors.As(err, &e) && h.Said.Amount > 0 && (e.Kind == cx.Conflict || e.Kind == cx.Forbidden):
		h.Fault = "budget"
		return v.helping(http.StatusUnprocessableEntity, h)
	case cx.KindOf(err) == cx.Invalid:
		h.Fault = "unclear"
		return v.helping(http.StatusUnprocessableEntity, h)
	case err != nil:
		return err
	}
	s := leaf.Saying{
		Good: true, Title: v.T("yours.help.opened", "n", strconv.FormatInt(c.Number, 10)), Text: v.T("yours.help.opened-text", "company", v.Company),
		Back: v.At(), Again: v.T("yours.help.another"),
	}
	if h.Said.Solved {
		s.Title, s.Text = v.T("yours.help.kept", "n", strconv.FormatInt(c.Number, 10)), v.T("yours.help.kept-text", "company", v.Company)
	}
	return v.Say(http.StatusOK, s)
}

// newID returns a random UUID (RFC 9562, version 4).
func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // never fails
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", b[:4], b[4:6], b[6:8], b[8:10], b[10:])
}

// minor reads an amount as people type it ("5", "4,50") in a currency's minor
// units; ok is false for what is no amount.
func minor(typed string, digits int) (n int64, ok bool) {
	v, err := strconv.ParseFloat(strings.Replace(typed, ",", ".", 1), 64)
	scaled := math.Round(v * math.Pow10(digits))
	return int64(scaled), err == nil && scaled >= 0 && scaled < 1e12
}

// left says what may still be given; "" when nothing may.
func (h helping) left(l *i18n.Locale) string {
	if !h.May.Allowed {
		return ""
	}
	return l.Money(cx.Money{Minor: min(h.May.Each, h.May.Left), Currency: h.May.Currency})
}
