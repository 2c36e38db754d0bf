package app

import (
	"os"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Mail is how mail to customers goes out.
type Mail struct {
	SMTP       deliver.SMTP
	SecretFile string // a file with the SMTP password
	TrustFile  string // PEM certificates to trust instead of the machine's
}

func (c *Mail) settings() []Setting {
	return []Setting{
		text("smtp-addr", "the mail server's `address`, host:port; empty: no mail goes out, it waits", &c.SMTP.Addr),
		text("smtp-security", "how it is spoken to: starttls (the default), tls, or none for a server on this machine", &c.SMTP.Security),
		text("smtp-user", "the `name` we sign in with there; empty: without signing in", &c.SMTP.User),
		text("smtp-secret", "the `password` we sign in with there", &c.SMTP.Password),
		text("smtp-secret-file", "a `file` that holds that password", &c.SecretFile),
		text("smtp-from", "whom mail comes from, such as `Candil <hola@candil.example>`", &c.SMTP.From),
		count("smtp-per-minute", "mails a minute at most; 0: 300", &c.SMTP.PerMin),
		text("smtp-trust", "a `file` of PEM certificates to trust instead of the machine's", &c.TrustFile),
	}
}

// validate reports what is wrong, by setting.
func (c Mail) validate(fault func(field, format string, args ...any)) {
	for _, f := range c.SMTP.Validate() {
		fault("smtp-"+f.Field, "%s", f.Message)
	}
	if c.SMTP.Password != "" && c.SecretFile != "" {
		fault("smtp-secret", "give it, or name its file in smtp-secret-file, not both")
	}
}

// smtp reads what the settings name.
func (c Mail) smtp() (deliver.SMTP, error) {
	out := c.SMTP
	if c.SecretFile != "" {
		secret, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return out, cx.Errorf(cx.Invalid, "app.smtp", "the file of smtp-secret-file cannot be read: %w", err)
		}
		out.Password = strings.TrimSpace(string(secret))
	}
	if c.TrustFile != "" {
		pem, err := os.ReadFile(c.TrustFile)
		if err != nil {
			return out, cx.Errorf(cx.Invalid, "app.smtp", "the file of smtp-trust cannot be read: %w", err)
		}
		out.Trust = pem
	}
	return out, nil
}
