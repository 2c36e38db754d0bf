package deliver

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// hookWaits are the waits after each try that failed: the schedule that Standard
// Webhooks recommends, at once and then these.
var hookWaits = [...]time.Duration{5 * time.Second, 5 * time.Minute, 30 * time.Minute, 2 * time.Hour, 5 * time.Hour, 10 * time.Hour, 14 * time.Hour, 20 * time.Hour, 24 * time.Hour}

const (
	hookWorkers = 32
	perEndpoint = 8 // of the workers: one that hangs holds up no other
	hookBounce  = time.Second
	noSecret    = 5 * time.Minute // an endpoint without a secret is looked at again
	pauseFirst  = 5 * time.Second // nobody knocks at an endpoint that does not answer: at first, and at most
	pauseMost   = 5 * time.Minute
)

// line is how many are at one endpoint, and until when nobody knocks there.
type line struct {
	busy  int
	down  cx.Time
	pause time.Duration
}

type lines struct {
	mu sync.Mutex
	of map[string]*line
}

// enter takes a place at an endpoint; a time past now tells when to come again.
func (l *lines) enter(slug string, now cx.Time) cx.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.of[slug]
	if at == nil {
		at = &line{}
		l.of[slug] = at
	}
	switch {
	case at.down > now:
		return at.down
	case at.busy >= perEndpoint:
		return now.Add(hookBounce)
	}
	at.busy++
	return 0
}

// leave gives the place back; answered is false when nothing answered.
func (l *lines) leave(slug string, now cx.Time, answered bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := l.of[slug]
	at.busy--
	switch {
	case answered:
		at.down, at.pause = 0, 0
	case at.down <= now:
		at.pause = min(max(2*at.pause, pauseFirst), pauseMost)
		at.down = now.Add(at.pause)
	}
}

// open lets knock again at once.
func (l *lines) open(slug string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if at := l.of[slug]; at != nil {
		at.down, at.pause = 0, 0
	}
}

// hook is one that is to be sent.
type hook struct {
	id, endpoint, body string
	tries              int
}

// sendHook tries once to send a hook.
func (s *Service) sendHook(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	h, ok, err := s.waitingHook(ctx, j.Key)
	if err != nil || !ok {
		return nil, err
	}
	address, declared := s.address(h.endpoint)
	if !declared {
		return s.endHook(h, HookFailed, 0, "the model has no such webhook any more"), nil
	}
	keys, err := s.endpointKeys(ctx, h.endpoint)
	now := s.c.Clock.Now()
	switch {
	case err != nil:
		return nil, err
	case keys.disabledAt != 0:
		return s.endHook(h, HookFailed, 0, keys.disabledWhy), nil
	case keys.secret == "":
		return nil, jobs.Later(now.Add(noSecret))
	}
	if at := s.lines.enter(h.endpoint, now); at > now {
		return nil, jobs.Later(at)
	}
	status, err := s.post(ctx, address, h, keys.signing(now))
	stopped := err != nil && ctx.Err() != nil
	s.lines.leave(h.endpoint, s.c.Clock.Now(), err == nil || stopped)
	switch {
	case stopped: // the product stops: it goes on where it is
		return nil, ctx.Err()
	case err == nil && status/100 == 2:
		return s.endHook(h, HookSent, status, ""), nil
	case status == http.StatusGone:
		return s.gone(h), nil
	}
	why := "it answered " + strconv.Itoa(status)
	switch {
	case err != nil:
		why = whyNot(err)
	case status/100 == 3:
		why += ": a redirect is not followed; write the address that it leads to into the model"
	}
	if h.tries >= len(hookWaits) {
		return s.endHook(h, HookFailed, status, why), nil
	}
	return s.again(h, status, why), nil
}

