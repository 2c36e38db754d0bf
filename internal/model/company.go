package model

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
	Timezone  string // IANA; periods are cut in it
	Currency  string // ISO 4217, of revenue that names none
	Languages []string
	Address   Address
}
