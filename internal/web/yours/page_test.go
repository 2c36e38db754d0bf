package yours_test

import (
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/url"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/yours"
)

// addresses are one of each page.
var addresses = []string{"/o/token", "/case/token", "/case/token/data", "/case/token/data/forget", "/help/token", "/round/token", "/friends/token", "/i/K7QMX4TN", "/said-done"}

// A page is one request of at most 14 KB with its style in it, known to the
// policy by its hash; only the driver's has a script. It leaves no trace.
func TestPagesStandAlone(t *testing.T) {
	t.Parallel()
	s := open(t, late())
	for _, address := range addresses {
		a := s.get(address)
		t.Logf("%s: %d bytes", address, a.Body.Len())
		if a.Code != http.StatusOK || a.Body.Len() > 14<<10 {
			t.Errorf("%s: %d, %d bytes", address, a.Code, a.Body.Len())
		}
		for _, n := range a.all("[src], link, use, img, script, iframe, object, [style]") {
			if attr(n, "href") != "data:," && address != "/round/token" {
				t.Errorf("%s: <%s %v> asks for more than the page", address, n.Data, n.Attr)
			}
		}
		style := a.all("style")[0].FirstChild.Data
		sum := sha256.Sum256([]byte(style))
		csp := a.Header().Get("Content-Security-Policy")
		if !strings.Contains(csp, "style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'") || strings.Contains(csp, "unsafe") || strings.Contains(csp, "script-src") != (address == "/round/token") {
			t.Errorf("%s: the policy is %q", address, csp)
		}
		for name, want := range map[string]string{
			"Set-Cookie": "", "Cache-Control": "no-store", "Referrer-Policy": "same-origin", "X-Robots-Tag": "noindex", "Strict-Transport-Security": "max-age=31536000",
		} {
			if got := a.Header().Get(name); got != want {
				t.Errorf("%s: %s is %q", address, name, got)
			}
		}
		if n := len(a.all("h1")); n != 1 {
			t.Errorf("%s: %d headings of the first order", address, n)
		}
	}
	if len(s.did) != 0 {
		t.Errorf("looking did %v", s.did)
	}
}

// Only a demo's own pages may show them in a frame.
func TestFrames(t *testing.T) {
	t.Parallel()
	for framed, want := range map[bool]string{false: "frame-ancestors 'none'", true: "frame-ancestors 'self'"} {
		s := open(t, late())
		s.handler.Framed = func() bool { return framed }
		for _, address := range addresses {
			if csp := s.get(address).Header().Get("Content-Security-Policy"); !strings.HasSuffix(csp, want) {
				t.Errorf("%s: %q", address, csp)
			}
		}
	}
}

// Every control is named, and every form posts to its own page.
func TestEveryControlIsNamed(t *testing.T) {
	t.Parallel()
	c := late()
	c.yours.AskRight = true
	s := open(t, c)
	for _, address := range addresses {
		a := s.get(address)
		labelled := map[string]bool{}
		for _, n := range a.all("label[for]") {
			labelled[attr(n, "for")] = true
		}
		inside := map[string]bool{}
		for _, n := range a.all("label input") {
			inside[attr(n, "name")] = true
		}
		for _, n := range a.all("input:not([type=hidden]), select, textarea") {
			if !labelled[attr(n, "id")] && !inside[attr(n, "name")] {
				t.Errorf("%s: %v has no label", address, n.Attr)
			}
		}
		for _, n := range a.all("form") {
			if attr(n, "method") != "post" || !strings.HasPrefix(attr(n, "action"), "/") {
				t.Errorf("%s: a form goes to %v", address, n.Attr)
			}
		}
	}
}

