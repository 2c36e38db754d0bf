package api

import (
	"bytes"
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome/retention"
)

// members is a JSON object whose members keep their order.
type members []member

type member struct {
	name  string
	value any
}

// MarshalJSON implements json.Marshaler.
func (m members) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, one := range m {
		b.WriteByte("{,"[min(i, 1)])
		if err := enc.Encode(one.name); err != nil {
			return nil, err
		}
		b.WriteByte(':')
		if err := enc.Encode(one.value); err != nil {
			return nil, err
		}
	}
	if len(m) == 0 {
		b.WriteByte('{')
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// set gives a member another value, in its place.
func (m members) set(name string, value any) members {
	m[slices.IndexFunc(m, func(one member) bool { return one.name == name })].value = value
	return m
}

// get returns the value of a member.
func (m members) get(name string) any {
	return m[slices.IndexFunc(m, func(one member) bool { return one.name == name })].value
}

// without returns the members but one.
func (m members) without(name string) members {
	return slices.DeleteFunc(m, func(one member) bool { return one.name == name })
}

// plain shapes an answer of the journeys' service by rule, so that each of its
// figures is told, and told alike everywhere (ADR 52):
//
//   - members are in the order of the fields, their names in snake_case; what is
//     embedded stands among them, unless a field of its own has the name; HasX
//     decides whether X is null;
//   - durations are seconds, NAME_s; times RFC 3339; what is not known is null:
//     no text, no time, a figure of nobody or of what was not tested; lists are
//     never null;
//   - an Estimate is value, low, high, n; a Share k, n, value, low, high; a
//     journey and a customer are what lists tell of them.
//
// Structs that say their names in tags are taken as they are.
func plain(v any) any { return plainOf(reflect.ValueOf(v)) }

func plainOf(v reflect.Value) any {
	if !v.IsValid() {
		return nil
	}
	if own, ok := special(v.Interface()); ok {
		return own
	}
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if v.IsNil() {
			return nil
		}
		return plainOf(v.Elem())
	case reflect.Slice, reflect.Array:
		out := make([]any, v.Len())
		for i := range out {
			out[i] = plainOf(v.Index(i))
		}
		return out
	case reflect.Struct:
		if v.NumField() > 0 && v.Type().Field(v.NumField()-1).Tag.Get("json") != "" {
			return v.Interface()
		}
		return structOf(v)
	case reflect.String:
		return word(v.String())
	case reflect.Float32, reflect.Float64:
		return figure(v.Float(), true)
	}
	return v.Interface()
}

// structOf shapes a struct without tags.
func structOf(v reflect.Value) members {
	var out members
	own, hidden := map[string]bool{}, map[string]bool{} // names; fields that HasX says are not there
	for i := range v.NumField() {
		f := v.Type().Field(i)
		own[snake(f.Name)] = !f.Anonymous
		of, has := strings.CutPrefix(f.Name, "Has")
		if _, is := v.Type().FieldByName(of); has && is && f.Type.Kind() == reflect.Bool {
			hidden[of], hidden["Has"+of] = !v.Field(i).Bool(), true
		}
	}
	unknown := tellsNothing(v)
	for i := range v.NumField() {
		f := v.Type().Field(i)
		switch {
		case !f.IsExported() || strings.HasPrefix(f.Name, "Has") && hidden[f.Name]:
		case f.Anonymous:
			inner, _ := plainOf(v.Field(i)).(members)
			for _, m := range inner {
				if !own[m.name] {
					out = append(out, m)
				}
			}
		default:
			name, value := snake(f.Name), plainOf(v.Field(i))
			if f.Type == reflect.TypeFor[time.Duration]() {
				name += "_s"
			}
			if hidden[f.Name] || unknown && f.Type.Kind() == reflect.Float64 {
				value = word("")
			}
			out = append(out, member{name, value})
		}
	}
	return out
}

// tellsNothing tells whether the figures of a struct stand for none: it says
// that nothing is known, or it is a difference that was not tested.
func tellsNothing(v reflect.Value) bool {
	switch x := v.Interface().(type) {
	case journey.Gap:
		return !x.Known
	case journey.Since:
		return !x.Known
	case journey.Risk:
		return !x.Known
	case journey.Cost:
		return x.With == 0
	case journey.Contrast:
		return x.P == 1 && x.Delta == 0 && x.Low == 0 && x.High == 0
	}
	return false
}

// special shapes what has a shape of its own.
func special(v any) (any, bool) {
	switch x := v.(type) {
	case members:
		return x, true
	case cx.Time:
		return instant(x), true
	case time.Duration:
		return x.Seconds(), true
	case cx.Window:
		return members{{"from", instant(x.From)}, {"until", instant(x.To)}}, true
	case outcome.Estimate:
		known := x.N > 0
		return members{{"value", figure(x.Value, known)}, {"low", figure(x.Low, known)}, {"high", figure(x.High, known)}, {"n", x.N}}, true
	case journey.Share:
		known := x.N > 0
		return members{{"k", x.K}, {"n", x.N}, {"value", figure(x.Value(), known)}, {"low", figure(x.Low, known)}, {"high", figure(x.High, known)}}, true
	case retention.Share:
		return append(members{{"k", x.K}, {"n", x.N}, {"value", figure(x.Value, true)}}, boundsOf(x.Interval)...), true
	case stats.Interval:
		return boundsOf(x), true
	case journey.Times:
		known := x.N > 0
		s := func(d time.Duration) *float64 { return figure(d.Seconds(), known) }
		return members{{"n", x.N}, {"median_s", s(x.Median)}, {"low_s", s(x.Low)}, {"high_s", s(x.High)}, {"p90_s", s(x.P90)}}, true
	case model.Text:
		if x == (model.Text{}) {
			return nil, true
		}
		return modelTextOf(x), true
	case model.Journey:
		return members{{"slug", x.Slug}, {"name", modelTextOf(x.Name)}, {"purpose", plain(x.Purpose)}}, true
	case remember.CustomerSummary:
		return customerLineOf(x), true
	}
	return nil, false
}

// snake writes a name of Go in snake_case.
func snake(name string) string {
	var b strings.Builder
	runes := []rune(name)
	for i, r := range runes {
		begins := i > 0 && unicode.IsUpper(r) && (!unicode.IsUpper(runes[i-1]) || i+1 < len(runes) && unicode.IsLower(runes[i+1]))
		if begins {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}
