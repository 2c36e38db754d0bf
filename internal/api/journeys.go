package api

import (
	"io"
	"net/http"
	"slices"
	"strconv"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
)

// runFilter reads of which runs an answer is to be. The names of its parameters
// begin with prefix.
func (q *request) runFilter(prefix string) journey.Filter {
	return journey.Filter{
		Window:  cx.Window{From: q.time(prefix + "from"), To: q.time(prefix + "until")},
		Segment: q.text(prefix + "segment"),
		State:   journey.State(q.oneOf(prefix+"state", "running", "completed", "abandoned", "stuck")),
		Channel: q.text(prefix + "channel"), Area: q.text(prefix + "area"), Supplier: q.text(prefix + "supplier"), Place: q.text(prefix + "place"),
		Touchpoint: q.text(prefix + "touchpoint"), Step: q.text(prefix + "step"),
		Variant: q.text(prefix + "variant"), Deviation: q.text(prefix + "deviation"),
		After: q.text(prefix + "after"), Then: q.text(prefix + "then"),
	}
}

// share reads a parameter from 0 to 1; otherwise when it is not given.
func (q *request) share(name string, otherwise float64) float64 {
	v := q.text(name)
	if v == "" {
		return otherwise
	}
	share, err := strconv.ParseFloat(v, 64)
	if err != nil || !(share >= 0 && share <= 1) {
		q.fault(name, "is a share from 0 to 1")
	}
	return share
}

// by reads how paths are told.
func (q *request) by() journey.By { return journey.By(q.oneOf("by", "event", "step", "touchpoint")) }

// rows is a list in an answer that can be had as a table.
type rows[T any] struct {
	name string
	of   func(T) any
}