func TestChoosing(t *testing.T) {
	t.Parallel()
	c := late()
	s := open(t, c)
	a := s.get("/o/token")
	if got := a.text("main"); !strings.Contains(got, "lo sentimos") || !strings.Contains(got, "¿Cómo lo prefieres?") {
		t.Errorf("it says %q", got)
	}
	if n := len(a.all("form[method=post] button[name=option]")); n != 3 {
		t.Fatalf("%d ways on", n)
	}
	if a := s.post("/o/token?l=pt", url.Values{"option": {"shop"}}); a.Code != http.StatusSeeOther || a.Header().Get("Location") != "/o/token?l=pt" || !reflect.DeepEqual(s.did, []any{"chose", "shop"}) {
		t.Errorf("%d to %s after %v", a.Code, a.Header().Get("Location"), s.did)
	}

	c.offer.State, c.offer.Option, c.offer.Changeable = dialogue.Chosen, "shop", true
	a = s.get("/o/token")
	if a.text("h1") != "Recogerlo hoy en Candil Goya" || len(a.all("details button[name=option]")) != 2 || a.text("[role=status]") != "Elegido" {
		t.Errorf("chosen, it says %q", a.text("main"))
	}
	c.offer.State, c.offer.Changeable = dialogue.Settled, false
	if a = s.get("/o/token"); len(a.all("button")) != 0 || !strings.Contains(a.text("main"), "ya lo está haciendo") {
		t.Errorf("settled, it says %q", a.text("main"))
	}
	for _, state := range []dialogue.OfferState{dialogue.Expired, dialogue.Revoked} {
		c.offer.State = state
		if a = s.get("/o/token"); a.Code != http.StatusGone || len(a.all("a.back[href='/case/case']")) != 1 {
			t.Errorf("%s: %d %q", state, a.Code, a.text("main"))
		}
		if a = s.post("/o/token", url.Values{"option": {"shop"}}); a.Code != http.StatusGone {
			t.Errorf("choosing when %s: %d", state, a.Code)
		}
	}
}

// The way of a case, as its customer sees it.
func TestYourCaseSaysWhereItStands(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*cases.Yours)
		h1     string
		has    []string
	}{
		"in hands": {func(*cases.Yours) {}, "Nuria se está ocupando", []string{"Estará resuelto antes del", "Se ocupa Nuria, de Tiendas", "Llega el día que dijimos", "Elegir cómo seguir", "Lo necesito para el viernes."}},
		"nobody":   {func(y *cases.Yours) { y.Who = ""; y.Steps[1].At = 0 }, "Recibido: estamos viendo quién se ocupa", []string{"Alguien se ocupa"}},
		"late":     {func(y *cases.Yours) { y.Due = now.Add(-time.Hour) }, "Nuria se está ocupando", []string{"Vamos tarde, y lo sentimos"}},
		"solved":   {func(y *cases.Yours) { y.State, y.AskRight, y.Done = cases.StateSolved, true, "Reservado en Goya." }, "Está resuelto. ¿Quedó bien?", []string{"Reservado en Goya.", "Sí, quedó bien", "No, todavía no"}},
		"closed":   {func(y *cases.Yours) { y.State = cases.StateClosed }, "Está resuelto", nil},
		"again":    {func(y *cases.Yours) { y.MadeRight = cases.Wrong }, "Lo estamos viendo de nuevo", nil},
		"merged":   {func(y *cases.Yours) { y.State = cases.StateMerged }, "Se sigue junto con otro caso", nil},
	} {
		world := late()
		c.change(&world.yours)
		a := open(t, world).get("/case/token")
		if a.text("h1") != c.h1 {
			t.Errorf("%s: it says %q", name, a.text("h1"))
		}
		for _, want := range c.has {
			if !strings.Contains(a.text("main"), want) {
				t.Errorf("%s: nothing says %q in %q", name, want, a.text("main"))
			}
		}
		if title := a.text("title"); title != "Tu caso 12 · Librerías Candil" {
			t.Errorf("%s: the title is %q", name, title)
		}
	}
	world := late()
	world.yours.Address = "usted"
	if title := open(t, world).get("/case/token").text("title"); title != "Su caso 12 · Librerías Candil" {
		t.Errorf("with usted the title is %q", title)
	}
	for range 60 {
		world.yours.Messages = append(world.yours.Messages, dialogue.Message{Text: "Otro."})
	}
	s := open(t, world)
	if a := s.get("/case/token"); len(a.all(".talk li")) != 6 || !strings.Contains(a.text("main"), "Ver 56 mensajes anteriores") {
		t.Errorf("%d messages are shown of 62: %q", len(a.all(".talk li")), a.text("main"))
	}
	if a := s.get("/case/token?all=1"); len(a.all(".talk li")) != 62 {
		t.Errorf("%d messages are shown of all", len(a.all(".talk li")))
	}
}

