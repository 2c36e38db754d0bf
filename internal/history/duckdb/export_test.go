package duckdb

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// SummariseEvery sets how many seqs come before summaries are made again.
func (c Config) SummariseEvery(seqs cx.Seq) Config {
	c.summariseEvery = seqs
	return c
}

// Summarise makes the summaries now.
func (s *Store) Summarise(ctx context.Context) error { return s.summarise(ctx) }
