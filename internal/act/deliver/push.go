package deliver

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"time"

	webpush "github.com/SherClockHolmes/webpush-go"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// pushKind is of the jobs that push; their key is the push's id.
const pushKind = "deliver.push"

// maxBrowsers is how many browsers one person may have told us of; the oldest
// go.
const maxBrowsers = 10

// Browser is one that a person lets us push to, as its PushSubscription says.
type Browser struct {
	Endpoint string `json:"endpoint"` // a secret: who has it can write there
	P256DH   string `json:"p256dh"`
	Auth     string `json:"auth"`
	Agent    string `json:"-"` // how the browser calls itself, to tell two apart
}

// Validate tells what cannot be pushed to.
func (b Browser) Validate() []cx.Fault {
	var faults []cx.Fault
	if u, err := url.Parse(b.Endpoint); err != nil || u.Scheme != "https" || u.Host == "" || len(b.Endpoint) > 2000 {
		faults = append(faults, cx.Fault{Field: "endpoint", Message: "is no address of a push service"})
	}
	for field, key := range map[string]struct {
		text string
		size int
	}{"p256dh": {b.P256DH, 65}, "auth": {b.Auth, 16}} {
		if raw, err := base64.RawURLEncoding.DecodeString(key.text); err != nil || len(raw) != key.size {
			faults = append(faults, cx.Fault{Field: field, Message: "is no key of a push subscription"})
		}
	}
	return faults
}

// PushKey returns the public key that browsers subscribe with (VAPID, RFC 8292),
// made at the first call.
func (s *Service) PushKey(ctx context.Context) (public string, err error) {
	public, _, err = s.vapid(ctx)
	return public, cx.Wrap("deliver.PushKey", err)
}

func (s *Service) vapid(ctx context.Context) (public, private string, err error) {
	read := func(tx *sqldb.Tx) error {
		err := tx.QueryRow(ctx, `SELECT public, private FROM deliver_vapid WHERE one = 1`).Scan(&public, &private)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		return err
	}
	if err = s.c.DB.Read(ctx, read); err != nil {
		return "", "", err
	}
	if public == "" {
		made, kept, err := webpush.GenerateVAPIDKeys()
		if err != nil {
			return "", "", err
		}
		sealed, err := s.seal("vapid", made)
		if err != nil {
			return "", "", err
		}
		if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
			if _, err := tx.Exec(ctx, `INSERT INTO deliver_vapid (one, public, private) VALUES (1, $1, $2) ON CONFLICT (one) DO NOTHING`, kept, sealed); err != nil {
				return err
			}
			return read(tx)
		}); err != nil {
			return "", "", err
		}
	}
	private, err = s.unseal("vapid", private)
	return public, private, err
}

func (s *Service) browserID(endpoint string) string { return s.mac("browser", endpoint) }

// Subscribe keeps that a person lets a browser be pushed to. The error is Invalid
// with every fault.
func (s *Service) Subscribe(ctx context.Context, person string, b Browser) error {
	const op = "deliver.Subscribe"
	if faults := b.Validate(); len(faults) > 0 {
		return cx.Wrap(op, cx.InvalidFaults("", faults))
	}
	id := s.browserID(b.Endpoint)
	raw, err := json.Marshal(b)
	if err != nil {
		return cx.Wrap(op, err)
	}
	sealed, err := s.seal("browser "+id, string(raw))
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `INSERT INTO deliver_browsers (id, person, keys, agent, created_at) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (id) DO UPDATE SET person = excluded.person, keys = excluded.keys, agent = excluded.agent, created_at = excluded.created_at`,
			id, person, sealed, b.Agent, int64(s.c.Clock.Now())); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `DELETE FROM deliver_browsers WHERE person = $1 AND id NOT IN
			(SELECT id FROM deliver_browsers WHERE person = $1 ORDER BY created_at DESC, id LIMIT $2)`, person, maxBrowsers)
		return err
	}))
}

// Withdraw takes a person's browser back; ""
// takes all of them.
func (s *Service) Withdraw(ctx context.Context, person, endpoint string) error {
	id := ""
	if endpoint != "" {
		id = s.browserID(endpoint)
	}
	return cx.Wrap("deliver.Withdraw", s.c.DB.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM deliver_browsers WHERE person = $1 AND ($2 = '' OR id = $2)`, person, id)
		return err
	}))
}

// Browsers tells how many browsers a person lets us push to.
func (s *Service) Browsers(ctx context.Context, person string) (n int, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT COUNT(*) FROM deliver_browsers WHERE person = $1`, person).Scan(&n)
	})
	return n, cx.Wrap("deliver.Browsers", err)
}

