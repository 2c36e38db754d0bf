package app

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	_ "github.com/duckdb/duckdb-go/v2"
	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/vivencia-cx/vivencia/internal/act/cases"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/remember/forget"
	"github.com/vivencia-cx/vivencia/internal/simulate"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

// What Marta is known by and what she said: none of it may be left.
var martas = []string{
	"marta.gil@candil.example", "MARTA.GIL@correo.example", "+34600111222", "600 111 222", "u-marta-7781", "device-marta-0042", "u-marta-former",
	"Marta Gil Ortega", "Calle de la Luna 14, 3.º B", "Me atendieron fatal en la caja de Goya", "un libro sobre jardines japoneses",
	"es Marta, llamó desde el 600", "el pedido de la señora Gil", "card-marta-9955", "tarde otra vez con el envío", "jardines y estanques",
}

// marta lives on every way in; each message's id begins with marta.
func (h house) marta() (messages []string) {
	messages = []string{
		`{"type":"page","name":"Inicio","anonymousId":"device-marta-0042","messageId":"marta-1","properties":{"query":"un libro sobre jardines japoneses"}}`,
		`{"type":"identify","userId":"u-marta-7781","anonymousId":"device-marta-0042","messageId":"marta-2","traits":{"name":"Marta Gil Ortega","email":"marta.gil@candil.example","phone":"+34 600 111 222","address":{"street":"Calle de la Luna 14, 3.º B"},"card":"card-marta-9955"}}`,
		`{"type":"track","event":"Order Completed","userId":"u-marta-7781","messageId":"marta-3","properties":{"order_id":"o-1","revenue":31.5,"currency":"EUR","note":"el pedido de la señora Gil"},"context":{"traits":{"email":"marta.gil@candil.example"}}}`,
		`{"type":"answer","survey":"csat","userId":"u-marta-7781","messageId":"marta-4","answers":[{"question":"score","metric":"csat","scale":"1-5","value":1},{"question":"text","text":"Me atendieron fatal en la caja de Goya"}]}`,
		`{"type":"group","userId":"u-marta-7781","groupId":"ceip-luna","messageId":"marta-6","traits":{"name":"CEIP Luna"}}`,
		`{"type":"identify","userId":"u-marta-former","messageId":"marta-7","traits":{"email":"MARTA.GIL@correo.example"}}`,
		`{"type":"alias","userId":"u-marta-7781","previousId":"u-marta-former","messageId":"marta-5"}`,
		`{"type":"track","event":"Product Viewed","userId":"u-marta-7781","messageId":"marta-8","properties":{"title":"jardines y estanques"}}`,
	}
	h.send(messages...)
	h.send(messages[2], messages[3]) // sent twice
	h.send(`{"type":"track","userId":"u-marta-7781","properties":{"note":"tarde otra vez con el envío"}}`)
	pixel := base64.RawURLEncoding.EncodeToString([]byte(messages[7]))
	source, err := h.Accounts.CreateSource(h.t.Context(), cx.System(), "pixel", "")
	if err != nil && cx.KindOf(err) != cx.Conflict {
		h.t.Fatal(err)
	}
	w := httptest.NewRecorder()
	h.handler.ServeHTTP(w, httptest.NewRequestWithContext(h.t.Context(), http.MethodGet, "/v1/pixel/track?writeKey="+url.QueryEscape(source.Key)+"&data="+pixel, nil))
	if w.Code != 200 {
		h.t.Fatalf("the pixel: %d %s", w.Code, w.Body)
	}
	h.settled()
	return messages
}

