package timeline

import (
	"context"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

const (
	maxScan    = 2000 // items looked at for one page of a filtered line
	maxEpisode = 300  // items looked at beyond a page for where an episode begins or ends
	firstLook  = 16   // of them, at first
)

// Read returns a page of a line under the model m.
func Read(ctx context.Context, tx *sqldb.Tx, m *model.Model, line Line, q Query) (Page, error) {
	page, err := read(ctx, tx, m, line, q)
	return page, cx.Wrap("timeline.Read", err)
}

func read(ctx context.Context, tx *sqldb.Tx, m *model.Model, line Line, q Query) (Page, error) {
	limit, err := Limit(q.Limit)
	if err != nil {
		return Page{}, err
	}
	start, resumed, err := ParseCursor(q.Cursor)
	if err != nil {
		return Page{}, err
	}
	if !resumed {
		start = Cursor{math.MaxInt64, math.MaxInt64}
	}
	if to := int64(q.Window.To); to != 0 && to <= start[0] {
		start, resumed = Cursor{to, 0}, true // seqs begin at 1: nothing at To itself
	}
	walk := walk{ctx: ctx, tx: tx, m: m, line: line, down: true, at: start, size: limit + 1}
	var page Page
	var seen []*Item // from the newest on, filtered or not
	for scanned := 0; ; scanned++ {
		item, err := walk.next()
		if err != nil {
			return Page{}, err
		}
		if item == nil {
			break
		}
		if len(page.Items) == limit || scanned == maxScan || (q.Window.From != 0 && item.At < q.Window.From) {
			walk.chunk = append([]Item{*item}, walk.chunk...) // for where the last episode begins
			if q.Window.From == 0 || item.At >= q.Window.From {
				last := seen[len(seen)-1]
				page.Next = Cursor{int64(last.At), int64(last.Seq)}.String()
			}
			break
		}
		seen = append(seen, item)
		if q.lets(item) {
			page.Items = append(page.Items, *item)
		}
	}
	if line.episodes && len(page.Items) > 0 {
		if resumed {
			newer := walk
			newer.down, newer.at, newer.size, newer.chunk, newer.ended = false, Cursor{start[0], start[1] - 1}, firstLook, nil, false
			if seen, err = withNewer(&newer, seen); err != nil {
				return Page{}, err
			}
		}
		if err := episodes(&walk, seen, &page); err != nil {
			return Page{}, err
		}
	}
	return page, addCircumstances(ctx, tx, &page)
}

// Any tells whether any of the newest items of a line, most at most, fits.
func Any(ctx context.Context, tx *sqldb.Tx, m *model.Model, line Line, most int, fits func(*Item) bool) (bool, error) {
	w := walk{ctx: ctx, tx: tx, m: m, line: line, down: true, at: Cursor{math.MaxInt64, math.MaxInt64}, size: firstLook}
	for range most {
		item, err := w.next()
		if err != nil || item == nil {
			return false, cx.Wrap("timeline.Any", err)
		}
		if fits(item) {
			return true, nil
		}
	}
	return false, nil
}

func (q *Query) lets(i *Item) bool {
	c := &i.Class
	return (len(q.Kinds) == 0 || slices.Contains(q.Kinds, i.Kind)) &&
		(q.Stage == "" || q.Stage == c.Stage) && (q.Touchpoint == "" || q.Touchpoint == c.Touchpoint) &&
		(q.Channel == "" || q.Channel == c.Channel) && (q.Medium == "" || q.Medium == c.Medium)
}

// follows tells whether older belongs to the episode of newer, the item at a
// touchpoint next after it.
func follows(older, newer *Item) bool {
	return older.Class.Touchpoint == newer.Class.Touchpoint && newer.At.Sub(older.At) <= EpisodeGap
}

// withNewer puts before the items, newest first, those newer ones that belong
// to the episode of their newest.
func withNewer(w *walk, seen []*Item) ([]*Item, error) {
	first := slices.IndexFunc(seen, func(i *Item) bool { return i.Class.Touchpoint != "" })
	if first < 0 {
		return seen, nil
	}
	last := seen[first]
	var more []*Item
	for range maxEpisode {
		item, err := w.next()
		if err != nil {
			return nil, err
		}
		if item == nil {
			break
		}
		if item.Class.Touchpoint == "" {
			continue
		}
		if !follows(last, item) {
			break
		}
		more, last = append(more, item), item
	}
	slices.Reverse(more)
	return append(more, seen...), nil
}

// episodes finds the episodes of the page's items among what was seen, newest
// first, reading on until the oldest has its beginning.
func episodes(w *walk, seen []*Item, page *Page) error {
	of := map[cx.Seq]int{} // item → its episode
	var all []Episode
	var valences []int
	var last *Item
	add := func(i *Item) {
		if i.Class.Touchpoint == "" {
			return
		}
		if last == nil || !follows(i, last) {
			all = append(all, Episode{Touchpoint: i.Class.Touchpoint, Stage: i.Class.Stage, To: i.At})
			valences = append(valences, 0)
		}
		n := len(all) - 1
		e := &all[n]
		e.ID, e.From = i.Seq, i.At
		e.Items++
		if i.Class.HasValence {
			e.Valence += i.Class.Valence
			valences[n]++
		}
		of[i.Seq] = n
		last = i
	}
	for _, i := range seen {
		add(i)
	}
	known := len(all)
	w.size = firstLook
	for range maxEpisode {
		if last == nil {
			break
		}
		item, err := w.next()
		if err != nil {
			return err
		}
		if item == nil || last.At.Sub(item.At) > EpisodeGap {
			break
		}
		if add(item); len(all) > known {
			all = all[:known]
			break
		}
	}
	wanted := map[int]bool{}
	for i := range page.Items {
		if n, ok := of[page.Items[i].Seq]; ok {
			page.Items[i].Episode = all[n].ID
			wanted[n] = true
		}
	}
	for n := range all {
		if !wanted[n] {
			continue
		}
		if valences[n] > 0 {
			all[n].Valence /= float64(valences[n])
			all[n].HasValence = true
		}
		page.Episodes = append(page.Episodes, all[n])
	}
	return nil
}
