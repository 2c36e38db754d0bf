package deliver

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	netmail "net/mail"
	"strconv"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	gosmtp "github.com/wneessen/go-mail/smtp"

	"golang.org/x/time/rate"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// SMTP says how mail goes out.
type SMTP struct {
	Addr     string // host:port; empty: no mail goes out, and the outbox waits
	Security string // starttls (the default), tls, or none: on this machine only
	User     string // empty: without signing in
	Password string
	From     string // "Librería Candil <hola@candil.example>"
	PerMin   int    // mails a minute at most; 0: 300
	Trust    []byte // PEM of the certificates to trust instead of the machine's; nil: these
}

// The ways to reach a mail server.
const (
	StartTLS = "starttls"
	TLS      = "tls"
	Plain    = "none"
)

const (
	connections = 4                // to the mail server at once
	idle        = 20 * time.Second // a connection that was idle longer is not used again
	talk        = 30 * time.Second // the most that a step of talking to the server may take
	outageFirst = 2 * time.Second  // how long nobody knocks at a server that does not answer: at first, and at most
	outageMost  = 5 * time.Minute
	defaultRate = 300
)

// mailer speaks to one server.
type mailer struct {
	host    string
	options []gomail.Option
	tls     *tls.Config // to be spoken from the first byte; nil: not so
	from    *netmail.Address
	clock   cx.Clock
	rate    *rate.Limiter

	mu     sync.Mutex // guards what follows
	free   []connection
	turns  map[string]bool // messages that were given a turn to go at
	down   cx.Time         // until when nobody knocks
	outage time.Duration   // how long the last such wait was
	closed bool
}

type connection struct {
	*gosmtp.Client
	by    *gomail.Client
	raw   net.Conn
	since time.Time
}

// until closes the connection when ctx ends, until release is called.
func (c connection) until(ctx context.Context) (release func() bool) {
	return context.AfterFunc(ctx, func() { _ = c.raw.Close() })
}

