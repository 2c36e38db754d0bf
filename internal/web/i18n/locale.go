package i18n

import (
	"context"
	"fmt"
	"strings"
	"time"

	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"github.com/nicksnyder/go-i18n/v2/i18n/template"
	"golang.org/x/text/language"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Locale is how one reader is spoken to. It is safe for concurrent use.
type Locale struct {
	Lang      string       // es, en or pt: what <html lang> and model texts take
	Tag       language.Tag // with the region, if the reader told it
	zone      *time.Location
	clock     cx.Clock
	localizer *goi18n.Localizer
	words     words
	symbols   symbols
}

type contextKey struct{}

// With returns a context that carries the locale.
func With(ctx context.Context, l *Locale) context.Context {
	return context.WithValue(ctx, contextKey{}, l)
}

// From returns the context's locale. It panics when there is none: the
// middleware puts one on every request.
func From(ctx context.Context) *Locale {
	return ctx.Value(contextKey{}).(*Locale)
}

// T writes the text of a key in the context's locale; see Locale.T.
func T(ctx context.Context, key string, args ...any) string { return From(ctx).T(key, args...) }

// T writes the text of a key. args are pairs of name and value; a whole number
// is written as the locale writes it, and n chooses the plural form. A key
// that no catalogue holds is shown as ⟦key⟧, which the tests look for.
func (l *Locale) T(key string, args ...any) string {
	config := goi18n.LocalizeConfig{MessageID: key, TemplateParser: braces{}}
	if len(args) > 0 {
		data := make(map[string]string, len(args)/2)
		for i := 0; i+1 < len(args); i += 2 {
			name, _ := args[i].(string)
			switch v := args[i+1].(type) {
			case int:
				data[name] = l.Int(int64(v))
				if name == "n" {
					config.PluralCount = v
				}
			case int64:
				data[name] = l.Int(v)
				if name == "n" {
					config.PluralCount = v
				}
			case string:
				data[name] = v
			default:
				data[name] = fmt.Sprint(v)
			}
		}
		config.TemplateData = data
	}
	text, err := l.localizer.Localize(&config)
	if text == "" && err != nil {
		return "⟦" + key + "⟧"
	}
	return text
}

// Has tells whether the key has a text, for words that depend on data (the
// name of a reason, an event's name).
func (l *Locale) Has(key string) bool {
	text, _ := l.localizer.Localize(&goi18n.LocalizeConfig{MessageID: key, TemplateParser: template.IdentityParser{}})
	return text != ""
}

// braces is go-i18n's template parser for {name}: translators write no Go.
type braces struct{}

func (braces) Cacheable() bool { return true }

func (braces) Parse(src, _, _ string) (template.ParsedTemplate, error) { return braced(src), nil }

type braced string

func (b braced) Execute(data any) (string, error) {
	args, ok := data.(map[string]string)
	if !ok || !strings.Contains(string(b), "{") {
		return string(b), nil
	}
	return placeholder.ReplaceAllStringFunc(string(b), func(p string) string {
		if v, ok := args[p[1:len(p)-1]]; ok {
			return v
		}
		return p
	}), nil
}
