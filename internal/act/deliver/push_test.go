package deliver_test

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/act/deliver"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
)

// browser is one that subscribed: it reads what is pushed to it (RFC 8291).
type browser struct {
	key  *ecdh.PrivateKey
	auth []byte
}

func newBrowser(t *testing.T) browser {
	t.Helper()
	key, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	b := browser{key, make([]byte, 16)}
	_, _ = rand.Read(b.auth)
	return b
}

func (b browser) at(url string) deliver.Browser {
	enc := base64.RawURLEncoding
	return deliver.Browser{Endpoint: url, P256DH: enc.EncodeToString(b.key.PublicKey().Bytes()), Auth: enc.EncodeToString(b.auth), Agent: "Firefox"}
}

// read decrypts an aes128gcm body of one record (RFC 8188).
func (b browser) read(t *testing.T, body []byte) string {
	t.Helper()
	must := func(v []byte, err error) []byte {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	salt, sender, text := body[:16], body[21:21+int(body[20])], body[21+int(body[20]):]
	public, err := ecdh.P256().NewPublicKey(sender)
	if err != nil {
		t.Fatal(err)
	}
	secret := must(b.key.ECDH(public))
	key := must(hkdf.Key(sha256.New, secret, b.auth, "WebPush: info\x00"+string(b.key.PublicKey().Bytes())+string(sender), 32))
	content := must(hkdf.Key(sha256.New, key, salt, "Content-Encoding: aes128gcm\x00", 16))
	nonce := must(hkdf.Key(sha256.New, key, salt, "Content-Encoding: nonce\x00", 12))
	block, err := aes.NewCipher(content)
	if err != nil {
		t.Fatal(err)
	}
	gcm, err := cipher.NewGCM(block)
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(string(must(gcm.Open(nil, nonce, text, nil))), "\x00\x02")
}

func TestPushesReachTheBrowsersOfAPerson(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(*testing.T) *sqldb.DB) {
		r := receive(t, map[string]http.HandlerFunc{
			"/gone": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusGone) },
			"/ok":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusCreated) },
		})
		h := hooking(t, open(t), own(r))
		b := newBrowser(t)
		for _, path := range []string{"/ok", "/gone"} {
			if err := h.d.Subscribe(t.Context(), "person:3", b.at(r.URL+path)); err != nil {
				t.Fatal(err)
			}
		}
		push := func(id string) {
			t.Helper()
			if err := h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
				return h.d.PutPush(t.Context(), tx, "person:3", deliver.PushMessage{ID: id, Tag: "t", Title: "Llega tarde", Text: "3 de 9", Href: "/promises/x", Urgent: true, Customer: "c_a"})
			}); err != nil {
				t.Fatal(err)
			}
			h.q.Wake()
		}
		push("n1")
		for range 2 {
			g := r.next(t)
			if text := b.read(t, []byte(g.body)); text != `{"tag":"t","title":"Llega tarde","text":"3 de 9","href":"/promises/x"}` {
				t.Errorf("pushed %q", text)
			}
			if g.header.Get("Urgency") != "high" || g.header.Get("TTL") == "" || !strings.HasPrefix(g.header.Get("Authorization"), "vapid t=") {
				t.Errorf("headers %v", g.header)
			}
		}
		left := func() (n int) {
			t.Helper()
			n, err := h.d.Browsers(t.Context(), "person:3")
			if err != nil {
				t.Fatal(err)
			}
			return n
		}
		for left() != 1 { // the one that is gone goes
			select {
			case <-t.Context().Done():
				t.Fatal(t.Context().Err())
			default:
			}
		}
		push("n2")
		if g := r.next(t); g.path != "/ok" {
			t.Errorf("pushed to %s", g.path)
		}
		if err := h.d.Withdraw(t.Context(), "person:3", ""); err != nil || left() != 0 {
			t.Errorf("%d left, %v", left(), err)
		}
		first, err := h.d.PushKey(t.Context())
		if again, err2 := h.d.PushKey(t.Context()); err != nil || err2 != nil || first != again || len(first) < 80 {
			t.Errorf("keys %q, %q", first, again)
		}
	})
}

func TestWhatCannotBePushedToIsRefused(t *testing.T) {
	t.Parallel()
	h := hooking(t, lite(t), deliver.Outside{})
	good := newBrowser(t).at("https://push.example/1")
	for _, bad := range []func(*deliver.Browser){
		func(b *deliver.Browser) { b.Endpoint = "http://push.example/1" },
		func(b *deliver.Browser) { b.Endpoint = "" },
		func(b *deliver.Browser) { b.P256DH = "x" },
		func(b *deliver.Browser) { b.Auth = good.P256DH },
	} {
		b := good
		bad(&b)
		if err := h.d.Subscribe(t.Context(), "person:3", b); cx.KindOf(err) != cx.Invalid {
			t.Errorf("%+v: %v", b, err)
		}
	}
}