// company fills the house with some customers.
func (h house) company() {
	h.t.Helper()
	h.apply(simulate.Model(), "first")
	var b messages
	until := time.Date(2026, 11, 1, 12, 0, 0, 0, time.UTC)
	err := simulate.Company(simulate.Config{Seed: 5, Customers: 12, Until: until, Months: 2}).Run(func(source string, message []byte) error {
		b.add(source, message)
		return nil
	})
	for n := len(b.messages); err == nil && n > 0; n = len(b.messages) {
		now := messages{b.sources[:min(n, 500)], b.messages[:min(n, 500)]}
		b = messages{b.sources[min(n, 500):], b.messages[min(n, 500):]}
		err = now.accept(h.t.Context(), h.App)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	h.settled()
}

// forms are the ways in which a text may stand in a file.
func forms(s string) [][]byte {
	quoted, _ := json.Marshal(s)
	out := []string{s, strings.ToLower(s), strings.ToUpper(s), strings.Trim(string(quoted), `"`), url.QueryEscape(s), url.PathEscape(s), hex.EncodeToString([]byte(s))}
	for shift := range 3 {
		b := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("\x00", shift) + s))
		whole := b[(shift*8+5)/6 : len(b)-4] // what does not depend on the neighbours
		out = append(out, whole, strings.NewReplacer("+", "-", "/", "_").Replace(whole))
	}
	var forms [][]byte
	for _, f := range out {
		if len(f) >= 6 && !slices.ContainsFunc(forms, func(b []byte) bool { return string(b) == f }) {
			forms = append(forms, []byte(f))
		}
	}
	return forms
}

