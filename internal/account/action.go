package account

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Action names something that a principal may be allowed to do.
type Action string

// The actions.
const (
	ViewCustomers   Action = "customers.view"   // search, profile, timeline, identities, organisations
	ExportCustomers Action = "customers.export" // lists taken away as a file
	MergeCustomers  Action = "customers.merge"  // merge, undo, dismiss a suggestion
	ViewEvents      Action = "events.view"      // what is being lived now, by whom
	ViewScores      Action = "scores.view"      // questions about everybody at once; totals
	ViewModel       Action = "model.view"
	ApplyModel      Action = "model.apply"
	ViewSources     Action = "sources.view"
	ManageSources   Action = "sources.manage"
	ManageTokens    Action = "tokens.manage"
	ManagePeople    Action = "people.manage"
	ViewQuarantine  Action = "quarantine.view"
	MendQuarantine  Action = "quarantine.mend" // mend, replay, discard
	Import          Action = "import"
	RecordFacts     Action = "circumstances.record" // what was so at a place, told by a person
	ViewAudit       Action = "audit.view"
)

// Actions lists every action.
func Actions() []Action {
	return []Action{
		ViewCustomers, ExportCustomers, MergeCustomers, ViewEvents, ViewScores, ViewModel, ApplyModel, ViewSources,
		ManageSources, ManageTokens, ManagePeople, ViewQuarantine, MendQuarantine, Import, RecordFacts, ViewAudit,
	}
}

// rolesFor is the one table of what each role may do. An admin may do
// everything.
func rolesFor(a Action) []cx.Role {
	switch a {
	case ViewCustomers, ViewEvents, ViewScores, ViewModel:
		return []cx.Role{cx.Board, cx.Analyst, cx.Lead, cx.Member}
	case RecordFacts:
		return []cx.Role{cx.Analyst, cx.Lead, cx.Member}
	case ExportCustomers:
		return []cx.Role{cx.Analyst, cx.Lead}
	case MergeCustomers, ViewQuarantine, MendQuarantine, ViewSources:
		return []cx.Role{cx.Analyst, cx.Lead}
	case Import:
		return []cx.Role{cx.Analyst}
	default: // ApplyModel, ManageSources, ManageTokens, ManagePeople, ViewAudit
		return nil
	}
}

// Check returns nil when the principal may do the action, else Forbidden (or
// Unauthorized, when there is no principal).
func Check(p cx.Principal, a Action) error {
	const op = "account.Check"
	switch {
	case p.ID == "" || !p.Role.Valid():
		return cx.Errorf(cx.Unauthorized, op, "sign in first")
	case p.Role == cx.Admin || slices.Contains(rolesFor(a), p.Role):
		return nil
	}
	return cx.Errorf(cx.Forbidden, op, "the role %s may not do %q; ask an administrator", p.Role, a)
}
