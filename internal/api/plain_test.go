package api

import (
	"bytes"
	"encoding/json"
	"math"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/understand/journey"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

type Inner struct {
	ID    string
	Count int
}

type shaped struct {
	Inner
	Count    float64 // takes the place of the embedded one
	NoneHere string
	BaseOnly float64
	Took     time.Duration
	At       cx.Time
	Never    cx.Time
	Felt     float64
	HasFelt  bool
	HasMore  bool
	Deeper   *Inner
	Nothing  *Inner
	List     []Inner
	Empty    []string
	Name     model.Text
	Nameless model.Text
	Mean     outcome.Estimate
	Nobody   outcome.Estimate
	Of       journey.Share
	Times    journey.Times
	Untested journey.Contrast
	hidden   int
}

func TestPlain(t *testing.T) {
	t.Parallel()
	v := shaped{
		Inner: Inner{"a", 1}, Count: math.NaN(), BaseOnly: .5, Took: 1500 * time.Millisecond, At: cx.Time(1e6), Felt: 9, HasMore: true,
		Deeper: &Inner{"b", 2}, List: []Inner{{"c", 3}}, Name: model.Text{ES: "Caja", EN: "Till"},
		Mean: outcome.Estimate{Value: 1, Low: .5, High: 1.5, N: 4}, Of: journey.Share{K: 1, N: 2, Low: .1, High: .9}, Untested: journey.Contrast{With: 3, P: 1}, hidden: 1,
	}
	const want = `{"id":"a","count":null,"none_here":null,"base_only":0.5,"took_s":1.5,"at":"1970-01-01T00:00:01Z","never":null,"felt":null,"has_more":true,` +
		`"deeper":{"id":"b","count":2},"nothing":null,"list":[{"id":"c","count":3}],"empty":[],` +
		`"name":{"es":"Caja","en":"Till","pt":"Caja"},"nameless":null,"mean":{"value":1,"low":0.5,"high":1.5,"n":4},"nobody":{"value":null,"low":null,"high":null,"n":0},` +
		`"of":{"k":1,"n":2,"value":0.5,"low":0.1,"high":0.9},"times":{"n":0,"median_s":null,"low_s":null,"high_s":null,"p90_s":null},` +
		`"untested":{"delta":null,"low":null,"high":null,"with":3,"without":0,"p":null,"clear":false}}`
	got, err := json.Marshal(plain(v))
	if err != nil || string(bytes.TrimSpace(got)) != want {
		t.Errorf("%v\n%s\n%s", err, got, want)
	}
}

func TestSnake(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"N": "n", "P90": "p90", "ID": "id", "ToNext": "to_next", "FeltBefore": "felt_before", "CaseID": "case_id", "URLOf": "url_of"} {
		if got := snake(in); got != want {
			t.Errorf("%s is %s, want %s", in, got, want)
		}
	}
}

// TestTable: a line for each item, a column for each figure; what a spreadsheet
// would run is text.
func TestTable(t *testing.T) {
	t.Parallel()
	rows := plain([]shaped{{Inner: Inner{"=1+1", 1}, List: []Inner{{"a", 1}, {"b", 2}}}, {Deeper: &Inner{"-x", 2}}}).([]any)
	w := httptest.NewRecorder()
	if table := (table{"t", rows}); table.write(w) != 200 {
		t.Error("no 200")
	}
	const want = "id,count,none_here,base_only,took_s,at,never,felt,has_more,list,empty,mean.value,mean.low,mean.high,mean.n,nobody.value,nobody.low,nobody.high,nobody.n," +
		"of.k,of.n,of.value,of.low,of.high,times.n,times.median_s,times.low_s,times.high_s,times.p90_s,untested.delta,untested.low,untested.high,untested.with,untested.without,untested.p,untested.clear,deeper.id,deeper.count\n" +
		"'=1+1,0,,0,0,,,,false,a > b,,,,,0,,,,0,0,0,,,,0,,,,,0,0,0,0,0,0,false,,\n" +
		",0,,0,0,,,,false,,,,,,0,,,,0,0,0,,,,0,,,,,0,0,0,0,0,0,false,'-x,2\n"
	if w.Body.String() != want {
		t.Errorf("%s\n%s", w.Body, want)
	}
}
