package deliver

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"syscall"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Outside says what we reach of the network when others name the address:
// webhooks and browsers' push services. The zero value reaches public addresses.
type Outside struct {
	Allow []netip.Prefix // networks of our own that may be reached as well, by http too
	Trust []byte         // PEM of the certificates to trust instead of the machine's; nil: these
	Time  time.Duration  // one request, from looking the name up to the answer's end; 0: 20 seconds
}

// outsideRead is how many bytes of an answer are read before the connection is
// closed.
const outsideRead = 64 << 10

// errInside is of an address that nobody outside should make us reach.
var errInside = errors.New("the address is not public: allow its network in the setting webhook-allow, if it is your own")

// special are the prefixes that netip knows no word for, and that are not the
// public internet: shared, reserved, documentation, benchmarks, broadcast, and
// the ways to write an IPv4 address inside an IPv6 one (IANA special-purpose
// registries).
var special = []netip.Prefix{
	netip.MustParsePrefix("0.0.0.0/8"), netip.MustParsePrefix("100.64.0.0/10"), netip.MustParsePrefix("192.0.0.0/24"), netip.MustParsePrefix("192.0.2.0/24"),
	netip.MustParsePrefix("192.88.99.0/24"), netip.MustParsePrefix("198.18.0.0/15"), netip.MustParsePrefix("198.51.100.0/24"),
	netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("240.0.0.0/4"),
	netip.MustParsePrefix("::/96"), netip.MustParsePrefix("::ffff:0:0:0/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"), netip.MustParsePrefix("100::/64"),
	netip.MustParsePrefix("2001::/23"), netip.MustParsePrefix("2001:db8::/32"), netip.MustParsePrefix("2002::/16"), netip.MustParsePrefix("3fff::/20"), netip.MustParsePrefix("5f00::/16"),
	netip.MustParsePrefix("fec0::/10"),
}

// public tells whether an address is of the public internet.
func public(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return a.IsGlobalUnicast() && !a.IsPrivate() && !slices.ContainsFunc(special, func(p netip.Prefix) bool { return p.Contains(a) })
}

// own tells whether an address is of a network that was allowed.
func (o Outside) own(a netip.Addr) bool {
	a = a.Unmap().WithZone("")
	return slices.ContainsFunc(o.Allow, func(p netip.Prefix) bool { return p.Contains(a) })
}

type schemeKey struct{}

// control is asked with the address that a name led to, just before connecting:
// no name can lead elsewhere between the look and the step.
func (o Outside) control(ctx context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return err
	}
	switch {
	case o.own(at.Addr()):
		return nil
	case !public(at.Addr()):
		return errInside
	case ctx.Value(schemeKey{}) == "http":
		return errors.New("http would show what is sent to everybody on the way: use https")
	}
	return nil
}

// client reaches what others named: no redirect is followed, no proxy of the
// environment is used, and no cookie is kept.
func (o Outside) client() (*http.Client, error) {
	secure := &tls.Config{MinVersion: tls.VersionTLS12}
	if o.Trust != nil {
		secure.RootCAs = x509.NewCertPool()
		if !secure.RootCAs.AppendCertsFromPEM(o.Trust) {
			return nil, cx.Errorf(cx.Invalid, "deliver.client", "the certificates of webhook-trust are not in PEM")
		}
	}
	dialer := &net.Dialer{Timeout: 5 * time.Second, ControlContext: o.control}
	return &http.Client{
		Timeout:       cmp.Or(o.Time, 20*time.Second),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: dialer.DialContext, TLSClientConfig: secure, ForceAttemptHTTP2: true, DisableCompression: true,
			MaxIdleConns: 100, MaxIdleConnsPerHost: 8, IdleConnTimeout: 90 * time.Second,
			TLSHandshakeTimeout: 5 * time.Second, MaxResponseHeaderBytes: 16 << 10,
		},
	}, nil
}

// outside sends a request and reads its answer away. The address was named by
// somebody else.
func (s *Service) outside(r *http.Request) (status int, err error) {
	switch r.URL.Scheme {
	case "https", "http":
	default:
		return 0, errors.New("the address does not begin with https://")
	}
	r = r.WithContext(context.WithValue(r.Context(), schemeKey{}, r.URL.Scheme))
	answer, err := s.web.Do(r)
	if err != nil {
		return 0, err
	}
	defer func() { _ = answer.Body.Close() }()
	_, _ = io.CopyN(io.Discard, answer.Body, outsideRead) // what it says is not kept
	return answer.StatusCode, nil
}
