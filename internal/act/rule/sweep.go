package rule

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// sweepEvery is how often triggers are looked at that no event tells: silence, who
// is in a segment, how far runs of journeys are, what was written.
const sweepEvery = time.Minute

// swept is what one look at a trigger found.
type swept struct {
	what    string
	members []uint64 // who, or what, is there now, ascending; nil where only the time counts
	moments []moment
}

// sweep looks at every such trigger once, against the look before: what is new
// since begins. The first look begins nothing.
func (s *Service) sweep(ctx context.Context, _ jobs.Job) (jobs.Done, error) {
	now := s.c.Clock.Now()
	again := func(ctx context.Context, tx *sqldb.Tx) error {
		return s.c.Jobs.Put(ctx, tx, jobs.Job{Kind: sweepKind, Due: now.Add(sweepEvery)})
	}
	p := s.ready()
	if len(p.swept) == 0 {
		return again, nil
	}
	s.mu.Lock()
	upto := s.position
	s.mu.Unlock()
	if err := s.known(ctx, upto); err != nil {
		return nil, err
	}
	s.deciding.Lock()
	defer s.deciding.Unlock()
	looks := map[string]*swept{}
	var moments []moment
	for _, r := range p.swept {
		what := r.When.Kind + " " + r.When.Of + " " + r.When.State
		if r.When.Kind == model.WhenSilence || r.When.Kind == model.WhenReason { // what is new to one rule is not to another
			what = "rule " + r.Slug + " " + r.When.String()
		}
		if r.trial != nil {
			what = "trial " + r.trial.id
		}
		look := looks[what]
		if look == nil {
			var err error
			if look, err = s.look(ctx, p, what, r, now); err != nil {
				return nil, err
			}
			looks[what] = look
		}
		for _, mo := range look.moments {
			mo.ruling = r
			moments = append(moments, mo)
		}
	}
	st := s.stretch(p)
	if err := st.moments(ctx, moments, nil); err != nil {
		return nil, err
	}
	return again, st.commit(ctx, func(tx *sqldb.Tx) (bool, error) {
		for _, look := range looks {
			if _, err := tx.Exec(ctx, `INSERT INTO rule_sweeps (what, at, members) VALUES ($1, $2, $3) ON CONFLICT (what) DO UPDATE SET at = excluded.at, members = excluded.members`,
				look.what, int64(now), packed(look.members)); err != nil {
				return false, err
			}
		}
		_, err := tx.Exec(ctx, `DELETE FROM rule_sweeps WHERE at < $1`, int64(now.Add(-7*24*time.Hour)))
		return false, err
	})
}

// look looks at one trigger.
func (s *Service) look(ctx context.Context, p *plan, what string, r *ruling, now cx.Time) (*swept, error) {
	out := &swept{what: what}
	before, last, err := s.before(ctx, what)
	if err != nil {
		return nil, err
	}
	first := last == 0
	last = max(last, now.Add(-news))
	switch t := r.When; t.Kind {
	case model.WhenSilence:
		if first {
			break
		}
		out.moments, err = s.silent(ctx, t, last, now)
	case model.WhenReason:
		if first {
			break
		}
		out.moments, err = s.spoken(ctx, t, last, now)
	case model.WhenSegment:
		var nos []cx.CustomerNo
		if nos, err = s.c.Segments.Customers(ctx, cx.System(), t.Of); err != nil {
			break
		}
		out.members = make([]uint64, len(nos))
		for i, no := range nos {
			out.members[i] = uint64(no)
		}
		if first {
			break
		}
		fresh := without(out.members, before)
		if t.State == "left" {
			fresh = without(before, out.members)
		}
		out.moments, err = s.named(ctx, customersOf(fresh), func(_ cx.CustomerNo) moment {
			return sweptMoment(t, "segment "+t.Of+" "+t.State+" "+now.String(), now, map[string]any{"segment": t.Of, "state": t.State})
		})
	case model.WhenJourney:
		err = s.journeys(ctx, t, before, first, now, out)
	}
	if cx.KindOf(err) == cx.NotFound && err != nil { // it is declared no more
		err = nil
	}
	return out, err
}

// sweptMoment is what a look found of one customer.
func sweptMoment(t model.Trigger, name string, at cx.Time, properties map[string]any) moment {
	raw, err := json.Marshal(properties)
	if err != nil {
		raw = nil
	}
	return moment{name: name, lived: &lived{Name: "vivencia." + t.Kind, Type: t.Kind, Source: "vivencia", At: at, Properties: raw}}
}

// named makes a moment of each customer, by who they are.
func (s *Service) named(ctx context.Context, nos []cx.CustomerNo, of func(cx.CustomerNo) moment) (out []moment, err error) {
	for some := range slices.Chunk(nos, 500) {
		who, err := s.c.Memory.CustomersByNo(ctx, cx.System(), some)
		if err != nil {
			return nil, err
		}
		for _, c := range who {
			mo := of(c.No)
			mo.customer = c.ID
			out = append(out, mo)
		}
	}
	return out, nil
}