func TestYourCaseTakesWhatIsSaid(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		address string
		form    url.Values
		did     []any
		to      string
		status  int
	}{
		"reply":       {"/case/token/reply", url.Values{"id": {"n"}, "words": {" Gracias.\r\nMarta "}}, []any{"wrote", "n", "Gracias.\nMarta"}, "/case/token?done=reply", 303},
		"empty reply": {"/case/token/reply", url.Values{"words": {" "}}, nil, "", 422},
		"long reply":  {"/case/token/reply", url.Values{"words": {strings.Repeat("a", 4001)}}, nil, "", 422},
		"right":       {"/case/token/right", url.Values{"right": {"yes"}}, []any{"confirmed", true, ""}, "/case/token?done=right", 303},
		"wrong":       {"/case/token/right", url.Values{"right": {"no"}, "words": {"Falta la nota"}}, []any{"confirmed", false, "Falta la nota"}, "/case/token?done=wrong", 303},
		"thanks":      {"/case/token/thanks", url.Values{"words": {"A Nuria."}}, []any{"thanked", "A Nuria."}, "/case/token?done=thanks", 303},
		"name":        {"/case/token/data", url.Values{"name": {"Marta"}, "consent": {"may_ask"}}, []any{"corrected", "k1", yours.Correction{Name: "Marta", Consents: map[string]bool{"may_ask": false}}}, "/case/token/data?done=saved", 303},
		"no mail":     {"/case/token/data/mail", url.Values{}, []any{"unsubscribed", true}, "/case/token/data?done=no-mail", 303},
		"mail again":  {"/case/token/data/mail", url.Values{"again": {"1"}}, []any{"unsubscribed", false}, "/case/token/data?done=mail", 303},
		"unproven":    {"/case/token/data/forget", url.Values{"sure": {"m…@example.com"}}, nil, "", 422},
		"proven":      {"/case/token/data/forget", url.Values{"sure": {"marta@example.com"}}, []any{"forgot", cx.CustomerID("c_1")}, "", 200},
		"no file":     {"/case/token/data/everything", url.Values{"sure": {"yes"}}, nil, "", 422},
		"a file":      {"/case/token/data/everything", url.Values{"sure": {"marta@example.com"}}, []any{"everything"}, "", 200},
	} {
		s := open(t, late())
		a := s.post(c.address, c.form)
		if a.Code != c.status || a.Header().Get("Location") != c.to || !reflect.DeepEqual(s.did, c.did) {
			t.Errorf("%s: %d to %q after %v", name, a.Code, a.Header().Get("Location"), s.did)
		}
		if c.status == http.StatusSeeOther && s.get(c.to).text("[role=status]") == "" {
			t.Errorf("%s: nothing says that it was done", name)
		}
		if c.status == http.StatusUnprocessableEntity && a.text("[role=alert]") == "" {
			t.Errorf("%s: nothing says what is missing", name)
		}
	}
}

// What is no address is said so.
func TestAnAddressThatIsNone(t *testing.T) {
	t.Parallel()
	c := late()
	c.refusal = cx.InvalidFaults("app", []cx.Fault{{Field: "email", Message: "is none"}})
	if a := open(t, c).post("/case/token/data", url.Values{"name": {"Marta"}, "email": {"marta"}}); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text("[role=alert]"), "no parece completo") {
		t.Errorf("%d %q", a.Code, a.text("[role=alert]"))
	}
}

