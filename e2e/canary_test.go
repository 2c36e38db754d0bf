package e2e_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/chromedp/chromedp/kb"

	"github.com/vivencia-cx/vivencia/e2e"
	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/app"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

// canaries would fire if any page took what came from outside for more than
// text.
var canaries = []string{
	`"><img src=x onerror=window.canary=1>`,
	`<script>window.canary=2</script>`,
	`javascript:window.canary=3//`,
	`'; DROP TABLE customers; --`,
	`{{constructor.constructor("window.canary=4")()}}${window.canary=5}`,
	`</textarea></title><svg/onload=window.canary=6>`,
	`' onmouseover='window.canary=7' autofocus onfocus='window.canary=8`,
	"\u202eyranac\u2066 <b onclick=window.canary=9>",
}

// cage is a company all of whose names are canaries.
type cage struct {
	t   *testing.T
	url string
	key string
}

func openCage(t *testing.T) cage {
	t.Helper()
	cfg := app.Defaults()
	cfg.Data, cfg.Addr, cfg.Reserve, cfg.HistoryMemory = t.TempDir(), "127.0.0.1:0", 0, 128<<20
	ctx, cancel := context.WithCancel(context.Background())
	a, err := app.Open(ctx, cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	address, ended := make(chan string, 1), make(chan error, 1)
	go func() { ended <- a.Serve(ctx, func(at string) { address <- at }) }()
	t.Cleanup(func() {
		cancel()
		<-ended
		_ = a.Close()
	})
	c := cage{t: t, url: "http://" + <-address}
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	_, err = a.Models.Apply(ctx, cx.System(), []byte(cagedModel()), canaries[0])
	must(err)
	source, err := a.Accounts.CreateSource(ctx, cx.System(), "web", "")
	must(err)
	c.key = source.Key
	_, err = a.Accounts.CreatePerson(ctx, cx.System(), account.NewPerson{Email: "admin@example.com", Name: canaries[0], Role: cx.Admin, Password: webtest.Password})
	must(err)
	for i, s := range canaries {
		_, err = a.Accounts.CreatePerson(ctx, cx.System(), account.NewPerson{Email: fmt.Sprintf("p%d@example.com", i), Name: s, Role: cx.Member})
		must(err)
		_, err = a.Accounts.CreateSource(ctx, cx.System(), s, "")
		must(err)
		_, _, err = a.Accounts.CreateToken(ctx, cx.System(), s, cx.Board, nil, "")
		must(err)
		c.live(i, s)
	}
	must(a.WaitApplied(ctx, a.Log.LastSeq(), nil))
	return c
}

// cagedModel names everything that a model names by canaries.
func cagedModel() string {
	q := func(s string) string {
		b, _ := json.Marshal(s) // JSON is YAML
		return string(b)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "company: {slug: cage, name: %s, timezone: UTC, currency: EUR, languages: [es]}\n", q(canaries[0]))
	for section, entry := range map[string]string{
		"areas":       `{slug: a%d, name: %s}`,
		"suppliers":   `{slug: s%d, name: %s}`,
		"places":      `{slug: l%[1]d, name: %[2]s, kind: shop, city: %[2]s}`,
		"identifiers": `{slug: i%d, name: %s, from: traits.card, merges: false}`,
		"properties":  `{slug: p%[1]d, name: %[2]s, on: %[2]s, expr: 'properties.a == "<script>"'}`,
		"touchpoints": `{slug: t%[1]d, name: %[2]s, stage: during, channel: web, medium: digital, area: a%[1]d, supplier: s%[1]d, surveys: [survey-%[1]d], events: [{name: %[2]s, when: 'properties.a != "<script>window.canary=1</script>"', valence: -1}]}`,
	} {
		fmt.Fprintf(&b, "%s:\n", section)
		for i, s := range canaries {
			fmt.Fprintf(&b, "  - "+entry+"\n", i, q(s))
		}
	}
	return b.String()
}

// live sends a customer all of whose fields are one canary.
func (c cage) live(i int, s string) {
	id := fmt.Sprintf("%s#%d", s, i)
	properties := map[string]any{s: s, "place": fmt.Sprintf("l%d", i), "product": s, "supplier": s, "order_id": s, "url": s, "list": []string{s}, "nested": map[string]any{s: s}}
	traits := map[string]any{"name": s, "email": s, "phone": s, "card": "1", s: s, "avatar": s, "website": s}
	where := map[string]any{"groupId": id, "page": map[string]any{"url": s, "title": s, "referrer": s}, "userAgent": s, "campaign": map[string]any{"name": s}, "traits": traits}
	base := func(kind string, more map[string]any) map[string]any {
		m := map[string]any{"type": kind, "userId": id, "messageId": fmt.Sprintf("%s %s %d", s, kind, i)}
		for k, v := range more {
			m[k] = v
		}
		return m
	}
	c.send("/v1/batch", map[string]any{"batch": []any{
		base("identify", map[string]any{"traits": traits, "context": where}),
		base("track", map[string]any{"event": s, "properties": properties, "context": where}),
		base("page", map[string]any{"name": s, "category": s, "properties": properties}),
		base("screen", map[string]any{"name": s, "properties": properties}),
		base("group", map[string]any{"groupId": id, "traits": traits}),
		base("alias", map[string]any{"previousId": "was " + id}),
		base("answer", map[string]any{"survey": fmt.Sprintf("survey-%d", i), "answers": []any{
			map[string]any{"question": s, "metric": "csat", "scale": "1-5", "value": 1},
			map[string]any{"question": "why " + s, "text": s, "choice": s},
		}}),
		map[string]any{"type": "track", "anonymousId": s, "event": s, "messageId": "anonymous " + s},
	}}, http.StatusOK)
	c.send("/v1/circumstances", map[string]any{"kind": s, "messageId": "c " + s, "place": fmt.Sprintf("l%d", i), "from": "2020-01-01T00:00:00Z", "value": s}, http.StatusOK)
	c.send("/v1/track", map[string]any{"type": s, "userId": s, s: s}, http.StatusBadRequest) // waits for review
}

func (c cage) send(path string, body any, want int) {
	c.t.Helper()
	b, err := json.Marshal(body)
	if err != nil {
		c.t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(c.t.Context(), http.MethodPost, c.url+path, bytes.NewReader(b))
	if err != nil {
		c.t.Fatal(err)
	}
	r.SetBasicAuth(c.key, "")
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		c.t.Fatal(err)
	}
	defer res.Body.Close()
	var answer struct{ Refused []struct{ Reason string } }
	if err := json.NewDecoder(res.Body).Decode(&answer); err != nil || res.StatusCode != want || want == http.StatusOK && len(answer.Refused) > 0 {
		c.t.Fatalf("%s: %s %+v %v", path, res.Status, answer, err)
	}
}

// foreign is what would stand in a page that took a canary for markup.
const foreign = `document.querySelectorAll('img[src="x"], [onerror], [onload], [onclick], [onfocus], [onmouseover], a[href^="javascript:" i], [formaction]:not([formaction^="/"]), iframe, object, embed, script:not([src])').length`

var (
	ids    = regexp.MustCompile(`/(c_[a-z0-9]+|[0-9]+|[^/?]*%[^/?]*)`)
	values = regexp.MustCompile(`=[^&]*`)
)

// kindOf is an address without what tells pages of one kind apart.
func kindOf(path string) string {
	path, query, _ := strings.Cut(path, "?")
	return ids.ReplaceAllString(path, "/*") + "?" + values.ReplaceAllString(query, "")
}

// TestTextStaysText fills every field that can come from outside with canaries
// and follows every link that the product shows: none fires, the console stays
// clean, and they are read as text.
func TestTextStaysText(t *testing.T) {
	t.Parallel()
	c := openCage(t)
	p := chrome.Open(t, c.url+"/sign-in?next="+url.QueryEscape("javascript:window.canary=1"), e2e.Desktop, e2e.Light)
	p.Type("#f-email", "admin@example.com")
	p.Type("#f-password", webtest.Password+kb.Enter)
	p.WaitFor(`!location.pathname.startsWith("/sign-in")`)

	next := []string{"/today", "/customers", "/segments", "/promises", "/promises/kept-by?of=supplier", "/contradictions", "/serving", "/serving/frames/till", "/organizations", "/quarantine", "/model", "/model/versions", "/settings", "/settings/people", "/settings/sources", "/settings/tokens", "/settings/audit", "/developers", "/me", "/links"}
	for i := range canaries {
		s := canaries[(i*3)%len(canaries)]
		v := url.QueryEscape(s)
		next = append(next, "/customers?q="+v, "/organizations?q="+v, "/today?area="+v+"&weeks="+v, "/today/lived?touchpoint="+v, "/developers?source="+v+"&way="+v+"&from="+v,
			"/palette?q="+v, "/"+url.PathEscape(s), "/customers/"+url.PathEscape(s), "/organizations/"+url.PathEscape(s), "/sign-in?next="+v)
	}
	const most = 2 // pages of one kind: all canaries stand on most of them
	seen, kinds, read := map[string]bool{}, map[string]int{}, map[string]int{}
	for len(next) > 0 {
		path := next[0]
		next = next[1:]
		kind := kindOf(path)
		if seen[path] || kinds[kind] >= most {
			continue
		}
		seen[path] = true
		kinds[kind]++
		p.Go(c.url + path)
		p.Forgive("status of 4") // pages of what is not there
		if canary := fired(p); canary != "" {
			t.Errorf("%s: a canary fired: %s", path, canary)
		}
		if n := e2e.Eval[int](p, foreign); n > 0 {
			t.Errorf("%s: %d elements came out of text", path, n)
		}
		text := e2e.Eval[string](p, `document.body.innerText + " " + [...document.querySelectorAll("input, textarea")].map(i => i.value).join(" ")`)
		for _, s := range canaries {
			if strings.Contains(text, s) {
				read[s]++
			}
		}
		for _, link := range e2e.Eval[[]string](p, `[...document.querySelectorAll("a[href]:not([download])")].map(a => a.getAttribute("href"))`) {
			if strings.HasPrefix(link, "/") && !strings.Contains(link, "export") && !strings.Contains(link, ".csv") && !strings.Contains(link, ".yaml") {
				next = append(next, link)
			} else if strings.HasPrefix(strings.ToLower(strings.TrimSpace(link)), "javascript:") {
				t.Errorf("%s links to %s", path, link)
			}
		}
	}
	// And the net catches: what is put in as markup is found.
	_ = e2e.Eval[bool](p, `document.body.insertAdjacentHTML("beforeend", '<a href="javascript:1"></a>') ?? true`)
	if e2e.Eval[int](p, foreign) != 1 {
		t.Error("markup in a page goes unnoticed")
	}
	t.Logf("%d pages of %d kinds", len(seen), len(kinds))
	for _, s := range canaries {
		if read[s] < 5 {
			t.Errorf("%q is read on %d pages only", s, read[s])
		}
	}
	if len(kinds) < 40 {
		t.Errorf("only %d kinds of page: %v", len(kinds), kinds)
	}
}

// fired tells which canary ran in the page; "" for none.
func fired(p *e2e.Page) string {
	return e2e.Eval[string](p, `String(window.canary ?? "")`)
}
