package forget

import (
	"context"
	"encoding/json"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// ForgottenEvent names the decision in the log that a customer is forgotten.
const ForgottenEvent = "vivencia.customer.forgotten"

// settle carries out every intent, oldest first.
func (s *Service) settle(ctx context.Context) error {
	s.working.Lock()
	defer s.working.Unlock()
	pending, err := s.receipts(ctx, `WHERE done_at = 0 ORDER BY id`)
	if err != nil {
		return cx.Wrap("forget.settle", err)
	}
	for i := range pending {
		if err := s.carryOut(ctx, &pending[i]); err != nil {
			return cx.Wrap("forget.settle", err)
		}
	}
	return nil
}

// carryOut erases what an intent is about, from the start, and seals it.
func (s *Service) carryOut(ctx context.Context, r *Receipt) error {
	if r.Customer == "" {
		if err := s.expireStretch(ctx, r); err != nil {
			return err
		}
		return s.finishExpired(ctx, r)
	}
	var done []cx.ProfileNo
	for _, id := range r.IDs {
		if err := s.step("let go"); err != nil {
			return err
		}
		err := s.c.Memory.LetGo(ctx, cx.System(), id)
		if cx.KindOf(err) == cx.NotFound { // in a restored log they may not be there yet
			continue
		}
		if err != nil {
			return err
		}
		subject, err := s.c.Memory.Subject(ctx, cx.System(), id)
		if err != nil {
			return err
		}
		if len(subject.Profiles) > 0 && slices.Contains(done, subject.Profiles[0]) {
			continue // another id of the same customer
		}
		if err := s.erase(ctx, r, subject); err != nil {
			return err
		}
		done = append(done, subject.Profiles...)
	}
	if err := s.step("decision"); err != nil {
		return err
	}
	e, err := decision(r)
	if err != nil {
		return err
	}
	if _, err := s.c.Log.Append(ctx, []cx.Event{e}); err != nil {
		return err
	}
	if err := s.step("seal"); err != nil {
		return err
	}
	return s.finish(ctx, r)
}

// erase removes a subject from the log and from every holder.
func (s *Service) erase(ctx context.Context, r *Receipt, subject cx.Subject) error {
	behind, err := s.c.Quarantine.Behind(ctx, subject)
	if err != nil {
		return err
	}
	redaction, err := s.c.Memory.Redaction(ctx, subject)
	if err != nil {
		return err
	}
	// What memory itself could not apply is nobody's there, and theirs anyway.
	behind = slices.DeleteFunc(behind, func(seq cx.Seq) bool {
		_, known := slices.BinarySearch(redaction.Seqs, seq)
		return known
	})
	seqs := slices.Sorted(slices.Values(slices.Concat(redaction.Seqs, behind)))
	if err := s.step("log"); err != nil {
		return err
	}
	n, err := s.c.Log.Redact(ctx, seqs, func(e cx.Event) cx.Event {
		if _, poison := slices.BinarySearch(behind, e.Seq); poison {
			return remember.Blank(e)
		}
		return redaction.With(e)
	})
	if err != nil {
		return err
	}
	if err := s.count(ctx, r, "log", n); err != nil {
		return err
	}
	for _, h := range s.holders() {
		if err := s.step(h.Name); err != nil {
			return err
		}
		n, err := h.Erase(ctx, subject)
		if err != nil {
			return cx.Wrap("forget.erase "+h.Name, err)
		}
		if err := s.count(ctx, r, h.Name, n); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) step(name string) error {
	if before := s.before.Load(); before != nil {
		return (*before)(name)
	}
	return nil
}

// decision is what the log says of a forgetting. A crash may append it twice,
// with one messageId.
func decision(r *Receipt) (cx.Event, error) {
	properties, err := json.Marshal(struct {
		Customer cx.CustomerID  `json:"customer"`
		Receipt  int64          `json:"receipt"`
		Counts   map[string]int `json:"counts"`
		By       string         `json:"by"`
	}{r.Customer, r.ID, r.Counts, r.AskedBy})
	if err != nil {
		return cx.Event{}, err
	}
	id := "forgotten:" + strconv.FormatInt(r.ID, 10) + ":" + string(r.Customer)
	return cx.NewDecision(ForgottenEvent, id, cx.TimeOf(r.AskedAt), properties), nil
}

// Replay forgets again, in a directory restored from a backup, whomever the
// ledger says was forgotten; what expired expires again by itself. It waits
// until the log is remembered, returns how many receipts were carried out, and
// can be called again. The error is Invalid when a receipt was tampered with.
func (s *Service) Replay(ctx context.Context, ledger []Receipt) (n int, err error) {
	const op = "forget.Replay"
	for _, r := range ledger {
		if r.SHA256 != r.Sum() {
			return 0, cx.Errorf(cx.Invalid, op, "receipt %d of the ledger was changed after it had been written: take the ledger of another copy", r.ID)
		}
	}
	if err := s.c.Memory.WaitFor(ctx, s.c.Log.LastSeq()); err != nil {
		return 0, cx.Wrap(op, err)
	}
	for _, r := range ledger {
		if r.Customer == "" {
			continue
		}
		if err := s.c.DB.Write(ctx, func(tx *sqldb.Tx) error { return s.again(ctx, tx, r) }); err != nil {
			return 0, cx.Wrap(op, err)
		}
		n++
	}
	return n, cx.Wrap(op, s.settle(ctx))
}

// again makes an intent of a receipt that was carried out before.
func (s *Service) again(ctx context.Context, tx *sqldb.Tx, r Receipt) error {
	same, err := readReceipts(ctx, tx, `WHERE id = (SELECT receipt FROM forget_ids WHERE customer = $1)`, string(r.Customer))
	if err == nil && len(same) > 0 {
		_, err = tx.Exec(ctx, `UPDATE forget_receipts SET done_at = 0 WHERE id = $1`, same[0].ID)
		return err
	}
	if err == nil {
		same, err = readReceipts(ctx, tx, `WHERE id = $1`, r.ID)
	}
	if err != nil {
		return err
	}
	if len(same) > 0 { // the restored instance gave the number to another since
		r.ID, r.SHA256 = 0, ""
	}
	return s.begin(ctx, tx, &r)
}
