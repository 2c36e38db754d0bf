package sqldb

import (
	"context"
	"database/sql"
)

// Tx is a transaction, given to the function of a Write or a Read and valid
// only within it. It serves one goroutine.
//
// Statements are prepared once a connection and kept by their text: give
// values as arguments, and keep the number of distinct texts small.
type Tx struct {
	tx        *sql.Tx
	dialect   Dialect
	driverCtx context.Context // what the driver sees instead of the caller's context; nil: the caller's
}

// Dialect tells which engine answers, for the few texts that differ.
func (tx *Tx) Dialect() Dialect { return tx.dialect }

// Exec runs a statement that gives no rows.
func (tx *Tx) Exec(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx, err := tx.context(ctx)
	if err != nil {
		return nil, err
	}
	return tx.tx.ExecContext(ctx, query, args...)
}

// Query runs a statement that gives rows, to be closed by the caller (Collect
// does). The rows of one query may stay open while another runs on SQLite;
// PostgreSQL wants them read first.
func (tx *Tx) Query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx, err := tx.context(ctx)
	if err != nil {
		return nil, err
	}
	return tx.tx.QueryContext(ctx, query, args...)
}

// QueryRow runs a statement that gives at most one row; its Scan returns
// sql.ErrNoRows when there is none.
func (tx *Tx) QueryRow(ctx context.Context, query string, args ...any) *sql.Row {
	if tx.driverCtx != nil && ctx.Err() == nil {
		ctx = tx.driverCtx
	}
	return tx.tx.QueryRowContext(ctx, query, args...)
}

func (tx *Tx) context(ctx context.Context) (context.Context, error) {
	if tx.driverCtx == nil {
		return ctx, nil
	}
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return tx.driverCtx, nil
}

// Collect reads all rows with scan, in their order, and closes them.
func Collect[T any](rows *sql.Rows, scan func(*sql.Rows) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// Scan is a scan for Collect: rows of one column.
func Scan[T any](rows *sql.Rows) (v T, err error) {
	err = rows.Scan(&v)
	return v, err
}