// whyNot tells why nothing answered, without the address, which may hold secrets.
func whyNot(err error) string {
	var at *url.Error
	switch {
	case errors.Is(err, errInside):
		return errInside.Error()
	case errors.As(err, &at) && at.Timeout():
		return "it did not answer in time"
	case errors.As(err, &at):
		return strings.TrimSpace(at.Err.Error())
	}
	return err.Error()
}

// post signs a hook's body as it is now and sends it.
func (s *Service) post(ctx context.Context, address string, h hook, secrets []string) (status int, err error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, address, strings.NewReader(h.body))
	if err != nil {
		return 0, errors.New("the address is none")
	}
	at := s.c.Clock.Now().Std()
	var signatures []string
	for _, secret := range secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil {
			return 0, err
		}
		signature, err := signer.Sign(h.id, at, []byte(h.body))
		if err != nil {
			return 0, err
		}
		signatures = append(signatures, signature)
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("User-Agent", "Vivencia")
	r.Header.Set(standardwebhooks.HeaderWebhookID, h.id)
	r.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(at.Unix(), 10))
	r.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	return s.outside(r)
}

func (s *Service) waitingHook(ctx context.Context, id string) (h hook, ok bool, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		err := tx.QueryRow(ctx, `SELECT id, endpoint, body, tries FROM deliver_hooks WHERE id = $1 AND state = $2`, id, string(HookWaiting)).Scan(&h.id, &h.endpoint, &h.body, &h.tries)
		ok = err == nil
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	})
	return h, ok, err
}

// again puts a hook off that failed.
func (s *Service) again(h hook, status int, why string) jobs.Done {
	return func(ctx context.Context, tx *sqldb.Tx) error {
		wait := hookWaits[h.tries]
		wait += time.Duration(rand.Float64() * float64(wait) / 10) //nolint:gosec // so that not all come at once
		next := s.c.Clock.Now().Add(wait)
		if _, err := tx.Exec(ctx, `UPDATE deliver_hooks SET tries = tries + 1, attempts = attempts + 1, next_at = $1, status = $2, error = $3 WHERE id = $4`,
			int64(next), status, why, h.id); err != nil {
			return err
		}
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: hookKind, Key: h.id, Due: next})
	}
}

func (s *Service) endHook(h hook, state HookState, status int, why string) jobs.Done {
	return func(ctx context.Context, tx *sqldb.Tx) error {
		tried := 0
		if state == HookSent || status != 0 {
			tried = 1
		}
		_, err := tx.Exec(ctx, `UPDATE deliver_hooks SET state = $1, ended_at = $2, attempts = attempts + $3, status = $4, error = $5 WHERE id = $6`,
			string(state), int64(s.c.Clock.Now()), tried, status, why, h.id)
		return err
	}
}

// gone switches an endpoint off that wants no more, and tells who listens.
func (s *Service) gone(h hook) jobs.Done {
	const why = "it answered 410: it wants no more. Switch it on again once it does"
	s.c.Logger.Warn("a webhook answered 410 and was switched off", slog.String("endpoint", h.endpoint))
	return func(ctx context.Context, tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `UPDATE deliver_endpoints SET disabled_at = $1, disabled_why = $2 WHERE slug = $3`, int64(s.c.Clock.Now()), why, h.endpoint); err != nil {
			return err
		}
		if s.onGone != nil {
			if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: goneKind, Key: h.endpoint, Due: s.c.Clock.Now(), Payload: h.id}); err != nil {
				return err
			}
			defer s.c.Jobs.Wake()
		}
		return s.endHook(h, HookFailed, http.StatusGone, why)(ctx, tx)
	}
}

// OnGone has fn told of an endpoint that was switched off; id is of the hook
// that it answered so. It may be told again, and is when it returns an error.
// Call it before the queue starts.
func (s *Service) OnGone(fn func(ctx context.Context, slug, id string) error) { s.onGone = fn }

func (s *Service) tellGone(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	if s.onGone == nil {
		return nil, nil
	}
	return nil, s.onGone(ctx, j.Key, j.Payload)
}
