package yours

import (
	"net/http"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// choice is a page where a customer chooses among ways on.
type choice struct {
	*leaf.Page
	dialogue.OfferPage
}

// offered shows a choice. It changes nothing.
func (v *visit) offered() error {
	o, err := v.h.Dialogue.Offered(v.Context(), v.token(), v.Asked)
	if err != nil {
		return err
	}
	return v.choice(o)
}

// choose takes a way on. It leads to the page that shows it, so that loading
// again chooses nothing twice.
func (v *visit) choose() error {
	if err := v.form(postsALink); err != nil {
		return err
	}
	o, err := v.h.Dialogue.Choose(v.Context(), v.token(), v.PostForm.Get("option"), v.Asked)
	if err != nil {
		return err
	}
	if o.State == dialogue.Chosen || o.State == dialogue.Settled {
		return v.Redirect(v.At())
	}
	return v.choice(o)
}

func (v *visit) choice(o dialogue.OfferPage) error {
	v.Speak(o.Language)
	c := choice{&v.Page, o}
	switch o.State {
	case dialogue.Expired, dialogue.Revoked:
		s := leaf.Saying{Title: v.T("yours.choice." + string(o.State) + ".title"), Text: v.T("yours.choice."+string(o.State)+".text", "company", v.Company)}
		if o.CaseToken != "" {
			s.Back, s.Again = v.To("/case/"+o.CaseToken), spoken(v.Context(), "yours.case.see", o.Address)
		}
		return v.Say(http.StatusGone, s)
	case dialogue.Offering:
		return v.Write(http.StatusOK, o.Question, choosing(c))
	}
	return v.Write(http.StatusOK, v.T("yours.choice.made", "option", c.chosen().Text), chosen(c))
}

// chosen is the way that they chose.
func (c choice) chosen() dialogue.Option {
	i := slices.IndexFunc(c.Options, func(o dialogue.Option) bool { return o.ID == c.Option })
	if i < 0 {
		return dialogue.Option{ID: c.Option, Text: c.Option}
	}
	return c.Options[i]
}
