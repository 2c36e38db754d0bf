package e2e_test

import (
	"net/url"
	"testing"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// TestSharingALink looks at the page where a customer has their link, and at the one
// that a friend reaches by it, without a script.
func TestSharingALink(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	id := s.live()
	yaml := string(s.Models.Current().YAML) + "\nreferrals: {site: 'https://shop.example/amigos', reward: {referrer: 10, friend: 5}, milestones: [{at: 3, reward: 15, name: {es: Tres amigos, en: Three friends, pt: Três amigos}}]}\n"
	if _, err := s.Models.Apply(t.Context(), cx.System(), []byte(yaml), ""); err != nil {
		t.Fatal(err)
	}
	l, err := s.Referrals.Code(t.Context(), cx.System(), id)
	if err != nil {
		t.Fatal(err)
	}
	here := func(address string) string {
		u, err := url.Parse(address)
		if err != nil {
			t.Fatal(err)
		}
		return s.URL + u.Path
	}
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := chrome.Open(t, here(l.Own), width, theme)
		p.Check()
		p.Picture("friends")
		p.WithoutScripts()
		p.Go(here(l.URL))
		if got := p.Text(".code"); got != l.Code {
			t.Errorf("the friend reads %q", got)
		}
		p.Picture("friends-landing")
	})
}
