package oidc

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Config names a provider and says whom it may bring in.
type Config struct {
	Issuer, ClientID, ClientSecret string
	Groups                         string // the claim that lists a person's groups; "groups" when empty
	Admission                      account.Admission
}

// Accounts is what a provider asks of account.Service.
type Accounts interface {
	SignInByIdentity(ctx context.Context, i account.Identity, a account.Admission, from account.From) (account.Session, string, error)
}

// Limits of what is under way and of how long a provider may take.
const (
	flowLife = 10 * time.Minute
	maxFlows = 10_000
	patience = 10 * time.Second
)

// Provider signs people in through one provider. It is safe for concurrent use.
type Provider struct {
	config   Config
	accounts Accounts
	clock    cx.Clock
	http     *http.Client

	mu    sync.Mutex
	found *oidc.Provider // once it has answered
	flows map[string]flow
}

// flow is one sign-in under way, from Begin to Finish.
type flow struct {
	state, nonce, verifier string
	redirect, next         string
	expires                cx.Time
}

// New returns the provider. It is asked nothing before somebody signs in, so
// that one that is down keeps nobody from starting the product.
func New(c Config, accounts Accounts, clock cx.Clock) *Provider {
	if c.Groups == "" {
		c.Groups = "groups"
	}
	return &Provider{config: c, accounts: accounts, clock: clock, http: &http.Client{Timeout: patience}, flows: map[string]flow{}}
}

// Begin starts a sign-in: the browser goes to address, keeps secret in a cookie
// for ten minutes, and comes back to redirect, an address of ours that the
// provider knows, whose answer Finish takes. next is where the person wanted
// to go.
//
// Errors: Unavailable when the provider does not answer.
func (p *Provider) Begin(ctx context.Context, redirect, next string) (address, secret string, err error) {
	const op = "oidc.Begin"
	provider, err := p.provider(ctx)
	if err != nil {
		return "", "", cx.Wrap(op, err)
	}
	f := flow{state: random(), nonce: random(), verifier: oauth2.GenerateVerifier(), redirect: redirect, next: next, expires: p.clock.Now().Add(flowLife)}
	secret = random()
	p.keep(secret, f)
	return p.client(provider, f).AuthCodeURL(f.state, oidc.Nonce(f.nonce), oauth2.S256ChallengeOption(f.verifier)), secret, nil
}

// Finish opens a session by the provider's answer (the query with which it sent
// the browser back) and the secret from the browser's cookie. Either serves
// once. next is what Begin was told.
//
// Errors: Unauthorized when the answer is not to this browser's question, is
// not signed by the provider for us, is over, or brings somebody who may not
// come in; Unavailable when the provider does not answer.
func (p *Provider) Finish(ctx context.Context, secret string, answer url.Values, from account.From) (session account.Session, sessionSecret, next string, err error) {
	const op = "oidc.Finish"
	f, ok := p.take(secret)
	if !ok || subtle.ConstantTimeCompare([]byte(f.state), []byte(answer.Get("state"))) != 1 {
		return account.Session{}, "", "", cx.Errorf(cx.Unauthorized, op, "this sign-in was not begun here or took too long; try again")
	}
	identity, err := p.identity(ctx, f, answer)
	if err == nil {
		session, sessionSecret, err = p.accounts.SignInByIdentity(ctx, identity, p.config.Admission, from)
	}
	return session, sessionSecret, f.next, cx.Wrap(op, err)
}

