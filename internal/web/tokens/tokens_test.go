package tokens_test

import (
	"os"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/web/tokens"
)

// TestContrast holds WCAG 2.2 AA for every pair the pages use.
func TestContrast(t *testing.T) {
	t.Parallel()
	check := func(pairs []tokens.Pair, least float64) {
		for _, p := range pairs {
			text, ok := tokens.Find(p.Text)
			ground, ok2 := tokens.Find(p.Ground)
			if !ok || !ok2 {
				t.Errorf("%v: no such colour", p)
				continue
			}
			if c := tokens.Contrast(text.Light, ground.Light); c < least {
				t.Errorf("light %v: %.2f, want %.1f", p, c, least)
			}
			if c := tokens.Contrast(text.Dark, ground.Dark); c < least {
				t.Errorf("dark %v: %.2f, want %.1f", p, c, least)
			}
		}
	}
	check(tokens.TextPairs(), 4.5)
	check(tokens.GraphicPairs(), 3)
}

func TestContrastOfBlackAndWhite(t *testing.T) {
	t.Parallel()
	if c := tokens.Contrast("#000000", "#ffffff"); c < 20.99 || c > 21.01 {
		t.Errorf("got %.2f, want 21", c)
	}
}

func TestCSSIsWritten(t *testing.T) {
	t.Parallel()
	got, err := os.ReadFile("../assets/tokens.css")
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != tokens.CSS() {
		t.Error("assets/tokens.css is stale: run make generate")
	}
}
