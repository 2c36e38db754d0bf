package deliver

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// both is how long a former secret signs beside the new one.
const both = 24 * time.Hour

// EndpointState is an endpoint and how it fares.
type EndpointState struct {
	Endpoint
	Secret      bool    // it has one; without it nothing is sent
	FormerUntil cx.Time // a former secret signs too until then; 0: none does
	DisabledAt  cx.Time // switched off since; 0: it is on
	Why         string  // it was switched off
	Down        cx.Time // it does not answer: nobody knocks until then; 0: it does
	Waiting     int
	Sent        int
	Failed      int
	LastAt      cx.Time // when something was sent or failed last; 0: never
	LastStatus  int     // what it answered then
}

// endpointKeys is what is kept of an endpoint.
type endpointKeys struct {
	secret, former          string
	formerUntil, disabledAt cx.Time
	disabledWhy             string
}

// signing returns the secrets that sign now, the newest first.
func (k endpointKeys) signing(now cx.Time) []string {
	if k.former != "" && now < k.formerUntil {
		return []string{k.secret, k.former}
	}
	return []string{k.secret}
}

func (s *Service) endpoints() []Endpoint {
	if s.c.Endpoints == nil {
		return nil
	}
	return s.c.Endpoints()
}

// address returns where an endpoint of the model is.
func (s *Service) address(slug string) (url string, declared bool) {
	for _, e := range s.endpoints() {
		if e.Slug == slug {
			return e.URL, true
		}
	}
	return "", false
}

func (s *Service) endpointKeys(ctx context.Context, slug string) (k endpointKeys, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(ctx, `SELECT secret, former, former_until, disabled_at, disabled_why FROM deliver_endpoints WHERE slug = $1`, slug).
			Scan(&k.secret, &k.former, &k.formerUntil, &k.disabledAt, &k.disabledWhy)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	if err == nil {
		k.secret, err = s.unseal("endpoint "+slug, k.secret)
	}
	if err == nil {
		k.former, err = s.unseal("endpoint "+slug, k.former)
	}
	return k, err
}

// declared checks the right to manage endpoints, and that the model has this one.
func (s *Service) declared(op string, p cx.Principal, slug string) error {
	if err := account.Check(p, account.ManageHooks); err != nil {
		return err
	}
	if _, ok := s.address(slug); !ok {
		return cx.Errorf(cx.NotFound, op, "the model has no webhook %q", slug)
	}
	return nil
}

// Rotate gives an endpoint a new secret and returns it: it is not shown again.
// The former one signs too for a day. Needs account.ManageHooks.
func (s *Service) Rotate(ctx context.Context, p cx.Principal, slug string) (secret string, err error) {
	const op = "deliver.Rotate"
	if err := s.declared(op, p, slug); err != nil {
		return "", cx.Wrap(op, err)
	}
	var raw [24]byte
	_, _ = rand.Read(raw[:]) // never fails
	secret = "whsec_" + base64.StdEncoding.EncodeToString(raw[:])
	sealed, err := s.seal("endpoint "+slug, secret)
	if err != nil {
		return "", cx.Wrap(op, err)
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO deliver_endpoints (slug, secret, former, former_until, disabled_at, disabled_why) VALUES ($1, $2, '', 0, 0, '')
			ON CONFLICT (slug) DO UPDATE SET former = deliver_endpoints.secret, former_until = $3, secret = excluded.secret`,
			slug, sealed, int64(s.c.Clock.Now().Add(both)))
		return err
	})
	if err != nil {
		return "", cx.Wrap(op, err)
	}
	return secret, cx.Wrap(op, s.hurry(ctx, slug))
}

// Enable switches an endpoint on again. Needs account.ManageHooks.
func (s *Service) Enable(ctx context.Context, p cx.Principal, slug string) error {
	const op = "deliver.Enable"
	if err := s.declared(op, p, slug); err != nil {
		return cx.Wrap(op, err)
	}
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE deliver_endpoints SET disabled_at = 0, disabled_why = '' WHERE slug = $1`, slug)
		return err
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.hurry(ctx, slug))
}

