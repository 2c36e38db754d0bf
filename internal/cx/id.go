package cx

import (
	"strconv"
	"strings"
)

// ProfileNo numbers a profile: the cluster of identifiers before any merge.
// Facts and timeline rows carry it for ever.
type ProfileNo uint32

// CustomerNo is the ProfileNo of the profile that a customer's profiles were
// merged into. Merge and undo change only the profile → customer table.
type CustomerNo = ProfileNo

// CustomerID is a customer's public id, "c_" and 13 characters. It derives
// from the seq of the event that created the customer's first profile, so that
// a rebuild gives the same one.
type CustomerID string

const crockford = "0123456789abcdefghjkmnpqrstvwxyz"

// CustomerIDOf derives the id from the seq that created the profile. The seq is
// mixed by an invertible function, so that ids do not tell who came before.
func CustomerIDOf(s Seq) CustomerID {
	x := mix(uint64(s))
	var b [15]byte
	b[0], b[1] = 'c', '_'
	for i := 14; i >= 2; i-- {
		b[i] = crockford[x&31]
		x >>= 5
	}
	return CustomerID(b[:])
}

// Seq returns the seq from which the id derives; ok is false when the id is
// not one of ours.
func (c CustomerID) Seq() (s Seq, ok bool) {
	if len(c) != 15 || c[:2] != "c_" {
		return 0, false
	}
	var x uint64
	for i := 2; i < 15; i++ {
		d := strings.IndexByte(crockford, c[i])
		if d < 0 || (i == 2 && d > 15) {
			return 0, false
		}
		x = x<<5 | uint64(d)
	}
	s = Seq(unmix(x))
	return s, s != 0
}

// mix is the finaliser of splitmix64 (Steele, Lea & Flood 2014), a bijection.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

func unmix(x uint64) uint64 {
	x = (x ^ x>>31 ^ x>>62) * 0x319642b2d24d8ec3
	x = (x ^ x>>27 ^ x>>54) * 0x96de1b173f119089
	return x ^ x>>30 ^ x>>60
}

// Money is an amount in the currency's minor unit (cents), and its ISO 4217
// code.
type Money struct {
	Minor    int64
	Currency string
}

// String formats the amount for logs and tests, not for people.
func (m Money) String() string { return strconv.FormatInt(m.Minor, 10) + " " + m.Currency }
