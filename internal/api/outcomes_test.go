package api_test

import (
	"fmt"
	"strings"
	"testing"
)

// outcomes uses the operations on scores of a company of which little is known.
func (j *judge) outcomes() {
	const period = "&from=2026-02-20T00:00:00Z&until=2026-03-10T00:00:00Z"
	j.ask("GET", "/api/v1/scores/changed?metric=csat&by=touchpoint&by=trait.city&segment=waited"+period, nil).status(200).is("change.verdict", "no-comparison")
	j.ask("GET", "/api/v1/scores/changed?metric=csat&by=colour"+period, nil).status(400).is("faults.0.field", "by")
	j.ask("GET", "/api/v1/scores/changed?metric=csat"+period+"&before_from=2026-02-01T00:00:00Z&before_until=2026-03-01T00:00:00Z", nil).status(400)
	if got := j.ask("GET", "/api/v1/scores/since?metric=csat&where=touchpoint:till", nil).status(200).json("items").([]any); len(got) != 0 {
		j.Errorf("the score changed on %v", got)
	}
	j.ask("GET", "/api/v1/scores/memory", nil).status(200).is("survey", "csat").is("fitted", false).is("weights.peak", .5).is("intervals.peak.low", nil).is("fit", nil).is("slope", nil)
	j.ask("GET", "/api/v1/scores/silent?survey=csat&until=2026-03-01T00:00:00Z", nil).status(200).is("inferred.value", nil).is("memory.now.n", 0)
	j.ask("GET", "/api/v1/scores/represented?metric=mean&survey=csat", nil).status(200).is("raw.value", 3.5).is("weighted.n", 2)
}

// Of a company whose Madrid answers four times as often as its Lisboa and whose till
// grew worse on the 15th, the API tells so: who answers, since when, what moved the
// score, how it is remembered, and what the silent would have said.
func TestScoresAreToldWithWhatIsBehindThem(t *testing.T) {
	t.Parallel()
	j := newJudge(t)
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": strings.Replace(companyYAML, "Product Viewed", "{name: Product Viewed, valence: 1}", 1)}).status(201)
	var messages []string
	for c := range 280 {
		city, day, felt := "Lisboa", 1+c%28, "Product Viewed"
		if c%2 == 0 {
			city = "Madrid"
		}
		score := 4 + c/28%2
		if day >= 15 {
			score, felt = 1+c/28%2, "Queue Waited"
		}
		at := fmt.Sprintf("2026-02-%02dT10:", day)
		messages = append(messages,
			fmt.Sprintf(`{"type":"identify","messageId":"i%d","userId":"u%d","traits":{"city":%q},"timestamp":"%s00:00Z"}`, c, c, city, at),
			fmt.Sprintf(`{"type":"track","messageId":"q%d","userId":"u%d","event":%q,"timestamp":"%s05:00Z"}`, c, c, felt, at))
		if c%2 == 0 || c%8 == 1 {
			messages = append(messages, fmt.Sprintf(`{"type":"answer","messageId":"a%d","userId":"u%d","timestamp":"%s30:00Z","survey":"csat","answers":[{"question":"score","metric":"csat","scale":"1-5","value":%d}],"touchpoint":"till"}`, c, c, at, score))
		}
	}
	j.ask("POST", "/api/v1/import?source=caja&wait=true", strings.Join(messages, "\n")+"\n").status(200).is("quarantined", 0)

	j.ask("GET", "/api/v1/scores/changed?metric=mean&survey=csat&by=touchpoint&by=channel&from=2026-02-15T00:00:00Z&until=2026-03-01T00:00:00Z", nil).status(200).
		is("change.verdict", "worse").is("scale", "1-5").is("groups.0.key", "till").is("groups.0.clear", true).is("groups.0.mix", 0)
	if lines := strings.Split(strings.TrimSpace(j.ask("GET", "/api/v1/scores/changed?metric=mean&survey=csat&from=2026-02-15T00:00:00Z&until=2026-03-01T00:00:00Z&format=csv", nil).status(200).Body.String()), "\n"); len(lines) != 7 || !strings.HasPrefix(lines[0], "by,key,now.value,now.low,now.high,now.n,before.value") {
		t.Errorf("the table has %d lines: %q", len(lines), lines[0])
	}
	since := j.ask("GET", "/api/v1/scores/since?metric=mean&survey=csat", nil).status(200).is("items.0.from", "2026-02-14T23:00:00Z").is("items.0.now.n", 85)
	if items := since.json("items").([]any); len(items) != 1 {
		t.Errorf("the score changed %d times", len(items))
	}
	j.ask("GET", "/api/v1/scores/since?metric=mean&survey=csat&format=csv", nil).status(200)

	j.ask("GET", "/api/v1/scores/represented?metric=mean&survey=csat&from=2026-02-01T00:00:00Z&until=2026-03-01T00:00:00Z", nil).status(200).
		is("groups.0.key", "waited").is("groups.0.lived", 140).is("groups.1.key", "madrid").is("groups.1.answered.value", 1).is("groups.1.clear", true).
		is("groups.2.key", nil).is("groups.2.lived", 70).is("raw.n", 175).is("covered", 1)
	j.ask("GET", "/api/v1/scores/represented?metric=mean&survey=csat&format=csv", nil).status(200)
	if a := j.instance.ask("GET", "/api/v1/scores/represented?metric=nev", nil); a.Code != 400 {
		t.Errorf("what everybody lives is represented: %d", a.Code)
	}

	j.ask("GET", "/api/v1/scores/memory?survey=csat", nil).status(200).is("fitted", true).is("fit.n", 175).is("now.n", 280)
	told := j.ask("GET", "/api/v1/scores/silent?survey=csat", nil).status(200).is("answered.n", 175).is("inferred.n", 105).is("memory.survey", "csat").json("bands").([]any)
	if table := strings.Split(strings.TrimSpace(j.ask("GET", "/api/v1/scores/silent?survey=csat&format=csv", nil).status(200).Body.String()), "\n"); len(told) != 10 || len(table) != 11 {
		t.Errorf("%d bands, %d lines of them", len(told), len(table))
	}
}
