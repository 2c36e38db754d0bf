package model

import (
	"slices"
	"strings"
	"time"

	"golang.org/x/text/currency"
)

// Address is how the company speaks to its customers.
type Address string

// The forms of address of Spanish; other languages take their nearest.
const (
	Tu    Address = "tu"
	Usted Address = "usted"
	Vos   Address = "vos"
)

// Company is whose model this is.
type Company struct {
	Slug      string
	Name      string
	Timezone  string   // IANA; periods are cut in it
	Currency  string   // ISO 4217, of revenue that names none
	Languages []string // the first is the company's own
	Address   Address
}

// languages that texts may be written in.
var languages = []string{"es", "es-ES", "es-419", "en", "pt"}

// Zone returns where its days begin and end; UTC when the timezone is unknown.
func (c Company) Zone() *time.Location {
	if zone, err := time.LoadLocation(c.Timezone); err == nil {
		return zone
	}
	return time.UTC
}

// Digits returns how many digits the minor unit of the company's currency has.
func (c Company) Digits() int { return max(0, currencyDigits(c.Currency)) }

func (p *parsing) company(v value) Company {
	if v.absent() {
		v.fault("is missing: declare slug, name, timezone and currency of the company")
		return Company{}
	}
	f := v.fields("slug", "name", "timezone", "currency", "languages", "address")
	c := Company{
		Slug:     f["slug"].slug(map[string]bool{}),
		Name:     f["name"].required("write the company's name"),
		Timezone: f["timezone"].zone(f["timezone"].required(zoneHint)),
		Currency: f["currency"].required("use an ISO 4217 code, such as EUR"),
		Address:  Tu,
	}
	if _, err := currency.ParseISO(c.Currency); c.Currency != "" && (err != nil || !isCode(c.Currency, 3)) {
		f["currency"].fault("%q is not a currency: use an ISO 4217 code, such as EUR", c.Currency)
	}
	for _, l := range f["languages"].list() {
		c.Languages = append(c.Languages, l.oneOf(languages...))
	}
	if len(c.Languages) == 0 {
		c.Languages = []string{"es"}
	}
	if !f["address"].absent() {
		c.Address = Address(f["address"].oneOf(string(Tu), string(Usted), string(Vos)))
	}
	return c
}

// isCode tells whether s is n capital letters.
func isCode(s string, n int) bool {
	for _, r := range s {
		if r < 'A' || r > 'Z' {
			return false
		}
	}
	return len(s) == n
}

// Spoken lists the languages in which the company's texts are written, as Text
// has them: es for es-419; Spanish when nothing is said.
func (c Company) Spoken() (langs []string) {
	for _, l := range c.Languages {
		if base, _, _ := strings.Cut(l, "-"); !slices.Contains(langs, base) {
			langs = append(langs, base)
		}
	}
	if len(langs) == 0 {
		langs = []string{"es"}
	}
	return langs
}
