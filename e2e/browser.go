package e2e

import (
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
)

// Browser is a Chromium that the tests of a package share.
type Browser struct {
	once   sync.Once
	ctx    context.Context
	cancel []context.CancelFunc
	err    error
}

// Run starts nothing yet, runs the package's tests and ends the browser that
// they used: call it from TestMain with os.Exit.
func Run(m *testing.M, b *Browser) int {
	code := m.Run()
	b.Close()
	return code
}

// Close ends the browser. It may be called again.
func (b *Browser) Close() {
	for i := len(b.cancel) - 1; i >= 0; i-- {
		b.cancel[i]()
	}
	b.cancel = nil
}

// start launches Chromium at first use. A machine without one skips, unless
// VIVENCIA_BROWSER_REQUIRED=1.
func (b *Browser) start(t testing.TB) context.Context {
	t.Helper()
	path := chromium()
	if path == "" {
		if os.Getenv("VIVENCIA_BROWSER_REQUIRED") == "1" {
			t.Fatal("no chromium on this machine: install it, or name it in VIVENCIA_CHROMIUM")
		}
		t.Skip("no chromium on this machine: install it, or name it in VIVENCIA_CHROMIUM")
	}
	b.once.Do(func() {
		options := []chromedp.ExecAllocatorOption{
			chromedp.ExecPath(path), chromedp.Headless, chromedp.NoSandbox, chromedp.DisableGPU,
			chromedp.NoFirstRun, chromedp.NoDefaultBrowserCheck,
			chromedp.Flag("disable-quic", true),
			chromedp.Flag("disable-background-networking", true),
			chromedp.Flag("disable-component-update", true),
			chromedp.Flag("disable-sync", true),
			chromedp.Flag("disable-dev-shm-usage", true),
			chromedp.Flag("hide-scrollbars", true),
			chromedp.Flag("font-render-hinting", "none"),
			chromedp.WSURLReadTimeout(time.Minute),
		}
		allocator, end := chromedp.NewExecAllocator(context.Background(), options...)
		b.cancel = append(b.cancel, end)
		ctx, end := chromedp.NewContext(allocator)
		b.cancel = append(b.cancel, end)
		b.ctx, b.err = ctx, chromedp.Run(ctx)
	})
	if b.err != nil {
		t.Fatalf("chromium does not start: %v", b.err)
	}
	return b.ctx
}

// tab opens a window with cookies of its own. Chromium opens none in a new
// browser context unless a new window is asked for, which chromedp does not.
func (b *Browser) tab(t testing.TB, parent context.Context) context.Context {
	t.Helper()
	executor := cdp.WithExecutor(parent, chromedp.FromContext(parent).Browser)
	cookies, err := target.CreateBrowserContext().WithDisposeOnDetach(true).Do(executor)
	if err != nil {
		t.Fatal(err)
	}
	id, err := target.CreateTarget("about:blank").WithBrowserContextID(cookies).WithNewWindow(true).Do(executor)
	if err != nil {
		t.Fatal(err)
	}
	ctx, end := chromedp.NewContext(parent, chromedp.WithTargetID(id))
	t.Cleanup(end)
	return ctx
}

func chromium() string {
	for _, name := range []string{os.Getenv("VIVENCIA_CHROMIUM"), "chromium", "chromium-browser", "google-chrome"} {
		if name == "" {
			continue
		}
		if path, err := exec.LookPath(name); err == nil {
			return path
		}
	}
	return ""
}