// about answers a question on one journey: ask puts it when the parameters are
// sound. With format=csv it answers one of the lists as a table: the first, or
// the one that the parameter table names.
func about[T any](q *request, name string, ask func(slug string) (T, error), lists ...rows[T]) (any, error) {
	asTable, chosen := len(lists) > 0 && q.format(), 0
	if len(lists) > 1 {
		names := each(lists, func(r rows[T]) string { return r.name })
		chosen = max(0, slices.Index(names, q.oneOf("table", names...)))
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	slug := q.PathValue("slug")
	answer, err := ask(slug)
	switch {
	case err != nil:
		return nil, err
	case asTable:
		list, _ := plain(lists[chosen].of(answer)).([]any)
		return table{slug + "-" + name, list}, nil
	}
	return plain(answer), nil
}

func (s *server) listJourneys(q *request) (any, error) {
	asTable := q.format()
	if err := q.finish(); err != nil {
		return nil, err
	}
	all, err := s.Journeys.List(q.Context(), q.principal)
	if err != nil {
		return nil, err
	}
	items := plain(all).([]any)
	if asTable {
		return table{"journeys", items}, nil
	}
	return list[any]{items}, nil
}

func (s *server) showJourney(q *request) (any, error) {
	query := journey.MapQuery{Filter: q.runFilter("")}
	type told struct {
		journey.Map
		Worst *string // slug of the step
	}
	return about(q, "map", func(slug string) (told, error) {
		m, err := s.Journeys.Map(q.Context(), q.principal, slug, query)
		out := told{Map: m}
		if err == nil && m.Worst >= 0 {
			out.Worst = &m.Steps[m.Worst].Step.Slug
		}
		return out, err
	}, rows[told]{"steps", func(m told) any { return m.Steps }}, rows[told]{"unexpected", func(m told) any { return m.Unexpected }})
}

func (s *server) journeyGraph(q *request) (any, error) {
	query := journey.GraphQuery{Filter: q.runFilter(""), Coverage: q.share("coverage", 0), By: q.by()}
	type edge struct {
		From, To string // ids of stops
		journey.GraphEdge
	}
	type told struct {
		journey.Graph
		Edges []edge
	}
	return about(q, "graph", func(slug string) (told, error) {
		g, err := s.Journeys.Graph(q.Context(), q.principal, slug, query)
		return told{g, each(g.Edges, func(e journey.GraphEdge) edge { return edge{g.Nodes[e.From].ID, g.Nodes[e.To].ID, e} })}, err
	}, rows[told]{"edges", func(g told) any { return g.Edges }}, rows[told]{"nodes", func(g told) any { return g.Nodes }})
}

func (s *server) journeyVariants(q *request) (any, error) {
	query := journey.VariantsQuery{Filter: q.runFilter(""), Limit: q.limit()}
	return about(q, "variants", func(slug string) (journey.Variants, error) {
		return s.Journeys.Variants(q.Context(), q.principal, slug, query)
	}, rows[journey.Variants]{"", func(v journey.Variants) any { return v.List }})
}

func (s *server) journeyConformance(q *request) (any, error) {
	query := journey.ConformanceQuery{Filter: q.runFilter("")}
	return about(q, "conformance", func(slug string) (journey.Conformance, error) {
		return s.Journeys.Conformance(q.Context(), q.principal, slug, query)
	},
		rows[journey.Conformance]{"steps", func(c journey.Conformance) any { return c.Steps }},
		rows[journey.Conformance]{"touchpoints", func(c journey.Conformance) any { return c.Touchpoints }},
		rows[journey.Conformance]{"weeks", func(c journey.Conformance) any { return c.Weeks }})
}

func (s *server) journeyDeviations(q *request) (any, error) {
	query := journey.ConformanceQuery{Filter: q.runFilter("")}
	return about(q, "deviations", func(slug string) (items[journey.Deviation], error) {
		all, err := s.Journeys.Deviations(q.Context(), q.principal, slug, query)
		return items[journey.Deviation]{all}, err
	}, rows[items[journey.Deviation]]{"", func(d items[journey.Deviation]) any { return d.Items }})
}

// items is a list that is whole, for plain.
type items[T any] struct{ Items []T }

func (s *server) journeyFindings(q *request) (any, error) {
	query := journey.FindingsQuery{Filter: q.runFilter(""), Limit: min(q.limit(), 200)}
	return about(q, "findings", func(slug string) (items[journey.Finding], error) {
		all, err := s.Journeys.Findings(q.Context(), q.principal, slug, query)
		return items[journey.Finding]{all}, err
	}, rows[items[journey.Finding]]{"", func(f items[journey.Finding]) any { return f.Items }})
}

func (s *server) journeyFunnel(q *request) (any, error) {
	query := journey.FunnelQuery{Filter: q.runFilter(""), Steps: q.texts("steps")}
	if v := q.text("within"); v != "" {
		within, ok := model.ParseSpan(v)
		if !ok {
			q.fault("within", "is a time such as 30m, 2h, 3d, 2w")
		}
		query.Within = within
	}
	return about(q, "funnel", func(slug string) (journey.Funnel, error) {
		return s.Journeys.Funnel(q.Context(), q.principal, slug, query)
	}, rows[journey.Funnel]{"", func(f journey.Funnel) any { return f.Steps }})
}

func (s *server) journeyWaits(q *request) (any, error) {
	query := journey.WaitsQuery{Filter: q.runFilter(""), By: q.by()}
	return about(q, "waits", func(slug string) (journey.Waits, error) {
		return s.Journeys.Waits(q.Context(), q.principal, slug, query)
	}, rows[journey.Waits]{"", func(w journey.Waits) any { return w.List }})
}

func (s *server) journeyComparison(q *request) (any, error) {
	query := journey.CompareQuery{A: q.runFilter("a_"), B: q.runFilter("b_"), By: q.by()}
	return about(q, "comparison", func(slug string) (journey.Comparison, error) {
		return s.Journeys.Compare(q.Context(), q.principal, slug, query)
	}, rows[journey.Comparison]{"", func(c journey.Comparison) any { return c.Of }})
}

func (s *server) journeyHandoffs(q *request) (any, error) {
	query := journey.HandoffsQuery{Filter: q.runFilter("")}
	return about(q, "handoffs", func(slug string) (journey.Handoffs, error) {
		return s.Journeys.Handoffs(q.Context(), q.principal, slug, query)
	},
		rows[journey.Handoffs]{"areas", func(h journey.Handoffs) any { return h.Areas }},
		rows[journey.Handoffs]{"suppliers", func(h journey.Handoffs) any { return h.Suppliers }})
}

func (s *server) journeyVariation(q *request) (any, error) {
	query := journey.VariationQuery{Filter: q.runFilter("")}
	return about(q, "variation", func(slug string) (journey.Variation, error) {
		return s.Journeys.Variation(q.Context(), q.principal, slug, query)
	}, rows[journey.Variation]{"", func(v journey.Variation) any { return v.Of }})
}

func (s *server) journeyPassages(q *request) (any, error) {
	query := journey.PassagesQuery{Filter: q.runFilter("")}
	return about(q, "passages", func(slug string) (journey.Passages, error) {
		return s.Journeys.Passages(q.Context(), q.principal, slug, query)
	},
		rows[journey.Passages]{"channels", func(p journey.Passages) any { return p.Channels }},
		rows[journey.Passages]{"media", func(p journey.Passages) any { return p.Media }})
}

func (s *server) journeyAttribution(q *request) (any, error) {
	query := journey.AttributionQuery{Filter: q.runFilter(""), Outcome: journey.State(q.oneOf("outcome", "completed", "abandoned"))}
	return about(q, "attribution", func(slug string) (journey.Attribution, error) {
		return s.Journeys.Attribution(q.Context(), q.principal, slug, query)
	}, rows[journey.Attribution]{"", func(a journey.Attribution) any { return a.Touchpoints }})
}

func (s *server) journeyMoments(q *request) (any, error) {
	query := journey.MomentsQuery{Filter: q.runFilter(""), Limit: min(q.limit(), 100)}
	type told struct {
		journey.Moments
		Peak, End *string // slugs of steps
	}
	return about(q, "moments", func(slug string) (told, error) {
		m, err := s.Journeys.Moments(q.Context(), q.principal, slug, query)
		out := told{Moments: m}
		if err == nil && m.Peak >= 0 {
			out.Peak = &m.Typical[m.Peak].Step.Slug
		}
		if err == nil && m.End >= 0 {
			out.End = &m.Typical[m.End].Step.Slug
		}
		return out, err
	}, rows[told]{"wow", func(m told) any { return m.Wow }}, rows[told]{"typical", func(m told) any { return m.Typical }}, rows[told]{"where", func(m told) any { return m.Where }})
}

func (s *server) journeyRisks(q *request) (any, error) {
	query := journey.RisksQuery{Filter: q.runFilter(""), Limit: q.limit()}
	return about(q, "risks", func(slug string) (journey.Risks, error) {
		return s.Journeys.Risks(q.Context(), q.principal, slug, query)
	}, rows[journey.Risks]{"", func(r journey.Risks) any { return r.Runs }})
}

func (s *server) journeyModel(q *request) (any, error) {
	query := journey.ModelQuery{Filter: q.runFilter(""), Noise: q.share("noise", .2)}
	return about(q, "model", func(slug string) (members, error) {
		m, err := s.Journeys.Model(q.Context(), q.principal, slug, query)
		if err != nil {
			return nil, err
		}
		return plain(m).(members).without("tree"), nil // its notation says it
	})
}

func (s *server) journeyAlignments(q *request) (any, error) {
	query := journey.AlignmentsQuery{Filter: q.runFilter(""), Limit: q.limit()}
	return about(q, "alignments", func(slug string) (items[journey.VariantAlignment], error) {
		all, err := s.Journeys.Alignments(q.Context(), q.principal, slug, query)
		return items[journey.VariantAlignment]{all}, err
	}, rows[items[journey.VariantAlignment]]{"", func(a items[journey.VariantAlignment]) any { return a.Items }})
}

func (s *server) learnedScript(q *request) (any, error) {
	query := journey.LearnQuery{Filter: q.runFilter(""), Coverage: q.share("coverage", .8)}
	return about(q, "script", func(slug string) (members, error) {
		l, err := s.Journeys.Learn(q.Context(), q.principal, slug, query)
		return members{{"yaml", l.YAML}, {"runs", plain(l.Runs)}, {"ways", l.Ways}}, err
	})
}

func (s *server) exportJourney(q *request) (any, error) {
	query := journey.ExportQuery{Filter: q.runFilter("")}
	format := q.oneOf("format", "xes", "ocel")
	if format == "" {
		q.fault("format", "is missing: xes or ocel")
	}
	if err := q.finish(); err != nil {
		return nil, err
	}
	slug := q.PathValue("slug")
	runs, err := s.Journeys.Export(q.Context(), q.principal, slug, query)
	if err != nil {
		return nil, err
	}
	s.record(q, "exported", "journey:"+slug)
	out := download{slug + ".xes", "application/xml", runs.XES, s}
	if format == "ocel" {
		out = download{slug + ".json", "application/json", runs.OCEL, s}
	}
	return out, nil
}

// download is a file that is written as it goes.
type download struct {
	name, kind string
	to         func(io.Writer) error
	*server
}

func (d download) write(w http.ResponseWriter) int {
	w.Header().Set("Content-Type", d.kind)
	w.Header().Set("Content-Disposition", `attachment; filename="`+d.name+`"`)
	if err := d.to(w); err != nil { // its end is missing, so that no reader takes it for whole
		d.Logger.Error("a file was not written to its end", "error", err)
	}
	return http.StatusOK
}