func newMailer(c SMTP, clock cx.Clock) (*mailer, error) {
	from, err := netmail.ParseAddress(c.From)
	if err != nil {
		return nil, cx.Errorf(cx.Invalid, "deliver.newMailer", "smtp-from %q is not an address such as Candil <hola@candil.example>", c.From)
	}
	host, port, err := net.SplitHostPort(c.Addr)
	if err != nil {
		return nil, cx.Errorf(cx.Invalid, "deliver.newMailer", "smtp-addr %q is not host:port", c.Addr)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return nil, cx.Errorf(cx.Invalid, "deliver.newMailer", "smtp-addr %q has no number for a port", c.Addr)
	}
	trust, err := trusted(host, c.Trust)
	if err != nil {
		return nil, err
	}
	m := &mailer{host: host, from: from, clock: clock, turns: map[string]bool{}}
	options := []gomail.Option{gomail.WithPort(number), gomail.WithTimeout(talk), gomail.WithTLSConfig(trust), gomail.WithoutNoop()}
	switch c.Security {
	case TLS: // dial speaks it
		m.tls = trust
		options = append(options, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case Plain:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	default:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.User != "" {
		auth := gomail.SMTPAuthAutoDiscover
		if c.Security == Plain { // the address is this machine: see SMTP.Validate
			auth = gomail.SMTPAuthPlainNoEnc
		}
		options = append(options, gomail.WithSMTPAuth(auth), gomail.WithUsername(c.User), gomail.WithPassword(c.Password))
	}
	m.options = options
	if _, err := gomail.NewClient(host, options...); err != nil {
		return nil, cx.Errorf(cx.Invalid, "deliver.newMailer", "the mail server's settings: %w", err)
	}
	perMin := cmp.Or(c.PerMin, defaultRate)
	m.rate = rate.NewLimiter(rate.Limit(float64(perMin)/60), max(1, perMin/60))
	return m, nil
}

// turn tells when a message may go: now, or later when the server was down just
// now or enough go this minute. A message is given one turn.
func (m *mailer) turn(id string) cx.Time {
	m.mu.Lock()
	defer m.mu.Unlock()
	now := m.clock.Now()
	if m.down > now {
		return m.down
	}
	if m.turns[id] {
		delete(m.turns, id)
		return now
	}
	at := now.Add(m.rate.ReserveN(now.Std(), 1).DelayFrom(now.Std()))
	if at > now {
		m.turns[id] = true
	}
	return at
}

// failure is why a mail did not go.
type failure struct {
	text   string  // names neither the address nor what was said
	state  State   // how the message ends; "" when it is to be tried again
	outage cx.Time // nobody knocks at the server until then; 0: it is this message's own
}

func (f *failure) Error() string { return f.text }

// send hands a mail to the server; nil when the server took it.
func (m *mailer) send(ctx context.Context, message *gomail.Msg) *failure {
	c, err := m.connect(ctx)
	if err != nil {
		return m.outageOf("the server cannot be reached: " + err.Error())
	}
	release := c.until(ctx)
	err = c.by.SendWithSMTPClient(c.Client, message)
	release()
	if message.IsDelivered() {
		err = nil // what came after is the connection's own trouble
	}
	var failed *gomail.SendError
	if errors.As(err, &failed) && failed.ErrorCode() > 0 || err == nil { // the server spoke: it can be spoken to again
		m.release(c)
	} else {
		_ = c.raw.Close()
	}
	if err == nil {
		m.up()
		return nil
	}
	return m.judge(failed)
}

// judge tells what a server's refusal means (RFC 5321 §4.2.1, RFC 3463).
func (m *mailer) judge(e *gomail.SendError) *failure {
	if e == nil || e.ErrorCode() == 0 {
		return m.outageOf("the connection broke")
	}
	at := map[gomail.SendErrReason]string{gomail.ErrSMTPMailFrom: "sender", gomail.ErrSMTPRcptTo: "address"}[e.Reason]
	if at == "" {
		at = "message"
	}
	status := e.EnhancedStatusCode()
	text := fmt.Sprintf("the server does not take the %s: %d %s", at, e.ErrorCode(), status)
	switch {
	case at == "sender", e.ErrorCode() == 421: // it takes nothing from us, now
		return m.outageOf(text)
	case e.ErrorCode() < 500:
		return &failure{text: text}
	case at == "address" && noSuchAddress(e.ErrorCode(), status):
		return &failure{text: text, state: Bounced}
	}
	return &failure{text: text, state: Refused}
}

// noSuchAddress tells a bad address from a policy of the server.
func noSuchAddress(code int, status string) bool {
	switch {
	case len(status) >= 4:
		return status[:4] == "5.1." || status == "5.2.1"
	default:
		return code == 550 || code == 551 || code == 553
	}
}

// outageOf keeps everybody from knocking for a while, longer each time.
func (m *mailer) outageOf(text string) *failure {
	m.mu.Lock()
	defer m.mu.Unlock()
	if now := m.clock.Now(); m.down <= now {
		m.outage = min(max(2*m.outage, outageFirst), outageMost)
		m.down = now.Add(m.outage)
	}
	return &failure{text: text, outage: m.down}
}

func (m *mailer) up() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.down, m.outage = 0, 0
}

// connect returns a connection that was used lately, or a new one.
func (m *mailer) connect(ctx context.Context) (connection, error) {
	for {
		m.mu.Lock()
		n := len(m.free)
		if n == 0 {
			m.mu.Unlock()
			return m.dial(ctx)
		}
		c := m.free[n-1]
		m.free = m.free[:n-1]
		m.mu.Unlock()
		release := c.until(ctx)
		good := time.Since(c.since) < idle && c.Noop() == nil
		if release(); good {
			return c, nil
		}
		_ = c.raw.Close()
	}
}

// dial makes a connection. What waits for the server ends with ctx.
func (m *mailer) dial(ctx context.Context) (c connection, err error) {
	release := func() bool { return true }
	c.by, err = gomail.NewClient(m.host, append(m.options[:len(m.options):len(m.options)], gomail.WithDialContextFunc(func(dialling context.Context, network, addr string) (net.Conn, error) {
		var err error
		if m.tls != nil {
			c.raw, err = (&tls.Dialer{Config: m.tls}).DialContext(dialling, network, addr)
		} else {
			c.raw, err = new(net.Dialer).DialContext(dialling, network, addr)
		}
		if err == nil {
			release = c.until(ctx)
		}
		return c.raw, err
	}))...)
	if err != nil {
		return c, err
	}
	c.Client, err = c.by.DialToSMTPClientWithContext(ctx)
	release()
	if err != nil && c.raw != nil {
		_ = c.raw.Close()
	}
	return c, err
}

func (m *mailer) release(c connection) {
	c.since = time.Now()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.closed {
		_ = c.raw.Close()
		return
	}
	m.free = append(m.free, c)
}

func (m *mailer) close() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.closed = true
	for _, c := range m.free {
		_ = c.raw.Close()
	}
	m.free = nil
}
