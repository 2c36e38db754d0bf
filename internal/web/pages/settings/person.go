package settings

import (
	"context"
	"net/http"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// firstLink is how long the link lasts with which a new person comes in.
const firstLink = 24 * time.Hour

func (p page) routePerson(r *web.Router) {
	const person = "/settings/people/{id}"
	r.Get(person, account.ManagePeople, p.person)
	r.Post(person, account.ManagePeople, p.changePerson)
	r.Post(person+"/link", account.ManagePeople, p.linkPerson)
	r.Post(person+"/recovery", account.ManagePeople, p.recoverPerson)
	r.Post(person+"/links/{link}/revoke", account.ManagePeople, p.revokeLink)
	r.Post(person+"/sessions/{session}/end", account.ManagePeople, p.endSession)
	for what, do := range map[string]struct {
		do   func(ctx context.Context, by cx.Principal, id int64) error
		said string
	}{
		"disable":        {p.accounts.DisablePerson, "settings.person.disabled"},
		"enable":         {p.accounts.EnablePerson, "settings.person.enabled"},
		"sessions/end":   {p.endSessions, "settings.person.signed-out"},
		"codes/reset":    {p.resetCodes, "settings.codes.was-reset"},
		"codes/require":  {p.requireCodes(true), "settings.codes.required"},
		"codes/optional": {p.requireCodes(false), "settings.codes.optional"},
		"unlink":         {p.accounts.Unlink, "settings.person.unlinked"},
	} {
		r.Post(person+"/"+what, account.ManagePeople, func(q *web.Request) error { return p.onPerson(q, do.do, do.said) })
	}
}

func personPath(id int64) string { return "/settings/people/" + strconv.FormatInt(id, 10) }

func (p page) endSessions(ctx context.Context, by cx.Principal, id int64) error {
	return p.accounts.EndSessions(ctx, by, id, "")
}

func (p page) resetCodes(ctx context.Context, by cx.Principal, id int64) error {
	return p.accounts.RemoveSecondFactor(ctx, by, id, "", account.From{})
}

func (p page) requireCodes(required bool) func(context.Context, cx.Principal, int64) error {
	return func(ctx context.Context, by cx.Principal, id int64) error {
		return p.accounts.RequireSecondFactor(ctx, by, id, required)
	}
}

// onPerson does something to the person of the path and shows them again.
func (p page) onPerson(q *web.Request, do func(context.Context, cx.Principal, int64) error, said string) error {
	id, err := parseID(q)
	if err != nil {
		return err
	}
	if err := do(q.Context(), q.Principal, id); err != nil {
		f, failure := explain(q, err)
		if failure != nil {
			return failure
		}
		return p.showPerson(q, id, f, made{})
	}
	q.Flash(ui.Neutral, q.T(said))
	return q.Redirect(personPath(id))
}

// made is a link that was made just now: it is shown this once.
type made struct {
	Address string
	Note    string // how long it serves, and how often
}

// area is an area that the person may be limited to.
type area struct {
	Slug, Name string
	Chosen     bool
}

// whole is everything that the page shows of a person.
type whole struct {
	account.Person
	Areas    []area
	Sessions []ui.Session
	Links    []account.Link
	Me       bool
}

func (p page) person(q *web.Request) error {
	id, err := parseID(q)
	if err != nil {
		return err
	}
	return p.showPerson(q, id, form{}, made{})
}

func (p page) showPerson(q *web.Request, id int64, f form, link made) error {
	all, err := p.accounts.People(q.Context(), q.Principal)
	if err != nil {
		return err
	}
	for _, person := range all {
		if person.ID != id {
			continue
		}
		w := whole{Person: person, Areas: p.areasOf(q, person.Areas), Me: id == q.Session.Person.ID}
		if w.Links, err = p.accounts.Links(q.Context(), q.Principal, id); err != nil {
			return err
		}
		sessions, err := p.accounts.Sessions(q.Context(), q.Principal, id)
		if err != nil {
			return err
		}
		for _, s := range sessions {
			w.Sessions = append(w.Sessions, ui.Session{ID: s.ID, Way: string(s.Way), Device: s.Device, Network: s.Network, CreatedAt: s.CreatedAt, SeenAt: s.SeenAt})
		}
		status := http.StatusOK
		if f.Message != "" || len(f.Faults) > 0 {
			status = http.StatusUnprocessableEntity
		}
		return q.RenderStatus(status, person.Name, personView(w, f, link, q.Session.ID))
	}
	return cx.Errorf(cx.NotFound, "settings", "there is nobody and nothing of that number")
}

func (p page) areasOf(q *web.Request, chosen []string) (all []area) {
	has := map[string]bool{}
	for _, slug := range chosen {
		has[slug] = true
	}
	for _, a := range p.models.Current().Model.Areas {
		all = append(all, area{a.Slug, a.Name.In(q.L.Lang), has[a.Slug]})
		delete(has, a.Slug)
	}
	for _, slug := range chosen { // what the model no longer has
		if has[slug] {
			all = append(all, area{slug, slug, true})
		}
	}
	return all
}

// changePerson sets name, role and areas. No area chosen means all.
func (p page) changePerson(q *web.Request) error {
	id, err := parseID(q)
	if err != nil {
		return err
	}
	name, role := q.PostFormValue("name"), cx.Role(q.PostFormValue("role"))
	areas := q.PostForm["areas"]
	_, err = p.accounts.PatchProfile(q.Context(), q.Principal, id, account.ProfileChange{DisplayName: &name, Role: &role, Areas: &areas})
	if err != nil {
		f, failure := explain(q, err, "name", "role")
		if failure != nil {
			return failure
		}
		return p.showPerson(q, id, f, made{})
	}
	q.Flash(ui.Positive, q.T("settings.person.changed"))
	return q.Redirect(personPath(id))
}

// linkPerson makes a link with which the person signs in: once, or for days.
func (p page) linkPerson(q *web.Request) error {
	id, err := parseID(q)
	if err != nil {
		return err
	}
	days, _ := strconv.Atoi(q.PostFormValue("days"))
	return p.showLink(q, id, time.Duration(max(days, 1))*24*time.Hour, days > 0)
}

func (p page) showLink(q *web.Request, id int64, lasts time.Duration, reusable bool) error {
	secret, err := p.accounts.SignInLink(q.Context(), q.Principal, id, lasts, reusable)
	if err != nil {
		return err
	}
	note := q.T("settings.link.once")
	if reusable {
		note = q.T("settings.link.days", "n", int(lasts.Hours()/24))
	}
	return p.showPerson(q, id, form{}, made{p.base(q) + signin.LinkPath(secret), note})
}

func (p page) recoverPerson(q *web.Request) error {
	id, err := parseID(q)
	if err != nil {
		return err
	}
	secret, err := p.accounts.RecoveryLink(q.Context(), q.Principal, id)
	if err != nil {
		return err
	}
	return p.showPerson(q, id, form{}, made{p.base(q) + signin.RecoveryPath(secret), q.T("settings.link.recovers")})
}

// base is where people reach the product.
func (p page) base(q *web.Request) string {
	if p.publicURL != "" {
		return p.publicURL
	}
	return "http://" + q.Host
}

func (p page) revokeLink(q *web.Request) error {
	return p.onPerson(q, func(ctx context.Context, by cx.Principal, _ int64) error {
		return p.accounts.RevokeLink(ctx, by, q.PathValue("link"))
	}, "settings.link.revoked")
}

func (p page) endSession(q *web.Request) error {
	return p.onPerson(q, func(ctx context.Context, by cx.Principal, id int64) error {
		return p.accounts.EndSession(ctx, by, id, q.PathValue("session"))
	}, "settings.session.ended")
}
