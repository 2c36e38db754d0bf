package app

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/json"
	"net/mail"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/web/yours"
)

// openYours makes the pages that customers, drivers and passers-by reach by a
// link.
func (a *App) openYours() (err error) {
	a.yours, err = yours.New(yours.Config{
		Dialogue: a.Dialogue, Cases: a.Cases, Data: own{a}, Referrals: a.Referrals, Changes: a.Told, Models: a.Models, Company: a.company, Speaker: a.speaker, Address: a.network,
		Clock: a.clock, Logger: a.logger, Secure: a.overTLS(), Framed: a.isDemo,
	})
	return err
}

// isDemo tells whether the company is a simulated one.
func (a *App) isDemo() bool {
	i, err := a.Accounts.Instance(context.Background())
	return err == nil && i.Demo
}

// themselves is the principal of what a customer does with their own data, by a
// link of theirs.
func themselves() cx.Principal { return cx.Principal{ID: "customer", Name: "Customer", Role: cx.Admin} }

// own gives a customer what the company remembers of them, and does what they ask
// for with it.
type own struct{ a *App }

// Own implements yours.Data.
func (o own) Own(ctx context.Context, id cx.CustomerID, lang string) (out yours.Own, err error) {
	c, err := o.a.Memory.Customer(ctx, themselves(), id)
	if err != nil {
		return out, err
	}
	out = yours.Own{Email: masked(c.Email), Phone: tail(firstOf(c, identity.Phone)), Events: c.Events, Answers: c.Answers}
	if c.Name != c.Email && !slices.ContainsFunc(c.Identifiers, func(i remember.Identifier) bool { return i.Value == c.Name }) {
		out.Name = c.Name
	}
	said := traitsOf(c)
	for _, name := range []string{"language", "locale", "lang"} {
		text, _ := said[name].(string)
		out.Language = cmp.Or(out.Language, strings.ToLower(text))
	}
	out.Consents = consents(o.a.Models.Current().Model, lang)
	for i := range out.Consents {
		out.Consents[i].Given, _ = said[out.Consents[i].Trait].(bool)
	}
	out.Unsubscribed, err = o.a.Deliver.Unsubscribed(ctx, c.ID)
	return out, err
}

// consents are what the model has customers agree to: what asking needs, and what
// its surveys ask, each trait once.
func consents(m *model.Model, lang string) (all []yours.Consent) {
	add := func(trait, text string) {
		i := slices.IndexFunc(all, func(c yours.Consent) bool { return c.Trait == trait })
		switch {
		case trait == "":
		case i < 0:
			all = append(all, yours.Consent{Trait: trait, Text: text})
		default:
			all[i].Text = cmp.Or(all[i].Text, text)
		}
	}
	add(m.Asking.Consent, "")
	for _, s := range m.Surveys {
		for _, p := range s.Pages {
			for _, q := range p.Questions {
				if q.Type == model.Consent {
					add(q.Trait, q.Text.In(lang))
				}
			}
		}
	}
	return all
}

// Lived implements yours.Data.
func (o own) Lived(ctx context.Context, id cx.CustomerID, cursor string, limit int) (remember.TimelinePage, error) {
	return o.a.Memory.Timeline(ctx, themselves(), id, remember.TimelineQuery{Cursor: cursor, Limit: limit, Kinds: []cx.Kind{cx.Track, cx.Page, cx.Screen, cx.Answer}})
}

