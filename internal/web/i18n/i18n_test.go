package i18n_test

import (
	"testing"
	"testing/fstest"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
)

func catalogue(es, en, pt string) fstest.MapFS {
	return fstest.MapFS{
		"messages.es.yaml": {Data: []byte(es)}, "messages.en.yaml": {Data: []byte(en)}, "messages.pt.yaml": {Data: []byte(pt)},
	}
}

func locale(t *testing.T, lang string) *i18n.Locale {
	t.Helper()
	c := catalogue(
		"t.found: {one: '{n} cliente de {who}', other: '{n} clientes de {who}'}\nt.cart: cesta\n",
		"t.found: {one: '{n} customer of {who}', other: '{n} customers of {who}'}\nt.cart: basket\n",
		"t.found: {one: '{n} cliente de {who}', other: '{n} clientes de {who}'}\nt.cart: cesto\n")
	c["messages.es-419.yaml"] = &fstest.MapFile{Data: []byte("t.cart: carrito\n")}
	b, err := i18n.New(c)
	if err != nil {
		t.Fatal(err)
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	return b.Locale(lang, madrid, cxtest.NewClock())
}

func TestTexts(t *testing.T) {
	t.Parallel()
	tests := []struct{ lang, key, want string }{
		{"es", "t.found", "1.285 clientes de Ana"},
		{"en", "t.found", "1,285 customers of Ana"},
		{"pt", "t.found", "1.285 clientes de Ana"},
		{"es-MX", "t.found", "1,285 clientes de Ana"},
		{"es-AR", "t.cart", "carrito"},
		{"es-419", "t.cart", "carrito"},
		{"es-ES", "t.cart", "cesta"},
		{"pt-BR", "t.cart", "cesto"},
		{"es", "t.none", "⟦t.none⟧"},
	}
	for _, tt := range tests {
		if got := locale(t, tt.lang).T(tt.key, "n", 1285, "who", "Ana"); got != tt.want {
			t.Errorf("%s %s: got %q, want %q", tt.lang, tt.key, got, tt.want)
		}
	}
	if got := locale(t, "es").T("t.found", "n", 1, "who", "{n}"); got != "1 cliente de {n}" {
		t.Errorf("got %q", got)
	}
}

func TestFigures(t *testing.T) {
	t.Parallel()
	es, en, pt := locale(t, "es"), locale(t, "en"), locale(t, "pt")
	eur := func(n int64) cx.Money { return cx.Money{Minor: n, Currency: "EUR"} }
	tests := []struct{ got, want string }{
		{es.Number(2.4, 1), "2,4"},
		{es.Int(1285), "1.285"},
		{es.Int(-1234567), "−1.234.567"},
		{en.Int(1234567), "1,234,567"},
		{es.Number(-0.04, 1), "0,0"},
		{es.Signed(0.7, 1), "+0,7"},
		{es.Signed(-7.1, 1), "−7,1"},
		{es.Signed(0.01, 1), "0,0"},
		{es.Half(39, 47, 0), "±4"},
		{es.Percent(0.78, 0), "78\u00a0%"},
		{en.Percent(0.785, 1), "78.5%"},
		{pt.Percent(0.78, 0), "78%"},
		{es.Money(eur(1250)), "12,50\u00a0€"},
		{en.Money(eur(-125000)), "−€1,250.00"},
		{es.Money(cx.Money{Minor: 500, Currency: "JPY"}), "500\u00a0¥"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	es, en, pt := locale(t, "es"), locale(t, "en"), locale(t, "pt")
	now := cxtest.Epoch // Monday 2 March 2026, 10:00 in Madrid
	ago := func(l *i18n.Locale, d time.Duration) string { return l.Ago(now.Add(-d)) }
	tests := []struct{ got, want string }{
		{ago(es, 10*time.Second), "ahora mismo"},
		{ago(es, 3*time.Minute), "hace 3 min"},
		{ago(en, 3*time.Minute), "3 min ago"},
		{ago(es, 2*time.Hour), "hace 2 h"},
		{ago(es, 11*time.Hour), "ayer"},
		{ago(pt, 72*time.Hour), "há 3 dias"},
		{ago(es, 24*30*time.Hour), "31 ene"},
		{ago(es, 24*400*time.Hour), "26 ene 2025"},
		{es.LongDate(now), "lunes, 2 de marzo de 2026"},
		{en.LongDate(now), "Monday, 2 March 2026"},
		{es.DateTime(now), "2 mar, 10:00"},
		{es.Dates(cx.Window{From: now, To: now.Add(7 * 24 * time.Hour)}), "2–9 mar"},
		{es.Dates(cx.Window{From: now.Add(-7 * 24 * time.Hour), To: now}), "23 feb – 2 mar"},
		{es.Lasting(130 * time.Minute), "2 h 10 min"},
		{es.Lasting(96 * time.Hour), "4 días"},
	}
	for _, tt := range tests {
		if tt.got != tt.want {
			t.Errorf("got %q, want %q", tt.got, tt.want)
		}
	}
}

func TestChoose(t *testing.T) {
	t.Parallel()
	b, err := i18n.New()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		preferences []string
		want        string
	}{
		{[]string{"", "", "en-GB,en;q=0.9"}, "en-GB"},
		{[]string{"pt", "en", "es"}, "pt"},
		{[]string{"", "", "de-DE,fr;q=0.8"}, "es"},
		{[]string{"", "", "de-DE,es-MX;q=0.8"}, "es-MX"},
		{[]string{"", "", "\x00;;q=z"}, "es"},
		{nil, "es"},
	}
	for _, tt := range tests {
		if got := b.Choose(tt.preferences...); got != tt.want {
			t.Errorf("%q: got %s, want %s", tt.preferences, got, tt.want)
		}
	}
}

func TestNewReportsEveryFault(t *testing.T) {
	t.Parallel()
	_, err := i18n.New(
		catalogue("a.one: uno\na.two: dos\na.n: 3\n", "a.one: one\n", "a.one: um\na.two: dois\n"),
		catalogue("a.one: otro\n", "{}", "{}"))
	if n := len(cx.FaultsOf(err)); n != 3 {
		t.Errorf("got %d faults, want 3 (number, key twice, en lacks a.two): %v", n, err)
	}
}
