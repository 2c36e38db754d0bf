package reading

import (
	"slices"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// choice is one field of the filters with what it offers.
type choice struct {
	ui.Field
	options []ui.Option
}

// offered tells whether the filters offer the field; the others are chosen by a
// link.
func offered(name string) bool {
	return slices.Contains([]string{"segment", "state", "channel", "area", "supplier", "place"}, name)
}

// choices are the fields of the filters that have something to choose from.
func (r Reader) choices(a Question) (out []choice) {
	add := func(name, value string, options []ui.Option) {
		if len(options) < 2 && value == "" {
			return
		}
		options = append([]ui.Option{{Text: r.L.T("journeys.all." + name)}}, options...)
		out = append(out, choice{ui.Field{Name: name, Label: r.L.T("journeys.by." + name), Value: value}, options})
	}
	var states, segments, channels, areas, suppliers, places []ui.Option
	for _, s := range States() {
		states = append(states, ui.Option{Value: string(s), Text: r.State(s)})
	}
	for _, s := range r.Model.Segments {
		segments = append(segments, ui.Option{Value: s.Slug, Text: r.Say(s.Name)})
	}
	for _, t := range r.Model.Touchpoints {
		if o := (ui.Option{Value: t.Channel, Text: r.Channel(t.Channel)}); t.Channel != "" && !slices.Contains(channels, o) {
			channels = append(channels, o)
		}
	}
	for _, s := range r.Areas {
		areas = append(areas, ui.Option{Value: s.Slug, Text: r.Say(s.Name)})
	}
	for _, s := range r.Model.Suppliers {
		suppliers = append(suppliers, ui.Option{Value: s.Slug, Text: r.Supplier(s.Slug)})
	}
	for _, s := range r.Model.Places {
		places = append(places, ui.Option{Value: s.Slug, Text: r.Place(s.Slug)})
	}
	add("segment", a.Segment, segments)
	add("state", string(a.State), states)
	add("channel", a.Channel, channels)
	add("area", a.Filter.Area, areas)
	add("supplier", a.Supplier, suppliers)
	add("place", a.Place, places)
	return out
}

func (r Reader) periodOptions() (options []ui.Option) {
	for _, n := range periods() {
		options = append(options, ui.Option{Value: strconv.Itoa(n), Text: r.Period(n)})
	}
	return options
}

// Chosen says what one field of the filter lets through.
func (r Reader) Chosen(a Question, name, value string) string {
	switch name {
	case "customer":
		return r.L.T("journeys.run.somebody")
	case "segment":
		return r.Segment(value)
	case "state":
		return r.State(journey.State(value))
	case "channel":
		return r.Channel(value)
	case "area":
		return r.Area(value)
	case "supplier":
		return r.Supplier(value)
	case "place":
		return r.Place(value)
	case "touchpoint":
		return r.Touchpoint(value)
	case "step":
		return r.StepOf(a.Journey, value)
	case "deviation":
		return r.Deviation(a.Journey, value)
	case "after":
		return r.L.T("journeys.chosen.after", "what", r.Stop(a.Journey, value))
	case "then":
		return r.L.T("journeys.chosen.then", "what", r.Stop(a.Journey, value))
	}
	return r.L.T("journeys.chosen.variant")
}

// Only says what the runs are narrowed to, besides the period; "" when nothing.
func (r Reader) Only(a Question) string {
	var parts []string
	for _, c := range a.chosen() {
		parts = append(parts, r.Chosen(a, c[0], c[1]))
	}
	return strings.Join(parts, ", ")
}

// Stop names what a path goes through by its id: a step's slug, a touchpoint's,
// or event@touchpoint.
func (r Reader) Stop(j model.Journey, id string) string {
	if event, _, found := strings.Cut(id, "@"); found {
		return r.Happened(event)
	}
	for _, s := range j.Steps() {
		if s.Slug == id {
			return r.Step(s)
		}
	}
	return r.Touchpoint(id)
}

// Groups are the groups of runs that the filters can choose, each as "field:value"
// with its name: "Proveedor: Azahar".
func (r Reader) Groups(a Question) (out []ui.Option) {
	for _, c := range r.choices(a) {
		for _, o := range c.options[1:] {
			out = append(out, ui.Option{Value: c.Name + ":" + o.Value, Text: c.Label + ": " + o.Text})
		}
	}
	return out
}

// Group is the filter of the question with the runs narrowed to one of Groups;
// false for what is none of them.
func (r Reader) Group(a Question, group string) (journey.Filter, bool) {
	name, value, _ := strings.Cut(group, ":")
	known := slices.ContainsFunc(r.Groups(a), func(o ui.Option) bool { return o.Value == group })
	for _, f := range a.fields() {
		if known && f.name == name {
			*f.at = value
		}
	}
	return a.Filter, known
}
