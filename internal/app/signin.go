package app

import (
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/account/oidc"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/pages/signin"
)

// SignIn is what an operator decides about how people come in.
type SignIn struct {
	RequireTOTP              string        // roles that must use one-time codes, with commas
	SessionLife, SessionIdle time.Duration // 0: 30 and 7 days

	Issuer, ClientID, ClientSecret, ClientSecretFile string // the company's own sign-in; no issuer: none
	Name                                             string // of it, on its button
	Domains                                          string // of e-mail addresses that may come in by it, with commas; empty: all
	Create                                           bool   // it brings in people who are not here yet
	Groups                                           string // the claim with a person's groups
	Roles, Areas                                     string // "group=role, …", "group=area, …"
}

func (c *SignIn) settings() []Setting {
	return []Setting{
		text("require-totp", "`roles` that must use one-time codes, with commas", &c.RequireTOTP),
		duration("session-life", "how long people stay signed in at most; 0: 30 days", &c.SessionLife),
		duration("session-idle", "how long they stay signed in without coming; 0: 7 days", &c.SessionIdle),
		text("oidc-issuer", "the `URL` of the company's own sign-in (OpenID Connect)", &c.Issuer),
		text("oidc-client-id", "our `id` there", &c.ClientID),
		text("oidc-client-secret", "our `secret` there", &c.ClientSecret),
		text("oidc-client-secret-file", "a `file` that holds our secret there", &c.ClientSecretFile),
		text("oidc-name", "the `name` of the company's sign-in, for its button", &c.Name),
		text("oidc-domains", "`domains` of the e-mail addresses that may come in by it, with commas; empty: all", &c.Domains),
		toggle("oidc-create", "whether it brings in people who are not here yet: true or false", &c.Create),
		text("oidc-groups", "the `claim` that lists a person's groups", &c.Groups),
		text("oidc-roles", "which role a group gives: `group=role`, with commas; * in a group stands for anything, the first that fits decides", &c.Roles),
		text("oidc-areas", "which area a group is limited to: `group=area`, with commas", &c.Areas),
	}
}

// validate reports what is wrong, by setting.
func (c SignIn) validate(fault func(field, format string, args ...any)) {
	for _, r := range list(c.RequireTOTP) {
		if !cx.Role(r).Valid() {
			fault("require-totp", "%q is none of %v", r, cx.Roles())
		}
	}
	if c.SessionLife < 0 || c.SessionIdle < 0 {
		fault("session-life", "a session's life cannot be negative")
	}
	if c.Issuer == "" {
		return
	}
	if u, err := url.Parse(c.Issuer); err != nil || u.Host == "" || (u.Scheme != "https" && !loopback(u.Hostname())) {
		fault("oidc-issuer", "%q is not an https address", c.Issuer)
	}
	if c.ClientID == "" {
		fault("oidc-client-id", "is missing: the id that the company's sign-in gave to Vivencia")
	}
	if (c.ClientSecret == "") == (c.ClientSecretFile == "") {
		fault("oidc-client-secret", "give it, or name its file in oidc-client-secret-file")
	}
	if c.Create && c.Roles == "" {
		fault("oidc-roles", "oidc-create needs to know which role a group gives, as in *=member")
	}
	_, roles := pairsOf(c.Roles)
	for i, role := range roles {
		if !cx.Role(role).Valid() {
			fault("oidc-roles", "%q is none of %v", role, cx.Roles())
		}
		if groups, _ := pairsOf(c.Roles); !sound(groups[i]) {
			fault("oidc-roles", "%q is not a group or a pattern of groups", groups[i])
		}
	}
	groups, areas := pairsOf(c.Areas)
	for i := range areas {
		if areas[i] == "" || !sound(groups[i]) {
			fault("oidc-areas", "%q is not group=area", groups[i]+"="+areas[i])
		}
	}
}

func loopback(host string) bool {
	return slices.Contains([]string{"localhost", "127.0.0.1", "::1"}, host)
}

func sound(pattern string) bool {
	_, err := path.Match(pattern, "")
	return pattern != "" && err == nil
}

// rules are the account service's.
func (c SignIn) rules() account.Rules {
	r := account.Rules{SessionLife: c.SessionLife, SessionIdle: c.SessionIdle}
	for _, role := range list(c.RequireTOTP) {
		r.SecondFactor = append(r.SecondFactor, cx.Role(role))
	}
	return r
}

// openProvider makes the company's own sign-in, when it has one.
func (a *App) openProvider() error {
	c := a.Config.SignIn
	if c.Issuer == "" {
		return nil
	}
	if c.ClientSecretFile != "" {
		secret, err := os.ReadFile(c.ClientSecretFile)
		if err != nil {
			return cx.Errorf(cx.Invalid, "app.openProvider", "the file of oidc-client-secret-file cannot be read: %w", err)
		}
		c.ClientSecret = strings.TrimSpace(string(secret))
	}
	admission := account.Admission{Create: c.Create, Domains: list(strings.ToLower(c.Domains))}
	groups, roles := pairsOf(c.Roles)
	for i := range groups {
		admission.Grants.Roles = append(admission.Grants.Roles, account.RoleGrant{Group: groups[i], Role: cx.Role(roles[i])})
	}
	groups, areas := pairsOf(c.Areas)
	for i := range groups {
		admission.Grants.Areas = append(admission.Grants.Areas, account.AreaGrant{Group: groups[i], Area: areas[i]})
	}
	flow := oidc.New(oidc.Config{
		Issuer: c.Issuer, ClientID: c.ClientID, ClientSecret: c.ClientSecret, Groups: c.Groups, Admission: admission,
	}, a.Accounts, a.clock)
	a.provider = &signin.Provider{Flow: flow, Name: c.Name, URL: strings.TrimSuffix(a.Config.URL, "/")}
	return nil
}

// list reads words with commas between.
func list(s string) (words []string) {
	for word := range strings.SplitSeq(s, ",") {
		if word = strings.TrimSpace(word); word != "" {
			words = append(words, word)
		}
	}
	return words
}

// pairsOf reads "a=b, c=d".
func pairsOf(s string) (keys, values []string) {
	for _, word := range list(s) {
		key, value, _ := strings.Cut(word, "=")
		keys, values = append(keys, strings.TrimSpace(key)), append(values, strings.TrimSpace(value))
	}
	return keys, values
}