// hurry has what waits for an endpoint tried now.
func (s *Service) hurry(ctx context.Context, slug string) error {
	s.lines.open(slug)
	err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		ids, err := hookIDs(ctx, tx, `SELECT id FROM deliver_hooks WHERE endpoint = $1 AND state = $2`, slug, string(HookWaiting))
		if err != nil {
			return err
		}
		return s.rerun(ctx, tx, ids)
	})
	s.c.Jobs.Wake()
	return err
}

func hookIDs(ctx context.Context, tx *sqldb.Tx, text string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, text, args...)
	if err != nil {
		return nil, err
	}
	return sqldb.Collect(rows, sqldb.Scan[string])
}

func (s *Service) rerun(ctx context.Context, tx *sqldb.Tx, ids []string) error {
	now := s.c.Clock.Now()
	for _, id := range ids {
		if _, err := tx.Exec(ctx, `UPDATE deliver_hooks SET state = $1, tries = 0, next_at = $2, ended_at = 0 WHERE id = $3`, string(HookWaiting), int64(now), id); err != nil {
			return err
		}
		if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: hookKind, Key: id, Due: now}); err != nil {
			return err
		}
	}
	return nil
}

// TestEndpoint puts a hook of type "vivencia.test" in for an endpoint, and
// returns its id: HookDelivery tells how it fared. Needs account.ManageHooks.
func (s *Service) TestEndpoint(ctx context.Context, p cx.Principal, slug string) (id string, err error) {
	const op = "deliver.TestEndpoint"
	if err := s.declared(op, p, slug); err != nil {
		return "", cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	id = "test_" + s.mac("test", slug+strconv.FormatInt(int64(now), 36))
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return s.PutHook(ctx, tx, Hook{ID: id, Endpoint: slug, Type: "vivencia.test", At: now, Data: json.RawMessage(`{"hello":"Vivencia"}`)})
	})
	s.c.Jobs.Wake()
	return id, cx.Wrap(op, err)
}

// Endpoints tells how each endpoint of the model fares. Needs
// account.ViewStatus.
func (s *Service) Endpoints(ctx context.Context, p cx.Principal) ([]EndpointState, error) {
	const op = "deliver.Endpoints"
	if err := account.Check(p, account.ViewStatus); err != nil {
		return nil, cx.Wrap(op, err)
	}
	all := make([]EndpointState, 0, len(s.endpoints()))
	for _, e := range s.endpoints() {
		k, err := s.endpointKeys(ctx, e.Slug)
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		state := EndpointState{Endpoint: e, Secret: k.secret != "", DisabledAt: k.disabledAt, Why: k.disabledWhy}
		now := s.c.Clock.Now()
		if k.former != "" && now < k.formerUntil {
			state.FormerUntil = k.formerUntil
		}
		s.lines.mu.Lock()
		if at := s.lines.of[e.Slug]; at != nil && at.down > now {
			state.Down = at.down
		}
		s.lines.mu.Unlock()
		err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
			if err := tx.QueryRow(ctx, `SELECT COUNT(CASE WHEN state = 'waiting' THEN 1 END), COUNT(CASE WHEN state = 'sent' THEN 1 END), COUNT(CASE WHEN state = 'failed' THEN 1 END)
				FROM deliver_hooks WHERE endpoint = $1`, e.Slug).Scan(&state.Waiting, &state.Sent, &state.Failed); err != nil {
				return err
			}
			err := tx.QueryRow(ctx, `SELECT ended_at, status FROM deliver_hooks WHERE endpoint = $1 AND ended_at > 0 ORDER BY ended_at DESC LIMIT 1`, e.Slug).Scan(&state.LastAt, &state.LastStatus)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			return err
		})
		if err != nil {
			return nil, cx.Wrap(op, err)
		}
		all = append(all, state)
	}
	return all, nil
}

// HookQuery asks for hooks. Zero fields ask for all.
type HookQuery struct {
	ID       string
	Endpoint string
	State    HookState
	Cursor   string
	Limit    int // 0: 50; at most 500
}

// HookPage is a stretch of hooks, newest first.
type HookPage struct {
	Hooks []HookDelivery
	Next  string // "" at the end
}

const hookColumns = `id, endpoint, type, customer, state, created_at, next_at, ended_at, attempts, status, error`

