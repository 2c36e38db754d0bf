package oidctest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The client that the provider knows.
const (
	ClientID     = "vivencia"
	ClientSecret = "a secret of the provider's"
)

// Claims are an ID token's.
type Claims = map[string]any

// Provider is a running provider.
type Provider struct {
	Issuer string

	mu    sync.Mutex
	clock cx.Clock
	key   jose.JSONWebKey
	codes map[string]grant
	user  Claims
	spoil func(Claims)                 // changes the token's claims before they are signed
	sign  func(Claims) (string, error) // signs in place of the provider
	down  bool
}

type grant struct {
	nonce, challenge, redirect string
}

// New starts a provider whose person is ana@candil.example.
func New(t testing.TB, clock cx.Clock) *Provider {
	t.Helper()
	p := &Provider{clock: clock, codes: map[string]grant{}, user: Claims{
		"sub": "ana-1", "email": "ana@candil.example", "email_verified": true, "name": "Ana Ruiz", "given_name": "Ana", "family_name": "Ruiz",
	}}
	p.Rotate(t)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discovery)
	mux.HandleFunc("GET /authorize", p.authorize)
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /userinfo", p.userInfo)
	mux.HandleFunc("GET /keys", p.keys)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		down := p.down
		p.mu.Unlock()
		if down {
			http.Error(w, "down", http.StatusBadGateway)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	p.Issuer = server.URL
	return p
}

// Rotate gives the provider another key.
func (p *Provider) Rotate(t testing.TB) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.key = jose.JSONWebKey{Key: key, KeyID: rand.Text(), Algorithm: string(jose.ES256), Use: "sig"}
}

// As makes the provider's person another: these claims over the present ones.
func (p *Provider) As(c Claims) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.Copy(p.user, c)
}

// Spoil changes the claims of the ID tokens from now on; nil stops it.
func (p *Provider) Spoil(fn func(Claims)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spoil = fn
}

// Sign signs the ID tokens in the provider's place from now on; nil stops it.
func (p *Provider) Sign(fn func(Claims) (string, error)) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sign = fn
}

// Down makes the provider fail, or answer again.
func (p *Provider) Down(down bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.down = down
}

// Approve does what a person does at the provider's page at that address, and
// returns the query with which they are sent back.
func (p *Provider) Approve(t testing.TB, address string) url.Values {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultTransport.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	back, err := res.Location()
	if err != nil {
		t.Fatalf("the provider answered %s: %v", res.Status, err)
	}
	return back.Query()
}

func (p *Provider) discovery(w http.ResponseWriter, _ *http.Request) {
	write(w, http.StatusOK, Claims{
		"issuer": p.Issuer, "authorization_endpoint": p.Issuer + "/authorize", "token_endpoint": p.Issuer + "/token",
		"userinfo_endpoint": p.Issuer + "/userinfo", "jwks_uri": p.Issuer + "/keys",
		"response_types_supported": []string{"code"}, "subject_types_supported": []string{"public"},
		"id_token_signing_alg_values_supported": []string{"ES256", "none"}, "code_challenge_methods_supported": []string{"S256"},
	})
}

func (p *Provider) authorize(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	back, err := url.Parse(q.Get("redirect_uri"))
	if err != nil || q.Get("client_id") != ClientID || q.Get("response_type") != "code" || q.Get("code_challenge_method") != "S256" {
		http.Error(w, "bad request", http.StatusBadRequest)
		return
	}
	code := rand.Text()
	p.mu.Lock()
	p.codes[code] = grant{q.Get("nonce"), q.Get("code_challenge"), q.Get("redirect_uri")}
	p.mu.Unlock()
	back.RawQuery = url.Values{"code": {code}, "state": {q.Get("state")}, "iss": {p.Issuer}}.Encode()
	http.Redirect(w, r, back.String(), http.StatusFound)
}

func (p *Provider) token(w http.ResponseWriter, r *http.Request) {
	id, secret, _ := r.BasicAuth()
	if unescaped, err := url.QueryUnescape(secret); err == nil {
		secret = unescaped
	}
	if id != ClientID || secret != ClientSecret {
		write(w, http.StatusUnauthorized, Claims{"error": "invalid_client"})
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	g, ok := p.codes[r.PostFormValue("code")]
	delete(p.codes, r.PostFormValue("code"))
	sum := sha256.Sum256([]byte(r.PostFormValue("code_verifier")))
	if !ok || g.redirect != r.PostFormValue("redirect_uri") || g.challenge != base64.RawURLEncoding.EncodeToString(sum[:]) {
		write(w, http.StatusBadRequest, Claims{"error": "invalid_grant"})
		return
	}
	now := p.clock.Now().Std()
	claims := Claims{"iss": p.Issuer, "aud": ClientID, "nonce": g.nonce, "iat": jwt.NewNumericDate(now), "exp": jwt.NewNumericDate(now.Add(5 * time.Minute))}
	maps.Copy(claims, p.user)
	if p.spoil != nil {
		p.spoil(claims)
	}
	sign := p.sign
	if sign == nil {
		sign = p.signed
	}
	token, err := sign(claims)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, http.StatusOK, Claims{"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token})
}

func (p *Provider) signed(c Claims) (string, error) {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: p.key}, nil)
	if err != nil {
		return "", err
	}
	return jwt.Signed(signer).Claims(c).Serialize()
}

func (p *Provider) userInfo(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("Authorization") != "Bearer access" {
		http.Error(w, "who are you?", http.StatusUnauthorized)
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	write(w, http.StatusOK, p.user)
}

func (p *Provider) keys(w http.ResponseWriter, _ *http.Request) {
	p.mu.Lock()
	defer p.mu.Unlock()
	write(w, http.StatusOK, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{p.key.Public()}})
}

func write(w http.ResponseWriter, status int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v)
}
