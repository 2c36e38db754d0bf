package customer

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// row is one thing that happened to a customer's identities, in order: a
// profile appeared, two became one, one parted again. Lanes are drawn as a tree
// of branches, one for each customer that there was at the time.
type row struct {
	profile *remember.Profile
	merge   *remember.Merge
	undone  bool  // the merge's undoing, not its making
	lane    int   // where the row's dot is
	from    int   // merges: the lane that joins; undoings: the lane that parts
	through []int // other lanes that go by
}

// rowsOf lays the graph out, the oldest on top. Each profile opens a lane; a merge leads the lane
// of one into the other's; an undoing parts them.
func rowsOf(g remember.Graph) []row {
	type happening struct {
		row
		seq cx.Seq
	}
	var all []happening
	for i := range g.Profiles {
		seq, _ := g.Profiles[i].ID.Seq()
		all = append(all, happening{row{profile: &g.Profiles[i]}, seq})
	}
	var undone []*remember.Merge
	for i := range g.Merges {
		m := &g.Merges[i]
		all = append(all, happening{row{merge: m}, m.Seq})
		if m.UndoneAt != 0 {
			undone = append(undone, m)
		}
	}
	slices.SortStableFunc(all, func(a, b happening) int {
		switch {
		case a.seq < b.seq:
			return -1
		case a.seq > b.seq:
			return 1
		case a.merge == nil && b.merge != nil:
			return -1
		case a.merge != nil && b.merge == nil:
			return 1
		}
		return 0
	})
	slices.SortStableFunc(undone, func(a, b *remember.Merge) int { return int(min(max(a.UndoneAt-b.UndoneAt, -1), 1)) })
	for _, m := range undone {
		at := slices.IndexFunc(all, func(h happening) bool { return h.merge == m }) + 1
		for at < len(all) && happenedAt(all[at].row) <= m.UndoneAt {
			at++
		}
		all = slices.Insert(all, at, happening{row{merge: m, undone: true}, m.Seq})
	}
	rows := make([]row, len(all))
	lanes := lanes{of: map[cx.ProfileNo]int{}}
	for i, h := range all {
		rows[i] = lanes.take(h.row)
	}
	return rows
}

func happenedAt(r row) cx.Time {
	switch {
	case r.profile != nil:
		return r.profile.CreatedAt
	case r.undone:
		return r.merge.UndoneAt
	}
	return r.merge.At
}

// lanes are the branches at a time: which profile lies in which, and the merges
// that hold.
type lanes struct {
	of   map[cx.ProfileNo]int
	hold []*remember.Merge
}

func (l *lanes) take(r row) row {
	switch {
	case r.profile != nil:
		r.lane = l.free()
		l.of[r.profile.No] = r.lane
	case !r.undone:
		l.hold = append(l.hold, r.merge)
		r.lane, r.from = l.of[r.merge.Into], l.of[r.merge.From]
		for p, lane := range l.of {
			if lane == r.from {
				l.of[p] = r.lane
			}
		}
	default:
		l.hold = slices.DeleteFunc(l.hold, func(m *remember.Merge) bool { return m == r.merge })
		r.lane = l.of[r.merge.Into]
		r.from = r.lane
		if parted := l.reach(r.merge.From); !parted[r.merge.Into] {
			r.from = l.free()
			for p := range parted {
				l.of[p] = r.from
			}
		}
	}
	for _, lane := range l.of {
		if lane != r.lane && !slices.Contains(r.through, lane) && (r.merge == nil || lane != r.from) {
			r.through = append(r.through, lane)
		}
	}
	slices.Sort(r.through)
	return r
}

// free is the first lane in which nobody lies.
func (l *lanes) free() int {
	for lane := 0; ; lane++ {
		taken := false
		for _, other := range l.of {
			taken = taken || other == lane
		}
		if !taken {
			return lane
		}
	}
}

// reach returns the profiles that the merges which hold join to one.
func (l *lanes) reach(from cx.ProfileNo) map[cx.ProfileNo]bool {
	found := map[cx.ProfileNo]bool{from: true}
	for grew := true; grew; {
		grew = false
		for _, m := range l.hold {
			if found[m.Into] != found[m.From] {
				found[m.Into], found[m.From], grew = true, true, true
			}
		}
	}
	return found
}

const laneWidth = 22

// laneX is where a lane lies, in pixels.
func laneX(lane int) float64 { return laneWidth*float64(lane) + laneWidth/2 }

// widest is how many lanes the rows have.
func widest(rows []row) int {
	most := 0
	for _, r := range rows {
		most = max(most, r.lane, r.from)
		for _, lane := range r.through {
			most = max(most, lane)
		}
	}
	return most + 1
}