// traces searches every file of a directory, and what the stores say when they
// are asked for everything, for texts.
func traces(t *testing.T, dir string, texts []string) (found []string) {
	t.Helper()
	look := func(where string, b []byte) {
		for _, text := range texts {
			for _, form := range forms(text) {
				if bytes.Contains(b, form) {
					found = append(found, fmt.Sprintf("%s: %s", where, form))
				}
			}
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		b, err := os.ReadFile(path)
		look(strings.TrimPrefix(path, dir), b)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// decoded searches what compression hides: the events of the log, and every
// table of the derived stores. The directory must not be open.
func decoded(t *testing.T, dir string, texts []string) (found []string) {
	t.Helper()
	look := func(where, s string) {
		for _, text := range texts {
			if strings.Contains(strings.ToLower(s), strings.ToLower(text)) {
				found = append(found, where+": "+text)
			}
		}
	}
	log, err := stream.Open(t.Context(), stream.Config{Dir: filepath.Join(dir, "log"), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	err = log.Read(t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			look(fmt.Sprintf("seq %d", e.Seq), fmt.Sprint(e.Name, " ", e.MessageID, " ", e.UserID, " ", e.AnonymousID, " ", e.PreviousID, " ", string(e.Body)))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := log.Close(); err != nil {
		t.Fatal(err)
	}
	for file, driver := range map[string]string{viewsFile: "sqlite", voiceFile: "sqlite", promisesFile: "sqlite", historyFile: "duckdb"} {
		for table, rows := range dump(t, driver, filepath.Join(dir, file), tablesOf[driver]) {
			look(file+" "+table, rows)
		}
	}
	return found
}

// tablesOf asks a database for its tables.
var tablesOf = map[string]string{"sqlite": `SELECT name FROM sqlite_master WHERE type = 'table'`, "duckdb": `SELECT table_name FROM information_schema.tables`}

// dump returns every table of a database as text.
func dump(t *testing.T, driver, file, tables string) map[string]string {
	t.Helper()
	db, err := sql.Open(driver, file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	out := map[string]string{}
	for _, name := range strings.Fields(values(t, db, tables)) {
		out[name] = values(t, db, `SELECT * FROM "`+name+`"`)
	}
	return out
}

// values returns what a query gives, a value on a line.
func values(t *testing.T, db *sql.DB, query string) string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	for rows.Next() {
		row := make([]any, len(columns))
		for i := range row {
			row[i] = new(any)
		}
		if err := rows.Scan(row...); err != nil {
			t.Fatal(err)
		}
		for _, v := range row {
			if s, ok := (*v.(*any)).([]byte); ok {
				b.Write(s)
			} else {
				fmt.Fprint(&b, *v.(*any))
			}
			b.WriteByte('\n')
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// others is what the API says of everybody else.
func (h house) others(but string) map[string]string {
	h.t.Helper()
	out := map[string]string{}
	keep := func(path string) []byte {
		b := h.ask(http.MethodGet, path, "")
		out[path] = string(b)
		return b
	}
	var people struct{ Items []struct{ ID string } }
	if err := json.Unmarshal(h.ask(http.MethodGet, "/customers?limit=500", ""), &people); err != nil {
		h.t.Fatal(err)
	}
	for _, p := range people.Items {
		if p.ID != but {
			keep("/customers/" + p.ID)
			keep("/customers/" + p.ID + "/timeline?limit=500")
			keep("/customers/" + p.ID + "/identities")
		}
	}
	return out
}

func (h house) lookup(kind, value string) string {
	h.t.Helper()
	var c struct{ ID string }
	h.read("/customers/lookup?"+kind+"="+url.QueryEscape(value), &c)
	return c.ID
}

func (h house) status(method, path string) int {
	w := httptest.NewRecorder()
	h.socket.ServeHTTP(w, httptest.NewRequestWithContext(h.t.Context(), method, "http://vivencia/api/v1"+path, nil))
	return w.Code
}

// totals are what is counted, however long the log is.
func (h house) totals() map[string]any {
	h.t.Helper()
	h.settled()
	out := map[string]any{}
	h.read("/totals", &out)
	delete(out, "applied_seq")
	delete(out, "last_seq")
	return out
}

// caseOf has somebody work on a case of Marta's, in her own words, and waits until
// the log knows.
func (h house) caseOf(id cx.CustomerID) {
	h.t.Helper()
	ctx := h.t.Context()
	must := func(err error) {
		h.t.Helper()
		if err != nil {
			h.t.Fatal(err)
		}
	}
	c, err := h.Cases.Open(ctx, cx.System(), cases.New{Customer: id, Title: martas[9], Words: martas[8]})
	must(err)
	_, err = h.Cases.Write(ctx, cx.System(), c.ID, martas[8])
	must(err)
	l, err := h.Dialogue.CaseLink(ctx, c.ID, id)
	must(err)
	_, err = h.Dialogue.Reply(ctx, l.Token, "", martas[9])
	must(err)
	must(h.Cases.Thank(ctx, l.Token, martas[13]))
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for due := 1; due > 0; <-tick.C {
		must(h.state.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow(ctx, `SELECT COUNT(*) FROM jobs WHERE kind IN ('dialogue', 'cases.after')`).Scan(&due)
		}))
	}
	h.settled()
}

func TestForgottenIsGoneFromEveryByte(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHouse(t, dir)
	h.company()
	messages := h.marta()
	id := h.lookup("userId", "u-marta-7781")
	// The shop decides that another customer is she, in words that name her.
	h.send(`{"type":"identify","userId":"u-other","messageId":"o-1","traits":{"name":"Luis Prat"}}`, `{"type":"track","event":"Product Viewed","userId":"u-gone","messageId":"o-2","properties":{"title":"tarde otra vez con el envío"}}`)
	h.settled()
	h.ask(http.MethodPost, "/customers/"+id+"/merge", fmt.Sprintf(`{"from":%q,"evidence":"es Marta, llamó desde el 600"}`, h.lookup("userId", "u-gone")))
	h.settled()
	h.caseOf(cx.CustomerID(id))
	if found := traces(t, dir, martas[4:6]); len(found) == 0 {
		t.Fatal("nothing to forget: the search finds nothing")
	}
	export := string(h.ask(http.MethodGet, "/customers/"+id+"/export", ""))
	for _, text := range martas {
		if quoted, _ := json.Marshal(text); text != "u-marta-former" && text != "600 111 222" && !strings.Contains(strings.ToLower(export), strings.ToLower(strings.Trim(string(quoted), `"`))) {
			t.Errorf("the export leaves out %q", text)
		}
	}
	before := h.others(id)
	aside := filepath.Join(dir, "log", "damaged-20260101T000000Z")
	if err := errors.Join(os.Mkdir(aside, 0o700), os.WriteFile(filepath.Join(aside, "1.blk"), []byte(messages[1]), 0o600)); err != nil {
		t.Fatal(err)
	}

	var receipt struct {
		ID     int64
		DoneAt *string `json:"done_at"`
		Counts map[string]int
	}
	if err := json.Unmarshal(h.ask(http.MethodPost, "/customers/"+id+"/forget", ""), &receipt); err != nil {
		t.Fatal(err)
	}
	if receipt.DoneAt == nil || receipt.Counts["log"] < len(messages) || receipt.Counts["quarantine"] != 1 || receipt.Counts["memory"] == 0 || receipt.Counts["history"] == 0 {
		t.Errorf("%+v", receipt)
	}
	h.settled()
	gone := func(h house, when string) {
		t.Helper()
		if found := traces(t, dir, martas); len(found) > 0 {
			t.Errorf("%s there is left:\n%s", when, strings.Join(found, "\n"))
		}
		if got := h.status(http.MethodGet, "/customers/"+id); got != http.StatusGone {
			t.Errorf("%s her address answers %d", when, got)
		}
		if diff := cmp.Diff(before, h.others(id)); diff != "" {
			t.Errorf("%s others changed:\n%s", when, diff)
		}
	}
	gone(h, "after forgetting")
	// What her devices send again is dropped, and does not stay in the log.
	h.send(messages...)
	h.settled()
	if err := h.Forget.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	gone(h, "after her messages came again")
	again := h.totals()

	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if found := decoded(t, dir, martas); len(found) > 0 {
		t.Errorf("compressed there is left:\n%s", strings.Join(found, "\n"))
	}
	h = openHouse(t, dir)
	gone(h, "after a restart")
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if err := Rebuild(t.Context(), configOf(dir), slog.New(slog.DiscardHandler), func(cx.Seq, cx.Seq) {}); err != nil {
		t.Fatal(err)
	}
	h = openHouse(t, dir)
	gone(h, "after a rebuild")
	if diff := cmp.Diff(again, h.totals()); diff != "" {
		t.Errorf("totals after a rebuild (+), before (-):\n%s", diff)
	}

	// She comes back: somebody new.
	h.send(`{"type":"identify","userId":"u-marta-7781","messageId":"marta-new","traits":{"name":"Marta Gil Ortega"}}`)
	h.settled()
	if back := h.lookup("userId", "u-marta-7781"); back == id {
		t.Error("she is the same customer")
	}
	if got := h.status(http.MethodGet, "/customers/"+id); got != http.StatusGone {
		t.Errorf("her old address answers %d", got)
	}
}

// After a crash before each step the next start finishes.
func TestForgettingIsResumed(t *testing.T) {
	t.Parallel()
	for _, step := range []string{"let go", "log", "quarantine", "demo", "history", "memory", "decision", "seal"} {
		t.Run(step, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			h := openHouse(t, dir)
			h.marta()
			h.send(`{"type":"identify","userId":"u-other","messageId":"o-1","traits":{"name":"Luis Prat"}}`)
			h.settled()
			id, other := cx.CustomerID(h.lookup("userId", "u-marta-7781")), h.lookup("userId", "u-other")
			reached := make(chan struct{})
			h.Forget.Before(func(name string) error {
				if name != step {
					return nil
				}
				select {
				case <-reached:
				default:
					close(reached)
				}
				return io.ErrUnexpectedEOF
			})
			r, err := h.Forget.Forget(t.Context(), cx.System(), id)
			if err != nil {
				t.Fatal(err)
			}
			<-reached
			if err := h.Close(); err != nil {
				t.Fatal(err)
			}
			h = openHouse(t, dir)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			if r, err = h.Forget.Wait(ctx, r.ID); err != nil || !r.Done() || r.SHA256 != r.Sum() {
				t.Fatal(r, err)
			}
			if r.Counts["log"] < 8 || r.Counts["quarantine"] != 1 || r.Counts["memory"] == 0 || r.Counts["history"] == 0 {
				t.Errorf("counted %v", r.Counts)
			}
			if found := traces(t, dir, martas); len(found) > 0 {
				t.Errorf("there is left:\n%s", strings.Join(found, "\n"))
			}
			if h.lookup("userId", "u-other") != other {
				t.Error("somebody else changed")
			}
		})
	}
}

// Only the profile that was asked for goes when the merge was undone, and what
// the other's answers knew of them while they were one.
func TestAnUndoneMergeForgetsOne(t *testing.T) {
	t.Parallel()
	dir, bertas := t.TempDir(), []string{"Berta Vidal", "b-22222"}
	h := openHouse(t, dir)
	h.send(`{"type":"identify","userId":"a-11111","messageId":"1","traits":{"name":"Ana"}}`, `{"type":"identify","userId":"b-22222","messageId":"2","traits":{"name":"Berta Vidal"}}`)
	h.settled()
	a, b := h.lookup("userId", "a-11111"), h.lookup("userId", "b-22222")
	former := h.Config.file(replacedPrefix + "20260101T000000Z")
	if err := os.Mkdir(former, 0o700); err != nil {
		t.Fatal(err)
	}
	if got := h.status(http.MethodPost, "/customers/"+a+"/forget"); got != http.StatusConflict {
		t.Errorf("beside what a restore replaced: %d", got)
	}
	if err := os.Remove(former); err != nil {
		t.Fatal(err)
	}
	h.ask(http.MethodPost, "/customers/"+a+"/merge", fmt.Sprintf(`{"from":%q}`, b))
	h.send(`{"type":"answer","survey":"csat","userId":"a-11111","messageId":"3","answers":[{"question":"score","metric":"csat","scale":"1-5","value":4}]}`)
	h.settled()
	var graph struct{ Merges []struct{ ID int64 } }
	h.read("/customers/"+a+"/identities", &graph)
	h.ask(http.MethodPost, "/customers/"+a+"/unmerge", fmt.Sprintf(`{"merge_id":%d}`, graph.Merges[0].ID))
	h.ask(http.MethodPost, "/customers/"+b+"/forget", "")
	if got := h.status(http.MethodGet, "/customers/"+b); got != http.StatusGone {
		t.Errorf("who was forgotten answers %d", got)
	}
	if h.lookup("userId", "a-11111") != a {
		t.Error("the other is gone, too")
	}
	if found := traces(t, dir, bertas); len(found) > 0 {
		t.Errorf("there is left:\n%s", strings.Join(found, "\n"))
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if found := decoded(t, dir, bertas); len(found) > 0 {
		t.Errorf("compressed there is left:\n%s", strings.Join(found, "\n"))
	}
}

// What a backup brings back is forgotten again.
func TestReplayForgetsAgain(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHouse(t, dir)
	h.marta()
	id := cx.CustomerID(h.lookup("userId", "u-marta-7781"))
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	copied := filepath.Join(t.TempDir(), "restored")
	if err := os.CopyFS(copied, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	h = openHouse(t, dir)
	h.ask(http.MethodPost, "/customers/"+string(id)+"/forget", "")
	ledger, err := h.Forget.Ledger(t.Context())
	if err != nil || len(ledger) != 1 {
		t.Fatal(ledger, err)
	}
	line, err := json.Marshal(ledger[0])
	if err != nil || bytes.Contains(line, []byte("marta")) {
		t.Fatal(string(line), err)
	}
	var read forget.Receipt
	if err := json.Unmarshal(line, &read); err != nil {
		t.Fatal(err)
	}

	h = openHouse(t, copied)
	tampered := read
	tampered.IDs = nil
	if _, err := h.Forget.Replay(t.Context(), []forget.Receipt{tampered}); cx.KindOf(err) != cx.Invalid {
		t.Errorf("a tampered ledger: %v", err)
	}
	for range 2 {
		if n, err := h.Forget.Replay(t.Context(), []forget.Receipt{read}); n != 1 || err != nil {
			t.Fatal(n, err)
		}
		if found := traces(t, copied, martas); len(found) > 0 {
			t.Errorf("there is left:\n%s", strings.Join(found, "\n"))
		}
	}
	same, err := h.Forget.Ledger(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(ledger, same); diff != "" {
		t.Error(diff)
	}
}

// What grew old goes by the same operation: what was lived, not who they are.
func TestWhatGrewOldExpires(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHouse(t, dir)
	h.apply([]byte("company: {slug: x, name: X, timezone: UTC, currency: EUR}\nretention:\n- {source: demo, event: Diary Written, keep: 90 days}\n- {kind: answer, keep: 1 year}\n"), "keep little")
	day := func(ago int) string { return time.Now().UTC().AddDate(0, 0, -ago).Format(time.RFC3339) }
	said := func(i int) string { return fmt.Sprintf("querido diario número %d.", i) } // what follows in a file may be a digit
	var old []string
	for i := range 40 {
		ago := 10 + 10*i
		if ago >= 90 {
			old = append(old, said(i))
		}
		h.send(fmt.Sprintf(`{"type":"track","event":"Diary Written","userId":"u-diary-%d","messageId":"d-%d","timestamp":%q,"properties":{"text":%q},"context":{"traits":{"email":"d%d@candil.example"}}}`, i%3, i, day(ago), said(i), i%3))
	}
	h.send(fmt.Sprintf(`{"type":"answer","survey":"csat","userId":"u-diary-1","messageId":"a-1","timestamp":%q,"answers":[{"question":"score","metric":"csat","scale":"1-5","value":2},{"question":"text","text":"respuesta de hace dos años"}]}`, day(700)),
		fmt.Sprintf(`{"type":"track","event":"Order Completed","userId":"u-diary-1","messageId":"o-1","timestamp":%q,"properties":{"note":"pedido que se guarda"}}`, day(3000)))
	h.settled()
	ids := []string{h.lookup("userId", "u-diary-0"), h.lookup("email", "d1@candil.example")}
	expiring, err := h.Forget.Expiring(t.Context(), cx.System())
	if err != nil || len(expiring) != 2 || expiring[0].Events != len(old) || expiring[1].Events != 1 {
		t.Fatalf("%+v, %v; want %d", expiring, err, len(old))
	}
	r, err := h.Forget.Expire(t.Context(), cx.System())
	if err != nil || r.SHA256 != r.Sum() || r.Counts["log"] != len(old)+1 || r.Counts["history"] != len(old)+1 || len(r.Expired) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	if again, err := h.Forget.Expire(t.Context(), cx.System()); again.ID != 0 || err != nil {
		t.Errorf("expired twice: %+v, %v", again, err)
	}
	h.settled()
	old = append(old, "respuesta de hace dos años")
	check := func(when string) {
		t.Helper()
		if found := traces(t, dir, old); len(found) > 0 {
			t.Errorf("%s there is left:\n%s", when, strings.Join(found, "\n"))
		}
		if got := []string{h.lookup("userId", "u-diary-0"), h.lookup("email", "d1@candil.example")}; !slices.Equal(got, ids) {
			t.Errorf("%s they are %v, and were %v", when, got, ids)
		}
		if got := string(h.ask(http.MethodGet, "/customers/"+ids[1]+"/timeline", "")); !strings.Contains(got, "pedido que se guarda") || strings.Contains(got, "answer") {
			t.Errorf("%s they lived %s", when, got)
		}
	}
	check("after it expired")
	totals := h.totals()
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	if found := decoded(t, dir, old); len(found) > 0 {
		t.Errorf("compressed there is left:\n%s", strings.Join(found, "\n"))
	}
	if err := Rebuild(t.Context(), configOf(dir), slog.New(slog.DiscardHandler), func(cx.Seq, cx.Seq) {}); err != nil {
		t.Fatal(err)
	}
	h = openHouse(t, dir)
	check("after a rebuild")
	if diff := cmp.Diff(totals, h.totals()); diff != "" {
		t.Error(diff)
	}
}

// holdsNone is what lies in a data directory and holds nothing of a customer,
// and why.
var holdsNone = map[string]string{
	"state.db account_":               "people who work here, and opaque ids of what they did",
	"state.db model_versions":         "the company as declared",
	"state.db model_drafts":           "the company as somebody is declaring it",
	"state.db forget_":                "opaque ids of who was forgotten; seqs",
	"state.db jobs":                   "opaque ids of what is to be done",
	"state.db ask_skipped":            "counters",
	"state.db ask_state":              "a position",
	"state.db vivencia_migrations":    "the schema",
	"views.db memory_state":           "a position, counters, the model's text",
	"views.db models":                 "the models' texts, for their identity rules",
	"views.db dedupe_":                "salted hashes",
	"views.db vivencia_migrations":    "the schema",
	"views.db sqlite_":                "SQLite's own",
	"state.db text_elsewhere":         "counters, figures of an audit",
	"state.db text_models":            "weights of hashed features, figures",
	"voice.db voice_state":            "a position",
	"voice.db team_state":             "a position",
	"state.db team_roll":              "keyed hashes of the team, for a month",
	"state.db deliver_endpoints":      "secrets of webhooks, encrypted",
	"state.db deliver_vapid":          "a pair of keys",
	"state.db deliver_browsers":       "browsers of the company's people, encrypted",
	"state.db notify_told":            "keys of what was told",
	"state.db notify_settings":        "how the company's people want to be told",
	"state.db cases_next":             "the number of the next case",
	"state.db notify_state":           "a position",
	"state.db notify_walls":           "what screens on walls show",
	"voice.db readings":               "what texts may read as: languages, slugs of topics",
	"voice.db scores":                 "the different scores there are",
	"voice.db clusters":               "numbers of profiles",
	"voice.db heard":                  "salted hashes",
	"voice.db published":              "salted hashes",
	"voice.db superseded":             "seqs and ids of questions",
	"voice.db texts_fts_config":       "how the search index is kept",
	"voice.db texts_fts_docsize":      "how many words each text has",
	"voice.db vivencia_migrations":    "the schema",
	"voice.db sqlite_":                "SQLite's own",
	"history.duckdb meta":             "a position",
	"history.duckdb summarised":       "a position",
	"file " + demoFile:                "which company was simulated",
	"file " + asideFile:               "positions",
	"file lock":                       "empty",
	"file " + socketName:              "a socket",
	"file " + keyFile:                 "a key",
	"file audit.seals":                "hashes of the audit log",
	"file growth.json":                "sizes by day",
	"file state.db":                   "its tables are here one by one",
	"file views.db":                   "its tables are here one by one",
	"file history.duckdb":             "its tables are here one by one",
	"state.db programme_commitments":  "what people of the company committed to do",
	"state.db programme_maturity":     "sums of five people of the company",
	"state.db programme_said":         "keyed hashes of people of the company",
	"state.db programme_answers":      "what people of the company would have done, personal data masked",
	"state.db promise_effects":        "a time",
	"state.db rule_counts":            "how often, by rule and day",
	"state.db impact_evaluations":     "sums over customers, and hashes",
	"state.db cycle_opportunities":    "what would be worth doing, as the company writes it; who lived it stands in cycle_evidence",
	"state.db cycle_votes":            "opaque ids of people who work here",
	"state.db cycle_initiatives":      "plans, as the company writes them",
	"state.db cycle_entries":          "what people who work here did about initiatives",
	"state.db cycle_gone":             "counters",
	"state.db cycle_point":            "a figure",
	"state.db referral_opened":        "how often a code was opened; whose it is stands in referral_codes",
	"state.db referral_ledger":        "amounts of opaque accounts; whose they are stands in referral_accounts",
	"state.db referral_state":         "a position",
	"state.db told_stories":           "what changed, as the company tells it",
	"state.db rule_state":             "positions",
	"state.db rule_sweeps":            "numbers of who is in a segment, made anew with every look",
	"promises.db promise_state":       "a position",
	"promises.db promise_promises":    "slugs of promises, and positions",
	"promises.db promise_since":       "slugs of promises, and times",
	"promises.db promise_burning":     "slugs of promises, and times",
	"promises.db vivencia_migrations": "the schema",
	"promises.db sqlite_":             "SQLite's own",
	"file promises.db":                "its tables are here one by one",
	"file voice.db":                   "its tables are here one by one",
	"log/jetstream: mark":             "how far the log was written",
}

// TestWhatHoldsPersonalDataIsHeldByAHolder fails on a table, a stream or a file
// that no holder names and that is not said to hold none: what is kept there
// would be neither exported nor forgotten.
func TestWhatHoldsPersonalDataIsHeldByAHolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	h := openHouse(t, dir)
	if _, err := h.FoundDemo(t.Context(), DemoConfig{Customers: 5, Seed: 1, Until: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}, func(int64, int64) {}); err != nil {
		t.Fatal(err)
	}
	h.marta()
	held := map[string]bool{}
	for _, name := range h.Forget.Holds() {
		held[name] = true
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	judge := func(where, name string) {
		if held[name] {
			used[name] = true
			return
		}
		for none := range holdsNone {
			if strings.HasPrefix(where+name, none) {
				return
			}
		}
		t.Errorf("%s%s: no holder names it, and it is not said to hold no personal data", where, name)
	}
	for file, driver := range map[string]string{"state.db": "sqlite", viewsFile: "sqlite", voiceFile: "sqlite", promisesFile: "sqlite", historyFile: "duckdb"} {
		for table := range dump(t, driver, filepath.Join(dir, file), tablesOf[driver]) {
			judge(file+" ", table)
		}
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		rel := strings.TrimPrefix(strings.TrimPrefix(path, dir), "/")
		switch {
		case err != nil || d.IsDir():
		case strings.HasPrefix(rel, "log/"):
			parts := strings.Split(rel, "/")
			if i := slices.Index(parts, "streams"); i >= 0 && i+1 < len(parts) {
				judge("stream ", parts[i+1])
				return nil
			}
			judge("log/jetstream: ", parts[len(parts)-1])
		default:
			judge("file ", rel)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name := range held {
		if !used[name] && name != "redacted" && name != "damaged-*" && name != "brought/*" { // those come and go
			t.Errorf("a holder names %q, and there is no such table, stream or file", name)
		}
	}
}
