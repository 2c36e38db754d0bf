package me_test

import (
	"net/http"
	"net/url"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

func TestWhoIAmAndMyLanguage(t *testing.T) {
	t.Parallel()
	v := webtest.New(t).As(cx.Lead)
	r := v.Get("/me")
	if got := r.All(".facts dd"); r.Status != http.StatusOK || got[0] != "lead@candil.example" || got[1] != "Responsable de área" {
		t.Errorf("got %d %q", r.Status, got)
	}
	if r := v.Post("/me/language", url.Values{"language": {"pt"}}); r.Status != http.StatusSeeOther {
		t.Errorf("got %d", r.Status)
	}
	if got := v.Get("/me").Text(".kicker"); got != "A sua conta" {
		t.Errorf("got %q", got)
	}
	if r := v.Post("/me/language", url.Values{"language": {"xx"}}); r.Status != http.StatusUnprocessableEntity {
		t.Errorf("an unknown language got %d", r.Status)
	}
}

func TestPassword(t *testing.T) {
	t.Parallel()
	site := webtest.New(t)
	v, other := site.As(cx.Member), site.As(cx.Member)
	tests := []struct{ present, next, selector, want string }{
		{"wrong", "another horse battery", "[role=alert] p", "El correo o la contraseña no son correctos"},
		{webtest.Password, "short", "#f-password-fault", "Usa al menos 12 caracteres: unas pocas palabras que recuerdes"},
	}
	for _, tt := range tests {
		r := v.Post("/me/password", url.Values{"present": {tt.present}, "password": {tt.next}})
		if got := r.Text(tt.selector); r.Status != http.StatusUnprocessableEntity || got != tt.want {
			t.Errorf("got %d %q, want %q", r.Status, got, tt.want)
		}
	}
	if r := v.Post("/me/password", url.Values{"present": {webtest.Password}, "password": {"another horse battery"}}); r.Status != http.StatusSeeOther {
		t.Fatalf("got %d", r.Status)
	}
	if got := v.Get("/me").Text("#toasts p"); got != "Contraseña cambiada. Las demás sesiones se han cerrado." {
		t.Errorf("got %q", got)
	}
	if r := other.Get("/me"); r.Status != http.StatusSeeOther {
		t.Errorf("the other session still answers %d", r.Status)
	}
}
