package duckdb

import (
	"context"
	"database/sql"
	"fmt"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Summaries make questions over long times cheap. A bucket is a stretch of time
// of 2⁴⁰ µs (12.7 days); its summaries add up its facts by what the model says
// of them, with the profiles as a bitmap, so that different customers can be
// counted over any buckets. They are of the facts up to one seq; what came later
// is counted from the facts.
//
// They are made in the background when enough came. What changes facts that are
// stored drops them all, in its own transaction.
const bucketBits = 40

// summaryDims are the dimensions that summaries keep apart.
func summaryDims() string { return "touchpoint, stage, channel, medium, area, supplier" }

const (
	// summariseEvery is how many seqs come before summaries are made again: as
	// many facts as a question may count one by one in a few tens of ms.
	summariseEvery = 400_000
	// bucketsAtOnce bounds the bitmaps that are in memory while they are made.
	bucketsAtOnce = 4
	// mostProfiles bounds a bitmap to 2 MB. Past it every question counts facts.
	mostProfiles = 16 << 20
)

// dropSummaries is part of what changes facts.
const dropSummaries = "DELETE FROM summaries; UPDATE summarised SET seq = 0;"

// summariseWhenDue makes summaries in the background when it is time.
func (s *Store) summariseWhenDue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed || s.file == nil || s.summarising || !s.file.due(s.c.summariseEvery) {
		return
	}
	s.summarising = true
	s.background.Go(func() {
		_ = s.summarise(s.lifetime) // without them questions are slow, and right
		s.mu.Lock()
		defer s.mu.Unlock()
		s.summarising = false
	})
}

// due tells whether enough came: more where there is more, so that all the
// passes over an import in no order of time stay within a few times its facts.
func (f *file) due(every cx.Seq) bool {
	return f.state.Settled() && f.state.Position-f.summarised >= max(every, f.summarised/16)
}

// summarise makes the summaries of all that is stored.
func (s *Store) summarise(ctx context.Context) error {
	done, err := s.rewrite(ctx)
	if err != nil {
		return err
	}
	defer done()
	s.mu.Lock()
	f := s.file
	if f == nil || !f.state.Settled() {
		s.mu.Unlock()
		return errClosed
	}
	after, through := f.summarised, f.state.Position
	s.mu.Unlock()
	tx, err := f.db.BeginTx(context.WithoutCancel(ctx), nil) // as in read
	if err != nil {
		return err
	}
	defer tx.Rollback() //nolint:errcheck // it is over when it is committed
	if err := f.summariseBuckets(ctx, tx, after, through); err != nil {
		return err
	}
	if err := tx.Commit(); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	f.summarised = through
	f.kept.clear()
	return nil
}

func (f *file) summariseBuckets(ctx context.Context, tx *sql.Tx, after, through cx.Seq) error {
	bits := f.bits()
	if bits > mostProfiles {
		return nil
	}
	var buckets []string
	query := fmt.Sprintf("SELECT DISTINCT ts >> %d FROM events WHERE seq > %d AND seq <= %d AND ts >= 0 ORDER BY 1", bucketBits, after, through)
	err := each(ctx, tx, query, nil, func(rows *sql.Rows) error {
		var bucket string
		err := rows.Scan(&bucket)
		buckets = append(buckets, bucket)
		return err
	})
	if err != nil {
		return err
	}
	for len(buckets) > 0 {
		n := min(len(buckets), bucketsAtOnce)
		first, last, of := buckets[0], buckets[n-1], strings.Join(buckets[:n], ",")
		buckets = buckets[n:]
		_, err := tx.ExecContext(ctx, fmt.Sprintf(`DELETE FROM summaries WHERE bucket IN (%[1]s);
			INSERT INTO summaries SELECT nextval('summary_ids'), * FROM (SELECT ts >> %[2]d AS bucket, kind = %[3]d AS answers, %[4]s, %[5]s
			FROM events f WHERE seq <= %[6]d AND ts >= %[7]s::BIGINT << %[2]d AND ts < (%[8]s::BIGINT + 1) << %[2]d AND ts >> %[2]d IN (%[1]s)
			GROUP BY ALL)`, of, bucketBits, cx.Answer, summaryDims(), summed(bits), through, first, last))
		if err != nil {
			return err
		}
	}
	_, err = tx.ExecContext(ctx, fmt.Sprintf("UPDATE summarised SET seq = %d", through))
	return err
}

// summed is what a summary says of the facts f.
func summed(bits int) string {
	return "count(*) AS n, count(f.valence) AS valued, coalesce(sum(f.valence), 0)::BIGINT AS total, " +
		"coalesce(sum(f.valence::BIGINT * f.valence), 0)::BIGINT AS squares, min(f.ts) AS earliest, max(f.ts) AS latest, " +
		fmt.Sprintf("bitstring_agg(f.profile_no, 0, %d)::BLOB AS profiles", bits-1)
}

// bits returns how many bits a bitmap of profiles needs, in whole bytes.
func (f *file) bits() int { return int(f.most.Load()/8+1) * 8 }
