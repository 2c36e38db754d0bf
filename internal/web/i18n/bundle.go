package i18n

import (
	"fmt"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	goi18n "github.com/nicksnyder/go-i18n/v2/i18n"
	"golang.org/x/text/language"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Languages are the ones every catalogue must hold, the default first.
func Languages() []string { return []string{"es", "en", "pt"} }

// latin is the Spanish of America: a variation of es, never complete.
const latin = "es-419"

// Bundle holds the messages of all catalogues. It is read-only once made.
type Bundle struct {
	bundle  *goi18n.Bundle
	keys    map[string]map[string]bool // language → its keys
	matcher language.Matcher
	tags    []string // what the matcher's index means
}

// New reads every messages.*.yaml at the root of each catalogue. It reports
// all faults at once: an unknown language, a malformed file, a key that two
// catalogues hold, a key that a language lacks.
func New(catalogues ...fs.FS) (*Bundle, error) {
	b := &Bundle{
		bundle: goi18n.NewBundle(language.Spanish),
		keys:   map[string]map[string]bool{},
		tags:   append(Languages(), latin),
	}
	tags := make([]language.Tag, len(b.tags))
	for i, t := range b.tags {
		tags[i] = language.Make(t)
	}
	b.matcher = language.NewMatcher(tags)
	var faults []cx.Fault
	for i, c := range append([]fs.FS{messages}, catalogues...) {
		files, err := fs.Glob(c, "messages.*.yaml")
		if err != nil {
			return nil, cx.Wrap("i18n.New", err)
		}
		if len(files) == 0 {
			faults = append(faults, cx.Fault{Message: fmt.Sprintf("catalogue %d holds no messages.*.yaml", i)})
		}
		for _, name := range files {
			faults = append(faults, b.read(c, name)...)
		}
	}
	faults = append(faults, b.missing()...)
	if err := cx.InvalidFaults("i18n.New", faults); err != nil {
		return nil, err
	}
	return b, nil
}

func (b *Bundle) read(c fs.FS, name string) []cx.Fault {
	fault := func(format string, args ...any) []cx.Fault {
		return []cx.Fault{{Field: name, Message: fmt.Sprintf(format, args...)}}
	}
	lang := strings.TrimSuffix(strings.TrimPrefix(name, "messages."), ".yaml")
	if !slices.Contains(b.tags, lang) {
		return fault("no such language %q: use es, en, pt or es-419", lang)
	}
	src, err := fs.ReadFile(c, name)
	if err != nil {
		return fault("%v", err)
	}
	var texts map[string]any
	if err := yaml.Unmarshal(src, &texts); err != nil {
		return fault("%v", err)
	}
	if b.keys[lang] == nil {
		b.keys[lang] = map[string]bool{}
	}
	var faults []cx.Fault
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		m, err := parseMessage(key, texts[key])
		if err != nil {
			faults = append(faults, fault("%s: %v", key, err)...)
			continue
		}
		if b.keys[lang][key] {
			faults = append(faults, fault("%s: another catalogue holds this key; begin it with the page's name", key)...)
			continue
		}
		b.keys[lang][key] = true
		if err := b.bundle.AddMessages(language.Make(lang), m); err != nil {
			faults = append(faults, fault("%s: %v", key, err)...)
		}
	}
	return faults
}

func parseMessage(key string, v any) (*goi18n.Message, error) {
	switch v := v.(type) {
	case string:
		return &goi18n.Message{ID: key, Other: v}, nil
	case map[string]any:
		m := &goi18n.Message{ID: key}
		for form, text := range v {
			s, ok := text.(string)
			if !ok {
				return nil, fmt.Errorf("%s is not a text; quote it", form)
			}
			switch form {
			case "one":
				m.One = s
			case "many":
				m.Many = s
			case "other":
				m.Other = s
			default:
				return nil, fmt.Errorf("no plural form %q: keys are flat, forms are one, many, other", form)
			}
		}
		if m.Other == "" {
			return nil, fmt.Errorf("the form other is missing")
		}
		return m, nil
	}
	return nil, fmt.Errorf("is not a text; quote it")
}

func (b *Bundle) missing() (faults []cx.Fault) {
	all := map[string]bool{}
	for _, keys := range b.keys {
		maps.Copy(all, keys)
	}
	for _, key := range slices.Sorted(maps.Keys(all)) {
		for _, lang := range Languages() {
			if !b.keys[lang][key] {
				faults = append(faults, cx.Fault{Field: "messages." + lang + ".yaml", Message: key + " is missing"})
			}
		}
	}
	return faults
}

// Has tells whether every language holds the key.
func (b *Bundle) Has(key string) bool { return b.keys["es"][key] }

// Choose returns the reader's language from preferences in order of weight:
// the person's setting, a cookie, an Accept-Language header. Empty or unknown
// ones are passed over; es is the last resort. The result keeps the region
// ("es-MX"), which decides how numbers are written.
func (b *Bundle) Choose(preferences ...string) string {
	for _, p := range preferences {
		tags, _, err := language.ParseAcceptLanguage(p)
		if err != nil || len(tags) == 0 {
			continue
		}
		if _, i, confidence := b.matcher.Match(tags...); confidence >= language.High {
			for _, t := range tags {
				if _, j, c := b.matcher.Match(t); c >= language.High && j == i {
					return t.String()
				}
			}
		}
	}
	return "es"
}

// Locale returns the ways of a language that Choose returned, in a time zone.
// now is the clock that relative times count from.
func (b *Bundle) Locale(lang string, zone *time.Location, clock cx.Clock) *Locale {
	if zone == nil {
		zone = time.UTC
	}
	tag := language.Make(lang)
	_, i, _ := b.matcher.Match(tag)
	name := b.tags[i]
	return &Locale{
		Lang:      name[:2],
		Tag:       tag,
		zone:      zone,
		clock:     clock,
		localizer: goi18n.NewLocalizer(b.bundle, name),
		words:     wordsOf(name[:2]),
		symbols:   symbolsOf(tag),
	}
}

var placeholder = regexp.MustCompile(`\{[a-z][A-Za-z]*[0-9]*\}`)

// Placeholders returns the arguments that a text names, for tests.
func Placeholders(text string) []string { return placeholder.FindAllString(text, -1) }