// Somebody of whom no address is known says that they are sure.
func TestForgetWithoutAnAddress(t *testing.T) {
	t.Parallel()
	c := late()
	c.own.Email = ""
	s := open(t, c)
	if a := s.post("/case/token/data/forget", url.Values{}); a.Code != http.StatusUnprocessableEntity || len(s.did) != 0 {
		t.Errorf("%d after %v", a.Code, s.did)
	}
	if a := s.post("/case/token/data/forget", url.Values{"sure": {"yes"}}); a.Code != http.StatusOK || !strings.Contains(a.text("main"), "Justificante número 7") {
		t.Errorf("%d %q", a.Code, a.text("main"))
	}
	c.yours.Customer = ""
	if a := s.get("/case/token/data"); a.Code != http.StatusNotFound {
		t.Errorf("of nobody known: %d", a.Code)
	}
}

func TestOpeningACase(t *testing.T) {
	t.Parallel()
	c := late()
	s := open(t, c)
	a := s.get("/help/token")
	if len(a.all("input[type=radio][name=kind]")) != 3 || len(a.all("[name=amount]")) != 0 {
		t.Errorf("it asks %q", a.text("main"))
	}
	id := attr(a.all("input[name=id]")[0], "value")
	form := url.Values{"id": {id}, "kind": {"waiting"}, "words": {"Una cola de diez"}, "who": {"P-77"}}
	if a := s.post("/help/token", form); a.Code != http.StatusOK || a.text("h1") != "Caso 12 abierto. ¡Gracias!" {
		t.Errorf("%d %q", a.Code, a.text("main"))
	}
	if want := (cases.Request{ID: id, Kind: "waiting", Words: "Una cola de diez", Who: "P-77"}); !reflect.DeepEqual(s.did, []any{"opened", "", want}) {
		t.Errorf("it opened %v", s.did)
	}

	c.speaker = cx.Principal{ID: "person:3", Name: "Nuria Soler", Role: cx.Member}
	if a := s.get("/help/token"); len(a.all("[name=amount]")) != 1 || !strings.Contains(a.text("main"), "Nuria puede dar hasta 10,00 €") {
		t.Errorf("signed in, it asks %q", a.text("main"))
	}
	for typed, want := range map[string]int64{"5": 500, "4,50": 450, "4.5": 450, "0": 0} {
		c.did = nil
		form := url.Values{"id": {id}, "kind": {"waiting"}, "solved": {"yes"}, "done": {"Un café"}, "amount": {typed}}
		a := s.post("/help/token", form)
		if r, ok := c.did[2].(cases.Request); a.Code != http.StatusOK || !ok || r.Amount != want || !r.Solved || r.Done != "Un café" || c.did[1] != "person:3" {
			t.Errorf("%s: %d opened %v", typed, a.Code, c.did)
		}
	}
	c.did = nil
	for fault, form := range map[string]url.Values{
		"Falta contar":           {"id": {id}, "kind": {"waiting"}, "solved": {"yes"}},
		"Falta escribir":         {"id": {id}},
		"La cantidad se escribe": {"id": {id}, "kind": {"waiting"}, "solved": {"yes"}, "done": {"Un café"}, "amount": {"mucho"}},
		"Es demasiado largo":     {"id": {id}, "words": {strings.Repeat("a", 4001)}},
	} {
		if a := s.post("/help/token", form); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text("[role=alert]"), fault) || attr(a.all("input[name=id]")[0], "value") != id {
			t.Errorf("%s: %d %q", fault, a.Code, a.text("[role=alert]"))
		}
	}
	if len(c.did) != 0 {
		t.Errorf("it did %v", c.did)
	}
	c.refusal = cx.Errorf(cx.Conflict, "cases", "too much")
	if a := s.post("/help/token", url.Values{"id": {id}, "words": {"Roto"}, "solved": {"yes"}, "done": {"Un vale"}, "amount": {"90"}}); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text("[role=alert]"), "sin preguntar") || a.text("textarea[name=words]") != "Roto" {
		t.Errorf("too much: %d %q", a.Code, a.text("main"))
	}
}

