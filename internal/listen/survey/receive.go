package survey

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Open opens the links and responses in the database.
func Open(ctx context.Context, c Config) (*Service, error) { return &Service{Config: c}, nil }

// Page returns the page that a request is at, in the language nearest to lang
// ("" for the company's own). It writes nothing. What a person is to be told is
// the form's State; an error is of a store.
func (s *Service) Page(ctx context.Context, ref Ref, lang string) (Form, error) {
	return Form{State: Unknown}, nil
}

// Receive keeps what was answered on a page and returns the next one, or the
// same page with a Fault at each question whose answer does not fit; then
// nothing was kept. What it acknowledges is in the log. The same post again
// counts once.
func (s *Service) Receive(ctx context.Context, ref Ref, page int, values Values, lang string) (Form, error) {
	return Form{State: Unknown}, nil
}

// Preselect puts a value to a question of the form that has none yet; what does
// not fit is left out.
func (f *Form) Preselect(question, value string) {}

// Link makes a link. Needs account.LinkSurveys.
func (s *Service) Link(ctx context.Context, p cx.Principal, r LinkRequest) (Link, error) {
	return Link{}, nil
}

// LinkTx is Link as part of a transaction of the caller's on the same database,
// for what the product does by itself.
func (s *Service) LinkTx(ctx context.Context, tx *sqldb.Tx, r LinkRequest) (Link, error) {
	return Link{}, nil
}

// Revoke makes a personal link worthless. Needs account.LinkSurveys.
func (s *Service) Revoke(ctx context.Context, p cx.Principal, id string) error { return nil }

// Results is what became of a survey in a stretch of time.
type Results struct {
	Survey    string           `json:"survey"`
	Ways      []WayResult      `json:"ways"` // and first the sum of all, its way ""
	Questions []QuestionResult `json:"questions"`
}

// WayResult counts links and responses of one way.
type WayResult struct {
	Way       Way `json:"way,omitempty"`
	Sent      int `json:"sent"`      // links made; 0 for open ways
	Opened    int `json:"opened"`    // of these; open ways do not know
	Started   int `json:"started"`   // at least one page answered
	Completed int `json:"completed"` // to the end
	Suspect   int `json:"suspect"`   // as a program would; in none of the other counts
}

// QuestionResult counts the answers to one question, suspect ones left out.
type QuestionResult struct {
	ID      string         `json:"id"`
	Type    string         `json:"type"`
	N       int            `json:"n"`
	Skipped int            `json:"skipped"`
	Options []OptionCount  `json:"options,omitempty"`
	Mean    *float64       `json:"mean,omitempty"` // of scores and numbers; of nps the score from -100 to 100
	Low     *float64       `json:"low,omitempty"`  // its 95 % interval
	High    *float64       `json:"high,omitempty"`
	Rows    map[string]int `json:"rows,omitempty"` // of matrix: answers by row
}

// OptionCount is how often an option, a point of a scale or an emotion was
// chosen.
type OptionCount struct {
	ID   string  `json:"id"`
	N    int     `json:"n"`
	Low  float64 `json:"low"` // of its share, 95 %
	High float64 `json:"high"`
}

// Results tells what became of a survey. Needs account.ViewScores.
func (s *Service) Results(ctx context.Context, p cx.Principal, slug string, w cx.Window) (Results, error) {
	return Results{}, nil
}
