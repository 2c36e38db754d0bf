package identity

import (
	"context"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// InsertRows runs an INSERT of many rows as few statements: head is its text up
// to VALUES, tail what follows the rows, args the values row by row. Statements
// have 64, 8 or 1 rows, so that few texts are prepared. On SQLite parameters go
// without a number: its driver looks each number up in a list of all.
func InsertRows(ctx context.Context, tx *sqldb.Tx, head string, columns int, tail string, args []any) error {
	for _, rows := range [...]int{64, 8, 1} {
		n := rows * columns
		if len(args) < n {
			continue
		}
		text := head + values(rows, columns, tx.Dialect()) + tail
		for ; len(args) >= n; args = args[n:] {
			if _, err := tx.Exec(ctx, text, args[:n]...); err != nil {
				return err
			}
		}
	}
	return nil
}

func values(rows, columns int, dialect sqldb.Dialect) string {
	var b strings.Builder
	for i := range rows * columns {
		switch {
		case i == 0:
			b.WriteString(" VALUES (")
		case i%columns == 0:
			b.WriteString("),(")
		default:
			b.WriteByte(',')
		}
		if dialect == sqldb.SQLite {
			b.WriteByte('?')
		} else {
			b.WriteString("$" + strconv.Itoa(i+1))
		}
	}
	b.WriteString(") ")
	return b.String()
}

// Placeholders returns "$first,$first+1,…", n of them.
func Placeholders(first, n int) string {
	var b strings.Builder
	for i := range n {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString("$" + strconv.Itoa(first+i))
	}
	return b.String()
}
