package rule

import (
	"cmp"
	"context"
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"sort"
	"strconv"
	"time"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// candidate is a time that what a rule waits for happened.
type candidate struct {
	customer   cx.CustomerNo
	seq        cx.Seq
	at         cx.Time
	source     string
	name       string
	properties []byte // nil when its condition was looked at already
	response   string // "": of none
	human      bool
}

// mostKeptBytes bounds the properties that wait for what their customers lived.
const mostKeptBytes = 256 << 20

// back is a back-test at work.
type back struct {
	*Service
	ctx    context.Context
	m      *model.Model
	r      *ruling
	w      cx.Window
	tally  *tally
	bytes  int
	found  []candidate
	traits map[cx.CustomerNo]known
	began  map[string]bool   // responses
	until  map[string][]seen // what steps wait for, by event and condition: by customer, then time
}

// known is what is known of a customer now.
type known struct {
	traits   []byte // when the condition reads them
	zone     string
	consents bool
}

// Backtest tells what a rule would have done with what was lived within a window:
// entries as the live engine decides them, from the facts alone, with those that
// it knows nothing of left out: other rules that outrank it, and what customers
// would have done differently. Traits, and with them zones and consent, are as
// they are now. Needs account.ContactCustomers; Invalid for triggers and
// conditions that need what history does not keep.
func (s *Service) Backtest(ctx context.Context, p cx.Principal, r model.Rule, w cx.Window) (Tested, error) {
	const op = "rule.Backtest"
	if err := account.Check(p, account.ContactCustomers); err != nil {
		return Tested{}, cx.Wrap(op, err)
	}
	if w.To == 0 || w.To > s.c.Clock.Now() {
		w.To = s.c.Clock.Now()
	}
	if w.From == 0 {
		w.From = w.To.Add(-30 * 24 * time.Hour)
	}
	if w.From >= w.To {
		return Tested{}, cx.InvalidFaults(op, []cx.Fault{{Field: "from", Message: "must lie before to, and before now"}})
	}
	if fault := untestable(&r); fault != "" {
		return Tested{}, cx.Errorf(cx.Invalid, op, "%s", fault)
	}
	m := s.c.Models.Current().Model
	b := &back{Service: s, ctx: ctx, m: m, r: newRuling(r), w: w, tally: newTally(&r, m.Company.Zone(), w), began: map[string]bool{}, until: map[string][]seen{}}
	if err := b.run(); err != nil {
		return Tested{}, cx.Wrap(op, err)
	}
	out := b.tally.told()
	return out, cx.Wrap(op, s.nameExamples(ctx, out.Examples))
}

// unkept is what history does not keep of an event.
var unkept = regexp.MustCompile(`\bcontext\b|\bevent\.(userId|type)\b`)

// untestable says why a rule cannot be tried on the past; "" when it can.
func untestable(r *model.Rule) string {
	switch r.When.Kind {
	case model.WhenJourney, model.WhenSegment, model.WhenReason:
		return "who was in a segment, how far runs were and how texts read is not kept for each day: begin a dry run instead"
	}
	if r.If != nil && unkept.MatchString(r.If.Source()) {
		return "its condition reads context, event.userId or event.type, which history does not keep: begin a dry run instead"
	}
	return ""
}

func (b *back) run() error {
	if err := b.find(); err != nil {
		return err
	}
	if err := b.ask(); err != nil {
		return err
	}
	if err := b.waits(); err != nil {
		return err
	}
	ids, err := b.drawn()
	if err != nil {
		return err
	}
	slices.SortFunc(b.found, func(x, y candidate) int { return cmp.Compare(x.seq, y.seq) })
	for i := range b.found {
		if err := b.decide(&b.found[i], ids); err != nil {
			return err
		}
	}
	return nil
}

// decide decides about one candidate, as the live engine would have.
func (b *back) decide(c *candidate, ids map[cx.CustomerNo]cx.CustomerID) error {
	if b.began[c.response] {
		return nil
	}
	who := b.traits[c.customer]
	customer := cx.CustomerID(strconv.FormatUint(uint64(c.customer), 10))
	held := b.r.Holdout > 0 && b.heldOut(b.r.Slug, b.r.Holdout, ids[c.customer])
	why, err := enters(b.ctx, b.tally, &b.r.Rule, b.tally.zone, []cx.CustomerID{customer}, c.at, c.human, held, false)
	if err != nil {
		return err
	}
	if c.response != "" && (why == "" || why == Human || why == Holdout) {
		b.began[c.response] = true
	}
	zone := zoneOf(who.zone, b.m, &lived{Name: c.name, Type: cx.Track.String(), Source: c.source, At: c.at, Properties: c.properties})
	end := c.at
	if why == "" {
		end = lasts(b.r.Then, c.at, zone, func(a model.Action, after, most cx.Time) (cx.Time, bool) {
			return b.comes(a, c.customer, after, most)
		})
		b.tally.reach(&b.r.Rule, b.m, c.at, zone, who.consents)
	}
	b.tally.add(why, c.customer, customer, c.seq, c.at, end)
	return nil
}

// find gathers the candidates: those whose condition needs nothing but the event
// only when it holds.
func (b *back) find() error {
	switch t := b.r.When; t.Kind {
	case model.WhenEvent:
		return b.findEvents(t.Of)
	case model.WhenChoice:
		return b.findEvents(choiceEvent)
	case model.WhenAnswer, model.WhenScore:
		return b.findAnswers()
	case model.WhenSilence:
		return b.findSilences()
	}
	return b.findRecords()
}

func (b *back) findEvents(name string) error {
	q := history.LivedQuery{Names: []string{name}, Window: b.w, Properties: []string{name}}
	return b.tell(q, func(l *history.Lived, i int) error {
		if b.r.When.Kind == model.WhenChoice && !chose(&cx.Event{Properties: l.Properties[i]}, b.r.When) {
			return nil
		}
		return b.add(candidate{customer: l.Customer[i], seq: l.Seq[i], at: l.At[i], name: name, source: l.Contexts[l.Context[i]].Source}, l.Properties[i])
	})
}

func (b *back) findAnswers() error {
	t := b.r.When
	q := history.LivedQuery{Of: history.Answers, All: true, Window: b.w, Everything: true}
	if t.Kind == model.WhenAnswer {
		q.All, q.Names = false, []string{t.Of}
	}
	seqs := map[cx.Seq]bool{}
	var all []candidate
	if err := b.tell(q, func(l *history.Lived, i int) error {
		if t.Kind == model.WhenScore && (math.IsNaN(l.Value[i]) || !scored(t, l.Metric[i], l.Value[i])) || seqs[l.Seq[i]] {
			return nil
		}
		seqs[l.Seq[i]] = true
		all = append(all, candidate{
			customer: l.Customer[i], seq: l.Seq[i], at: l.At[i], name: l.Names[l.Name[i]], source: l.Contexts[l.Context[i]].Source, properties: slices.Clone(l.Properties[i]),
		})
		return nil
	}); err != nil {
		return err
	}
	slices.SortFunc(all, func(x, y candidate) int { return cmp.Compare(x.seq, y.seq) })
	for _, c := range all {
		id, complete := responseOf(c.properties)
		if t.Kind == model.WhenAnswer && !complete {
			continue
		}
		c.response = id
		if err := b.add(c, c.properties); err != nil {
			return err
		}
	}
	return nil
}

// findRecords reads the records of promises and cases in the log.
func (b *back) findRecords() error {
	name := promiseEvent
	if b.r.When.Kind == model.WhenCase {
		name = caseEvent
	}
	nos := map[cx.CustomerID]cx.CustomerNo{}
	return b.c.Log.Read(b.ctx, 0, func(batch stream.Batch) error {
		for i := range batch.Events {
			e := &batch.Events[i]
			if e.Kind != cx.Decision || e.Name != name || !b.w.Contains(e.At) {
				continue
			}
			var c change
			if json.Unmarshal(e.Properties, &c) != nil || c.Customer == "" || !c.is(b.r.When) {
				continue
			}
			no, asked := nos[c.Customer]
			if !asked {
				who, err := b.person(b.ctx, c.Customer)
				if err != nil {
					return err
				}
				if who != nil {
					no = who.customer.No
				}
				nos[c.Customer] = no
			}
			if no == 0 {
				continue
			}
			if err := b.add(candidate{customer: no, seq: e.Seq, at: e.At, name: e.Name, source: e.Source}, e.Properties); err != nil {
				return err
			}
		}
		return nil
	})
}

// findSilences finds where nothing was lived for the trigger's time; what we wrote
// breaks no silence, and begins none.
func (b *back) findSilences() error {
	t := b.r.When
	type stop struct {
		customer cx.CustomerNo
		at       cx.Time
		name     uint32
	}
	var stops []stop
	var names []string
	if _, err := history.Tell(b.ctx, b.c.Facts, cx.System(), history.LivedQuery{All: true, Window: cx.Window{From: b.w.From.Add(-t.Silence), To: b.w.To}}, func(l *history.Lived) error {
		for i := range l.Seq {
			stops = append(stops, stop{l.Customer[i], l.At[i], l.Name[i]})
		}
		names = l.Names
		return nil
	}); err != nil {
		return err
	}
	slices.SortFunc(stops, func(x, y stop) int { return cmp.Or(cmp.Compare(x.customer, y.customer), cmp.Compare(x.at, y.at)) })
	for i, s := range stops {
		due := s.at.Add(t.Silence)
		last := i+1 == len(stops) || stops[i+1].customer != s.customer
		if !b.w.Contains(due) || !last && stops[i+1].at <= due || names[s.name] == "Message Sent" || names[s.name] == "Choice Offered" || t.After != "" && names[s.name] != t.After {
			continue
		}
		properties, err := json.Marshal(map[string]any{"since": s.at.String()})
		if err == nil {
			err = b.add(candidate{customer: s.customer, at: due, name: "vivencia." + t.Kind, source: "vivencia"}, properties)
		}
		if err != nil {
			return err
		}
	}
	slices.SortStableFunc(b.found, func(x, y candidate) int { return cmp.Compare(x.at, y.at) })
	return nil
}

func (b *back) tell(q history.LivedQuery, fn func(l *history.Lived, i int) error) error {
	_, err := history.Tell(b.ctx, b.c.Facts, cx.System(), q, func(l *history.Lived) error {
		for i := range l.Seq {
			if err := fn(l, i); err != nil {
				return err
			}
		}
		return nil
	})
	return err
}

// add takes a candidate in. Its properties are valid only during the call.
func (b *back) add(c candidate, properties []byte) error {
	b.tally.Events++
	if b.r.alone {
		if met, costly := meets(b.r.If, c.lived(properties), nil, nil); !met {
			b.miss(costly)
			return nil
		}
	}
	if b.keeps() {
		if b.bytes += len(properties); b.bytes > mostKeptBytes {
			return cx.Errorf(cx.TooLarge, "", "this is more than can be looked at at once: choose a shorter time")
		}
		c.properties = slices.Clone(properties)
	} else {
		c.properties = nil
	}
	b.found = append(b.found, c)
	return nil
}

// keeps tells whether the properties are needed later.
func (b *back) keeps() bool { return !b.r.alone && b.r.If != nil }

func (b *back) miss(costly bool) {
	b.tally.Unmet++
	if costly {
		b.tally.Costly++
	}
}

func (c *candidate) lived(properties []byte) *lived {
	return &lived{Name: c.name, Source: c.source, At: c.at, Properties: properties}
}

// ask answers what the conditions ask, as of each candidate, and leaves those out
// that they do not let through.
func (b *back) ask() error {
	if err := b.learn(); err != nil {
		return err
	}
	if len(b.r.asks) == 0 && (b.r.alone || b.r.If == nil) {
		return nil
	}
	facts, err := b.gather(b.ctx, b.m, b.r.asks)
	if err != nil {
		return err
	}
	slices.SortStableFunc(b.found, func(x, y candidate) int {
		return cmp.Or(cmp.Compare(x.customer, y.customer), cmp.Compare(x.seq, y.seq), cmp.Compare(x.at, y.at))
	})
	readers, answers := facts.readers(), make([]any, len(b.r.asks))
	kept := b.found[:0]
	for _, c := range b.found {
		upto := c.seq
		if upto == 0 { // of a silence: all that was lived before it, by its time
			upto = math.MaxInt64
		}
		for i, r := range readers {
			answers[i] = r.as(c.customer, upto, c.at)
		}
		if !b.r.alone {
			if met, costly := meets(b.r.If, c.lived(c.properties), b.traits[c.customer].traits, answers); !met {
				b.miss(costly)
				continue
			}
		}
		c.human = b.r.isHuman(answers)
		c.properties = nil
		kept = append(kept, c)
	}
	b.found = kept
	return nil
}

// learn reads what is needed of the traits of the candidates' customers.
func (b *back) learn() error {
	b.traits = map[cx.CustomerNo]known{}
	reads := b.r.If != nil && b.r.If.NeedsTraits()
	if len(b.found) == 0 || !reads && (!b.r.Quiet || !b.r.Reaches()) {
		return nil
	}
	among := map[cx.CustomerNo]bool{}
	for i := range b.found {
		among[b.found[i].customer] = true
	}
	return b.c.Facts.Behaviour(b.ctx, cx.System(), history.BehaviourQuery{Asks: []expr.Ask{{What: expr.Count}}, Traits: true, Now: b.w.To}, func(h history.Behaviour) error {
		if !among[h.Customer] {
			return nil
		}
		var k known
		if traits := expr.NewObject(h.Traits); len(h.Traits) > 2 {
			k.zone = traits.Text("timezone")
			if b.m.Asking.Consent != "" {
				v, _ := traits.Get(b.m.Asking.Consent)
				k.consents = v == true || v == "true"
			}
			if reads {
				k.traits = slices.Clone(h.Traits)
			}
		}
		b.traits[h.Customer] = k
		return nil
	})
}

// drawn returns the ids by which it is drawn who is left out.
func (b *back) drawn() (map[cx.CustomerNo]cx.CustomerID, error) {
	ids := map[cx.CustomerNo]cx.CustomerID{}
	if b.r.Holdout == 0 {
		return ids, nil
	}
	var nos []cx.CustomerNo
	for i := range b.found {
		if no := b.found[i].customer; ids[no] == "" {
			ids[no], nos = "?", append(nos, no)
		}
	}
	merged := map[cx.CustomerNo]bool{}
	if err := b.c.Facts.Snapshot(b.ctx, cx.System(), func(s history.Snapshot) error {
		for _, c := range s.Edition().Merged {
			merged[c.Customer] = true
		}
		return nil
	}); err != nil {
		return nil, err
	}
	for some := range slices.Chunk(nos, 500) {
		who, err := b.c.Memory.CustomersByNo(b.ctx, cx.System(), some)
		if err != nil {
			return nil, err
		}
		for _, c := range who {
			ids[c.No] = c.ID
			if merged[c.No] { // of who was merged, the first id draws
				aliases, err := b.c.Memory.Aliases(b.ctx, c.ID)
				if err != nil {
					return nil, err
				}
				ids[c.No] = aliases[0]
			}
		}
	}
	return ids, nil
}

// waits gathers the events that steps wait for, when it counts how long runs last.
func (b *back) waits() error {
	if b.r.Caps.Running == 0 {
		return nil
	}
	for a := range b.r.Actions() {
		key := a.Wait.String()
		if _, twice := b.until[key]; a.Wait.Until == "" || twice {
			continue
		}
		var all []seen
		if err := b.tell(history.LivedQuery{Names: []string{a.Wait.Until}, Properties: []string{a.Wait.Until}}, func(l *history.Lived, i int) error {
			c := candidate{name: a.Wait.Until, source: l.Contexts[l.Context[i]].Source, at: l.At[i]}
			if a.Wait.When == nil || holds(a.Wait.When, c.lived(l.Properties[i])) {
				all = append(all, seen{customer: l.Customer[i], seq: l.Seq[i], at: l.At[i]})
			}
			return nil
		}); err != nil {
			return err
		}
		slices.SortFunc(all, func(x, y seen) int { return cmp.Or(cmp.Compare(x.customer, y.customer), cmp.Compare(x.at, y.at)) })
		b.until[key] = all
	}
	return nil
}

// comes tells when what a step waits for came within a stretch.
func (b *back) comes(a model.Action, customer cx.CustomerNo, after, most cx.Time) (cx.Time, bool) {
	all := b.until[a.Wait.String()]
	i := sort.Search(len(all), func(i int) bool {
		return all[i].customer > customer || all[i].customer == customer && all[i].at > after
	})
	if i < len(all) && all[i].customer == customer && all[i].at <= most {
		return all[i].at, true
	}
	return 0, false
}
