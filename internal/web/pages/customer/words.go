package customer

import (
	"bytes"
	"encoding/json"
	"io/fs"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/act/dialogue"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

// Messages are the words that a Teller needs of a locale.
func Messages() fs.FS { return messages }

// Teller says what was lived in the reader's words: the model's names, the
// catalogue's, and as a last resort the word that came.
type Teller struct {
	L     *i18n.Locale
	Model *model.Model
}

// NewTeller returns one that speaks the locale's language.
func NewTeller(l *i18n.Locale, m *model.Model) Teller { return Teller{l, m} }

// Name is what a customer is called; somebody without a name is «Sin
// identificar».
func (t Teller) Name(name string) string {
	if name == "" {
		return t.L.T("customer.anonymous")
	}
	return name
}

// word is the catalogue's text for something that data names, else the name
// itself, readable.
func (t Teller) word(prefix, name string) string {
	if key := prefix + slug(name); t.L.Has(key) {
		return t.L.T(key)
	}
	return readable(name)
}

// Event says what happened: "Recogió su pedido".
func (t Teller) Event(i remember.Item) string {
	switch i.Kind {
	case cx.Page, cx.Screen:
		if i.Name == "Page" || i.Name == "Screen" {
			return t.L.T("customer.event." + strings.ToLower(i.Name))
		}
		return t.L.T("customer.event."+i.Kind.String()+"-named", "name", i.Name)
	case cx.Answer:
		return t.answered(i.Answer)
	case cx.Decision:
		if text, ok := t.decided(i); ok {
			return text
		}
		if text, ok := t.acted(i); ok {
			return text
		}
	}
	if key := "customer.event." + slug(i.Name); t.L.Has(key) {
		return t.L.T(key)
	}
	return i.Name
}

func (t Teller) answered(a *fact.Answer) string {
	if a != nil {
		for _, item := range a.Items {
			if item.Metric != "" {
				return t.L.T("customer.answered." + item.Metric)
			}
		}
	}
	return t.L.T("customer.answered")
}

// About is what it was about, when a property says it: a title, what was
// searched.
func (t Teller) About(i remember.Item) string {
	if i.Kind != cx.Track {
		return ""
	}
	if i.Name == dialogue.OfferedEvent || i.Name == dialogue.MadeEvent {
		return t.chosen(i)
	}
	for _, p := range t.properties(i.Properties) {
		if slices.Contains([]string{"title", "query", "product_name", "subject"}, p.key) || p.key == "text" && ours(i) && p.Value != "" {
			return p.Value
		}
	}
	return ""
}

// ours tells whether an event is of our conversation with the customer.
func ours(i remember.Item) bool {
	return i.Name == dialogue.SentEvent || i.Name == dialogue.ReceivedEvent || i.Name == dialogue.ThankedEvent
}

// Touchpoint is its name, "" of none.
func (t Teller) Touchpoint(slug string) string {
	if tp, ok := t.Model.Touchpoint(slug); ok {
		return tp.Name.In(t.L.Lang)
	}
	return slug
}

// Icon is the touchpoint's, else its channel's, else that of the kind of fact.
func (t Teller) Icon(touchpoint string, i remember.Item) string {
	if tp, ok := t.Model.Touchpoint(touchpoint); ok {
		if slices.Contains(dist.Icons(), tp.Icon) {
			return tp.Icon
		}
		switch tp.Channel {
		case "store":
			return "store"
		case "web":
			return "globe"
		case "app":
			return "smartphone"
		case "phone":
			return "phone"
		case "mail":
			return "mail"
		case "home":
			return "truck"
		}
		return "waypoints"
	}
	if icon := actionIcon(i); icon != "" {
		return icon
	}
	switch i.Kind {
	case cx.Answer:
		return "message-circle"
	case cx.Identify, cx.Alias:
		return "id-card"
	case cx.Group:
		return "building-2"
	case cx.Decision:
		return "mail"
	}
	return "activity"
}

// Where is how and where somebody was met: "Tienda, físico · Candil Gràcia".
func (t Teller) Where(c model.Class) string {
	var parts []string
	if c.Channel != "" {
		how := t.Channel(c.Channel)
		if c.Medium != "" {
			how += ", " + strings.ToLower(t.L.T("ui.medium."+c.Medium))
		}
		parts = append(parts, how)
	}
	if c.Place != "" {
		parts = append(parts, t.Place(c.Place))
	}
	if c.Supplier != "" {
		parts = append(parts, t.Supplier(c.Supplier))
	}
	return strings.Join(parts, " · ")
}

// Channel is a channel's name.
func (t Teller) Channel(slug string) string { return t.word("customer.channel.", slug) }

// Place is a place's name.
func (t Teller) Place(slug string) string {
	if p, ok := t.Model.Place(slug); ok {
		return p.Name.In(t.L.Lang)
	}
	return slug
}

// Supplier is a supplier's name.
func (t Teller) Supplier(slug string) string {
	if s, ok := t.Model.Supplier(slug); ok {
		return s.Name.In(t.L.Lang)
	}
	return slug
}

// Circumstance says what was so: "la caja 3 estaba cerrada · Candil Gràcia".
func (t Teller) Circumstance(c remember.Circumstance) string {
	key := "customer.circumstance." + slug(c.Kind)
	var text string
	switch {
	case c.Value != "" && t.L.Has(key+".value"):
		text = t.L.T(key+".value", "value", c.Value)
	case t.L.Has(key):
		text = t.L.T(key)
	default:
		text = readable(c.Kind)
		if name, ok := t.Model.NameOf("circumstance."+c.Kind, "", c.Touchpoint); ok {
			text = name.In(t.L.Lang)
		}
		if c.Value != "" {
			text += ": " + c.Value
		}
	}
	for _, where := range []string{t.Place(c.Place), t.Supplier(c.Supplier)} {
		if where != "" {
			text += " · " + where
		}
	}
	return text
}

// Identifier is what a kind of identifier is called.
func (t Teller) Identifier(kind string) string {
	for _, r := range t.Model.IdentifierRules() {
		if name := r.Name.In(t.L.Lang); r.Kind == kind && name != "" && !t.L.Has("customer.identifier."+slug(kind)) {
			return name
		}
	}
	return t.word("customer.identifier.", kind)
}

// Score is what was answered with a figure: "4 de 5".
func (t Teller) Score(i fact.AnswerItem) string {
	decimals := 0
	if i.Value != float64(int64(i.Value)) {
		decimals = 1
	}
	value := t.L.Number(i.Value, decimals)
	if _, most, ok := scale(i); ok {
		return t.L.T("customer.score", "value", value, "most", t.L.Number(most, 0))
	}
	return value
}

// Metric is what a score is about: "Satisfacción".
func (t Teller) Metric(metric string) string {
	if metric == "" {
		return t.L.T("customer.metric.other")
	}
	return t.word("customer.metric.", metric)
}

func scale(i fact.AnswerItem) (least, most float64, ok bool) {
	low, high, found := strings.Cut(i.Scale, "-")
	least, err := strconv.ParseFloat(low, 64)
	most, err2 := strconv.ParseFloat(high, 64)
	return least, most, found && err == nil && err2 == nil && least < most
}

// tone is how a score is meant: the upper third of its scale well, the lower
// half badly; of a recommendation 9 and 10, up to 6.
func tone(i fact.AnswerItem) ui.Tone {
	least, most, ok := scale(i)
	if !ok {
		return ui.Neutral
	}
	high, low := least+(most-least)*0.7, least+(most-least)*0.4
	if i.Metric == "nps" {
		high, low = 9, 6
	}
	switch {
	case i.Value >= high:
		return ui.Positive
	case i.Value <= low:
		return ui.Negative
	}
	return ui.Neutral
}

// Summary says who somebody is in a sentence: "Cliente desde marzo; lo último:
// recogió su pedido, a gusto".
func (t Teller) Summary(first cx.Time, latest *remember.Item, valenceWord func(float64) string) string {
	since := t.L.Month(first)
	if latest == nil {
		return t.L.T("customer.summary.quiet", "since", since)
	}
	what := lower(t.Event(*latest))
	if latest.Class.HasValence {
		what += ", " + lower(valenceWord(latest.Class.Valence))
	}
	return t.L.T("customer.summary", "since", since, "what", what)
}

// days writes the days from one instant to another, both included.
func (t Teller) days(from, to cx.Time) string { return t.L.Dates(cx.Window{From: from, To: to + 1}) }

// Property is one of a fact's properties, readable.
type Property struct{ Name, Value, key string }

// Property is what a member of a fact or a profile is called.
func (t Teller) Property(name string) string { return t.word("customer.property.", name) }

// Properties are a JSON object's members as people read them, in its order.
func (t Teller) Properties(raw json.RawMessage) []Property { return t.properties(raw) }

func (t Teller) properties(raw json.RawMessage) (out []Property) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if token, err := dec.Token(); err != nil || token != json.Delim('{') {
		return nil
	}
	for dec.More() {
		token, err := dec.Token()
		key, ok := token.(string)
		var value json.RawMessage
		if err != nil || !ok || dec.Decode(&value) != nil {
			return out
		}
		out = append(out, Property{t.word("customer.property.", key), t.Value(value), key})
	}
	return out
}

