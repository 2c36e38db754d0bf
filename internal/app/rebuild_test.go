package app

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/understand/outcome"
)

// house is an App under test, asked over its own API as the system itself.
type house struct {
	*App
	t *testing.T
}

func openHouse(t *testing.T, dir string) house {
	t.Helper()
	a, err := Open(t.Context(), configOf(dir), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = a.Close() })
	return house{a, t}
}

func configOf(dir string) Config {
	c := Defaults()
	c.Data, c.Reserve, c.HistoryMemory = dir, 0, 128<<20
	return c
}

// ask asks the API; the answer is indented, so that a difference shows where.
func (h house) ask(method, path, body string) []byte {
	h.t.Helper()
	req := httptest.NewRequestWithContext(h.t.Context(), method, "http://vivencia/api/v1"+path, strings.NewReader(body))
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.socket.ServeHTTP(w, req)
	if w.Code >= 300 {
		h.t.Fatalf("%s %s: %d %s", method, path, w.Code, w.Body)
	}
	var out bytes.Buffer
	if w.Body.Len() > 0 {
		if err := json.Indent(&out, w.Body.Bytes(), "", " "); err != nil {
			h.t.Fatal(err)
		}
	}
	return out.Bytes()
}

func (h house) send(messages ...string) {
	h.t.Helper()
	b := intake.Batch{Source: "demo", Way: "v1/batch"}
	for _, m := range messages {
		b.Messages = append(b.Messages, []byte(m))
	}
	if _, err := h.Intake.Accept(h.t.Context(), b); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) apply(yaml []byte, note string) {
	h.t.Helper()
	if _, err := h.Models.Apply(h.t.Context(), cx.System(), yaml, note); err != nil {
		h.t.Fatal(err)
	}
}

func (h house) settled() {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), time.Minute)
	defer cancel()
	if err := h.WaitApplied(ctx, h.Log.LastSeq(), nil); err != nil {
		h.t.Fatal(err)
	}
}

