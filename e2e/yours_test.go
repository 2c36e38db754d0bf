package e2e_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// marta is a customer whose order is late.
const marta = "u-marta"

// live has Marta order a book, and returns who she is.
func (s *asking) live() cx.CustomerID {
	s.t.Helper()
	var messages [][]byte
	for i, m := range []map[string]any{
		{"type": "identify", "traits": map[string]any{"name": "Marta Llorente", "email": "marta@example.com"}},
		{"type": "track", "event": "Order Completed", "properties": map[string]any{"order_id": "P-77", "title": "El infinito en un junco"}},
		{"type": "track", "event": "Checkout Paid", "properties": map[string]any{"place": "goya"}},
	} {
		m["userId"], m["messageId"] = marta, fmt.Sprint("marta ", i)
		raw, err := json.Marshal(m)
		if err != nil {
			s.t.Fatal(err)
		}
		messages = append(messages, raw)
	}
	got, err := s.Intake.Accept(s.t.Context(), intake.Batch{Source: "shop", Messages: messages})
	if err != nil || len(got.Refused) > 0 {
		s.t.Fatal(got.Refused, err)
	}
	if err := s.WaitApplied(s.t.Context(), got.Last, nil); err != nil {
		s.t.Fatal(err)
	}
	id, err := s.Memory.Lookup(s.t.Context(), cx.System(), "userId", marta)
	if err != nil {
		s.t.Fatal(err)
	}
	return id
}

// open opens a case of a customer, with a word of ours and a choice, and returns
// its id and the paths of both pages.
func (s *asking) open(id cx.CustomerID, key string) (caseID, casePath, offerPath string) {
	s.t.Helper()
	ctx, root := s.t.Context(), cx.System()
	c, err := s.Cases.Open(ctx, root, cases.New{Key: key, Customer: id, Kind: "late", Words: "El repartidor no sale hoy.", About: map[string]string{"order_id": "P-77"}})
	if err != nil {
		s.t.Fatal(err)
	}
	o, err := s.Dialogue.Offer(ctx, root, dialogue.NewOffer{Key: key, Choice: "late-options", Customer: id, Case: c.ID, About: map[string]string{"order_id": "P-77"}})
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := s.Dialogue.Send(ctx, root, dialogue.Note{
		Key: key, Customer: id, Case: c.ID, Offer: o.ID, Channel: dialogue.Page, ByName: "Nuria",
		Text: model.Text{ES: "Tu libro de cumpleaños llega tarde: el repartidor no sale hoy. Dijimos el viernes, y lo sentimos.", EN: "Your birthday book is late. We said Friday, and we are sorry.", PT: "O teu livro está atrasado. Dissemos sexta, e lamentamos."},
	}); err != nil {
		s.t.Fatal(err)
	}
	full, err := s.Cases.Case(ctx, root, c.ID, "es")
	if err != nil {
		s.t.Fatal(err)
	}
	return c.ID, full.Link[strings.Index(full.Link, "/case/"):], o.Path
}

// linkAt makes a link of nobody in particular.
func (s *asking) linkAt(kind dialogue.LinkKind, name string) dialogue.Link {
	s.t.Helper()
	l, err := s.Dialogue.MakeLink(s.t.Context(), cx.System(), dialogue.LinkRequest{Kind: kind, Name: name, Place: "goya", Touchpoint: map[dialogue.LinkKind]string{dialogue.HelpLink: "till", dialogue.RoundLink: "courier"}[kind], Supplier: map[dialogue.LinkKind]string{dialogue.RoundLink: "fast"}[kind]})
	if err != nil {
		s.t.Fatal(err)
	}
	return l
}

// events waits until the log holds n events of a name and returns them.
func (s *asking) events(name string, n int) (found []cx.Event) {
	s.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) { // the browser sends when it likes
		found = nil
		if err := s.Log.Read(s.t.Context(), 0, func(b stream.Batch) error {
			for _, e := range b.Events {
				if e.Name == name {
					e.Properties = slices.Clone(e.Properties)
					found = append(found, e)
				}
			}
			return nil
		}); err != nil {
			s.t.Fatal(err)
		}
		if len(found) >= n {
			return found
		}
	}
	s.t.Fatalf("%d times %s, not %d", len(found), name, n)
	return nil
}

