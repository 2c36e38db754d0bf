package outcome_test

import (
	"log/slog"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/stream"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// What a program answered, and what the team said, moves no score.
func TestScoresOfCustomersAlone(t *testing.T) {
	t.Parallel()
	body := []byte(`{"survey":"s","answers":[{"metric":"nps","value":9}]}`)
	bad := []byte(`{"survey":"s","answers":[{"metric":"nps","value":0}]}`)
	at := cxtest.NewClock().Now()
	events := []cx.Event{
		{Seq: 1, Kind: cx.Answer, Name: "s", At: at, Body: body},
		{Seq: 2, Kind: cx.Answer, Name: "s", At: at, Body: bad, Properties: []byte(`{"suspect":true}`)},
		{Seq: 3, Kind: cx.Team, Name: "s", At: at, Body: bad},
		{Seq: 4, Kind: cx.Answer, Name: "s", At: at, Body: body, Properties: []byte(`{"suspect":false}`)},
	}
	store, inForce := openStore(t), parsed(t, company)
	view := history.NewView(history.Config{Store: store, Resolver: everybody{events}, Models: inForce, Logger: slog.New(slog.DiscardHandler)})
	if err := view.Apply(t.Context(), stream.Batch{Events: events, Last: 4}); err != nil {
		t.Fatal(err)
	}
	r, err := outcome.New(store, inForce, cxtest.NewClock()).Scores(t.Context(), cx.System(), outcome.Query{Metric: outcome.NPS})
	if err != nil || r.N != 2 || r.Value != 100 {
		t.Errorf("%+v, %v", r, err)
	}
}
