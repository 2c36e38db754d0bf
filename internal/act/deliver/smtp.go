package deliver

// SMTP says how mail goes out.
type SMTP struct {
	Addr     string // host:port; empty: no mail goes out, and the outbox waits
	Security string // starttls (the default), tls, or none: on this machine only
	User     string // empty: without signing in
	Password string
	From     string // "Librería Candil <hola@candil.example>"
	PerMin   int    // mails a minute at most; 0: 300
}