func TestReporting(t *testing.T) {
	t.Parallel()
	c := late()
	s := open(t, c)
	a := s.get("/round/token")
	if csp := a.Header().Get("Content-Security-Policy"); !strings.Contains(csp, "script-src 'self'") || !strings.Contains(csp, "worker-src 'self'") || a.Header().Get("Permissions-Policy") != "camera=(self), geolocation=(), microphone=()" {
		t.Errorf("it may %q, %q", csp, a.Header().Get("Permissions-Policy"))
	}
	at := now.Add(-2 * time.Hour)
	script := url.Values{"id": {"u"}, "at": {strconv.FormatInt(at.Std().UnixMilli(), 10)}, "order": {" P-77 "}, "reason": {"refused"}, "outcome": {""}}
	if a := s.post("/round/token", script); a.Code != http.StatusNoContent {
		t.Errorf("its script: %d", a.Code)
	}
	if want := (cases.Report{ID: "u", Order: "P-77", Outcome: cases.NotDelivered, Reason: "refused", At: at}); !reflect.DeepEqual(s.did, []any{"reported", want}) {
		t.Errorf("it reported %v", s.did)
	}
	form := url.Values{"id": {"v"}, "order": {"P-77"}, "outcome": {"delivered"}}
	if a := s.post("/round/token", form); a.Code != http.StatusSeeOther || s.get(a.Header().Get("Location")).text("[role=status]") != "Enviado: P-77." {
		t.Errorf("without a script: %d to %s", a.Code, a.Header().Get("Location"))
	}
	c.refusal = cx.Errorf(cx.NotFound, "cases", "no such order")
	if a := s.post("/round/token", form); a.Code != http.StatusUnprocessableEntity || !strings.Contains(a.text("[role=alert]"), "Nadie tiene ese pedido") || attr(a.all("#order")[0], "value") != "P-77" {
		t.Errorf("no such order: %d %q", a.Code, a.text("main"))
	}
	c.refusal = cx.Errorf(cx.Unavailable, "cases", "later")
	if a := s.post("/round/token", script); a.Code != http.StatusServiceUnavailable {
		t.Errorf("a failure of ours, which may be sent again: %d", a.Code)
	}
	c.err = cx.Errorf(cx.Gone, "dialogue", "revoked")
	if a := s.post("/round/token", script); a.Code != http.StatusGone {
		t.Errorf("a revoked link: %d", a.Code)
	}
	if a := s.get("/round/worker.js"); a.Header().Get("Content-Type") != "text/javascript; charset=utf-8" || !strings.Contains(a.Body.String(), "caches") {
		t.Errorf("the worker is %.60q", a.Body.String())
	}
}

// Whatever a link meets is told with its status, in three languages.
func TestLinksThatAreNoGood(t *testing.T) {
	t.Parallel()
	for kind, status := range map[string]int{"gone": 410, "unknown": 404, "failed": 503} {
		c := late()
		c.err = map[string]error{"gone": cx.Errorf(cx.Gone, "dialogue", "x"), "unknown": cx.Errorf(cx.NotFound, "dialogue", "x"), "failed": cx.Errorf(cx.Unavailable, "dialogue", "x")}[kind]
		s := open(t, c)
		for _, address := range append(addresses, "/case/token/nothing", "/help") {
			said := map[string]bool{}
			for _, lang := range []string{"es", "en", "pt"} {
				a := s.get(address + "?l=" + lang)
				if want := status; a.Code != want && address != "/case/token/nothing" && address != "/help" || attr(a.all("html")[0], "lang") != lang {
					t.Errorf("%s, %s: %d", kind, address, a.Code)
				}
				said[a.text("main")] = true
			}
			if len(said) != 3 {
				t.Errorf("%s is said in %d ways", kind, len(said))
			}
		}
	}
}

