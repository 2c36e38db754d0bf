package deliver

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	netmail "net/mail"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Validate tells each setting that makes no sense, by its field. Nothing is
// wrong with no server at all.
func (c SMTP) Validate() []cx.Fault {
	if c.Addr == "" {
		return nil
	}
	var faults []cx.Fault
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	host, _, err := net.SplitHostPort(c.Addr)
	if err != nil {
		fault("addr", "write host:port, such as smtp.example:587")
	}
	if _, err := netmail.ParseAddress(c.From); err != nil {
		fault("from", "write the address that mail comes from, such as Candil <hola@candil.example>")
	}
	switch c.Security {
	case "", StartTLS, TLS:
	case Plain:
		if ip := net.ParseIP(host); host != "localhost" && !ip.IsLoopback() {
			fault("security", "none is for a server on this machine only: use starttls or tls")
		}
	default:
		fault("security", "is starttls, tls or none")
	}
	if c.PerMin < 0 {
		fault("per-minute", "cannot be negative")
	}
	return faults
}

// trusted is the TLS that a server must speak.
func trusted(host string, pem []byte) (*tls.Config, error) {
	c := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if pem != nil {
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, cx.Errorf(cx.Invalid, "deliver.trusted", "the certificates to trust are not in PEM")
		}
	}
	return c, nil
}
