package yours_test

import (
	"net/http"
	"strings"
	"testing"
)

// Everybody reads what changed, in their language; before anything did, that it will
// be told here.
func TestChanges(t *testing.T) {
	t.Parallel()
	c := late()
	s := open(t, c)
	for lang, want := range map[string][]string{
		"es": {"Dijiste, hicimos", "No sé a qué hora quedarme en casa.", "Avisamos una hora antes", "marzo"},
		"en": {"You said, we did", "I do not know when", "We tell you an hour before", "March"},
		"pt": {"Você disse, nós fizemos", "Não sei a que horas", "Avisamos uma hora antes de chegar", "março"},
	} {
		a := s.get("/said-done?l=" + lang)
		for _, text := range want {
			if !strings.Contains(a.text("main"), text) || a.Code != http.StatusOK {
				t.Errorf("%s: %d, %q does not say %q", lang, a.Code, a.text("main"), text)
			}
		}
	}
	c.changed = nil
	if got := s.get("/said-done").text("main"); !strings.Contains(got, "Todavía no hay nada que contar") {
		t.Errorf("%q", got)
	}
}
