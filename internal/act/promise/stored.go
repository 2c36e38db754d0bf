package promise

import (
	"database/sql"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// stored is an instance as it is kept.
type stored struct {
	promise, n                    int
	key                           string
	id                            InstanceID
	profile                       cx.ProfileNo
	state                         State
	from, by                      cx.Seq
	made, due, since, ended, next cx.Time
	context, weekday              int
}

const storedColumns = `i.promise_no, i.key, i.n, i.id, i.profile_no, i.state, i.from_seq, i.made, i.due, i.since, i.by_seq, i.ended, i.context, i.weekday, i.next_at`

// scan reads storedColumns, and more columns after them.
func (i *stored) scan(rows *sql.Rows, more ...any) error {
	state := 0
	err := rows.Scan(append([]any{&i.promise, &i.key, &i.n, &i.id, &i.profile, &state, &i.from, &i.made, &i.due, &i.since, &i.by, &i.ended, &i.context, &i.weekday, &i.next}, more...)...)
	if err == nil {
		i.state = states[state]
	}
	return err
}

func scanStored(rows *sql.Rows) (i stored, err error) {
	err = i.scan(rows)
	return i, err
}

// about returns the object of a key of the promise; zero without one.
func (d *reading) about(key string) model.ObjectRef {
	if id, ok := strings.CutPrefix(key, "o"); ok {
		return model.ObjectRef{Type: d.object.Slug, ID: id}
	}
	return model.ObjectRef{}
}
