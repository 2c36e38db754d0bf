package journey

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/understand/journey/eventlog"
)

// said is an answer of which the words may be told.
type said struct {
	seq     cx.Seq
	run     uint32
	context uint32
	at      cx.Time
	felt    float64 // mean of what was scored in it
	scored  int

	// Of those that are told, so that they can be told without the runs:
	who   cx.CustomerNo // 0: nobody's
	key   string        // the run's id
	where eventlog.Context
}

// whole adds what it takes to tell it.
func (v said) whole(x *lived) said {
	v.who, v.key, v.where = x.customer(int(v.run)), x.caseID(int(v.run)), x.log.Contexts[v.context]
	return v
}

// voices returns the answers about the runs, the newest first; the items of one
// answer are one.
func (x *lived) voices() []said {
	var out []said
	for _, a := range x.log.Answers {
		if a.Seq == 0 {
			continue
		}
		if n := len(out); n == 0 || out[n-1].seq != cx.Seq(a.Seq) {
			out = append(out, said{seq: cx.Seq(a.Seq), run: a.Case, context: a.Context, at: cx.Time(a.At)})
		}
		if s := &out[len(out)-1]; a.Metric != 0 {
			s.felt = (s.felt*float64(s.scored) + float64(a.Felt)/1000) / float64(s.scored+1)
			s.scored++
		}
	}
	slices.SortFunc(out, func(a, b said) int { return cmp.Or(cmp.Compare(b.at, a.at), cmp.Compare(b.seq, a.seq)) })
	return out
}

// quotes reads what was written in answers. Who may not see what customers live,
// or not these customers, gets none.
func (s *Service) quotes(ctx context.Context, p cx.Principal, of []said) (map[cx.Seq]Quote, error) {
	sees := account.Check(p, account.ViewEvents) == nil
	if len(of) == 0 || !sees {
		return nil, nil
	}
	seqs := make([]cx.Seq, len(of))
	for i := range of {
		seqs[i] = of[i].seq
	}
	slices.Sort(seqs)
	items, err := s.c.Memory.EventsBySeq(ctx, p, slices.Compact(seqs))
	if err != nil {
		return nil, err
	}
	texts := map[cx.Seq]remember.Item{}
	for _, i := range items {
		texts[i.Seq] = i
	}
	out := map[cx.Seq]Quote{}
	for _, v := range of {
		item, ok := texts[v.seq]
		if !ok || item.Answer == nil {
			continue
		}
		q := Quote{Seq: v.seq, Case: v.key, At: v.at, Felt: v.felt, HasFelt: v.scored > 0, Place: v.where.Place, Area: v.where.Area, who: v.who}
		for _, i := range item.Answer.Items {
			if q.Text = i.Text; q.Text != "" {
				out[v.seq] = q
				break
			}
		}
	}
	return out, nil
}

// sign says whose the quotes are, for who may see customers.
func (s *Service) sign(ctx context.Context, p cx.Principal, quotes []*Quote) error {
	sees := account.Check(p, account.ViewCustomers) == nil
	if len(quotes) == 0 || !sees {
		return nil
	}
	var nos []cx.CustomerNo
	for _, q := range quotes {
		nos = append(nos, q.who)
	}
	slices.Sort(nos)
	customers, err := s.c.Memory.CustomersByNo(ctx, p, slices.Compact(nos))
	if err != nil {
		return err
	}
	ids := map[cx.CustomerNo]cx.CustomerID{}
	for _, c := range customers {
		ids[c.No] = c.ID
	}
	for _, q := range quotes {
		q.Customer = ids[q.who]
	}
	return nil
}

// saysMore tells whether a text says something beyond "ok": it has four words.
func saysMore(text string) bool { return len(strings.Fields(text)) >= 4 }

// caseID is how a run is named outside.
func (x *lived) caseID(c int) string {
	if x.log.Key == nil {
		return fmt.Sprintf("%016x", c)
	}
	return fmt.Sprintf("%016x", x.log.Key[c])
}
