package app

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/improve/cycle"
	"github.com/vivencia-cx/vivencia/internal/model"
)

var figure = regexp.MustCompile(`^[-+]?[0-9.,]+$`)

// TestNoFileRunsFormulas fills what comes from outside with formulas and takes
// every file away: no cell begins as one.
func TestNoFileRunsFormulas(t *testing.T) {
	t.Parallel()
	h := openHouse(t, t.TempDir())
	h.apply([]byte(`
company: {slug: shop, name: Shop, timezone: UTC, currency: EUR, languages: [es]}
areas: [{slug: stores, name: "=1+1"}]
suppliers: [{slug: s, name: "@SUM(1)"}]
places: [{slug: p, name: "+1+1", kind: shop}]
touchpoints:
  - {slug: till, name: "-1+1", stage: during, channel: store, medium: physical, area: stores, supplier: s, events: [{name: "=cmd|'/c calc'!A0", valence: -1}], surveys: [csat]}
journeys:
  - slug: visit
    name: "=1+1"
    purpose: "@SUM(1)"
    case: {gap: 30m}
    script: [{slug: pay, name: "-1+1", touchpoint: till}]
surveys:
  - {slug: csat, name: "=1+1", purpose: transactional, pages: [{questions: [{id: q, type: csat, scale: 1-5, text: "=1+1"}]}]}
`), "")
	for i, start := range []string{"=", "+", "-", "@", `\t`, `\r`} {
		formula := start + `cmd|' /C calc'!A0`
		h.send(
			fmt.Sprintf(`{"type":"track","userId":"%[1]s%[2]d","messageId":"%[2]d","event":"=cmd|'/c calc'!A0","properties":{"place":"p","shop":"%[1]s"},"context":{"groupId":"%[1]s"}}`, formula, i),
			fmt.Sprintf(`{"type":"track","userId":"%[1]s%[2]d","messageId":"t%[2]d","event":"=cmd|'/c calc'!A0","properties":{"place":"p","shop":"%[1]s"},"context":{"groupId":"%[1]s"}}`, formula, i),
			fmt.Sprintf(`{"type":"identify","userId":"%[1]s%[2]d","messageId":"i%[2]d","traits":{"name":"%[1]s","email":"=a%[2]d@example.com"}}`, formula, i),
			fmt.Sprintf(`{"type":"group","userId":"%[1]s%[2]d","messageId":"g%[2]d","groupId":"%[1]s","traits":{"name":"%[1]s"}}`, formula, i),
			fmt.Sprintf(`{"type":"answer","userId":"%[1]s%[2]d","messageId":"a%[2]d","survey":"csat","answers":[{"question":"q","metric":"csat","scale":"1-5","value":1},{"question":"why","text":"%[1]s"}]}`, formula, i),
		)
	}
	h.settled()
	admin := h.person("admin", cx.Admin, nil)
	if _, err := h.Cycle.Propose(t.Context(), cx.System(), cycle.Proposal{Source: cycle.FromPerson, Title: model.Text{ES: "=1+1 de más"}}); err != nil {
		t.Fatal(err)
	}
	files, inert := 0, 0
	for _, a := range h.everyAccess() {
		if a.method() != http.MethodGet || !a.page {
			continue
		}
		w := h.askFor(admin, a, func(place string) string {
			if place == "slug" {
				return "visit"
			}
			return missing
		})
		if !strings.HasPrefix(w.Header().Get("Content-Type"), "text/csv") {
			continue
		}
		files++
		rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(w.Body.String(), "\ufeff"))).ReadAll()
		few := slices.ContainsFunc([]string{
			"/attribution.csv", "/comparison.csv", "/findings.csv", "/funnel.csv", "/relations.csv", "/reasons.csv", "/voice/words.csv",
			"/cases.csv", "/contradictions.csv", "/policies.csv", "/promises.csv", "/kept-by.csv", "/rules.csv",
			"/initiatives.csv", "/cohorts.csv", "/curves.csv", "/leaving.csv", "/worth.csv", "/commitments.csv", "/claims.csv", "/ledger.csv",
		},
			func(file string) bool { return strings.HasSuffix(a.pattern, file) }) // six customers, who bought nothing and were promised nothing, tell nothing there
		if err != nil || len(rows) < 2 && !few {
			t.Errorf("%s: %d rows, %v", a.pattern, len(rows), err)
		}
		for _, row := range rows {
			for _, cell := range row {
				if cell != "" && strings.ContainsRune("=+-@\t\r\n", rune(cell[0])) && !figure.MatchString(cell) {
					t.Errorf("%s: the cell %q", a.pattern, cell)
				}
				if strings.HasPrefix(cell, "'") {
					inert++
				}
			}
		}
	}
	if files < 6 || inert < 70 {
		t.Errorf("only %d files with %d formulas", files, inert)
	}
}
