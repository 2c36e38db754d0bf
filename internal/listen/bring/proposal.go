package bring

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// Kind is what a row of a file is.
type Kind string

// The kinds.
const (
	Answers Kind = "answers" // a customer's answers to a survey
	Reviews Kind = "reviews" // an opinion with its score
	Orders  Kind = "orders"
	Events  Kind = "events" // anything else that was lived
)

// Kinds lists them as a page offers them.
func Kinds() []Kind { return []Kind{Answers, Reviews, Orders, Events} }

// Role is what a column is.
type Role string

// The roles.
const (
	Customer   Role = "customer"   // the id that the company gives
	Email      Role = "email"      //
	Phone      Role = "phone"      //
	Name       Role = "name"       // of the customer
	At         Role = "at"         // when it was lived
	Score      Role = "score"      //
	Text       Role = "text"       // in their own words
	ID         Role = "id"         // of the row: of an order, an answer
	Object     Role = "object"     // another id: of the order that an answer is about
	Amount     Role = "amount"     // what was paid
	Currency   Role = "currency"   //
	Touchpoint Role = "touchpoint" //
	Place      Role = "place"      //
	Area       Role = "area"       //
	Supplier   Role = "supplier"   //
	Trait      Role = "trait"      // of the customer, not of the row
	Property   Role = "property"   // anything else that is known of the row
	Skip       Role = "skip"       // left out
)

// Roles lists them as a page offers them.
func Roles() []Role {
	return []Role{Customer, Email, Phone, Name, At, Score, Text, ID, Object, Amount, Currency, Touchpoint, Place, Area, Supplier, Trait, Property, Skip}
}

// once are the roles that one column has at most.
var once = []Role{Customer, Email, Phone, Name, At, ID, Amount, Currency, Touchpoint, Place, Area, Supplier}

// Certainty is how sure a guess is.
type Certainty string

// The certainties, in the words of the front line.
const (
	Sure     Certainty = "sure"
	Probable Certainty = "probable"
	Unknown  Certainty = "unknown"
)

// Why is the reason of a guess, as a code for the reader's language.
type Why string

// The reasons.
const (
	ByName     Why = "name"      // its header says so
	ByValues   Why = "values"    // its values are such
	ByBoth     Why = "both"      //
	ByModel    Why = "model"     // its values are names of the model
	ByWords    Why = "words"     // words of a scale: Muy satisfecho
	ByMonths   Why = "day-month" // a date that only one order of day and month reads
	EitherWay  Why = "either"    // a date that both orders read; the day is taken to come first
	AsOthers   Why = "as-others" // a date in the order of another column
	IsEmpty    Why = "empty"     // it has no value
	IsConstant Why = "constant"  // it says the same everywhere
	IsIndex    Why = "index"     // it only counts the rows
	IsBattery  Why = "battery"   // it is scored as its neighbours are
	IsPerson   Why = "person"    // it names somebody of the company
	IsPlain    Why = "plain"     // nothing speaks for more
	Chosen     Why = "chosen"    // a person said so
)

// Column is what one column is thought to be.
type Column struct {
	Name      string            `json:"name"`
	Role      Role              `json:"role"`
	Type      string            `json:"type"`             // of its values: text, number, bool, time, words
	Scale     string            `json:"scale,omitempty"`  // of a score
	Metric    string            `json:"metric,omitempty"` // of a score: nps, csat, ces, rating
	Words     map[string]string `json:"words,omitempty"`  // what its texts stand for: a score, a slug of the model
	Format    string            `json:"format,omitempty"` // of a time; "" needs none
	Certainty Certainty         `json:"certainty"`
	Why       Why               `json:"why"`
	Examples  []string          `json:"examples"` // at most 3 different ones
	Filled    float64           `json:"filled"`   // share of the rows looked at
	Person    bool              `json:"-"`        // names somebody of the company: never a reason
	unique    bool              // no value comes twice
	strict    bool              // every value is of the type
	length    float64           // mean length of its texts
}

// Proposal is how a file would come in.
type Proposal struct {
	Kind    Kind          `json:"kind"`
	Called  string        `json:"called"` // the survey's slug, or the event's name
	Source  string        `json:"source"` // slug, of the file's name
	Zone    string        `json:"zone"`   // of its times
	Decimal string        `json:"decimal"`
	Day     string        `json:"day,omitempty"` // of every row, when no column has a time: 2025-03-04
	Late    [2]string     `json:"-"`             // the columns with what was promised and what came; empty: none
	Columns []Column      `json:"columns"`
	Head    importer.Head `json:"-"`
}

// Problem is what a person has to say before a file can come in, as a code.
type Problem string

// The problems.
const (
	NoTime    Problem = "no-time"    // no column says when
	NothingIn Problem = "no-content" // neither score nor text in answers
	NotADay   Problem = "no-day"     // what was typed is no day
)

// Problems lists what keeps the file from coming in.
func (p Proposal) Problems() (out []Problem) {
	if p.first(At) == nil {
		switch {
		case p.Day == "":
			out = append(out, NoTime)
		case !isDay(p.Day):
			out = append(out, NotADay)
		}
	}
	if (p.Kind == Answers || p.Kind == Reviews) && p.first(Score) == nil && p.first(Text) == nil {
		out = append(out, NothingIn)
	}
	return out
}

// first returns the first column of a role; nil when there is none.
func (p *Proposal) first(r Role) *Column {
	if i := slices.IndexFunc(p.Columns, func(c Column) bool { return c.Role == r }); i >= 0 {
		return &p.Columns[i]
	}
	return nil
}

// main returns the score that counts first: whether they would recommend, how
// satisfied they are on the whole, else the first.
func (p *Proposal) main() *Column {
	best, most := (*Column)(nil), -1
	for i := range p.Columns {
		c, worth := &p.Columns[i], 0
		if c.Role != Score {
			continue
		}
		if said(fold(c.Name), saysOverall...) {
			worth = 1
		}
		if c.Metric == "nps" {
			worth = 2
		}
		if worth > most {
			best, most = c, worth
		}
	}
	return best
}

// words returns the column with the longest texts.
func (p *Proposal) words() *Column {
	best, most := (*Column)(nil), -1.0
	for i := range p.Columns {
		if c := &p.Columns[i]; c.Role == Text && c.length > most {
			best, most = c, c.length
		}
	}
	return best
}

// Known tells whether rows say whose they are: by an id, an address or a number.
func (p Proposal) Known() bool {
	return p.first(Customer) != nil || p.first(Email) != nil || p.first(Phone) != nil
}

// Choice is what a person says of a file; what is empty stays as it was guessed.
type Choice struct {
	Kind    Kind
	Called  string
	Day     string
	Columns map[string]Correction // by the column's name
}

// Correction is what a person says of one column.
type Correction struct {
	Role   Role
	Scale  string // of a score
	Format string // of a time: "dmy", "mdy"; "" as guessed
}
