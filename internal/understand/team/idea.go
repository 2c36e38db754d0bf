package team

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// The states of an idea.
const (
	New      = "new"
	Seen     = "seen"
	Planned  = "planned"
	Done     = "done"
	Declined = "declined"
)

// States lists the states that an idea can be answered with.
func States() []string { return []string{Seen, Planned, Done, Declined} }

// IdeaLine is an idea that may be shown.
type IdeaLine struct {
	ID         string // opaque; says nothing of when or in which response
	Touchpoint string
	Words      string // personal data masked
	State      string
	Reply      string // to who had it, and to all
}

// answeredEvent is the decision with which the company answers an idea.
const answeredEvent = "vivencia.idea.answered"

// answer is what the decision says.
type answer struct {
	Idea  string `json:"idea"`
	State string `json:"state"`
	Reply string `json:"reply"`
	By    string `json:"by"`
}

func answerOf(e cx.Event) (a answer, ok bool) {
	err := json.Unmarshal(e.Properties, &a)
	return a, err == nil && a.Idea != "" && slices.Contains(States(), a.State)
}

// Reply answers an idea that is shown: its state and a word of thanks, or why
// not. It needs team.answer. Errors: NotFound; Invalid with every fault. It
// returns when the answer is seen.
func (s *Service) Reply(ctx context.Context, p cx.Principal, id, state, reply string) error {
	const op = "team.Reply"
	if err := account.Check(p, account.AnswerTeam); err != nil {
		return cx.Wrap(op, err)
	}
	reply, faults := wordsOf(reply)
	for i := range faults {
		faults[i].Field = "reply"
	}
	if !slices.Contains(States(), state) {
		faults = append(faults, cx.Fault{Field: "state", Message: "is one of " + strings.Join(States(), ", ")})
	}
	if err := cx.InvalidFaults(op, faults); err != nil {
		return err
	}
	s.mu.RLock()
	known := slices.ContainsFunc(s.shownIdeas(), func(i IdeaLine) bool { return i.ID == id })
	s.mu.RUnlock()
	if !known {
		return cx.Errorf(cx.NotFound, op, "there is no such idea")
	}
	raw, err := json.Marshal(answer{id, state, reply, p.ID})
	if err != nil {
		return cx.Wrap(op, err)
	}
	now := s.c.Clock.Now()
	seq, err := s.c.Log.Append(ctx, []cx.Event{cx.NewDecision(answeredEvent, fmt.Sprintf("%s/%d/%s", answeredEvent, now, id), now, raw)})
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.WaitFor(ctx, seq))
}

// ideaID names an idea without telling when it came.
func (s *Service) ideaID(seq cx.Seq) string {
	h := hmac.New(sha256.New, s.c.Salt)
	fmt.Fprint(h, "idea ", seq)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// shownIdeas lists the ideas of the closed batches, those of the newest first;
// within a batch by their opaque ids. The caller holds mu.
func (s *Service) shownIdeas() []IdeaLine {
	out := []IdeaLine{}
	for _, b := range slices.Backward(s.release.closed) {
		if b.group.Survey != Idea {
			continue
		}
		from := len(out)
		for _, r := range b.reports {
			words := masked(r.textsOf("words"))
			if words == "" {
				continue
			}
			line := IdeaLine{ID: s.ideaID(r.seq), Touchpoint: b.group.Touchpoint, Words: words, State: New}
			if a, ok := s.ideas[line.ID]; ok {
				line.State, line.Reply = a.State, a.Reply
			}
			out = append(out, line)
		}
		slices.SortFunc(out[from:], func(a, b IdeaLine) int { return bytes.Compare([]byte(a.ID), []byte(b.ID)) })
	}
	return out
}
