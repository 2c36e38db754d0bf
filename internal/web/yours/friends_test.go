package yours_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

func TestSharingALink(t *testing.T) {
	t.Parallel()
	c := late()
	s := open(t, c)
	a := s.get("/friends/token")
	for _, want := range []string{"5,00", "10,00", "2 personas han venido", "Una más ha dado el código", "Saldo: 20,00", "Tres amigos"} {
		if got := a.text("main"); !strings.Contains(got, want) {
			t.Errorf("%q is not in %q", want, got)
		}
	}
	if link := attr(a.all("#link")[0], "value"); link != c.friends.URL {
		t.Errorf("the link is %q", link)
	}
	u, err := url.Parse(attr(a.all("a.go")[0], "href"))
	if err != nil || u.Host != "wa.me" || !strings.HasSuffix(u.Query().Get("text"), c.friends.URL) {
		t.Errorf("WhatsApp: %v, %v", u, err)
	}
	c.friends.Open, c.friends.Brought, c.friends.Waiting, c.friends.Balance = false, 0, 0, 0
	a = s.get("/friends/token?l=pt")
	if len(a.all("#link, a.go")) != 0 || !strings.Contains(a.text("main"), "O programa terminou") || !strings.Contains(a.text("main"), "Ainda não veio ninguém") {
		t.Errorf("a programme that is over: %q", a.text("main"))
	}
}

func TestAFriendArrives(t *testing.T) {
	t.Parallel()
	c := late()
	s := open(t, c)
	a := s.get("/i/K7QMX4TN")
	if got := a.text("main"); !strings.Contains(got, "K7QMX4TN") || !strings.Contains(got, "5,00") || !strings.Contains(got, "no guarda quién la abre") {
		t.Errorf("%q", got)
	}
	if got := attr(a.all("a.go")[0], "href"); got != c.landing.Site {
		t.Errorf("it begins at %q", got)
	}
	c.landing.Gift, c.landing.Site = 0, ""
	if a := s.get("/i/K7QMX4TN?l=en"); len(a.all("a.go")) != 0 || !strings.Contains(a.text("main"), "somebody recommended us") {
		t.Errorf("%q", a.text("main"))
	}
	c.err = cx.Errorf(cx.Gone, "test", "over")
	if a := s.get("/i/K7QMX4TN"); a.Code != http.StatusGone || !strings.Contains(a.text("h1"), "Este programa ha terminado") {
		t.Errorf("%d %q", a.Code, a.text("h1"))
	}
	c.err = cx.Errorf(cx.NotFound, "test", "nobody's")
	if a := s.get("/i/NADIE"); a.Code != http.StatusNotFound {
		t.Errorf("%d", a.Code)
	}
}

// Nobody tries codes from one address for long.
func TestCodesAreNotTried(t *testing.T) {
	t.Parallel()
	s := open(t, late())
	busy := 0
	for range 70 {
		if s.get("/i/K7QMX4TN").Code == http.StatusTooManyRequests {
			busy++
		}
	}
	if busy != 10 {
		t.Errorf("%d of 70 were refused", busy)
	}
}
