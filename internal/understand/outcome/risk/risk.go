package risk

import (
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// By is what those at risk are told apart by.
type By string

// What customers lived lately: badly at a touchpoint, whatever area and supplier it
// was of; a promise that was broken to them; a reason of low scores.
const (
	Touchpoint By = "touchpoint"
	Area       By = "area"
	Supplier   By = "supplier"
	Promise    By = "promise"
	Reason     By = "reason"
)

// AtRisk is the money that customers would bring and that their leaving would take.
// All money is in minor units of Currency.
type AtRisk struct {
	AsOf     cx.Time
	Currency string
	Margin   bool          // it is margin; else revenue, for the model declares no margin
	Horizon  time.Duration // within which somebody leaves, and would have brought it
	Total    outcome.Estimate
	Expected outcome.Estimate // of the same customers, if nobody left
	Groups   []Group          // those with the most beyond others first; of all kinds
}

// Group is those who lived one thing.
type Group struct {
	By        By
	Key       string // slug of the touchpoint, area, supplier, promise; id of the reason
	Name      model.Text
	Customers int
	AtRisk    outcome.Estimate // their part of the total; groups overlap
	Beyond    outcome.Estimate // less what it would be if they left as often as comparable customers who did not live it
	Leave     outcome.Estimate // share of them expected to leave
	Others    outcome.Estimate // of comparable customers
	Clear     bool             // Beyond stays above 0 among all groups compared (Benjamini–Hochberg, 5 %)
}