// TestChoosing chooses a way on, changes it, and finds both in the log.
func TestChoosing(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	id := s.live()
	t.Run("everywhere", func(t *testing.T) {
		everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
			_, _, offer := s.open(id, fmt.Sprint("choosing ", width, theme))
			p := chrome.Open(t, s.URL+offer, width, theme)
			p.Check()
			p.Picture("choice")
			p.Submit("button[value=shop]")
			if got := p.Text("h1"); got != "Recogerlo hoy en Librería Goya" {
				t.Errorf("chosen, it says %q", got)
			}
			p.Check()
			p.Picture("choice-made")
			p.Go(s.URL + offer) // looking again chooses nothing
			p.Click("summary")
			p.Picture("choice-changing")
			p.Submit("button[value=refund]")
			if got := p.Text("h1"); got != "Que me devolváis el dinero" {
				t.Errorf("changed, it says %q", got)
			}
		})
	})
	if made := s.events(dialogue.MadeEvent, 8); len(made) != 8 {
		t.Errorf("%d choices of four customers who each changed their mind", len(made))
	}
}

func TestChoosingWithoutScript(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	_, _, offer := s.open(s.live(), "plain")
	p := chrome.Open(t, s.URL+offer, e2e.Phone, e2e.Light)
	p.WithoutScripts()
	p.Go(s.URL + offer)
	p.Submit("button[value=wait]")
	if made := s.events(dialogue.MadeEvent, 1); property(t, made[0], "option") != "wait" || property(t, made[0], "order_id") != "P-77" || made[0].UserID != marta {
		t.Errorf("the log holds %s of %s", made[0].Properties, made[0].UserID)
	}
	p.Go(s.URL + offer[:len(offer)-2] + "xx")
	p.Forgive("404")
	if got := p.Text("h1"); got != "Aquí no hay nada" {
		t.Errorf("a link that was changed says %q", got)
	}
}

// TestYourCase follows a case from the customer's side: what is written reaches
// the company, and what is not right opens it again.
func TestYourCase(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	who := s.live()
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		id, path, _ := s.open(who, fmt.Sprint("case ", width, theme))
		p := chrome.Open(t, s.URL+path, width, theme)
		p.Check()
		p.Picture("your-case")
		p.Type("#words", "Lo necesito para el viernes.")
		p.Submit("form[action*='/reply'] .send")
		p.Check()
		p.Picture("your-case-written")
		said, err := s.Cases.Conversation(t.Context(), cx.System(), id, "es")
		if err != nil || !slices.ContainsFunc(said.Messages, func(m dialogue.Message) bool { return m.In && m.Text == "Lo necesito para el viernes." }) {
			t.Errorf("the company reads %+v, %v", said.Messages, err)
		}
		if _, err := s.Cases.Solve(t.Context(), cx.System(), id, "Tu libro está apartado en Goya, envuelto."); err != nil {
			t.Fatal(err)
		}
		p.Go(s.URL + path)
		p.Check()
		p.Picture("your-case-solved")
		p.Click("summary.way")
		p.Type("#wrong", "Falta la nota.")
		p.Picture("your-case-wrong")
		p.Submit("button[value=no]")
		if c, err := s.Cases.Case(t.Context(), cx.System(), id, "es"); err != nil || c.State != cases.StateOpen || c.Reopened != 1 || c.MadeRight != cases.Wrong {
			t.Errorf("the case is %s, opened again %d times, %v", c.State, c.Reopened, err)
		}
		p.Check()
		p.Picture("your-case-again")
	})
}

// TestYourData corrects what is remembered, ends the questions and is forgotten,
// by the link of a case.
func TestYourData(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	who := s.live()
	_, path, _ := s.open(who, "data")
	t.Run("everywhere", func(t *testing.T) {
		everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
			p := chrome.Open(t, s.URL+path+"/data", width, theme)
			p.Check()
			p.Picture("your-data")
			p.Go(s.URL + path + "/data/forget")
			p.Check()
			p.Picture("your-data-forget")
		})
	})
	p := chrome.Open(t, s.URL+path+"/data", e2e.Phone, e2e.Light)
	p.Type("#name", "Marta Llorente Gil")
	p.Submit("form[action$='/data'] .send")
	p.WaitFor(`document.querySelector("#name").value === "Marta Llorente Gil"`)
	p.Submit("form[action$='/mail'] .plain")
	if is, err := s.Deliver.Unsubscribed(t.Context(), who); err != nil || !is {
		t.Errorf("no more questions: %v, %v", is, err)
	}
	p.Go(s.URL + path + "/data/forget")
	p.Type("#forget", "otra@example.com")
	p.Submit(".send")
	p.Forgive("422")
	p.Type("#forget", "Marta@example.com")
	p.Submit(".send")
	p.WaitFor(`document.querySelector("main.good") !== null`)
	p.Picture("your-data-forgotten")
	r, ok, err := s.Forget.Forgotten(t.Context(), who)
	if err != nil || !ok {
		t.Fatalf("forgotten: %v, %v", ok, err)
	}
	if r, err = s.Forget.Wait(t.Context(), r.ID); err != nil || !r.Done() || r.AskedBy != "customer" {
		t.Errorf("the receipt says %+v, %v", r, err)
	}
	p.Go(s.URL + path)
	p.Forgive("404")
	p.Forgive("410")
	if got := p.Text("h1"); got != "Aquí no hay nada" && got != "Este enlace ya no vale" {
		t.Errorf("then the link says %q", got)
	}
}

