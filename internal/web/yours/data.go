package yours

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
	"github.com/vivencia-cx/vivencia/internal/web/pages/customer"
)

// Data knows what is remembered of one customer, and does what they themselves
// ask for. Errors are NotFound for somebody who was forgotten.
type Data interface {
	Own(ctx context.Context, id cx.CustomerID, lang string) (Own, error)
	// Lived is a stretch of what they lived, newest first; at most limit.
	Lived(ctx context.Context, id cx.CustomerID, cursor string, limit int) (remember.TimelinePage, error)
	// Correct keeps what they say of themselves. Invalid for what is no address. One
	// that is somebody else's already is not taken over by saying so: a note in the
	// case has a person look at it, and who asks is not told.
	Correct(ctx context.Context, id cx.CustomerID, in string, c Correction) error
	// Knows tells whether what is typed is an address of theirs.
	Knows(ctx context.Context, id cx.CustomerID, address string) (bool, error)
	Everything(ctx context.Context, id cx.CustomerID) (forget.Export, error)
	SetUnsubscribed(ctx context.Context, id cx.CustomerID, is bool) error
	// Forget begins to forget them, and returns the receipt's number.
	Forget(ctx context.Context, id cx.CustomerID) (int64, error)
}

// Own is how the company knows a customer.
type Own struct {
	Name, Language  string // as they said it; may be empty
	Email, Phone    string // masked: a link may have been passed on; may be empty
	Consents        []Consent
	Unsubscribed    bool
	Events, Answers int
}

// Consent is something that a customer may agree to, and take back.
type Consent struct {
	Trait string
	Text  string // as it was asked; "": whether one may be asked how it went
	Given bool
}

// Correction is what a customer says of themselves; "" leaves it as it is.
type Correction struct {
	Name, Email, Language string
	Consents              map[string]bool // by trait
}

// livedLimit is how many lines of what was lived a page shows.
const livedLimit = 30

// person is the page of one's own data.
type person struct {
	*leaf.Page
	Own
	Address string // tu, usted, vos
	Lived   remember.TimelinePage
	Teller  customer.Teller
	Notice  string
	Fault   string
	token   string
}

// own finds whose link it is.
func (v *visit) own() (cases.Yours, error) {
	c, err := v.h.Cases.Yours(v.Context(), v.token(), v.Asked)
	if err == nil && c.Customer == "" {
		err = cx.Errorf(cx.NotFound, "yours.own", "nobody knows whose case it is")
	}
	if err == nil {
		v.Speak(c.Language)
	}
	return c, err
}

// data shows what is remembered. It changes nothing.
func (v *visit) data() error {
	c, err := v.own()
	if err != nil {
		return err
	}
	return v.person(http.StatusOK, c, "")
}

func (v *visit) person(status int, c cases.Yours, fault string) error {
	p := person{Page: &v.Page, Address: c.Address, Notice: v.notice(), Fault: fault, token: v.token()}
	var err error
	if p.Own, err = v.h.Data.Own(v.Context(), c.Customer, v.Lang); err != nil {
		return err
	}
	if p.Lived, err = v.h.Data.Lived(v.Context(), c.Customer, v.URL.Query().Get("c"), livedLimit); err != nil {
		return err
	}
	p.Teller = customer.NewTeller(i18n.From(v.Context()), v.h.Models.Current().Model)
	v.Path = "/case/" + v.token() + "/data"
	return v.Write(status, v.T("yours.data.title", "company", v.Company), dataOf(p))
}

// asked reads a form of one's own data.
func (v *visit) asked() (cases.Yours, error) {
	if err := v.form(postsALink); err != nil {
		return cases.Yours{}, err
	}
	return v.own()
}

func (v *visit) toData(done string) error {
	return v.Redirect(v.To("/case/"+v.token()+"/data", "done", done))
}

// maxField bounds a name and an address, in characters.
const maxField = 200

func (v *visit) correct() error {
	c, err := v.asked()
	if err != nil {
		return err
	}
	field := func(name string) string { return strings.TrimSpace(v.PostForm.Get(name)) }
	said := Correction{Name: field("name"), Email: field("email"), Language: field("language"), Consents: map[string]bool{}}
	if utf8.RuneCountInString(said.Name) > maxField || utf8.RuneCountInString(said.Email) > maxField {
		return v.person(http.StatusUnprocessableEntity, c, "long")
	}
	for _, trait := range v.PostForm["consent"] { // the boxes that were shown
		said.Consents[trait] = v.PostForm.Get("consent."+trait) != ""
	}
	err = v.h.Data.Correct(v.Context(), c.Customer, c.Case, said)
	if cx.KindOf(err) == cx.Invalid {
		return v.person(http.StatusUnprocessableEntity, c, "email")
	}
	if err != nil {
		return err
	}
	return v.toData("saved")
}

// mail ends what is asked by mail, or begins it again.
func (v *visit) mail() error {
	c, err := v.asked()
	if err != nil {
		return err
	}
	end := v.PostForm.Get("again") == ""
	if err := v.h.Data.SetUnsubscribed(v.Context(), c.Customer, end); err != nil {
		return err
	}
	if end {
		return v.toData("no-mail")
	}
	return v.toData("mail")
}

// proven tells whether who asks knows an address of theirs, where the company
// knows one: a link may have been passed on.
func (v *visit) proven(c cases.Yours) (bool, error) {
	own, err := v.h.Data.Own(v.Context(), c.Customer, v.Lang)
	if err != nil || own.Email == "" {
		return v.PostForm.Get("sure") != "", err
	}
	return v.h.Data.Knows(v.Context(), c.Customer, strings.TrimSpace(v.PostForm.Get("sure")))
}

// everything hands over all that is known, as a file.
func (v *visit) everything() error {
	c, err := v.asked()
	if err != nil {
		return err
	}
	if ok, err := v.proven(c); err != nil || !ok {
		if err == nil {
			err = v.person(http.StatusUnprocessableEntity, c, "sure")
		}
		return err
	}
	all, err := v.h.Data.Everything(v.Context(), c.Customer)
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(all, "", "  ")
	if err != nil {
		return cx.Wrap("yours.everything", err)
	}
	h := v.W.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Content-Disposition", `attachment; filename="vivencia.json"`)
	_, _ = v.W.Write(raw) // who asked may have left
	return nil
}

// forgetting says what being forgotten means, and asks.
func (v *visit) forgetting() error {
	c, err := v.own()
	if err != nil {
		return err
	}
	return v.forgetPage(http.StatusOK, c, "")
}

func (v *visit) forgetPage(status int, c cases.Yours, fault string) error {
	own, err := v.h.Data.Own(v.Context(), c.Customer, v.Lang)
	if err != nil {
		return err
	}
	p := person{Page: &v.Page, Own: own, Address: c.Address, Fault: fault, token: v.token()}
	return v.Write(status, v.T("yours.forget.title", "company", v.Company), forgetOf(p))
}

// forget has the customer forgotten. It answers at once: from then on nobody
// knows whose link it was.
func (v *visit) forget() error {
	c, err := v.asked()
	if err != nil {
		return err
	}
	if ok, err := v.proven(c); err != nil || !ok {
		if err == nil {
			err = v.forgetPage(http.StatusUnprocessableEntity, c, "sure")
		}
		return err
	}
	n, err := v.h.Data.Forget(v.Context(), c.Customer)
	if err != nil {
		return err
	}
	return v.Say(http.StatusOK, leaf.Saying{Good: true, Title: v.T("yours.forgotten.title"), Text: v.T("yours.forgotten.text", "company", v.Company), More: v.T("yours.forgotten.receipt", "n", n)})
}