// live fills the house with everything that derived stores must make again the
// same: a company's year, merges and their undoing, two models, what came
// twice, late, broken, or could not be applied.
func (h house) live() {
	t := h.t
	t.Helper()
	h.apply(simulate.Model(), "first")
	until := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	var b messages
	n := 0
	var again []string
	err := simulate.Company(simulate.Config{Seed: 5, Customers: 300, Until: until}).Run(func(source string, message []byte) error {
		b.add(source, message)
		if n++; n%50 == 0 {
			again = append(again, string(message))
		}
		if n == 3000 { // half the year is lived under another model
			if err := b.accept(t.Context(), h.App); err != nil {
				return err
			}
			h.apply(secondModel(t), "second")
		}
		if len(b.messages) < 500 {
			return nil
		}
		return b.accept(t.Context(), h.App)
	})
	if err == nil {
		err = b.accept(t.Context(), h.App)
	}
	if err != nil {
		t.Fatal(err)
	}
	h.send(again...) // from another source: not duplicates
	h.send(again...) // duplicates
	for i := range 40 {
		who := fmt.Sprintf("late-%d", i%8)
		h.send(fmt.Sprintf(`{"type":"track","event":"Checkout Paid","userId":%q,"messageId":"late-%d","timestamp":"2026-0%d-11T10:00:00Z","properties":{"shop":"gran-via","revenue":%d.5,"currency":"EUR"},"context":{"traits":{"email":"mismo%d@candil.example","name":"Ñandú %d"}}}`, who, i, 9-i%9, i, i%4, i))
	}
	for i := range 8 {
		h.send(
			fmt.Sprintf(`{"type":"page","name":"Inicio","anonymousId":"device-%d","messageId":"device-%d"}`, i, i),
			fmt.Sprintf(`{"type":"identify","userId":"late-%d","anonymousId":"device-%d","messageId":"met-%d","traits":{"email":"mismo%d@candil.example","phone":"+34 600 000 00%d","card":"C-%d"}}`, i, i, i, i%4, i%2, i/2),
			fmt.Sprintf(`{"type":"group","userId":"late-%d","groupId":"ceip-%d","messageId":"group-%d","traits":{"name":"CEIP %d"}}`, i, i%3, i, i%3),
			fmt.Sprintf(`{"type":"answer","survey":"csat","userId":"late-%d","messageId":"said-%d","answers":[{"question":"score","metric":"csat","scale":"1-5","value":%d},{"question":"text","text":"Esperé mucho"}]}`, i, i, 1+i%5),
			fmt.Sprintf(`{"type":"track","event":"Refused %d","messageId":"refused-%d"}`, i, i),
		)
	}
	if _, err := h.Log.Append(t.Context(), []cx.Event{{ // what no view can apply
		Kind: cx.Answer, Name: "csat", Source: "demo", MessageID: "poison", UserID: "late-1",
		At: cx.TimeOf(until), ReceivedAt: cx.TimeOf(until), Body: []byte(`{"type":"answer","answers":7}`),
	}}); err != nil {
		t.Fatal(err)
	}
	h.settled()

	// People decide: three merges, of which one is undone and one made again, and
	// a suggestion turned down.
	id := func(user string) string {
		var c struct{ ID string }
		h.read("/customers/lookup?userId="+user, &c)
		return c.ID
	}
	merge := func(into, from string) {
		h.ask(http.MethodPost, "/customers/"+into+"/merge", fmt.Sprintf(`{"from":%q,"evidence":"llamó a la tienda"}`, from))
	}
	var people struct{ Items []struct{ ID string } }
	h.read("/customers?limit=6", &people)
	merge(people.Items[0].ID, people.Items[1].ID)
	merge(people.Items[2].ID, people.Items[3].ID)
	merge(people.Items[0].ID, people.Items[2].ID)
	var graph struct{ Merges []struct{ ID int64 } }
	h.read("/customers/"+people.Items[0].ID+"/identities", &graph)
	h.ask(http.MethodPost, "/customers/"+people.Items[0].ID+"/unmerge", fmt.Sprintf(`{"merge_id":%d}`, graph.Merges[len(graph.Merges)-1].ID))
	merge(people.Items[4].ID, id("late-3"))
	var waiting struct{ Items []struct{ ID int64 } }
	h.read("/suggestions", &waiting)
	if len(waiting.Items) == 0 {
		t.Error("nothing is suggested")
	} else {
		h.ask(http.MethodPost, fmt.Sprintf("/suggestions/%d/dismiss", waiting.Items[0].ID), "")
	}
	h.send(`{"type":"track","event":"Inicio","userId":"late-3","messageId":"after-merge","timestamp":"2026-02-01T00:00:00Z"}`)
	h.settled()
	// There is enough to learn how texts read: now, and not at some moment later.
	for {
		_, err := h.Voice.Train(t.Context(), cx.System())
		if cx.KindOf(err) == cx.Conflict { // it began by itself
			time.Sleep(10 * time.Millisecond)
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		break
	}
	h.settled()
}

// secondModel corrects the first: another valence, another property, another
// identifier.
func secondModel(t *testing.T) []byte {
	t.Helper()
	s := string(simulate.Model())
	for _, change := range [][2]string{
		{"\nidentifiers:\n", "\nidentifiers:\n  - {slug: tax-id, name: NIF, from: traits.nif, merges: false}\n"},
		{"\nproperties:\n", "\nproperties:\n  - {slug: dear, name: Cara, on: Order Completed, expr: properties.revenue > 40.0, object: order}\n"},
		{"{name: Delivery Failed, valence: -1.5}", "{name: Delivery Failed, valence: -2}"},
	} {
		if !strings.Contains(s, change[0]) {
			t.Fatalf("the model has no %q", change[0])
		}
		s = strings.Replace(s, change[0], change[1], 1)
	}
	return []byte(s)
}

func (h house) read(path string, out any) {
	h.t.Helper()
	if err := json.Unmarshal(h.ask(http.MethodGet, path, ""), out); err != nil {
		h.t.Fatal(err)
	}
}

// answers asks everything that there is to ask, and returns the answers by
// question.
func (h house) answers() map[string]string {
	t := h.t
	t.Helper()
	out := map[string]string{}
	get := func(path string) []byte {
		b := h.ask(http.MethodGet, path, "")
		out[path] = string(b)
		return b
	}
	// all asks for every page of a list and returns the ids in it.
	all := func(path string) (ids []string) {
		for cursor := ""; ; {
			var p struct {
				Items []struct{ ID any }
				Next  *string
			}
			if err := json.Unmarshal(get(path+"&cursor="+url.QueryEscape(cursor)), &p); err != nil {
				t.Fatal(err)
			}
			for _, i := range p.Items {
				ids = append(ids, fmt.Sprint(i.ID))
			}
			if p.Next == nil {
				return ids
			}
			cursor = *p.Next
		}
	}
	for _, path := range []string{
		"/totals", "/model", "/model/versions", "/customers?search=candil", "/customers?search=nandu",
		"/customers/lookup?email=mismo1@candil.example", "/customers/lookup?anonymousId=device-2", "/customers/lookup?userId=late-3",
		"/events?type=answer&limit=500", "/events?source=demo",
	} {
		get(path)
	}
	for _, id := range all("/customers?limit=77") {
		get("/customers/" + id)
		get("/customers/" + id + "/identities")
		all("/customers/" + id + "/timeline?limit=40")
	}
	for _, id := range all("/organizations?limit=2") {
		get("/organizations/" + url.PathEscape(id))
		all("/organizations/" + url.PathEscape(id) + "/timeline?limit=200")
	}
	all("/suggestions?limit=500")
	all("/quarantine?limit=500")
	all("/events?limit=500")
	all("/voice?limit=200")
	for _, path := range []string{
		"/voice?words=esper", "/voice?topic=", "/voice?polarity=negative&touchpoint=till", "/voice/facets", "/voice/facets?by=place&by=survey&by=kind",
		"/voice/words?polarity=negative", "/voice/quotes?polarity=negative", "/voice/topics", "/voice/quality",
		"/team", "/team/ideas", "/team/differences", "/surveys/expect-delivery/expectation",
	} {
		get(path)
	}
	for _, metric := range []string{"csat", "nps", "ces", "mean&where=scale:1-5"} {
		for _, by := range []string{
			"", "touchpoint", "stage", "channel", "medium", "area", "supplier", "place", "survey", "source", "name",
			"trait.city", "property.late", "property.carrier", "property.dear", "property.shop",
		} {
			get("/scores?metric=" + metric + "&by=" + by)
		}
	}
	// What pages ask that the API does not.
	pulse, err := h.Outcomes.Pulse(t.Context(), cx.System(), outcome.PulseQuery{Until: cx.TimeOf(time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC))})
	if err != nil {
		t.Fatal(err)
	}
	asJSON, err := json.MarshalIndent(pulse, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	out["pulse"] = string(asJSON)
	out["history"] = h.everything()
	return out
}

// everything returns every fact of history with its properties.
func (h house) everything() string {
	t := h.t
	t.Helper()
	var out strings.Builder
	names := map[string]bool{}
	for page := (history.Page{Limit: history.MaxPage}); ; {
		rows, err := h.History.Newest(t.Context(), cx.System(), page)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range rows {
			names[r.Name], page.Before = true, r.Cursor()
			fmt.Fprintf(&out, "%+v\n", r)
		}
		if len(rows) < page.Limit {
			break
		}
	}
	var lines []string
	q := history.LivedQuery{All: true, Object: "order", Properties: slices.Collect(maps.Keys(names))}
	_, err := history.Tell(t.Context(), h.History, cx.System(), q, func(l *history.Lived) error {
		for i, seq := range l.Seq {
			lines = append(lines, fmt.Sprintf("%d %d %x %s", seq, l.Customer[i], l.Object[i], l.Properties[i]))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(lines)
	return out.String() + strings.Join(lines, "\n")
}

// TestRebuildGivesTheSameAnswers makes the derived stores again from the log,
// once by the command and once because they are gone, and compares every answer
// byte for byte.
func TestRebuildGivesTheSameAnswers(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHouse(t, dir)
	h.live()
	before := h.answers()
	t.Logf("%d answers; %s", len(before), strings.Join(strings.Fields(before["/totals"]), " "))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}

	same := func(how string) {
		t.Helper()
		h := openHouse(t, dir)
		h.settled()
		after := h.answers()
		if err := h.Close(); err != nil {
			t.Fatal(err)
		}
		differ := 0
		for _, question := range slices.Sorted(keysOf(before, after)) {
			if before[question] == after[question] {
				continue
			}
			if differ++; differ <= 5 {
				t.Errorf("%s: %s (-before +after)\n%s", how, question, cmp.Diff(strings.Split(before[question], "\n"), strings.Split(after[question], "\n")))
			}
		}
		if differ > 0 {
			t.Errorf("%s: %d of %d answers differ", how, differ, len(before))
		}
	}
	same("opened again")
	if err := Rebuild(t.Context(), configOf(dir), slog.New(slog.DiscardHandler), func(cx.Seq, cx.Seq) {}); err != nil {
		t.Fatal(err)
	}
	same("rebuilt")
	for _, pattern := range []string{viewsFile + "*", historyFile + "*", voiceFile + "*", promisesFile + "*"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil || len(files) == 0 {
			t.Fatalf("nothing is called %s: %v", pattern, err)
		}
		for _, f := range files {
			if err := os.Remove(f); err != nil {
				t.Fatal(err)
			}
		}
	}
	same("deleted and started")
}

func keysOf[K comparable, V any](all ...map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		seen := map[K]bool{}
		for _, m := range all {
			for k := range m {
				if !seen[k] {
					seen[k] = true
					if !yield(k) {
						return
					}
				}
			}
		}
	}
}