// What comes from another site's form is refused, and so is too much of it.
func TestFormsOfOthers(t *testing.T) {
	t.Parallel()
	s := open(t, late())
	for address, form := range map[string]url.Values{
		"/o/token": {"option": {"shop"}}, "/case/token/reply": {"words": {"x"}}, "/case/token/right": {"right": {"no"}}, "/case/token/thanks": {"words": {"x"}},
		"/case/token/data": {"name": {"x"}}, "/case/token/data/mail": {}, "/case/token/data/everything": {"sure": {"marta@example.com"}}, "/case/token/data/forget": {"sure": {"marta@example.com"}},
		"/help/token": {"words": {"x"}}, "/round/token": {"order": {"x"}, "outcome": {"delivered"}},
	} {
		if a := s.post(address, form, "Sec-Fetch-Site", "cross-site"); a.Code != http.StatusForbidden || len(s.did) != 0 {
			t.Errorf("%s: %d after %v", address, a.Code, s.did)
		}
	}
	if a := s.post("/case/token/reply", url.Values{"words": {strings.Repeat("a", 1<<17)}}); a.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("128 KB: %d", a.Code)
	}
	for i := range 21 {
		a := s.post("/case/other/reply", url.Values{"words": {"x"}})
		if want := i < 20; (a.Code == http.StatusSeeOther) != want {
			t.Fatalf("post %d: %d", i+1, a.Code)
		}
		if i == 20 && (a.Code != http.StatusTooManyRequests || a.Header().Get("Retry-After") == "") {
			t.Errorf("too many: %d %v", a.Code, a.Header())
		}
	}
	s.clock.Advance(time.Minute)
	if a := s.post("/case/other/reply", url.Values{"words": {"x"}}); a.Code != http.StatusSeeOther {
		t.Errorf("a minute later: %d", a.Code)
	}
}

// What customers and the company write is text, whatever it looks like.
func TestHostileTextIsInert(t *testing.T) {
	t.Parallel()
	const evil = `<script>alert(1)</script><img src=x onerror=alert(1)>"'</textarea></title></style>`
	c := late()
	c.offer.Question, c.offer.Message, c.offer.FirstName, c.offer.Options[0].Text, c.offer.CaseToken = evil, evil, evil, evil, evil
	c.yours.Title, c.yours.Who, c.yours.Area, c.yours.Done, c.yours.Promise, c.yours.FirstName, c.yours.Messages[0].Text, c.yours.Messages[0].ByName = evil, evil, evil, evil, evil, evil, evil, evil
	c.help.Name, c.help.Place, c.help.Touchpoint, c.help.Kinds[0].Text = evil, evil, evil, evil
	c.round.Name, c.round.Supplier, c.round.Reasons[0].Text = evil, evil, evil
	c.own.Name, c.own.Email, c.own.Phone, c.own.Consents[0].Text, c.lived.Items[0].Name, c.lived.Next = evil, evil, evil, evil, evil, evil
	s := open(t, c)
	clean := regexp.MustCompile(`(?i)<script>|<img|javascript:`)
	for _, address := range append(addresses, "/round/token?done="+url.QueryEscape(evil), "/case/token?done="+url.QueryEscape(evil)+"&l="+url.QueryEscape(evil)) {
		a := s.get(address)
		if found := clean.FindString(a.Body.String()); found != "" || len(a.all("[onerror]")) != 0 {
			t.Errorf("%s: %s came through", address, found)
		}
	}
}

// The pages' own words say neither tú, usted nor vos but where they name the case:
// how the company speaks to its customers is in its own texts.
func TestOwnWordsNeedNoFormOfAddress(t *testing.T) {
	t.Parallel()
	c := late()
	c.yours.Address, c.yours.AskRight, c.offer.Address = "usted", true, "usted"
	c.offer.Message, c.offer.Question = "", ""
	c.yours.Messages, c.yours.Offer = nil, nil
	for i := range c.offer.Options {
		c.offer.Options[i].Text = "Sí"
	}
	words := regexp.MustCompile(`(?i)\b(tú|tu|tus|te|ti|usted|vos|elige|elija|escribe|escriba|haz|haga|puedes)\b`)
	s := open(t, c)
	for _, address := range addresses {
		if found := words.FindString(s.get(address).text("body")); found != "" {
			t.Errorf("%s says %q", address, found)
		}
	}
}