// Hooks returns a page of hooks. Needs account.ViewStatus.
func (s *Service) Hooks(ctx context.Context, p cx.Principal, q HookQuery) (page HookPage, err error) {
	const op = "deliver.Hooks"
	if err := account.Check(p, account.ViewStatus); err != nil {
		return page, cx.Wrap(op, err)
	}
	if q.Limit == 0 {
		q.Limit = 50
	}
	if q.Limit < 1 || q.Limit > 500 {
		return page, cx.Errorf(cx.Invalid, op, "a page has 1 to 500 deliveries")
	}
	before, beforeID, err := parseCursor(q.Cursor)
	if err != nil {
		return page, cx.Wrap(op, err)
	}
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT `+hookColumns+` FROM deliver_hooks
			WHERE ($1 = '' OR endpoint = $1) AND ($2 = '' OR state = $2) AND ($3 = '' OR id = $3) AND ($4 = 0 OR created_at < $4 OR created_at = $4 AND id < $5)
			ORDER BY created_at DESC, id DESC LIMIT $6`, q.Endpoint, string(q.State), q.ID, before, beforeID, q.Limit+1)
		if err != nil {
			return err
		}
		page.Hooks, err = sqldb.Collect(rows, scanHook)
		return err
	})
	if err == nil && len(page.Hooks) > q.Limit {
		page.Hooks = page.Hooks[:q.Limit]
		last := page.Hooks[q.Limit-1]
		page.Next = strconv.FormatInt(int64(cx.TimeOf(last.At)), 36) + "." + last.ID
	}
	return page, cx.Wrap(op, err)
}

func scanHook(rows *sql.Rows) (h HookDelivery, err error) {
	var at, next, ended cx.Time
	err = rows.Scan(&h.ID, &h.Endpoint, &h.Type, &h.Customer, &h.State, &at, &next, &ended, &h.Attempts, &h.Status, &h.Error)
	h.At = at.Std()
	if h.State == HookWaiting {
		h.Next = next.Std()
	}
	if ended != 0 {
		h.EndedAt = ended.Std()
	}
	return h, err
}

// ReplayHook sends a hook again, whatever became of it, with the same id. Needs
// account.ManageHooks; NotFound when it is not kept any more.
func (s *Service) ReplayHook(ctx context.Context, p cx.Principal, id string) error {
	n, err := s.replay(ctx, p, `SELECT id FROM deliver_hooks WHERE id = $1`, id)
	if err == nil && n == 0 {
		err = cx.Errorf(cx.NotFound, "deliver.ReplayHook", "there is no such delivery, or not any more")
	}
	return cx.Wrap("deliver.ReplayHook", err)
}

// ReplaySince sends again every hook of an endpoint that was made at or after a
// time, and returns how many: what it took already it knows by their ids. Needs
// account.ManageHooks.
func (s *Service) ReplaySince(ctx context.Context, p cx.Principal, slug string, since cx.Time) (n int, err error) {
	const op = "deliver.ReplaySince"
	if err := s.declared(op, p, slug); err != nil {
		return 0, cx.Wrap(op, err)
	}
	n, err = s.replay(ctx, p, `SELECT id FROM deliver_hooks WHERE endpoint = $1 AND created_at >= $2 AND state <> 'waiting' ORDER BY created_at`, slug, int64(since))
	return n, cx.Wrap(op, err)
}

func (s *Service) replay(ctx context.Context, p cx.Principal, text string, args ...any) (n int, err error) {
	if err := account.Check(p, account.ManageHooks); err != nil {
		return 0, err
	}
	err = s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		ids, err := hookIDs(ctx, tx, text, args...)
		if err != nil {
			return err
		}
		n = len(ids)
		return s.rerun(ctx, tx, ids)
	})
	s.c.Jobs.Wake()
	return n, err
}

// keepHooks is how long a hook is kept after its end, to be replayed.
const keepHooks = 30 * 24 * time.Hour

// sweep takes out the hooks that are kept no longer, and comes again in a day.
func (s *Service) sweep(context.Context, jobs.Job) (jobs.Done, error) {
	return func(ctx context.Context, tx *sqldb.Tx) error {
		now := s.c.Clock.Now()
		if _, err := tx.Exec(ctx, `DELETE FROM deliver_hooks WHERE ended_at > 0 AND ended_at < $1`, int64(now.Add(-keepHooks))); err != nil {
			return err
		}
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: sweepKind, Key: "hooks", Due: now.Add(24 * time.Hour)})
	}, nil
}