// Correct implements yours.Data: what differs is an Identify event of theirs.
func (o own) Correct(ctx context.Context, id cx.CustomerID, in string, said yours.Correction) error {
	const op = "app.Correct"
	now, err := o.Own(ctx, id, "")
	if err != nil {
		return err
	}
	traits := map[string]any{}
	if said.Name != "" && said.Name != now.Name {
		traits["name"] = said.Name
	}
	if said.Language != "" && !strings.HasPrefix(now.Language, said.Language) {
		traits["language"] = said.Language
	}
	for _, c := range now.Consents {
		if given, asked := said.Consents[c.Trait]; asked && given != c.Given {
			traits[c.Trait] = given
		}
	}
	if said.Email != "" {
		address, err := mail.ParseAddress(said.Email)
		if err != nil || address.Address != said.Email {
			return cx.InvalidFaults(op, []cx.Fault{{Field: "email", Message: "is no mail address: write it whole"}})
		}
		switch whose, err := o.a.Memory.Lookup(ctx, themselves(), identity.Email, said.Email); {
		case cx.KindOf(err) == cx.NotFound:
			traits["email"] = said.Email
		case err != nil:
			return err
		case whose != id:
			if _, err := o.a.Cases.Note(ctx, themselves(), in, said.Email+": "+o.a.theirs()); err != nil {
				return err
			}
		}
	}
	if len(traits) == 0 {
		return nil
	}
	return o.identify(ctx, id, traits)
}

// theirs is the note on an address that a customer gives and somebody else has.
func (a *App) theirs() string {
	return model.Text{
		ES: "el cliente lo da como su correo nuevo, y ya es de otra persona. Conviene comprobarlo antes de unirlos.",
		EN: "the customer gives it as their new e-mail, and it is somebody else's already. Check it before you merge them.",
		PT: "o cliente o dá como o seu e-mail novo, e já é de outra pessoa. Convém verificar antes de os unir.",
	}.In(a.Models.Current().Model.Company.Languages[0])
}

// identify puts traits of a customer into the log.
func (o own) identify(ctx context.Context, id cx.CustomerID, traits map[string]any) error {
	const op = "app.identify"
	who, err := persons{o.a.Memory}.Person(ctx, themselves(), id)
	if err != nil {
		return err
	}
	now := o.a.clock.Now()
	body, err := json.Marshal(map[string]any{
		"type": "identify", "messageId": "own:" + rand.Text(), "timestamp": now.String(), "userId": who.UserID, "anonymousId": who.AnonymousID, "traits": traits,
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	e, err := intake.Decode(body, intake.Defaults{Source: survey.Source, ReceivedAt: now})
	if err != nil {
		return cx.Wrap(op, err)
	}
	seq, err := o.a.Log.Append(ctx, []cx.Event{e})
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, o.a.Memory.WaitFor(ctx, seq)) // the page that follows shows it
}

// Knows implements yours.Data.
func (o own) Knows(ctx context.Context, id cx.CustomerID, address string) (bool, error) {
	c, err := o.a.Memory.Customer(ctx, themselves(), id)
	return err == nil && address != "" && strings.EqualFold(address, c.Email), err
}

// Everything implements yours.Data.
func (o own) Everything(ctx context.Context, id cx.CustomerID) (forget.Export, error) {
	return o.a.Forget.Export(ctx, themselves(), id)
}

// SetUnsubscribed implements yours.Data.
func (o own) SetUnsubscribed(ctx context.Context, id cx.CustomerID, is bool) error {
	return o.a.Deliver.SetUnsubscribed(ctx, themselves(), id, is)
}

// Forget implements yours.Data.
func (o own) Forget(ctx context.Context, id cx.CustomerID) (int64, error) {
	r, err := o.a.Forget.Forget(ctx, themselves(), id)
	return r.ID, err
}

// traitsOf are a customer's newest traits.
func traitsOf(c remember.Customer) map[string]any {
	all := map[string]any{}
	for _, t := range c.Traits {
		var v any
		if json.Unmarshal(t.Value, &v) == nil {
			all[t.Name] = v
		}
	}
	return all
}

// firstOf is the first identifier of a kind; "" when there is none.
func firstOf(c remember.Customer, kind string) string {
	if i := slices.IndexFunc(c.Identifiers, func(i remember.Identifier) bool { return i.Kind == kind }); i >= 0 {
		return c.Identifiers[i].Value
	}
	return ""
}

// masked shows of a mail address enough for who knows it.
func masked(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at <= 0 {
		return ""
	}
	return string([]rune(address[:at])[0]) + "•••" + address[at:]
}

// tail shows of a number its last three digits.
func tail(number string) string {
	if len(number) <= 3 {
		return ""
	}
	return "•••" + number[len(number)-3:]
}
