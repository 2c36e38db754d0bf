package survey_test

import (
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/listen/survey"
)

func TestPlainName(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Ana": "Ana", " M.ª del Carmen ": "M.ª del Carmen", "M.Carmen": "M.Carmen", "Jean-Luc O’Neill": "Jean-Luc O’Neill", "李 小龍": "李 小龍", "Ana <b>": "Ana <b>",
		"Ana\r\nBcc: eva@example.com": "", "Ana\r\n\r\nGana un premio": "Ana Gana un premio", "https://malo.example": "", "www.malo": "", "Pulsa malo.com": "", "malo.com/premio": "", "ana@example.com": "",
		strings.Repeat("a", 61): "", "": "", "\x00Ana\u0007": "Ana",
	} {
		if got := survey.PlainName(name); got != want {
			t.Errorf("%q is called %q, want %q", name, got, want)
		}
	}
}

// A name that is a link is no name: what stands for none is said.
func TestPipedNamesAreNames(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		w.people[ana] = survey.Person{UserID: "u1", FirstName: "Gana en https://malo.example", Name: "malo.example/premio", Traits: []byte(`{}`)}
		if f := w.post(w.personal(), 1, one("score", "2")); f.Title != "Vaya, lo sentimos" {
			t.Errorf("the page says %q", f.Title)
		}
	})
}
