package dialogue

import "testing"

// No text but one that was made opens anything, and that one opens only what it
// was made for.
func FuzzToken(f *testing.F) {
	s, err := newSeals([]byte("of this instance, 32 bytes long.."))
	if err != nil {
		f.Fatal(err)
	}
	id := encoding.EncodeToString([]byte("0123456789"))
	good := map[string]LinkKind{}
	for _, kind := range []LinkKind{OfferLink, CaseLink, HelpLink, RoundLink} {
		token := s.token(kind, id)
		good[token] = kind
		f.Add(token)
		f.Add(token + "A")
		f.Add(token[:len(token)-1])
	}
	f.Fuzz(func(t *testing.T, token string) {
		got, kind, ok := s.read(token)
		if want, made := good[token]; ok != made || made && (kind != want || got != id) {
			t.Fatalf("%q opens %s %s, %v", token, kind, got, ok)
		}
	})
}
