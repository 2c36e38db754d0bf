package team

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// MaxWords is how many characters a report may have.
const MaxWords = 2000

// ObstacleReport is what keeps somebody from serving well.
type ObstacleReport struct {
	Touchpoint string `json:"touchpoint"`
	Place      string `json:"place,omitzero"`
	What       string `json:"what"` // one of Whats
	Words      string `json:"words,omitzero"`
}

// IdeaReport is an idea.
type IdeaReport struct {
	Touchpoint string `json:"touchpoint,omitzero"`
	Words      string `json:"words"`
}

// Obstruct reports an obstacle: durable when the error is nil, and of nobody. It
// needs team.speak. The error is Invalid with every fault.
func (s *Service) Obstruct(ctx context.Context, p cx.Principal, r ObstacleReport) error {
	const op = "team.Obstruct"
	faults := s.where(r.Touchpoint, r.Place)
	if r.Touchpoint == "" {
		faults = append(faults, cx.Fault{Field: "touchpoint", Message: "is missing: say where it happens"})
	}
	if !slices.Contains(Whats(), r.What) {
		faults = append(faults, cx.Fault{Field: "what", Message: "is one of " + strings.Join(Whats(), ", ")})
	}
	words, more := wordsOf(r.Words)
	items := []item{{Question: "what", Choice: r.What}}
	if words != "" {
		items = append(items, item{Question: "words", Text: words})
	}
	return cx.Wrap(op, s.say(ctx, p, Group{Obstacle, r.Touchpoint, r.Place, ""}, items, append(faults, more...)))
}

// Suggest puts an idea in the box: durable when the error is nil, and of nobody.
// It needs team.speak. The error is Invalid with every fault.
func (s *Service) Suggest(ctx context.Context, p cx.Principal, r IdeaReport) error {
	words, faults := wordsOf(r.Words)
	if words == "" && faults == nil {
		faults = append(faults, cx.Fault{Field: "words", Message: "is missing: write your idea"})
	}
	faults = append(s.where(r.Touchpoint, ""), faults...)
	return cx.Wrap("team.Suggest", s.say(ctx, p, Group{Survey: Idea, Touchpoint: r.Touchpoint}, []item{{Question: "words", Text: words}}, faults))
}

func wordsOf(s string) (words string, faults []cx.Fault) {
	s = strings.TrimSpace(s)
	switch {
	case !utf8.ValidString(s):
		return "", []cx.Fault{{Field: "words", Message: "must be UTF-8 text"}}
	case utf8.RuneCountInString(s) > MaxWords:
		return "", []cx.Fault{{Field: "words", Message: "has more than 2000 characters: shorten it"}}
	}
	return s, nil
}

func (s *Service) where(touchpoint, place string) (faults []cx.Fault) {
	m := s.c.Models.Current().Model
	if _, ok := m.Touchpoint(touchpoint); touchpoint != "" && !ok {
		faults = append(faults, cx.Fault{Field: "touchpoint", Message: "there is no touchpoint " + strconv.Quote(touchpoint) + ": choose one of those declared"})
	}
	if _, ok := m.Place(place); place != "" && !ok {
		faults = append(faults, cx.Fault{Field: "place", Message: "there is no place " + strconv.Quote(place) + ": choose one of those declared"})
	}
	return faults
}

// message is a report as it goes to the log.
type message struct {
	Type       string         `json:"type"`
	Survey     string         `json:"survey"`
	Touchpoint string         `json:"touchpoint,omitzero"`
	Answers    []item         `json:"answers"`
	Properties map[string]any `json:"properties"`
	MessageID  string         `json:"messageId"`
	Timestamp  string         `json:"timestamp"`
}

type item struct {
	Question string `json:"question"`
	Choice   string `json:"choice,omitzero"`
	Text     string `json:"text,omitzero"`
}

// say appends a report that names nobody: its time is the beginning of the hour.
func (s *Service) say(ctx context.Context, p cx.Principal, g Group, items []item, faults []cx.Fault) error {
	if err := account.Check(p, account.SpeakForTeam); err != nil {
		return err
	}
	if err := cx.InvalidFaults("", faults); err != nil {
		return err
	}
	again, err := s.again(ctx, g, p.ID)
	if err != nil {
		return err
	}
	id := make([]byte, 16)
	_, _ = rand.Read(id) // never fails
	about := map[string]any{"response_id": hex.EncodeToString(id)}
	if again {
		about["again"] = true
	}
	if g.Place != "" {
		about["place"] = g.Place
	}
	hour := cx.TimeOf(s.c.Clock.Now().Std().UTC().Truncate(time.Hour))
	body, err := json.Marshal(message{
		Type: "team", Survey: g.Survey, Touchpoint: g.Touchpoint, Answers: items, Properties: about,
		MessageID: "team:" + hex.EncodeToString(id), Timestamp: hour.String(),
	}, json.Deterministic(true))
	if err != nil {
		return err
	}
	e, err := intake.Decode(body, intake.Defaults{Source: "vivencia", ReceivedAt: hour, Kind: cx.Team})
	if err != nil {
		return err
	}
	_, err = s.c.Log.Append(ctx, []cx.Event{e})
	return err
}

// Standing returns what an answer to a survey of the team says of who gives it:
// their area when they have exactly one, and whether they spoke there before in
// this period. Nothing in it names them.
func (s *Service) Standing(ctx context.Context, survey, touchpoint, place string, p cx.Principal) (map[string]any, error) {
	about := map[string]any{}
	g := Group{Survey: survey, Touchpoint: touchpoint, Place: place}
	if len(p.Areas) == 1 {
		g.Area = p.Areas[0]
		about["area"] = g.Area
	}
	again, err := s.again(ctx, g, p.ID)
	if again {
		about["again"] = true
	}
	return about, cx.Wrap("team.Standing", err)
}

// again enters a person into the roll of a group's present period, and tells
// whether they stood there already.
func (s *Service) again(ctx context.Context, g Group, person string) (again bool, err error) {
	now := s.c.Clock.Now()
	h := hmac.New(sha256.New, s.c.Key)
	for _, part := range []string{"team roll", g.Survey, g.Touchpoint, g.Place, g.Area, strconv.Itoa(int(g.periodOf(now))), person} {
		h.Write([]byte(part))
		h.Write([]byte{0})
	}
	err = s.c.State.Write(ctx, func(tx *sqldb.Tx) error {
		if _, err := tx.Exec(ctx, `DELETE FROM team_roll WHERE until <= $1`, now); err != nil {
			return err
		}
		r, err := tx.Exec(ctx, `INSERT INTO team_roll (tag, until) VALUES ($1, $2) ON CONFLICT DO NOTHING`, h.Sum(nil), g.endOf(now))
		if err != nil {
			return err
		}
		n, err := r.RowsAffected()
		again = n == 0
		return err
	})
	return again, err
}

// textsOf returns what an event says in words.
func (r report) textsOf(question string) (words string) {
	for _, it := range r.items {
		if it.Question == question {
			words = strings.TrimSpace(it.Text)
		}
	}
	return words
}

func (r report) choice(question string) string {
	if i := slices.IndexFunc(r.items, func(it fact.AnswerItem) bool { return it.Question == question }); i >= 0 {
		return r.items[i].Choice
	}
	return ""
}