// silent finds who has lived nothing for the trigger's time, since a time that
// came within (last, now]. What we wrote to them breaks no silence, and begins
// none.
func (s *Service) silent(ctx context.Context, t model.Trigger, last, now cx.Time) ([]moment, error) {
	asks := []expr.Ask{{What: expr.Last}, {What: expr.Last, Event: "Message Sent"}, {What: expr.Last, Event: "Choice Offered"}}
	if t.After != "" {
		asks = append(asks, expr.Ask{What: expr.Last, Event: t.After})
	}
	var nos []cx.CustomerNo
	since := map[cx.CustomerNo]cx.Time{}
	err := s.c.Facts.Behaviour(ctx, cx.System(), history.BehaviourQuery{Asks: asks, Now: now}, func(b history.Behaviour) error {
		at, ours := instant(b.Answers[0]), max(instant(b.Answers[1]), instant(b.Answers[2]))
		if due := at.Add(t.Silence); at == 0 || due <= last || due > now || at <= ours || t.After != "" && instant(b.Answers[3]) != at {
			return nil
		}
		nos, since[b.Customer] = append(nos, b.Customer), at
		return nil
	})
	if err != nil {
		return nil, err
	}
	return s.named(ctx, nos, func(no cx.CustomerNo) moment {
		return sweptMoment(t, "silence "+since[no].String(), since[no].Add(t.Silence), map[string]any{"since": since[no].String()})
	})
}

func instant(v any) cx.Time {
	if t, ok := v.(time.Time); ok {
		return cx.TimeOf(t)
	}
	return 0
}

// spoken finds who wrote about a topic since the last look. A text may be read a
// while after it was written.
func (s *Service) spoken(ctx context.Context, t model.Trigger, last, now cx.Time) ([]moment, error) {
	var nos []cx.CustomerNo
	texts := map[cx.CustomerNo]voice.Text{}
	f := voice.Filter{Window: cx.Window{From: last.Add(-10 * sweepEvery), To: now}, Where: []voice.Condition{{By: voice.ByTopic, In: []string{t.Of}}}}
	err := s.c.Voices.Tell(ctx, cx.System(), f, func(text *voice.Text) error {
		if _, twice := texts[text.Customer]; text.Customer != 0 && text.Kind != voice.Suspect && !twice {
			nos, texts[text.Customer] = append(nos, text.Customer), *text
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	slices.Sort(nos)
	return s.named(ctx, nos, func(no cx.CustomerNo) moment {
		text := texts[no]
		mo := sweptMoment(t, "text "+text.Ref.String(), text.At, map[string]any{
			"topic": t.Of, "touchpoint": text.Touchpoint, "place": text.Place, "polarity": text.Polarity, "emotion": text.Emotion,
		})
		mo.seq = text.Seq
		return mo
	})
}

// mostRuns is how many runs of a journey one look goes through, the newest first.
const mostRuns = 20_000

func (s *Service) journeys(ctx context.Context, t model.Trigger, before []uint64, first bool, now cx.Time, out *swept) error {
	known := map[uint64]bool{}
	for _, run := range before {
		known[run] = true
	}
	q := journey.RunsQuery{Filter: journey.Filter{State: journey.State(t.State), Window: cx.Window{From: now.Add(-365 * 24 * time.Hour)}}, Limit: 500}
	for len(out.members) < mostRuns {
		page, err := s.c.Journeys.Runs(ctx, cx.System(), t.Of, q)
		if err != nil {
			return err
		}
		for i := range page.Runs {
			run := &page.Runs[i]
			id, err := strconv.ParseUint(run.Case, 16, 64)
			if err != nil {
				return err
			}
			out.members = append(out.members, id)
			if first || known[id] || run.Customer == nil || now.Sub(run.Last) > 365*24*time.Hour {
				continue
			}
			step := ""
			if run.Step != nil {
				step = run.Step.Slug
			}
			mo := sweptMoment(t, "journey "+t.Of+" "+t.State+" "+run.Case, now, map[string]any{"journey": t.Of, "state": t.State, "run": run.Case, "step": step, "touchpoint": run.Touchpoint})
			mo.customer = run.Customer.ID
			out.moments = append(out.moments, mo)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			break
		}
	}
	slices.Sort(out.members)
	return nil
}

func customersOf(nos []uint64) []cx.CustomerNo {
	out := make([]cx.CustomerNo, len(nos))
	for i, no := range nos {
		out[i] = cx.CustomerNo(no)
	}
	return out
}

// without returns what of a is not in b; both ascend.
func without(a, b []uint64) (out []uint64) {
	for _, x := range a {
		for len(b) > 0 && b[0] < x {
			b = b[1:]
		}
		if len(b) == 0 || b[0] != x {
			out = append(out, x)
		}
	}
	return out
}

// before returns what the look before found, and when that was; 0 is never.
func (s *Service) before(ctx context.Context, what string) (members []uint64, at cx.Time, err error) {
	err = s.c.DB.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT members FROM rule_sweeps WHERE what = $1`, what)
		if err != nil {
			return err
		}
		found, err := sqldb.Collect(rows, sqldb.Scan[string])
		if err != nil || len(found) == 0 {
			return err
		}
		if members, err = unpacked(found[0]); err != nil {
			return err
		}
		return tx.QueryRow(ctx, `SELECT at FROM rule_sweeps WHERE what = $1`, what).Scan(&at)
	})
	return members, at, err
}

// packed writes ascending numbers, each as its distance from the one before.
func packed(members []uint64) string {
	raw, last := make([]byte, 0, 2*len(members)), uint64(0)
	for _, m := range members {
		raw, last = binary.AppendUvarint(raw, m-last), m
	}
	return base64.RawStdEncoding.EncodeToString(raw)
}

func unpacked(text string) (members []uint64, err error) {
	raw, err := base64.RawStdEncoding.DecodeString(text)
	last := uint64(0)
	for len(raw) > 0 && err == nil {
		d, n := binary.Uvarint(raw)
		if n <= 0 {
			return nil, cx.Errorf(cx.Internal, "rule.unpacked", "what a look found cannot be read")
		}
		raw, last = raw[n:], last+d
		members = append(members, last)
	}
	return members, err
}
