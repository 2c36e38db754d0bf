package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	cdpruntime "github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Theme is what the system prefers.
type Theme string

// The themes.
const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// Desktop and Phone are the widths at which every page is looked at; Narrow is
// the least at which none may scroll sideways.
const (
	Desktop = 1280
	Phone   = 390
	Narrow  = 360
)

// patience bounds each step: a page that takes longer is broken.
const patience = 30 * time.Second

// Page is a tab with its own cookies.
type Page struct {
	ctx   context.Context
	t     testing.TB
	width int
	theme Theme
	mute  bool // its pages run no scripts

	mu      sync.Mutex
	console []string
}

// Open shows an address in a new tab of that width and theme, in Spanish, and
// waits until it has loaded. The tab closes with the test, which fails if the console
// holds errors then. Where the server refuses on purpose, see Forgive.
func (b *Browser) Open(t testing.TB, url string, width int, theme Theme) *Page {
	t.Helper()
	parent := b.start(t)
	ctx := b.tab(t, parent)
	p := &Page{ctx: ctx, t: t, width: width, theme: theme}
	chromedp.ListenTarget(ctx, p.listen)
	p.run(
		log.Enable(), network.Enable(),
		emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{
			{Name: "prefers-color-scheme", Value: string(theme)}, {Name: "prefers-reduced-motion", Value: "reduce"},
		}),
		emulation.SetDeviceMetricsOverride(int64(width), height(width), 1, width < 700),
		emulation.SetTouchEmulationEnabled(width < 700),
		emulation.SetLocaleOverride().WithLocale("es-ES"),
		network.SetExtraHTTPHeaders(network.Headers{"Accept-Language": "es-ES"}),
	)
	p.Go(url)
	t.Cleanup(func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, line := range p.console {
			t.Errorf("console of %s: %s", url, line)
		}
	})
	return p
}

func height(width int) int64 {
	if width < 700 {
		return 844
	}
	return 900
}

func (p *Page) listen(event any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch e := event.(type) {
	case *log.EventEntryAdded:
		if e.Entry.Level == log.LevelError || e.Entry.Level == log.LevelWarning {
			p.console = append(p.console, fmt.Sprintf("%s %s %s", e.Entry.Level, e.Entry.Text, e.Entry.URL))
		}
	case *cdpruntime.EventExceptionThrown:
		p.console = append(p.console, e.ExceptionDetails.Error())
	case *cdpruntime.EventConsoleAPICalled:
		if e.Type == cdpruntime.APITypeError || e.Type == cdpruntime.APITypeWarning {
			for _, a := range e.Args {
				p.console = append(p.console, string(e.Type)+" "+string(a.Value)+a.Description)
			}
		}
	}
}

func (p *Page) run(actions ...chromedp.Action) {
	p.t.Helper()
	// The first Run binds the tab to its context: it must not be one that ends.
	if err := chromedp.Run(p.ctx); err != nil {
		p.t.Fatal(err)
	}
	ctx, end := context.WithTimeout(p.ctx, patience)
	defer end()
	if err := chromedp.Run(ctx, actions...); err != nil {
		p.t.Fatal(err)
	}
}

// Go shows another address in the same tab.
func (p *Page) Go(url string) {
	p.t.Helper()
	p.run(chromedp.Navigate(url), chromedp.WaitReady("body"), p.ready())
}

// ready waits for fonts and for the custom elements.
func (p *Page) ready() chromedp.Action {
	if p.mute {
		return chromedp.Tasks{}
	}
	return chromedp.Evaluate(`document.fonts.ready.then(() => new Promise(r => setTimeout(() => requestAnimationFrame(() => r(true)), 30)))`, nil,
		func(p *cdpruntime.EvaluateParams) *cdpruntime.EvaluateParams { return p.WithAwaitPromise(true) })
}

// Forgive forgets console errors that hold the text, as the browser writes for
// a 422 that is meant.
func (p *Page) Forgive(text string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := p.console[:0]
	for _, line := range p.console {
		if !strings.Contains(line, text) {
			kept = append(kept, line)
		}
	}
	p.console = kept
}

// Click clicks the first element that the CSS selector matches, once visible.
func (p *Page) Click(selector string) {
	p.t.Helper()
	p.run(chromedp.WaitVisible(selector, chromedp.ByQuery), p.still(selector), chromedp.Click(selector, chromedp.ByQuery))
}

