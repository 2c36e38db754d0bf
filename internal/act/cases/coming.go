package cases

import (
	"context"
	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Open is being written.
func (s *Service) Open(ctx context.Context, p cx.Principal, n New) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Open", "is being written")
}

// List is being written.
func (s *Service) List(ctx context.Context, p cx.Principal, q Query) (List, error) {
	return *new(List), cx.Errorf(cx.Unavailable, "cases.List", "is being written")
}

// Case is being written.
func (s *Service) Case(ctx context.Context, p cx.Principal, id, lang string) (Full, error) {
	return *new(Full), cx.Errorf(cx.Unavailable, "cases.Case", "is being written")
}

// Queues is being written.
func (s *Service) Queues(ctx context.Context, p cx.Principal) ([]Queue, error) {
	return *new([]Queue), cx.Errorf(cx.Unavailable, "cases.Queues", "is being written")
}

// Mine is being written.
func (s *Service) Mine(ctx context.Context, p cx.Principal, lang string) (Day, error) {
	return *new(Day), cx.Errorf(cx.Unavailable, "cases.Mine", "is being written")
}

// Conversation is being written.
func (s *Service) Conversation(ctx context.Context, p cx.Principal, id, lang string) (dialogue.Conversation, error) {
	return *new(dialogue.Conversation), cx.Errorf(cx.Unavailable, "cases.Conversation", "is being written")
}

// Colleagues is being written.
func (s *Service) Colleagues(ctx context.Context, p cx.Principal, area string) ([]Colleague, error) {
	return *new([]Colleague), cx.Errorf(cx.Unavailable, "cases.Colleagues", "is being written")
}

// MayGive is being written.
func (s *Service) MayGive(ctx context.Context, p cx.Principal) (Allowance, error) {
	return *new(Allowance), cx.Errorf(cx.Unavailable, "cases.MayGive", "is being written")
}

// Take is being written.
func (s *Service) Take(ctx context.Context, p cx.Principal, id string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Take", "is being written")
}

// Assign is being written.
func (s *Service) Assign(ctx context.Context, p cx.Principal, id, person string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Assign", "is being written")
}

// Move is being written.
func (s *Service) Move(ctx context.Context, p cx.Principal, id, area string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Move", "is being written")
}

// Note is being written.
func (s *Service) Note(ctx context.Context, p cx.Principal, id, text string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Note", "is being written")
}

// Check is being written.
func (s *Service) Check(ctx context.Context, p cx.Principal, id, item string, done bool) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Check", "is being written")
}

// Give is being written.
func (s *Service) Give(ctx context.Context, p cx.Principal, id string, amount int64, what string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Give", "is being written")
}

// Write is being written.
func (s *Service) Write(ctx context.Context, p cx.Principal, id, text string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Write", "is being written")
}

// Offer is being written.
func (s *Service) Offer(ctx context.Context, p cx.Principal, id, choice string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Offer", "is being written")
}

// Postpone is being written.
func (s *Service) Postpone(ctx context.Context, p cx.Principal, id string, due cx.Time, why string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Postpone", "is being written")
}

// Retitle is being written.
func (s *Service) Retitle(ctx context.Context, p cx.Principal, id, title string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Retitle", "is being written")
}

// Cause is being written.
func (s *Service) Cause(ctx context.Context, p cx.Principal, id, cause string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Cause", "is being written")
}

// Solve is being written.
func (s *Service) Solve(ctx context.Context, p cx.Principal, id, done string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Solve", "is being written")
}

// Close is being written.
func (s *Service) Close(ctx context.Context, p cx.Principal, id, why string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Close", "is being written")
}

// Reopen is being written.
func (s *Service) Reopen(ctx context.Context, p cx.Principal, id, why string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Reopen", "is being written")
}

// Merge is being written.
func (s *Service) Merge(ctx context.Context, p cx.Principal, into, from string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Merge", "is being written")
}

// Escalate is being written.
func (s *Service) Escalate(ctx context.Context, p cx.Principal, id, why string) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.Escalate", "is being written")
}

// Bulk is being written.
func (s *Service) Bulk(ctx context.Context, p cx.Principal, ids []string, do Do) (map[string]error, error) {
	return *new(map[string]error), cx.Errorf(cx.Unavailable, "cases.Bulk", "is being written")
}

// Figures is being written.
func (s *Service) Figures(ctx context.Context, p cx.Principal, q Query, by string) (Figures, error) {
	return *new(Figures), cx.Errorf(cx.Unavailable, "cases.Figures", "is being written")
}

// Watch is being written.
func (s *Service) Watch(ctx context.Context, p cx.Principal) (<-chan Update, error) {
	return *new(<-chan Update), cx.Errorf(cx.Unavailable, "cases.Watch", "is being written")
}

// Yours is being written.
func (s *Service) Yours(ctx context.Context, token, lang string) (Yours, error) {
	return *new(Yours), cx.Errorf(cx.Unavailable, "cases.Yours", "is being written")
}

// Confirm is being written.
func (s *Service) Confirm(ctx context.Context, token string, right bool, words string) error {
	return cx.Errorf(cx.Unavailable, "cases.Confirm", "is being written")
}

// Thank is being written.
func (s *Service) Thank(ctx context.Context, token, text string) error {
	return cx.Errorf(cx.Unavailable, "cases.Thank", "is being written")
}

// Help is being written.
func (s *Service) Help(ctx context.Context, token, lang string) (Help, error) {
	return *new(Help), cx.Errorf(cx.Unavailable, "cases.Help", "is being written")
}

// OpenAt is being written.
func (s *Service) OpenAt(ctx context.Context, token string, p cx.Principal, r Request) (Case, error) {
	return *new(Case), cx.Errorf(cx.Unavailable, "cases.OpenAt", "is being written")
}

// Round is being written.
func (s *Service) Round(ctx context.Context, token, lang string) (Round, error) {
	return *new(Round), cx.Errorf(cx.Unavailable, "cases.Round", "is being written")
}

// Report is being written.
func (s *Service) Report(ctx context.Context, token string, r Report) error {
	return cx.Errorf(cx.Unavailable, "cases.Report", "is being written")
}
