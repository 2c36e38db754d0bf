package identity

import (
	"bytes"
	"cmp"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Fact is what identity sees of an event.
type Fact struct {
	Seq            cx.Seq
	Kind           cx.Kind
	Source         string
	At, ReceivedAt cx.Time
	UserID         string
	AnonymousID    string
	PreviousID     string     // alias only
	Evidence       []Evidence // of Rules.Evidence
}

// FactOf returns the fact of an event. Its strings are the event's.
func (rs Rules) FactOf(e *cx.Event) Fact {
	f := Fact{
		Seq: e.Seq, Kind: e.Kind, Source: e.Source, At: e.At, ReceivedAt: e.ReceivedAt,
		UserID: Normalize(UserID, e.UserID), AnonymousID: Normalize(AnonymousID, e.AnonymousID),
		Evidence: rs.Evidence(e),
	}
	if e.Kind == cx.Alias {
		f.PreviousID = Normalize(UserID, e.PreviousID)
	}
	return f
}

// Outcome is what an event or a decision did.
type Outcome struct {
	Profile  cx.ProfileNo // the event's
	Created  bool         // it is new, and a customer of its own
	Attached []Identifier // that are new
	Merged   []Merged     // in order
	Parted   Parted       // by an undo
	Gone     Gone         // let go
}

// Merged tells that From is part of Into now.
type Merged struct{ Into, From cx.CustomerNo }

// Parted tells that New left Customer. Zero when nothing parted.
type Parted struct{ Customer, New cx.CustomerNo }

// Identify decides whose the event is, by these rules, in this order:
//
//  1. A userId that is known says whose it is.
//  2. An unknown userId becomes the name of the anonymous profile that the
//     event comes from, unless that has one: then it is somebody new.
//  3. Without a userId, the anonymousId says whose it is; when unknown, it is
//     somebody new.
//  4. An anonymousId belongs to the first userId that comes with it: from then
//     on what its profile lived is that customer's. A second userId takes
//     nothing of it.
//  5. An alias joins the previous id, whatever it was.
//  6. E-mail, phone and declared identifiers join the event's customer and the
//     one that showed them first, unless both are identified and the rule does
//     not say that it merges: that is suggested to people.
//
// No rule joins two whom people keep apart; it suggests. An event makes at most
// one profile.
func (w *Writer) Identify(f Fact) (Outcome, error) {
	o, err := w.identify(&f)
	return o, cx.Wrap("identity.Identify", err)
}

func (w *Writer) identify(f *Fact) (o Outcome, err error) {
	user, err := w.owner(UserID, f.UserID)
	if err != nil {
		return o, err
	}
	anonymous, err := w.owner(AnonymousID, f.AnonymousID)
	if err != nil {
		return o, err
	}
	previous, err := w.previous(f.PreviousID)
	if err != nil {
		return o, err
	}
	switch {
	case user != 0:
		o.Profile = user
	case f.UserID == "":
		o.Profile = anonymous
	default:
		for _, p := range [...]cx.ProfileNo{anonymous, previous} {
			free, err := w.isFree(p)
			if err != nil {
				return o, err
			}
			if free {
				o.Profile = p
				break
			}
		}
	}
	if o.Profile == 0 {
		w.create(f, &o)
	}
	if user == 0 && f.UserID != "" {
		if err := w.name(o.Profile); err != nil {
			return o, err
		}
		w.attach(f, &o, UserID, f.UserID)
	}
	if err := w.device(f, &o, anonymous); err != nil {
		return o, err
	}
	if f.PreviousID != "" {
		if previous, err = w.previous(f.PreviousID); err != nil { // it may be the device just seen
			return o, err
		}
		if previous == 0 {
			w.attach(f, &o, AnonymousID, f.PreviousID)
		} else {
			err = w.link(f, &o, previous, edge{evidence: "alias", value: f.PreviousID, merges: true, place: placeAlias})
		}
		if err != nil {
			return o, err
		}
	}
	for _, e := range f.Evidence {
		owner, err := w.owner(e.Kind, e.Value)
		if err != nil {
			return o, err
		}
		if owner == 0 {
			w.attach(f, &o, e.Kind, e.Value)
		} else {
			err = w.link(f, &o, owner, edge{evidence: e.Kind, value: e.Value, merges: e.Merges, place: e.place})
		}
		if err != nil {
			return o, err
		}
	}
	return o, nil
}

// previous returns the profile of an alias's previousId, which may be a userId
// or an anonymousId.
func (w *Writer) previous(id string) (cx.ProfileNo, error) {
	p, err := w.owner(UserID, id)
	if p != 0 || err != nil {
		return p, err
	}
	return w.owner(AnonymousID, id)
}

// isFree tells whether p is a profile whose customer has no userId yet.
func (w *Writer) isFree(p cx.ProfileNo) (bool, error) {
	if p == 0 {
		return false, nil
	}
	c, err := w.Customer(p)
	if err != nil {
		return false, err
	}
	identified, err := w.Identified(c)
	return !identified, err
}

// device gives the event's anonymousId to its profile, or its owner's past to
// the customer who turned out to be behind it.
func (w *Writer) device(f *Fact, o *Outcome, owner cx.ProfileNo) error {
	if f.AnonymousID == "" {
		return nil
	}
	if owner == 0 {
		w.attach(f, o, AnonymousID, f.AnonymousID)
		return nil
	}
	free, err := w.isFree(owner)
	if err != nil || !free || f.UserID == "" {
		return err
	}
	return w.link(f, o, owner, edge{evidence: AnonymousID, value: f.AnonymousID, place: placeAnonymousID})
}

func (w *Writer) create(f *Fact, o *Outcome) {
	w.profiles++
	o.Profile, o.Created = w.profiles, true
	w.customers[o.Profile], w.identified[o.Profile] = o.Profile, false
	w.newProfiles = append(w.newProfiles, newProfile{o.Profile, f.Seq, f.ReceivedAt, false})
}

// name marks that a profile has a userId now.
func (w *Writer) name(p cx.ProfileNo) error {
	c, err := w.Customer(p)
	if err != nil {
		return err
	}
	w.identified[c] = true
	if n := len(w.newProfiles) - 1; n >= 0 && w.newProfiles[n].no == p {
		w.newProfiles[n].identified = true
		return nil
	}
	if err := w.FlushProfiles(); err != nil {
		return err
	}
	_, err = w.tx.Exec(w.ctx, `UPDATE profiles SET identified = 1 WHERE profile_no = $1`, p)
	return err
}

func (w *Writer) attach(f *Fact, o *Outcome, kind, value string) {
	k := KeyOf(w.s.salt, kind, value)
	w.owners[k] = o.Profile
	i := Identifier{kind, plain(value), f.Source, f.Seq, f.At, o.Profile}
	o.Attached = append(o.Attached, i)
	w.attached = append(w.attached, attached{k, i})
}

// FlushProfiles writes the profiles made since the last time. Whatever asks the
// database for profiles within the transaction calls it first.
func (w *Writer) FlushProfiles() error {
	args := make([]any, 0, 6*len(w.newProfiles))
	for _, p := range w.newProfiles {
		args = append(args, int64(p.no), int64(p.no), int64(p.createdSeq), int64(p.createdAt), bit(p.identified), int64(0))
	}
	w.newProfiles = w.newProfiles[:0]
	return InsertRows(w.ctx, w.tx, `INSERT INTO profiles (profile_no, customer_no, created_seq, created_at, identified, changed_seq)`, 6, "", args)
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

// Flush writes what is pending.
func (w *Writer) Flush() error {
	const op = "identity.Flush"
	if err := w.FlushProfiles(); err != nil {
		return cx.Wrap(op, err)
	}
	slices.SortFunc(w.attached, func(a, b attached) int { // in the order of the table
		return cmp.Or(cmp.Compare(a.Profile, b.Profile), bytes.Compare(a.key[:], b.key[:]))
	})
	args := make([]any, 0, 7*len(w.attached))
	for n := range w.attached {
		i := &w.attached[n]
		args = append(args, int64(i.Profile), i.key[:], i.Kind, i.Value, i.Source, int64(i.Seq), int64(i.At))
	}
	w.attached = w.attached[:0]
	return cx.Wrap(op, InsertRows(w.ctx, w.tx, `INSERT INTO identifiers (profile_no, id, kind, value, source, seq, at)`, 7, "", args))
}
