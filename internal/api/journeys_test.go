package api_test

import (
	"encoding/json"
	"strings"
	"testing"
)

// journeys asks everything that can be asked of a journey of which there are two
// runs: order 77 waited in the queue, 78 was looked for before.
func (j *judge) journeys() {
	const at = "/api/v1/journeys/order"
	j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(
		`{"type":"track","messageId":"9","userId":"ana","event":"Product Viewed","timestamp":"2026-03-02T10:00:00Z","properties":{"order_id":"78"}}`,
		`{"type":"track","messageId":"10","userId":"ana","event":"Queue Waited","timestamp":"2026-03-02T10:30:00Z","properties":{"order_id":"78"}}`,
	)).status(200)
	j.ask("GET", "/api/v1/journeys", nil).status(200).is("items.0.journey.slug", "order").is("items.0.runs", 2).is("items.0.completed.n", 0)
	j.ask("GET", at, nil).status(200).is("runs", 2).is("steps.1.step.slug", "queue").is("steps.1.felt.n", 2).is("worst", nil)
	j.ask("GET", at+"/graph?coverage=0.8&by=step", nil).status(200).is("runs", 2).is("edges.0.from", "browse").is("edges.0.to", "queue").is("edges.0.time.median_s", 1800)
	way := j.ask("GET", at+"/variants", nil).status(200).is("n", 2).is("list.0.runs.k", 1).json("list.0.id").(string)
	j.ask("GET", at+"?variant="+way+"&state=completed&from=2026-01-01T00:00:00Z&until=2026-12-01T00:00:00Z", nil).status(200)
	j.ask("GET", at+"?touchpoint=shop-web&segment=waited&channel=store&area=web&place=goya", nil).status(200).is("runs", 0)
	for _, path := range []string{"/findings?limit=5", "/moments", "/waits", "/handoffs", "/passages", "/variation", "/attribution?outcome=abandoned", "/risks", "/conformance", "/deviations", "/alignments", "/model?noise=0", "/script?coverage=1"} {
		j.ask("GET", at+path, nil).status(200)
	}
	j.ask("GET", at+"/funnel?steps=browse&steps=queue&within=2w", nil).status(200).is("runs", 2).is("steps.1.reached.k", 1)
	j.ask("GET", at+"/compare?a_state=running&b_until=2026-02-01T00:00:00Z", nil).status(200).is("b", 0)
	run := at + "/cases/" + j.ask("GET", at+"/cases?limit=1", nil).status(200).is("n", 2).is("items.0.customer.name", "Ana Gil").json("items.0.case").(string)
	j.ask("GET", run, nil).status(200).is("facts.1.name", "Queue Waited").is("facts.1.step.slug", "queue")
	j.ask("GET", run+"/next", nil).status(200)

	table := j.ask("GET", at+"/variants?format=csv", nil).status(200).Body.String()
	if !strings.HasPrefix(table, "id,stops,length,runs.k,runs.n,runs.value,") || !strings.Contains(table, "\n"+way+",Queue Waited@till,1,1,2,0.5,") {
		j.Errorf("the table of the variants is %q", table)
	}
	for _, list := range []string{"?table=unexpected", "/graph?table=nodes", "/moments?table=where", "/conformance?table=weeks", "/handoffs?table=suppliers", "/passages?table=media", "/graph?by=event"} {
		j.ask("GET", strings.Replace(at+list, "?", "?format=csv&", 1), nil).status(200)
	}
	if table = j.ask("GET", at+"/cases?format=csv", nil).status(200).Body.String(); !strings.Contains(table, "Ana Gil") {
		j.Errorf("the table of the runs is %q", table)
	}
	if xes := j.instance.ask("GET", at+"/export?format=xes", nil).status(200).Body.String(); !strings.Contains(xes, `value="Queue Waited"`) {
		j.Error(xes)
	}
	if ocel := j.ask("GET", at+"/export?format=ocel", nil).status(200).Body; !json.Valid(ocel.Bytes()) || !strings.Contains(ocel.String(), `"type": "order"`) {
		j.Error(ocel)
	}

	j.ask("GET", "/api/v1/journeys/unheard-of/waits", nil).status(404)
	j.ask("GET", run[:len(run)-16]+"0000000000000000", nil).status(404)
}

func TestJourneysRefuse(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	for target, field := range map[string]string{
		"/graph?coverage=2": "coverage", "/graph?by=person": "by", "/funnel?within=soon": "within", "/model?noise=x": "noise",
		"/cases?limit=0": "limit", "?state=gone": "state", "?from=now": "from", "/export": "format", "/export?format=pdf": "format",
		"/compare?a_state=gone": "a_state", "?format=pdf": "format", "/waits?colour=red": "colour", "/waits?table=list": "table", "/graph?table=stops": "table",
	} {
		i.ask("GET", "/api/v1/journeys/order"+target, nil).status(400).is("faults.0.field", field)
	}
}