// PushMessage is what a browser shows, with the page closed too.
type PushMessage struct {
	ID     string `json:"-"`     // unique: the same one put in again is the first
	Tag    string `json:"tag"`   // a later one of the same tag takes its place on the screen
	Title  string `json:"title"` // one line
	Text   string `json:"text"`
	Href   string `json:"href"` // where it leads, a path of ours
	Urgent bool   `json:"-"`

	Customer cx.CustomerID `json:"-"` // whom it is about; "" for nobody
}

// pushLife is how long a push is worth sending.
const pushLife = 12 * time.Hour

// PutPush puts a push to every browser of a person into the outbox, as part of
// tx. Call the queue's Wake after the commit.
func (s *Service) PutPush(ctx context.Context, tx *sqldb.Tx, person string, m PushMessage) error {
	const op = "deliver.PutPush"
	browsers, err := hookIDs(ctx, tx, `SELECT id FROM deliver_browsers WHERE person = $1`, person)
	if err != nil || len(browsers) == 0 {
		return cx.Wrap(op, err)
	}
	body, err := json.Marshal(m)
	if err != nil {
		return cx.Wrap(op, err)
	}
	now, urgent := s.c.Clock.Now(), 0
	if m.Urgent {
		urgent = 1
	}
	for _, b := range browsers {
		id := s.mac("push", m.ID+" "+b)
		if _, err := tx.Exec(ctx, `INSERT INTO deliver_pushes (id, browser, customer, body, urgent, expires_at) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id) DO NOTHING`,
			id, b, string(m.Customer), string(body), urgent, int64(now.Add(pushLife))); err != nil {
			return cx.Wrap(op, err)
		}
		if err := s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: pushKind, Key: id, Due: now}); err != nil {
			return cx.Wrap(op, err)
		}
	}
	return nil
}

// sendPush tries once to push.
func (s *Service) sendPush(ctx context.Context, j jobs.Job) (jobs.Done, error) {
	var sealed, body, browser string
	var urgent int
	var expires cx.Time
	err := s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		return tx.QueryRow(ctx, `SELECT b.keys, b.id, p.body, p.urgent, p.expires_at FROM deliver_pushes p JOIN deliver_browsers b ON b.id = p.browser WHERE p.id = $1`, j.Key).
			Scan(&sealed, &browser, &body, &urgent, &expires)
	})
	now := s.c.Clock.Now()
	if errors.Is(err, sql.ErrNoRows) || err == nil && now >= expires {
		return pushed(j.Key), nil
	}
	if err != nil {
		return nil, err
	}
	opened, err := s.unseal("browser "+browser, sealed)
	var b Browser
	if err == nil {
		err = json.Unmarshal([]byte(opened), &b)
	}
	if err != nil {
		return nil, jobs.Dead(err)
	}
	public, private, err := s.vapid(ctx)
	if err != nil {
		return nil, err
	}
	status, err := s.push(ctx, b, body, urgent == 1, int(expires.Sub(now).Seconds()), public, private)
	switch {
	case err != nil:
		return nil, err
	case status == http.StatusNotFound || status == http.StatusGone: // RFC 8030: the subscription ended
		return func(ctx context.Context, tx *sqldb.Tx) error {
			if _, err := tx.Exec(ctx, `DELETE FROM deliver_browsers WHERE id = $1`, browser); err != nil {
				return err
			}
			return pushed(j.Key)(ctx, tx)
		}, nil
	case status/100 == 2, status/100 == 4 && status != http.StatusTooManyRequests: // no other try would help
		return pushed(j.Key), nil
	}
	return nil, cx.Errorf(cx.Unavailable, "deliver.sendPush", "the push service answered %d", status)
}

// doer is what the library sends by.
type doer func(*http.Request) (*http.Response, error)

// Do sends a request.
func (d doer) Do(r *http.Request) (*http.Response, error) { return d(r) }

func (s *Service) push(ctx context.Context, b Browser, body string, urgent bool, ttl int, public, private string) (status int, err error) {
	urgency := webpush.UrgencyNormal
	if urgent {
		urgency = webpush.UrgencyHigh
	}
	var answered int
	answer, err := webpush.SendNotificationWithContext(ctx, []byte(body), &webpush.Subscription{Endpoint: b.Endpoint, Keys: webpush.Keys{Auth: b.Auth, P256dh: b.P256DH}}, &webpush.Options{
		HTTPClient: doer(func(r *http.Request) (*http.Response, error) {
			var err error
			answered, err = s.outside(r)
			return &http.Response{StatusCode: answered, Body: http.NoBody}, err
		}),
		RecordSize: 3072, TTL: ttl, Urgency: urgency, Subscriber: s.c.Base, VAPIDPublicKey: public, VAPIDPrivateKey: private,
		VapidExpiration: s.c.Clock.Now().Add(12 * time.Hour).Std(),
	})
	if err == nil {
		_ = answer.Body.Close()
	}
	return answered, err
}

func pushed(id string) jobs.Done {
	return func(ctx context.Context, tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `DELETE FROM deliver_pushes WHERE id = $1`, id)
		return err
	}
}
