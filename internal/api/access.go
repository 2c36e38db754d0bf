package api

import (
	"net/http"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// patchPerson changes what is given of a person.
func (s *server) patchPerson(q *request) (any, error) {
	var in struct {
		Email      *string   `json:"email"`
		Name       *string   `json:"name"`
		GivenName  *string   `json:"given_name"`
		FamilyName *string   `json:"family_name"`
		ExternalID *string   `json:"external_id"`
		Role       *cx.Role  `json:"role"`
		Areas      *[]string `json:"areas"` // []: all
		Active     *bool     `json:"active"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	if in.Areas != nil && len(*in.Areas) == 0 {
		in.Areas = new([]string)
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	p, err := s.Accounts.PatchProfile(q.Context(), q.principal, id, account.ProfileChange{
		UserName: in.Email, DisplayName: in.Name, GivenName: in.GivenName, FamilyName: in.FamilyName,
		ExternalID: in.ExternalID, Role: in.Role, Areas: in.Areas, Active: in.Active,
	})
	if err != nil {
		return nil, err
	}
	return personOf(p), nil
}

type session struct {
	ID        string      `json:"id"`
	Way       account.Way `json:"way"`
	Device    *string     `json:"device"`
	Network   *string     `json:"network"`
	CreatedAt *string     `json:"created_at"`
	SeenAt    *string     `json:"seen_at"`
	ExpiresAt *string     `json:"expires_at"`
}

func (s *server) listSessions(q *request) (any, error) {
	return ofPerson(q, s.Accounts.Sessions, func(u account.Use) session {
		return session{u.ID, u.Way, word(u.Device), word(u.Network), instant(u.CreatedAt), instant(u.SeenAt), instant(u.ExpiresAt)}
	})
}

func (s *server) endSessions(q *request) (any, error) {
	return s.onNumber(q, func(id int64) error { return s.Accounts.EndSessions(q.Context(), q.principal, id, "") })
}

func (s *server) endSession(q *request) (any, error) {
	return s.onNumber(q, func(id int64) error {
		return s.Accounts.EndSession(q.Context(), q.principal, id, q.PathValue("session"))
	})
}

func (s *server) resetCodes(q *request) (any, error) {
	return s.onNumber(q, func(id int64) error {
		return s.Accounts.RemoveSecondFactor(q.Context(), q.principal, id, "", account.From{})
	})
}

type link struct {
	ID        string  `json:"id"`
	Reusable  bool    `json:"reusable"`
	Recovers  bool    `json:"recovers"`
	MadeBy    string  `json:"made_by"`
	CreatedAt *string `json:"created_at"`
	ExpiresAt *string `json:"expires_at"`
}

func (s *server) listLinks(q *request) (any, error) {
	return ofPerson(q, s.Accounts.Links, func(l account.Link) link {
		return link{l.ID, l.Reusable, l.Recovers, l.MadeBy, instant(l.CreatedAt), instant(l.ExpiresAt)}
	})
}

// secret is what opens something, told this once.
type secret struct {
	Secret string `json:"secret"`
}

func (s *server) createLink(q *request) (any, error) {
	var in struct {
		Hours    int  `json:"hours"`
		Reusable bool `json:"reusable"`
	}
	if err := q.body(&in); err != nil {
		return nil, err
	}
	return s.makeSecret(q, func(id int64) (string, error) {
		return s.Accounts.SignInLink(q.Context(), q.principal, id, time.Duration(in.Hours)*time.Hour, in.Reusable)
	})
}

func (s *server) createRecovery(q *request) (any, error) {
	return s.makeSecret(q, func(id int64) (string, error) { return s.Accounts.RecoveryLink(q.Context(), q.principal, id) })
}

func (s *server) makeSecret(q *request, secretOf func(id int64) (string, error)) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	id, err := q.number("id")
	if err != nil {
		return nil, err
	}
	text, err := secretOf(id)
	if err != nil {
		return nil, err
	}
	return reply{http.StatusCreated, "", secret{text}}, nil
}

func (s *server) revokeLink(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	return nil, s.Accounts.RevokeLink(q.Context(), q.principal, q.PathValue("id"))
}

type auditEntry struct {
	ID        int64   `json:"id"`
	At        *string `json:"at"`
	Principal string  `json:"principal"`
	Action    string  `json:"action"`
	Object    string  `json:"object"`
	Hash      string  `json:"hash"`
}

func (s *server) listAudit(q *request) (any, error) {
	query := account.AuditQuery{
		Principal: q.text("principal"), Action: q.text("action"), Object: q.text("object"), Before: int64(q.position()), Limit: q.limit(),
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	entries, err := s.Accounts.Audit(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	out := page[auditEntry]{Items: each(entries, func(e account.Entry) auditEntry {
		return auditEntry{e.ID, instant(e.At), e.Principal, e.Action, e.Object, e.Hash}
	})}
	if n := len(entries); n == query.Limit {
		out.Next = cursorBefore(uint64(entries[n-1].ID))
	}
	return out, nil
}

type auditSeal struct {
	Entries int64   `json:"entries"`
	Hash    string  `json:"hash"`
	At      *string `json:"at"`
}

type auditChain struct {
	Whole   bool       `json:"whole"`
	Entries int64      `json:"entries"`
	Head    string     `json:"head"`
	Sealed  *auditSeal `json:"sealed"`
	Broken  *string    `json:"broken"` // changed, missing, cut or rewritten
	At      *int64     `json:"broken_at"`
}

func (s *server) verifyAudit(q *request) (any, error) {
	if err := q.finish(); err != nil {
		return nil, err
	}
	c, err := s.Accounts.Verify(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	out := auditChain{Whole: c.Broken == "", Entries: c.Entries, Head: c.Head, Broken: word(string(c.Broken))}
	if c.Sealed.Entries > 0 {
		out.Sealed = &auditSeal{c.Sealed.Entries, c.Sealed.Hash, instant(c.Sealed.At)}
	}
	if !out.Whole {
		out.At = &c.At
	}
	return out, nil
}
