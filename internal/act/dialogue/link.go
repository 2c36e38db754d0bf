package dialogue

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// LinkKind says what a link opens.
type LinkKind string

// The kinds of links.
const (
	OfferLink LinkKind = "offer" // /o/TOKEN: one customer chooses
	CaseLink  LinkKind = "case"  // /case/TOKEN: one customer's Tu caso
	HelpLink  LinkKind = "help"  // /help/TOKEN: anybody at a place opens a case
	RoundLink LinkKind = "round" // /round/TOKEN: a supplier's driver tells what became of orders
)

// LinkRequest asks for a link that is of nobody in particular: HelpLink or
// RoundLink.
type LinkRequest struct {
	Kind                              LinkKind
	Name                              string // who or what it is for: "Ruta norte", "Caja de Bilbao"; at most 100 characters
	Area, Place, Touchpoint, Supplier string // slugs of the model; may be empty
	Expire                            time.Duration
}

// Link is an address that opens something without an account. It is signed,
// expires, and can be revoked.
type Link struct {
	ID                                string
	Kind                              LinkKind
	Token, Path, URL                  string // Token is never logged
	Name                              string
	Area, Place, Touchpoint, Supplier string
	Customer                          cx.CustomerID // of OfferLink and CaseLink
	Case, Offer                       string
	MadeBy                            string
	MadeAt, ExpiresAt, RevokedAt      cx.Time // 0: never
}
