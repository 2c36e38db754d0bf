package remember

import (
	"cmp"
	"database/sql"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// nameTraits are those that make a customer's name and are searched; the first
// is taken whole, the others in pairs of first and last.
var nameTraits = [...]string{"name", "firstName", "first_name", "lastName", "last_name", "email"}

func isNameTrait(name string) bool {
	switch name {
	case "name", "firstName", "first_name", "lastName", "last_name", "email":
		return true
	}
	return false
}

// called is what a customer is called.
type called struct {
	traits map[string]string // of nameTraits, the newest
	newest map[string]said
	userID string
	seq    cx.Seq // of userID
}

func (c *called) email() string { return c.traits["email"] }

// fullName is the first and the last name.
func (c *called) fullName() string {
	t := c.traits
	return strings.TrimSpace(cmp.Or(t["firstName"], t["first_name"]) + " " + cmp.Or(t["lastName"], t["last_name"]))
}

// name is the name as people say it, else the e-mail, else the userId.
func (c *called) name() string {
	return cmp.Or(c.traits["name"], c.fullName(), c.email(), c.userID)
}

var (
	nameQuery = `SELECT p.customer_no, t.name, t.value, t.at, t.seq FROM profiles p JOIN traits t ON t.profile_no = p.profile_no
		WHERE p.customer_no IN (` + customerKeys + `) AND t.name IN ('` + strings.Join(nameTraits[:], "','") + `')`
	userIDQuery = `SELECT p.customer_no, i.value, i.seq FROM profiles p JOIN identifiers i ON i.profile_no = p.profile_no
		WHERE p.customer_no IN (` + customerKeys + `) AND i.kind = '` + identity.UserID + `'`
)

// hear takes a value of a name trait when it is the newest.
func (c *called) hear(name string, s said) {
	if before, ok := c.newest[name]; !ok || s.newer(before) {
		c.newest[name], c.traits[name] = s, textOf([]byte(s.value))
	}
}

// names tells what customers are called: who came into being in this batch by
// what it brings, the others by what is stored. Flush traits first.
func (w *writer) names(all []cx.CustomerNo) (map[cx.CustomerNo]*called, error) {
	out := make(map[cx.CustomerNo]*called, len(all))
	var customers []cx.CustomerNo
	for _, c := range all {
		n := &called{traits: map[string]string{}, newest: map[string]said{}}
		out[c] = n
		userID, born := w.born[c]
		if !born {
			customers = append(customers, c)
			continue
		}
		n.userID = userID
		for k, s := range w.traits[c] {
			if isNameTrait(k.name) {
				n.hear(k.name, s)
			}
		}
	}
	err := eachOf(customers, nameQuery, func(query string, args []any) error {
		rows, err := w.tx.Query(w.ctx, query, args...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var c cx.CustomerNo
			var name string
			var s said
			if err = rows.Scan(&c, &name, &s.value, &s.at, &s.seq); err != nil {
				return
			}
			out[c].hear(name, s)
			return
		})
		return err
	})
	if err != nil {
		return nil, err
	}
	return out, eachOf(customers, userIDQuery, func(query string, args []any) error {
		rows, err := w.tx.Query(w.ctx, query, args...)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (_ struct{}, err error) {
			var c cx.CustomerNo
			var value string
			var seq cx.Seq
			if err = rows.Scan(&c, &value, &seq); err != nil {
				return
			}
			if n := out[c]; n.userID == "" || seq < n.seq {
				n.userID, n.seq = value, seq
			}
			return
		})
		return err
	})
}
