package api

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// metric reads which score is meant.
func (q *request) metric(words ...string) outcome.Metric {
	m := q.oneOf("metric", words...)
	if m == "" {
		q.fault("metric", "is missing: it is one of nps, csat, ces, mean or nev")
	}
	return outcome.Metric(m)
}

// dimensions reads a parameter that may be given several times; nil when it is not.
func (q *request) dimensions(name string) (all []history.Dimension) {
	for _, v := range q.texts(name) {
		all = append(all, q.dimension(name, v))
	}
	return all
}

func (s *server) changedScores(q *request) (any, error) {
	query := outcome.ChangedQuery{
		Metric: q.metric("nps", "csat", "ces", "mean", "nev"), Survey: q.text("survey"), By: q.dimensions("by"), Where: q.conditions(),
		Now: q.window(), Before: cx.Window{From: q.time("before_from"), To: q.time("before_until")},
	}
	slug := q.text("segment")
	return reasoned(q, "scores-changed", func() (c outcome.Changed, err error) {
		if query.Customers, err = s.ofSegment(q, slug); err != nil {
			return c, err
		}
		return s.Outcomes.WhatChanged(q.Context(), q.principal, query)
	}, func(c outcome.Changed) any { return c.Groups })
}

func (s *server) scoresSince(q *request) (any, error) {
	query := outcome.Query{Metric: q.metric("nps", "csat", "ces", "mean", "nev"), Survey: q.text("survey"), Window: q.window(), Where: q.conditions()}
	slug := q.text("segment")
	return reasoned(q, "scores-since", func() (_ list[any], err error) {
		if query.Customers, err = s.ofSegment(q, slug); err != nil {
			return list[any]{}, err
		}
		breaks, err := s.Outcomes.Since(q.Context(), q.principal, query)
		return listOf(breaks, func(b outcome.Break) any { return plain(b) }), err
	}, func(l list[any]) any { return l.Items })
}

// memoryQuery reads whose memory is asked for.
func (q *request) memoryQuery() outcome.MemoryQuery {
	return outcome.MemoryQuery{Survey: q.text("survey"), Until: q.time("until")}
}

// memoryOf shapes a memory: what was not fitted is null.
func memoryOf(m outcome.Memory) members {
	fit := func(f outcome.Fit) any {
		if f.N == 0 {
			return nil
		}
		return plain(f)
	}
	return plain(m).(members).
		set("base", figure(m.Base, m.Fitted)).set("slope", figure(m.Slope, m.Fitted)).set("fit", fit(m.Fit)).set("mean_only", fit(m.MeanOnly))
}

func (s *server) scoresMemory(q *request) (any, error) {
	query := q.memoryQuery()
	if err := q.finish(); err != nil {
		return nil, err
	}
	m, err := s.Outcomes.Memory(q.Context(), q.principal, query)
	if err != nil {
		return nil, err
	}
	return memoryOf(m), nil
}

// silentScores tells what is inferred of who did not answer, and calls it so.
func (s *server) silentScores(q *request) (any, error) {
	query := q.memoryQuery()
	return reasoned(q, "scores-silent", func() (members, error) {
		i, err := s.Outcomes.Silent(q.Context(), q.principal, query)
		return members{{"inferred", plain(i.Silent)}, {"answered", plain(i.Answered)}, {"bands", plain(i.Bands)}, {"memory", memoryOf(i.Memory)}}, err
	}, func(m members) any { return m[2].value })
}

func (s *server) representedScores(q *request) (any, error) {
	query := outcome.RepresentedQuery{Metric: q.metric("nps", "csat", "ces", "mean"), Survey: q.text("survey"), Window: q.window()}
	return reasoned(q, "scores-represented", func() (outcome.Represented, error) {
		parts, err := s.Segments.Partition(q.Context(), q.principal)
		if err != nil {
			return outcome.Represented{}, err
		}
		for _, part := range parts {
			query.Groups = append(query.Groups, outcome.Population{Key: part.Slug, Customers: part.Customers})
		}
		return s.Outcomes.Represented(q.Context(), q.principal, query)
	}, func(r outcome.Represented) any { return r.Groups })
}