// Value writes a JSON value as people read it: texts plain, times as dates, the
// model's slugs as names, figures with the locale's sign.
func (t Teller) Value(raw json.RawMessage) string {
	switch raw = bytes.TrimSpace(raw); {
	case len(raw) == 0, string(raw) == "null":
		return "–"
	case string(raw) == "true":
		return t.L.T("customer.yes")
	case string(raw) == "false":
		return t.L.T("customer.no")
	case raw[0] == '"':
		var s string
		if json.Unmarshal(raw, &s) != nil {
			return string(raw)
		}
		if at, err := time.Parse(time.RFC3339, s); err == nil {
			return t.L.DateTime(cx.TimeOf(at))
		}
		return t.Supplier(t.Place(s))
	case raw[0] == '{':
		var parts []string
		for _, p := range t.properties(raw) {
			parts = append(parts, p.Name+": "+p.Value)
		}
		return strings.Join(parts, ", ")
	case raw[0] == '[':
		var items []json.RawMessage
		if json.Unmarshal(raw, &items) != nil {
			return string(raw)
		}
		parts := make([]string, len(items))
		for i, item := range items {
			parts[i] = t.Value(item)
		}
		return strings.Join(parts, "; ")
	}
	if n, err := strconv.ParseFloat(string(raw), 64); err == nil && strings.Contains(string(raw), ".") && !strings.ContainsAny(string(raw), "eE") {
		return t.L.Number(n, len(raw)-1-bytes.IndexByte(raw, '.'))
	}
	return string(raw)
}

var notWord = regexp.MustCompile(`[^\p{L}\p{N}]+`)

// slug is the form in which catalogues name what data names.
func slug(name string) string {
	return strings.Trim(notWord.ReplaceAllString(strings.ToLower(spaced(name)), "-"), "-")
}

// readable turns birth_year and birthYear into Birth year.
func readable(name string) string {
	s := strings.TrimSpace(notWord.ReplaceAllString(spaced(name), " "))
	if s == "" {
		return name
	}
	r, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[size:]
}

var hump = regexp.MustCompile(`(\p{Ll})(\p{Lu})`)

// spaced parts camelCase.
func spaced(name string) string { return hump.ReplaceAllString(name, "$1 $2") }

// lower begins a text with a small letter, for within a sentence.
func lower(s string) string {
	r, size := utf8.DecodeRuneInString(s)
	next, _ := utf8.DecodeRuneInString(s[size:])
	if s == "" || unicode.IsUpper(next) { // nothing, or an abbreviation
		return s
	}
	return string(unicode.ToLower(r)) + s[size:]
}
