package api

import (
	"math"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// instant is a time in an answer: RFC 3339 in UTC, null when it is zero.
func instant(t cx.Time) *string {
	if t == 0 {
		return nil
	}
	return word(t.String())
}

// word is a text in an answer, null when it is empty.
func word(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

// figure is a number in an answer, null when it is not known.
func figure(v float64, known bool) *float64 {
	if !known || math.IsNaN(v) || math.IsInf(v, 0) {
		return nil
	}
	return &v
}

// page is a list that goes on at Next, until that is null.
type page[T any] struct {
	Items []T     `json:"items"`
	Next  *string `json:"next"`
}

// pageOf shapes a page; next is the service's cursor, "" at the end.
func pageOf[In, Out any](in []In, next string, shape func(In) Out) page[Out] {
	return page[Out]{each(in, shape), word(next)}
}

// list is a list that is whole.
type list[T any] struct {
	Items []T `json:"items"`
}

func listOf[In, Out any](in []In, shape func(In) Out) list[Out] { return list[Out]{each(in, shape)} }

// each is never nil, so that an empty list is [] in JSON.
func each[In, Out any](in []In, shape func(In) Out) []Out {
	out := make([]Out, len(in))
	for i, v := range in {
		out[i] = shape(v)
	}
	return out
}
