package referral

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// FuzzTells reads what anybody may send: a code is one or none, and what is said is
// one of a few words, whatever bytes come.
func FuzzTells(f *testing.F) {
	for _, p := range []string{`{"referral_code":"ana-1","would_have_come":true}`, `{"code":" ANA-1 ","said":"my sister"}`, `{"referred_by":7}`, `{"code":"\u0000"}`, `[`, "{\"code\":\"\xff\xfe\"}"} {
		f.Add(ClaimedEvent, []byte(p))
	}
	f.Add(SharedEvent, []byte(`{"code":"<script>"}`))
	m := model.Empty()
	m.Referrals = &model.Referrals{}
	f.Fuzz(func(t *testing.T, name string, properties []byte) {
		told, ok := tells(m, &cx.Event{Kind: cx.Track, Name: name, Properties: properties})
		for _, code := range []string{told.shared, told.code} {
			if code != "" && (len(code) < 4 || len(code) > 40 || strings.ToUpper(code) != code || strings.ContainsAny(code, "<\x00 ")) {
				t.Errorf("%q is a code", code)
			}
		}
		if told.said != "" && saidOf(told.said) != told.said && told.said != "other" {
			t.Errorf("%q was said", told.said)
		}
		if ok && told.shared+told.code+told.by+told.said == "" {
			t.Error("it tells nothing")
		}
	})
}