// still brings an element into view and waits until it no longer moves: a click
// goes to a place, not to an element.
func (p *Page) still(selector string) chromedp.Action {
	if p.mute {
		return chromedp.ScrollIntoView(selector, chromedp.ByQuery)
	}
	return chromedp.Evaluate(fmt.Sprintf(`new Promise(done => {
		const element = document.querySelector(%q);
		element.scrollIntoView({block: "center", behavior: "instant"});
		let last = "";
		const look = () => {
			const at = element.getBoundingClientRect(), now = [at.x, at.y, at.width, at.height].join();
			if (now === last) return done(true);
			last = now;
			setTimeout(look, 80);
		};
		look();
	})`, selector), nil, func(p *cdpruntime.EvaluateParams) *cdpruntime.EvaluateParams { return p.WithAwaitPromise(true) })
}

// Submit clicks a button and waits for the next page.
func (p *Page) Submit(selector string) {
	p.t.Helper()
	p.run(chromedp.WaitVisible(selector, chromedp.ByQuery), p.still(selector))
	ctx, end := context.WithTimeout(p.ctx, patience)
	defer end()
	if _, err := chromedp.RunResponse(ctx, chromedp.Click(selector, chromedp.ByQuery)); err != nil {
		p.t.Fatal(err)
	}
	p.run(chromedp.WaitReady("body"), p.ready())
}

// Type types into the element that the selector matches, over what is there.
func (p *Page) Type(selector, text string) {
	p.t.Helper()
	p.run(chromedp.WaitVisible(selector, chromedp.ByQuery),
		chromedp.Evaluate(fmt.Sprintf("document.querySelector(%q).value = ''", selector), nil),
		chromedp.SendKeys(selector, text, chromedp.ByQuery))
}

// Choose gives a file to an input.
func (p *Page) Choose(selector, path string) {
	p.t.Helper()
	p.run(chromedp.SetUploadFiles(selector, []string{path}, chromedp.ByQuery))
}

// Key presses a key on what has the focus: a character, or one of package
// chromedp/kb.
func (p *Page) Key(key string, modifiers ...chromedp.KeyOption) {
	p.t.Helper()
	p.run(chromedp.KeyEvent(key, modifiers...))
}

// Press presses a key without waiting to be told that it came: the frame that
// had the focus may be gone by then.
func (p *Page) Press(key string) {
	p.t.Helper()
	ctx, end := context.WithTimeout(p.ctx, time.Second)
	defer end()
	if err := chromedp.Run(ctx, chromedp.KeyEvent(key)); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		p.t.Fatal(err)
	}
}

// Text returns the text of the first element that the selector matches, once
// it is visible.
func (p *Page) Text(selector string) string {
	p.t.Helper()
	var text string
	p.run(chromedp.WaitVisible(selector, chromedp.ByQuery), chromedp.Text(selector, &text, chromedp.ByQuery))
	return strings.Join(strings.Fields(text), " ")
}

// WaitFor waits until a JavaScript expression is true.
func (p *Page) WaitFor(expression string) {
	p.t.Helper()
	deadline := time.Now().Add(patience)
	for time.Now().Before(deadline) {
		// An error is a page that is just going: the next one answers.
		var ok bool
		if chromedp.Run(p.ctx, chromedp.Evaluate(expression, &ok)) == nil && ok {
			return
		}
		select {
		case <-p.ctx.Done():
			p.t.Fatal(p.ctx.Err())
		case <-time.After(20 * time.Millisecond):
		}
	}
	p.t.Fatalf("%s never came true", expression)
}

// Eval evaluates a JavaScript expression into a value of that type.
func Eval[T any](p *Page, expression string) (v T) {
	p.t.Helper()
	p.run(chromedp.Evaluate(expression, &v, func(e *cdpruntime.EvaluateParams) *cdpruntime.EvaluateParams { return e.WithAwaitPromise(true) }))
	return v
}

// Check holds what every page must be: axe reports nothing, and nothing
// scrolls sideways, at this width nor at 360 px.
func (p *Page) Check() {
	p.t.Helper()
	p.Axe()
	p.NoSidewaysScroll()
}

// Axe runs axe-core with all its rules for WCAG 2.2 AA and good practice.
func (p *Page) Axe() {
	p.t.Helper()
	source, err := os.ReadFile(filepath.Join(tools(), "node_modules", "axe-core", "axe.min.js"))
	if err != nil {
		p.t.Fatalf("%v: run npm ci --ignore-scripts in tools", err)
	}
	p.run(chromedp.ActionFunc(func(ctx context.Context) error {
		_, _, err := cdpruntime.Evaluate(string(source)).Do(ctx)
		return err
	}))
	report := Eval[string](p, `axe.run(document, {resultTypes: ["violations"]}).then(r => JSON.stringify(r.violations.map(v => ({
		id: v.id, help: v.help, nodes: v.nodes.map(n => n.target.join(" ") + "  " + n.failureSummary).slice(0, 5)}))))`)
	var violations []struct {
		ID, Help string
		Nodes    []string
	}
	if err := json.Unmarshal([]byte(report), &violations); err != nil {
		p.t.Fatal(err)
	}
	for _, v := range violations {
		p.t.Errorf("axe, %d px %s: %s: %s\n  %s", p.width, p.theme, v.ID, v.Help, strings.Join(v.Nodes, "\n  "))
	}
}