// TestAnybodyOpensACase opens one at a poster, on a phone.
func TestAnybodyOpensACase(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	who := s.live()
	t.Run("everywhere", func(t *testing.T) {
		everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
			p := chrome.Open(t, s.URL+s.linkAt(dialogue.HelpLink, "Caja de Goya").Path, width, theme)
			p.Check()
			p.Picture("help")
			p.Click("input[value=waiting]")
			p.Type("#words", "Una cola de diez")
			p.Type("#who", "P-77")
			p.Click(".reveals")
			p.Picture("help-solved")
			p.Check()
			p.Click(".reveals")
			p.Submit(".send")
			p.Check()
			p.Picture("help-opened")
		})
	})
	all, err := s.Cases.List(t.Context(), cx.System(), cases.Query{Kind: "waiting"})
	if err != nil || len(all.Cases) != 4 {
		t.Fatalf("%d cases, %v", len(all.Cases), err)
	}
	for _, c := range all.Cases {
		if c.Customer != who || c.Place != "goya" || c.Touchpoint != "till" || c.Words != "Una cola de diez" {
			t.Errorf("a case is %+v", c)
		}
	}
}

// TestRound looks at a driver's page.
func TestRound(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		p := chrome.Open(t, s.URL+s.linkAt(dialogue.RoundLink, "Ruta norte").Path, width, theme)
		p.Check()
		p.Picture("round")
		p.Click("details:nth-of-type(1) summary")
		p.Check()
		p.Picture("round-why")
	})
}

// TestRoundOffline tells what became of orders without a network: each is sent
// once, at its own time, when there is one again.
func TestRoundOffline(t *testing.T) {
	t.Parallel()
	s := ask(t, "https://shop.example")
	s.live()
	l := s.linkAt(dialogue.RoundLink, "Ruta norte")
	p := chrome.Open(t, s.URL+l.Path, e2e.Phone, e2e.Light)
	p.WaitFor(`navigator.serviceWorker.controller !== null`)
	e2e.Eval[bool](p, `(async () => { while (!await caches.match(location.pathname)) await new Promise(r => setTimeout(r, 20)); return true })()`)

	s.cut.Store(true)
	before := cx.TimeOf(time.Now().Truncate(time.Millisecond))
	p.Type("#order", "P-77")
	p.Click("details:nth-of-type(1) summary")
	p.Click("button[value=nobody-home]")
	p.WaitFor(`document.querySelectorAll(".queue li").length === 1`)
	p.Type("#order", "P-77")
	p.Click("button[value=delivered]")
	p.WaitFor(`document.querySelectorAll(".queue li").length === 2`)
	p.Type("#order", "P-00")
	p.Click("button[value=delivered]")
	p.WaitFor(`document.querySelectorAll(".queue li").length === 3 && document.querySelector(".told").textContent.includes("Sin conexión")`)
	p.Check()
	p.Picture("round-offline")
	p.Go(s.URL + l.Path) // it starts again, without a network
	p.WaitFor(`document.querySelectorAll(".queue li").length === 3`)
	after := cx.TimeOf(time.Now())

	s.cut.Store(false)
	for _, name := range []string{"Delivery Failed", "Delivery Confirmed"} {
		e := s.events(name, 1)[0]
		if e.UserID != marta || property(t, e, "order_id") != "P-77" || property(t, e, "supplier") != "fast" || e.At < before || e.At > after {
			t.Errorf("%s is %s's, at %v of %v to %v: %s", name, e.UserID, e.At, before, after, e.Properties)
		}
	}
	p.WaitFor(`document.querySelectorAll(".queue li").length === 1 && document.querySelector(".queue b")?.textContent.includes("Nadie tiene este pedido")`)
	p.Check()
	p.Picture("round-refused")
	p.Click(".queue button")
	p.WaitFor(`document.querySelector(".queue").hidden`)
	p.Go(s.URL + l.Path)
	for _, name := range []string{"Delivery Failed", "Delivery Confirmed"} {
		if n := len(s.events(name, 1)); n != 1 {
			t.Errorf("%d times %s", n, name)
		}
	}
	p.Forgive("ERR_")
	p.Forgive("422")

	if err := s.Dialogue.Revoke(t.Context(), cx.System(), l.ID); err != nil {
		t.Fatal(err)
	}
	p.Type("#order", "P-77")
	p.Click("button[value=delivered]")
	p.WaitFor(`document.querySelector(".queue b")?.textContent.includes("hay que pedir otro")`)
	p.Forgive("410")
}