// identity exchanges the answer's code for tokens and checks them.
func (p *Provider) identity(ctx context.Context, f flow, answer url.Values) (account.Identity, error) {
	const op = "oidc.identity"
	refused := func(why string, err error) (account.Identity, error) {
		return account.Identity{}, cx.Errorf(cx.Unauthorized, op, "your company's sign-in gave no valid answer; try again: %w", errors.Join(errors.New(why), err))
	}
	if iss := answer.Get("iss"); iss != "" && iss != p.config.Issuer { // RFC 9207
		return refused("the answer is another issuer's", nil)
	}
	if answer.Get("code") == "" {
		return account.Identity{}, cx.Errorf(cx.Unauthorized, op, "your company's sign-in did not let you in: %q", cut(answer.Get("error")))
	}
	provider, err := p.provider(ctx)
	if err != nil {
		return account.Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, p.http)
	token, err := p.client(provider, f).Exchange(ctx, answer.Get("code"), oauth2.VerifierOption(f.verifier))
	if err != nil {
		var said *oauth2.RetrieveError
		if errors.As(err, &said) && said.Response.StatusCode < http.StatusInternalServerError {
			return refused("the code is not accepted", err)
		}
		return account.Identity{}, unavailable(err)
	}
	raw, _ := token.Extra("id_token").(string)
	id, err := provider.VerifierContext(ctx, &oidc.Config{ClientID: p.config.ClientID, Now: func() time.Time { return p.clock.Now().Std() }}).Verify(ctx, raw)
	if err != nil {
		return refused("the ID token does not hold", err)
	}
	if subtle.ConstantTimeCompare([]byte(id.Nonce), []byte(f.nonce)) != 1 {
		return refused("the nonce is another", nil)
	}
	var c claims
	if err := id.Claims(&c); err != nil {
		return refused("the claims cannot be read", err)
	}
	if len(id.Audience) > 1 && c.AuthorizedParty != p.config.ClientID {
		return refused("the ID token was given to another client", nil)
	}
	if id.AccessTokenHash != "" {
		if err := id.VerifyAccessToken(token.AccessToken); err != nil {
			return refused("the access token is another", err)
		}
	}
	var all map[string]any
	if err := id.Claims(&all); err != nil {
		return refused("the claims cannot be read", err)
	}
	if c.Email == "" || all[p.config.Groups] == nil && len(p.config.Admission.Grants.Roles) > 0 {
		if err := p.more(ctx, provider, token, id.Subject, &c, &all); err != nil {
			return refused("the user's information does not hold", err)
		}
	}
	return account.Identity{
		Issuer: id.Issuer, Subject: id.Subject, Email: c.Email, Verified: bool(c.Verified),
		Name: c.Name, GivenName: c.GivenName, FamilyName: c.FamilyName, Groups: texts(all[p.config.Groups]),
	}, nil
}

// more asks the provider for what the ID token leaves out, when it has where.
func (p *Provider) more(ctx context.Context, provider *oidc.Provider, token *oauth2.Token, subject string, c *claims, all *map[string]any) error {
	if provider.UserInfoEndpoint() == "" {
		return nil
	}
	info, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(token))
	if err != nil {
		return err
	}
	if info.Subject != subject {
		return errors.New("the information is of somebody else")
	}
	return errors.Join(info.Claims(c), info.Claims(all))
}

// provider returns what the provider says of itself, asked until it answers.
func (p *Provider) provider(ctx context.Context) (*oidc.Provider, error) {
	p.mu.Lock()
	found := p.found
	p.mu.Unlock()
	if found != nil {
		return found, nil
	}
	// The provider keeps the context for the keys that it fetches later on.
	found, err := oidc.NewProvider(oidc.ClientContext(context.WithoutCancel(ctx), p.http), p.config.Issuer)
	if err != nil {
		return nil, unavailable(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.found = found
	return found, nil
}

func unavailable(err error) error {
	return cx.Errorf(cx.Unavailable, "oidc.provider", "your company's sign-in does not answer; try again in a minute: %w", err)
}

func (p *Provider) client(provider *oidc.Provider, f flow) *oauth2.Config {
	return &oauth2.Config{
		ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret, Endpoint: provider.Endpoint(),
		RedirectURL: f.redirect, Scopes: []string{oidc.ScopeOpenID, "profile", "email"},
	}
}

// keep remembers a flow. When too many are under way, those that are over go,
// then, if need be, all: who is in between begins again.
func (p *Provider) keep(secret string, f flow) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.flows) >= maxFlows {
		now := p.clock.Now()
		for key, other := range p.flows {
			if other.expires <= now {
				delete(p.flows, key)
			}
		}
		if len(p.flows) >= maxFlows {
			clear(p.flows)
		}
	}
	p.flows[secret] = f
}

// take returns a flow and forgets it.
func (p *Provider) take(secret string) (flow, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	f, ok := p.flows[secret]
	delete(p.flows, secret)
	return f, ok && f.expires > p.clock.Now()
}

func random() string {
	var b [32]byte
	_, _ = rand.Read(b[:]) // never fails
	return base64.RawURLEncoding.EncodeToString(b[:])
}

// cut bounds what a provider says.
func cut(s string) string { return s[:min(len(s), 100)] }
