package simulate_test

import (
	"reflect"
	"slices"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

// What Candil wrote down of what it tried out is whole in each language, is about
// what its model declares, and is in an order in which it can have happened.
func TestImprovingIsWhole(t *testing.T) {
	t.Parallel()
	m, err := model.Parse(simulate.Model())
	if err != nil {
		t.Fatal(err)
	}
	s := simulate.Company(simulate.Config{Seed: 1, Until: until})
	past, err := s.Improving()
	if all := past.Initiatives; err != nil || len(all) != 7 || len(past.Opportunities) != 4 || len(past.Minutes) < 20 {
		t.Fatalf("%d undertakings, %d proposals, %d minutes, %v", len(all), len(past.Opportunities), len(past.Minutes), err)
	}
	people := map[string]bool{"demo@example.com": true}
	for _, c := range simulate.Colleagues() {
		people[c.Email] = true
	}
	known := func(what, of string, ok bool) {
		if of != "" && !ok {
			t.Errorf("%s %q is not known", what, of)
		}
	}
	begun := 0
	for _, u := range past.Initiatives {
		_, touchpoint := m.Touchpoint(u.Touchpoint)
		_, promise := m.Promise(u.Promise)
		_, of := m.Promise(u.Of)
		of = of || u.Of == u.Touchpoint
		_, policy := m.Policy(u.Policy)
		known("touchpoint", u.Touchpoint, touchpoint)
		known("promise", u.Promise, promise)
		known("promise", u.Of, of)
		known("policy", u.Policy, policy)
		for _, who := range append(slices.Clone(u.People), u.Owner) {
			known("person", who, people[who])
		}
		for _, area := range u.Areas {
			_, ok := m.Area(area)
			known("area", area, ok)
		}
		for shop := range u.Shops {
			_, ok := m.Place(shop)
			known("shop", shop, ok)
		}
		if u.Trial {
			begun++
		}
		if !s.Day(u.Planned).Before(u.From) {
			t.Errorf("%s is planned on %v and begins on %v", u.Slug, s.Day(u.Planned), u.From)
		}
		for shop, at := range u.Shops {
			if at.Before(u.From) {
				t.Errorf("%s begins in %s on %v, before it begins", u.Slug, shop, at)
			}
		}
		if adopted := u.Decision != nil && u.Decision.Choice == "adopt"; adopted == (u.Did == simulate.Words{}) {
			t.Errorf("%s is adopted (%v), and customers are told %+v", u.Slug, adopted, u.Did)
		}
		if u.Decision != nil && (u.Decides >= u.Ends || u.Decision.Why == "") {
			t.Errorf("%s is decided %d days and ends %d days before", u.Slug, u.Decides, u.Ends)
		}
	}
	if begun != 5 {
		t.Errorf("%d were begun", begun)
	}
	words := 0
	var whole func(at string, v reflect.Value)
	whole = func(at string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Pointer:
			if !v.IsNil() {
				whole(at, v.Elem())
			}
		case reflect.Slice:
			for i := range v.Len() {
				whole(at, v.Index(i))
			}
		case reflect.Struct:
			if text, ok := v.Interface().(simulate.Words); ok {
				if text == (simulate.Words{}) {
					return
				}
				words++
				if text.ES == "" || text.EN == "" || text.PT == "" || text.ES == text.EN {
					t.Errorf("%s lacks a language: %+v", at, text)
				}
				return
			}
			for i := range v.NumField() {
				if v.Type().Field(i).IsExported() {
					whole(at+"."+v.Type().Field(i).Name, v.Field(i))
				}
			}
		}
	}
	whole("past", reflect.ValueOf(past))
	for _, c := range past.Commitments {
		known("person", c.By, people[c.By])
	}
	for _, said := range past.Minutes {
		_, area := m.Area(said.Area)
		known("area", said.Area, area)
		known("person", said.By, people[said.By])
	}
	if words < 40 {
		t.Errorf("only %d texts", words)
	}
	short := simulate.Company(simulate.Config{Seed: 1, Months: 1, Until: until})
	if past, err := short.Improving(); err != nil || len(past.Initiatives) != 3 || len(past.Minutes) >= 20 {
		t.Errorf("a month remembers %d undertakings and %d minutes, %v", len(past.Initiatives), len(past.Minutes), err)
	}
}
