package remember

import (
	"cmp"
	"context"
	"maps"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember/dedupe"
	"github.com/vivencia-cx/vivencia/internal/remember/identity"
	"github.com/vivencia-cx/vivencia/internal/remember/timeline"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// Apply remembers a batch in one transaction. The error is of stream.Poison
// for an event that can never be remembered.
func (m *Memory) Apply(ctx context.Context, b stream.Batch) error {
	const op = "remember.Apply"
	m.applying.Lock()
	defer m.applying.Unlock()
	if err := m.settle(ctx); err != nil {
		return cx.Wrap(op, err)
	}
	before, _ := m.now()
	events := b.Events
	for len(events) > 0 && events[0].Seq <= before.position {
		events = events[1:]
	}
	if b.Last <= before.position {
		return nil
	}
	rules := m.rules
	var w *writer
	err := m.db.Write(ctx, func(tx *sqldb.Tx) error {
		w = &writer{
			m: m, ctx: ctx, tx: tx, state: before,
			seen: m.dedupe().Begin(), people: m.people.Begin(ctx, tx), pending: newPending(),
		}
		if err := w.apply(events); err != nil {
			return err
		}
		if err := w.flush(); err != nil {
			return err
		}
		if err := w.seen.Flush(ctx, tx); err != nil {
			return err
		}
		w.state.position = b.Last
		_, err := tx.Exec(ctx, `UPDATE memory_state SET position = $1, events = $2, answers = $3, duplicates = $4, customers = $5`,
			w.state.position, w.state.events, w.state.answers, w.state.duplicates, w.state.customers)
		return err
	})
	if err != nil {
		m.doubt = true
		m.rules = rules
		return cx.Wrap(op, err)
	}
	w.seen.Commit()
	w.people.Commit()
	m.publish(w.state)
	return nil
}

// settle reads everything again when the last commit succeeded without our
// knowing.
func (m *Memory) settle(ctx context.Context) error {
	if !m.doubt {
		return nil
	}
	stored, _, err := m.readState(ctx)
	if err != nil {
		return err
	}
	if known, _ := m.now(); stored != known {
		if err := m.load(ctx); err != nil {
			return err
		}
	}
	m.doubt = false
	return nil
}

// writer applies one batch.
type writer struct {
	m      *Memory
	ctx    context.Context
	tx     *sqldb.Tx
	state  state
	seen   *dedupe.Batch
	people *identity.Writer
	pending
}

// pending is what is written many rows at a time.
type pending struct {
	rows          []timeline.Row
	traits        map[cx.ProfileNo]map[traitKey]said
	tallies       map[cx.CustomerNo]*tally
	renamed       map[cx.ProfileNo]bool
	born          map[cx.CustomerNo]string // came into being in this batch and are alone still: their userId
	words         map[wordOf]struct{}
	organizations map[string]*organization
	traces        []any // columns of rows
	snapshots     []any // the same
}

type wordOf struct {
	word    string
	profile cx.ProfileNo
}

func newPending() pending {
	return pending{
		traits: map[cx.ProfileNo]map[traitKey]said{}, tallies: map[cx.CustomerNo]*tally{}, renamed: map[cx.ProfileNo]bool{},
		born:  map[cx.CustomerNo]string{},
		words: map[wordOf]struct{}{}, organizations: map[string]*organization{},
	}
}

// apply applies events, stretch by stretch between those that change the rules.
func (w *writer) apply(events []cx.Event) error {
	for len(events) > 0 {
		n := 0
		for n < len(events) {
			if n++; events[n-1].Name == model.AppliedEvent && events[n-1].Kind == cx.Decision {
				break
			}
		}
		if err := w.stretch(events[:n]); err != nil {
			return err
		}
		events = events[n:]
	}
	return nil
}

func (w *writer) stretch(events []cx.Event) error {
	facts := make([]identity.Fact, len(events))
	left := make([]remains, len(events))
	for i := range events {
		if e := &events[i]; e.Kind.OfCustomer() || e.Kind == cx.Redacted {
			var err error
			if facts[i], err = w.m.factOf(w.m.rules, e, &left[i]); err != nil {
				return stream.Poison(e.Seq, "what is left of an erased event cannot be read")
			}
		}
	}
	if err := w.people.Prefetch(facts); err != nil {
		return err
	}
	for i := range events {
		var err error
		if e := &events[i]; e.Kind == cx.Redacted {
			err = w.redacted(e, facts[i], &left[i])
		} else {
			err = w.event(e, facts[i])
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (w *writer) event(e *cx.Event, f identity.Fact) error {
	for _, s := range [...]string{e.Name, e.Source, e.MessageID, e.UserID, e.AnonymousID, e.GroupID} {
		if hasNUL(s) {
			return stream.Poison(e.Seq, "a name or an id holds a NUL or is not UTF-8")
		}
	}
	fresh, err := w.seen.Add(w.ctx, w.tx, cx.HashMessage(w.m.config.Salt, e.Source, e.MessageID))
	if err != nil {
		return err
	}
	if !fresh {
		w.state.duplicates++
		return w.repeated(e, &f)
	}
	switch {
	case e.Kind == cx.Circumstance:
		return w.circumstance(e)
	case e.Kind == cx.Decision:
		return w.decision(e)
	case e.Kind == cx.Team, e.Kind == cx.Mention:
		return nil // no customer's: understand/voice keeps them
	case !e.Kind.OfCustomer():
		return stream.Poison(e.Seq, "an event of an unknown kind")
	case f.UserID == "" && f.AnonymousID == "":
		return stream.Poison(e.Seq, "neither its userId nor its anonymousId names anybody")
	}
	return w.lived(e, f)
}

func (w *writer) circumstance(e *cx.Event) error {
	c, err := fact.ParseCircumstance(*e)
	if err != nil {
		return stream.Poison(e.Seq, cx.MessageOf(err))
	}
	for _, s := range [...]string{c.Kind, c.Place, c.Touchpoint, c.Product, c.Supplier, c.Value} {
		if hasNUL(s) {
			return stream.Poison(e.Seq, "the circumstance holds a NUL")
		}
	}
	w.rows = append(w.rows, timeline.Row{Event: e})
	return timeline.InsertCircumstance(w.ctx, w.tx, timeline.Circumstance{Seq: e.Seq, Circumstance: c})
}

// lived remembers what a customer lived.
func (w *writer) lived(e *cx.Event, f identity.Fact) error {
	row := timeline.Row{Event: e}
	if e.Kind == cx.Answer {
		a, err := fact.ParseAnswer(*e)
		if err != nil {
			return stream.Poison(e.Seq, cx.MessageOf(err))
		}
		row.Answer = &a
	}
	o, err := w.people.Identify(f)
	if err != nil {
		return err
	}
	row.Profile = o.Profile
	if err := w.outcome(&o); err != nil {
		return err
	}
	if traits := fact.CustomerTraits(*e); len(traits) > 0 {
		w.says(o.Profile, traits, e)
	}
	c, err := w.people.Customer(o.Profile)
	if err != nil {
		return err
	}
	if row.Answer != nil {
		if row.Traits, err = w.snapshot(c, o.Profile, e); err != nil {
			return err
		}
	}
	w.tally(c).add(e)
	if e.Kind == cx.Answer {
		w.state.answers++
	} else {
		w.state.events++
	}
	if e.GroupID != "" {
		w.organization(e, o.Profile)
	}
	w.rows = append(w.rows, row)
	return nil
}

// outcome follows what identity did.
func (w *writer) outcome(o *identity.Outcome) error {
	if o.Created {
		w.state.customers++
		w.renamed[o.Profile] = true
		w.born[o.Profile] = ""
	}
	for i := range o.Attached {
		a := &o.Attached[i]
		wordsOf(a.Kind, a.Value, func(word string) { w.word(word, a.Profile) })
		if a.Kind == identity.UserID {
			w.renamed[a.Profile] = true
			if name, ok := w.born[a.Profile]; ok && name == "" {
				w.born[a.Profile] = a.Value
			}
		}
	}
	for _, merged := range o.Merged {
		w.state.customers--
		w.renamed[merged.Into] = true
		delete(w.born, merged.Into)
		delete(w.born, merged.From)
		if err := w.fold(merged); err != nil {
			return err
		}
	}
	if o.Parted.New != 0 {
		w.state.customers++
		w.renamed[o.Parted.Customer], w.renamed[o.Parted.New] = true, true
		delete(w.born, o.Parted.Customer)
		delete(w.born, o.Parted.New)
		return w.recount(o.Parted.Customer, o.Parted.New)
	}
	if o.Gone.Customer != 0 {
		return w.gone(o.Gone)
	}
	return nil
}

// gone forgets a customer's line in the list of customers.
func (w *writer) gone(g identity.Gone) error {
	w.state.customers--
	delete(w.tallies, g.Customer)
	for _, p := range g.Profiles {
		delete(w.renamed, p)
	}
	_, err := w.tx.Exec(w.ctx, `DELETE FROM customers WHERE customer_no = $1`, g.Customer)
	return err
}

// says remembers traits of a profile, and the words of its names. Words of
// former names stay: people are looked for by them too.
func (w *writer) says(p cx.ProfileNo, traits []byte, e *cx.Event) {
	into := w.traits[p]
	if into == nil {
		into = map[traitKey]said{}
		w.traits[p] = into
	}
	names := map[string]string{}
	putTraits(into, traits, e, func(name string, value jsontext.Value) {
		if isNameTrait(name) {
			w.renamed[p] = true
			names[name] = textOf(value)
		}
	})
	full := called{traits: names}
	for _, name := range [...]string{names["name"], full.fullName()} {
		wordsOfName(name, func(word string) { w.word(word, p) })
	}
}

func (w *writer) word(word string, p cx.ProfileNo) {
	if word = clip(word); word != "" {
		w.words[wordOf{word, p}] = struct{}{}
	}
}

// flush writes everything pending.
func (w *writer) flush() error {
	for _, write := range []func() error{
		func() error { return timeline.Insert(w.ctx, w.tx, w.rows) },
		w.people.Flush, w.flushTraits, w.flushWords, w.flushTallies, w.flushOrganizations, w.flushTraces, w.flushSnapshots,
	} {
		if err := write(); err != nil {
			return err
		}
	}
	w.pending = newPending()
	return nil
}

func (w *writer) flushTraits() error {
	var args []any
	for _, p := range slices.Sorted(maps.Keys(w.traits)) {
		for k, s := range w.traits[p] {
			args = append(args, int64(p), k.name, k.source, s.value, int64(s.at), int64(s.seq))
		}
	}
	return identity.InsertRows(w.ctx, w.tx, `INSERT INTO traits (profile_no, name, source, value, at, seq)`, 6,
		`ON CONFLICT (profile_no, name, source) DO UPDATE SET value = excluded.value, at = excluded.at, seq = excluded.seq WHERE excluded.at >= traits.at`, args)
}

func (w *writer) flushWords() error {
	words := slices.SortedFunc(maps.Keys(w.words), func(a, b wordOf) int { // in the order of the index
		return cmp.Or(strings.Compare(a.word, b.word), cmp.Compare(a.profile, b.profile))
	})
	args := make([]any, 0, 2*len(words))
	for _, k := range words {
		args = append(args, k.word, int64(k.profile))
	}
	return identity.InsertRows(w.ctx, w.tx, `INSERT INTO words (word, profile_no)`, 2, `ON CONFLICT DO NOTHING`, args)
}
