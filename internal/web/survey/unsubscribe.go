package survey

import (
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// oneClick is what a mail program posts, without a person's page before
// (RFC 8058, §3.1).
const oneClick = "List-Unsubscribe"

// unsubscribing asks whether to end all mail. It changes nothing: programs that
// look for viruses follow every link.
func (v *visit) unsubscribing() error {
	c, err := v.contact()
	if err != nil {
		return err
	}
	return v.unsubscribed(c)
}

// unsubscribe ends all mail to somebody, or begins it again.
func (v *visit) unsubscribe() error {
	if err := v.AnyForm(); err != nil {
		return err
	}
	token := v.PathValue("token")
	if v.PostForm.Get(oneClick) != "" {
		if err := v.h.Contacts.Unsubscribe(v.Context(), token, "one-click"); err != nil {
			return err
		}
		v.W.WriteHeader(http.StatusOK)
		return nil
	}
	if err := v.OwnForm(); err != nil {
		return err
	}
	var err error
	if v.PostForm.Get("again") != "" {
		err = v.h.Contacts.Resubscribe(v.Context(), token)
	} else {
		err = v.h.Contacts.Unsubscribe(v.Context(), token, "link")
	}
	if err != nil {
		return err
	}
	return v.Redirect(v.At())
}

// contact finds whose token the address carries, and speaks their language.
func (v *visit) contact() (deliver.Contact, error) {
	c, err := v.h.Contacts.Contact(v.Context(), v.PathValue("token"))
	if err != nil {
		if cx.KindOf(err) == cx.NotFound {
			return c, cx.Errorf(cx.NotFound, "survey.contact", "there is no such link")
		}
		return c, err
	}
	if v.Asked == "" {
		v.Speak(c.Language)
	}
	return c, nil
}

func (v *visit) unsubscribed(c deliver.Contact) error {
	title := v.T("survey.unsubscribe.title", "company", v.Company)
	if c.Unsubscribed {
		title = v.T("survey.unsubscribed.title")
	}
	return v.Write(http.StatusOK, title, contactPage(v.view, c, title))
}