// NoSidewaysScroll fails when the page is wider than the window.
func (p *Page) NoSidewaysScroll() {
	p.t.Helper()
	widths := []int{p.width}
	if p.width <= Phone {
		widths = append(widths, Narrow)
	}
	for _, w := range widths {
		p.run(emulation.SetDeviceMetricsOverride(int64(w), height(w), 1, w < 700))
		// The window takes a moment to have its new width.
		wide := Eval[[]string](p, `(async () => {
			const root = document.documentElement;
			for (let i = 0; i < 20 && root.scrollWidth > root.clientWidth; i++) await new Promise(r => setTimeout(r, 50));
			if (root.scrollWidth <= root.clientWidth) return [];
			return ["document", ...[...document.querySelectorAll("body *")].filter(e => e.getBoundingClientRect().right > root.clientWidth + 1)
				.slice(0, 5).map(e => e.tagName + "." + e.getAttribute("class"))];
		})()`)
		if len(wide) > 0 {
			p.t.Errorf("at %d px %s scrolls sideways because of %v", w, Eval[string](p, "location.pathname + location.search"), wide)
		}
	}
	p.run(emulation.SetDeviceMetricsOverride(int64(p.width), height(p.width), 1, p.width < 700))
}

// Picture writes the whole page's picture as NAME-WIDTH-THEME.png into the
// folder that VIVENCIA_SCREENSHOTS names; it does nothing without one.
func (p *Page) Picture(name string) {
	p.t.Helper()
	p.picture(name, true)
}

// Window writes the picture of what the window shows.
func (p *Page) Window(name string) {
	p.t.Helper()
	p.picture(name, false)
}

func (p *Page) picture(name string, whole bool) {
	p.t.Helper()
	folder := os.Getenv("VIVENCIA_SCREENSHOTS")
	if folder == "" {
		return
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		p.t.Fatal(err)
	}
	var picture []byte
	p.run(p.ready(), chromedp.ActionFunc(func(ctx context.Context) (err error) {
		capture := page.CaptureScreenshot().WithFormat(page.CaptureScreenshotFormatPng)
		if whole {
			_, _, _, _, _, size, err := page.GetLayoutMetrics().Do(ctx)
			if err != nil {
				return err
			}
			tall := max(int64(math.Ceil(size.Height)), height(p.width))
			if err := emulation.SetDeviceMetricsOverride(int64(p.width), tall, 1, p.width < 700).Do(ctx); err != nil {
				return err
			}
		}
		picture, err = capture.Do(ctx)
		return err
	}))
	if whole {
		p.run(emulation.SetDeviceMetricsOverride(int64(p.width), height(p.width), 1, p.width < 700))
	}
	file := filepath.Join(folder, fmt.Sprintf("%s-%d-%s.png", name, p.width, p.theme))
	if err := os.WriteFile(file, picture, 0o644); err != nil {
		p.t.Fatal(err)
	}
}

// tools returns the folder of the project's tools.
func tools() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "tools")
}

// WithoutScripts lets no page run a script from now on; Eval still does, without
// timers.
func (p *Page) WithoutScripts() {
	p.t.Helper()
	p.mute = true
	p.run(emulation.SetScriptExecutionDisabled(true))
}

// Frame returns the page in the first frame of an origin, to be used like any.
func (p *Page) Frame(origin string) *Page {
	p.t.Helper()
	var id target.ID
	for deadline := time.Now().Add(patience); id == "" && time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		all, err := chromedp.Targets(p.ctx)
		if err != nil {
			p.t.Fatal(err)
		}
		for _, t := range all {
			if t.Type == "iframe" && strings.HasPrefix(t.URL, origin) {
				id = t.TargetID
			}
		}
	}
	if id == "" {
		p.t.Fatalf("no frame of %s", origin)
	}
	ctx, end := chromedp.NewContext(p.ctx, chromedp.WithTargetID(id))
	p.t.Cleanup(end)
	return &Page{ctx: ctx, t: p.t, width: p.width, theme: p.theme}
}

// Refused waits until the console holds an error with the text, and forgets it.
func (p *Page) Refused(text string) {
	p.t.Helper()
	found := func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return slices.ContainsFunc(p.console, func(line string) bool { return strings.Contains(line, text) })
	}
	for deadline := time.Now().Add(patience); !found(); time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			p.t.Fatalf("the console never said %s", text)
		}
	}
	p.Forgive(text)
}
