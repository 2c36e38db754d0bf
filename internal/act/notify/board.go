package notify

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Board is what a wall shows: today, as it is lived.
type Board struct {
	At       cx.Time
	Said     int64    // texts of today …
	Negative int64    // … of these
	Positive int64    //
	Words    []Saying // of these, the newest first; personal data masked
	Promises []BoardPromise
	Open     int // cases that are open …
	Late     int // … and of these late
	Unowned  int // … and nobody's
}

// Saying is what somebody said, without who.
type Saying struct {
	At        cx.Time
	Words     string
	Sentiment float64 // −1..+1
	Where     model.Text
}

// BoardPromise is how a promise fared today.
type BoardPromise struct {
	Name         model.Text
	Kept, Broken int // today
	Due, AtRisk  int // open now; of these at risk
	Burning      bool
}
