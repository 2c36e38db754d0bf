package api_test

import (
	"context"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/programme"
)

// nowhere are the deeds and the ways of a company in which nobody did anything, and
// nobody was anywhere.
type nowhere struct{}

func (nowhere) Did(context.Context, account.Person, programme.Kind, cx.Window) (int, error) {
	return 0, nil
}

func (nowhere) Before(context.Context, cx.Seq) ([]string, error) { return nil, nil }

// programme tells the part of the story about whether improving is alive.
func (j *judge) programme() {
	j.Helper()
	person, err := j.config.Accounts.CreatePerson(j.Context(), cx.System(), account.NewPerson{Email: "rosa@acme.example", Name: "Rosa", Role: cx.Lead})
	if err != nil {
		j.Fatal(err)
	}
	due := j.config.Clock.Now().Add(48 * time.Hour).Std().Format(time.DateOnly)
	if _, err := j.config.Programme.Commit(j.Context(), person.Principal(), programme.NewCommitment{Kind: programme.Calls, Target: 4, Due: due}); err != nil {
		j.Fatal(err)
	}
	j.ask("GET", "/api/v1/programme", nil).status(200).is("promised", 1).is("sheets.of", 2)
	j.ask("GET", "/api/v1/programme/commitments", nil).status(200).is("items.0.target", 4).is("items.0.state", "open").is("items.0.at_end", nil)
	j.ask("GET", "/api/v1/programme/commitments?format=csv", nil).status(200)
	j.ask("GET", "/api/v1/programme/maturity", nil).status(200).is("said", false).is("waiting", false)
	week := j.ask("GET", "/api/v1/programme/sheets", nil).status(200).is("items.0.area", "tiendas").is("items.0.people", 0).json("week").(string)
	j.ask("GET", "/api/v1/programme/sheets?week=soon", nil).status(400).is("faults.0.field", "week")
	j.ask("GET", "/api/v1/programme/sheets/"+week+"/tiendas", nil).status(200).is("people", 0)
	j.ask("GET", "/api/v1/programme/sheets/"+week+"/moon", nil).status(404)
}
