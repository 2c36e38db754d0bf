package delivertest

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Server is a mail server. Set its fields before Start.
type Server struct {
	TLS      bool // speaks TLS from the first byte
	StartTLS bool // offers STARTTLS
	User     string
	Password string
	// Refuse (may be nil) is asked at each step ("mail", "rcpt", "data", "end":
	// after the content) and answers with the error that the server shall give.
	Refuse func(step, address string) error

	PEM []byte // its certificate, once it started with TLS

	t       *testing.T
	mu      sync.Mutex
	up      bool
	addr    string
	talking map[net.Conn]bool
	mails   []Mail
	came    chan struct{}
}

// Mail is what was taken.
type Mail struct {
	From, To   string
	Header     mail.Header
	Text, HTML string
	Encrypted  bool
}

// Subject returns the decoded subject.
func (m Mail) Subject() string {
	s, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
	if err != nil {
		return m.Header.Get("Subject")
	}
	return s
}

// Code is an answer of an SMTP server.
func Code(code, a, b, c int, message string) error {
	return &smtp.SMTPError{Code: code, EnhancedCode: smtp.EnhancedCode{a, b, c}, Message: message}
}

// Start makes it answer, again after Stop. It listens until the test ends.
func (s *Server) Start(t *testing.T) {
	t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = true
	if s.came != nil {
		return
	}
	s.t, s.came, s.talking = t, make(chan struct{}, 1000), map[net.Conn]bool{}
	var config *tls.Config
	if s.TLS || s.StartTLS {
		config = s.certificate()
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.addr = l.Addr().String()
	l = &listener{l, s}
	if s.TLS {
		l = tls.NewListener(l, config)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) { return &session{s: s, c: c}, nil }))
	server.Domain, server.AllowInsecureAuth, server.ErrorLog = "localhost", true, silence{}
	if s.StartTLS {
		server.TLSConfig = config
	}
	var served sync.WaitGroup
	served.Go(func() { _ = server.Serve(l) })
	t.Cleanup(func() {
		s.Stop()
		_ = server.Close()
		_ = l.Close()
		served.Wait()
	})
}

// Stop ends every connection, and whoever comes finds nobody.
func (s *Server) Stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.up = false
	for c := range s.talking {
		_ = c.Close()
	}
	clear(s.talking)
}

// listener drops who comes while the server is down.
type listener struct {
	net.Listener
	s *Server
}

func (l *listener) Accept() (net.Conn, error) {
	for {
		c, err := l.Listener.Accept()
		if err != nil || l.s.takes(c) {
			return c, err
		}
		_ = c.Close()
	}
}

func (s *Server) takes(c net.Conn) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.up {
		s.talking[c] = true
	}
	return s.up
}

// Addr is where it listens.
func (s *Server) Addr() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.addr
}

// Mails returns what was taken so far.
func (s *Server) Mails() []Mail {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Mail(nil), s.mails...)
}

// Next waits for the next mail to be taken.
func (s *Server) Next() Mail {
	s.t.Helper()
	select {
	case <-s.came:
	case <-time.After(10 * time.Second):
		s.t.Fatal("no mail came")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.mails[len(s.mails)-1-len(s.came)]
}

// certificate makes one of its own, once.
func (s *Server) certificate() *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		DNSNames: []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageDigitalSignature,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		s.t.Fatal(err)
	}
	s.PEM = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: [][]byte{der}, PrivateKey: key}}, MinVersion: tls.VersionTLS12}
}

type silence struct{}

func (silence) Printf(string, ...any) {}
func (silence) Println(...any)        {}

// session is one conversation.
type session struct {
	s        *Server
	c        *smtp.Conn
	from, to string
	known    bool
}

func (c *session) refuse(step, address string) error {
	if c.s.User != "" && !c.known {
		return Code(530, 5, 7, 0, "sign in first")
	}
	if c.s.Refuse == nil {
		return nil
	}
	return c.s.Refuse(step, address)
}

func (c *session) AuthMechanisms() []string {
	if c.s.User == "" {
		return nil
	}
	return []string{sasl.Plain}
}

func (c *session) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != c.s.User || password != c.s.Password {
			return smtp.ErrAuthFailed
		}
		c.known = true
		return nil
	}), nil
}

func (c *session) Mail(from string, _ *smtp.MailOptions) error {
	c.from = from
	return c.refuse("mail", from)
}

func (c *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.to = to
	return c.refuse("rcpt", to)
}

func (c *session) Data(r io.Reader) error {
	if err := c.refuse("data", c.to); err != nil {
		return err
	}
	raw, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	m, err := read(raw)
	if err != nil {
		c.s.t.Error("a mail that cannot be read: ", err)
	}
	m.From, m.To = c.from, c.to
	_, m.Encrypted = c.c.TLSConnectionState()
	c.s.mu.Lock()
	c.s.mails = append(c.s.mails, m)
	c.s.mu.Unlock()
	c.s.came <- struct{}{}
	return c.refuse("end", c.to)
}

func (c *session) Reset()        {}
func (c *session) Logout() error { return nil }

// read takes a mail of text and HTML apart.
func read(raw []byte) (m Mail, err error) {
	parsed, err := mail.ReadMessage(bytes.NewReader(raw))
	if err != nil {
		return m, err
	}
	m.Header = parsed.Header
	kind, params, err := mime.ParseMediaType(parsed.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/alternative" {
		return m, errors.Join(err, errors.New("not text and HTML: "+kind))
	}
	parts := multipart.NewReader(parsed.Body, params["boundary"])
	for {
		part, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return m, nil
		}
		if err != nil {
			return m, err
		}
		var body io.Reader = part
		if strings.EqualFold(part.Header.Get("Content-Transfer-Encoding"), "quoted-printable") {
			body = quotedprintable.NewReader(part)
		}
		text, err := io.ReadAll(body)
		if err != nil {
			return m, err
		}
		if strings.HasPrefix(part.Header.Get("Content-Type"), "text/html") {
			m.HTML = string(text)
		} else {
			m.Text = string(text)
		}
	}
}
