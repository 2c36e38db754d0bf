package model

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Known tells what is known of what a piping names, such as
// "customer.first_name": a text, a number, a bool or a time. Ok is false when it
// is not known.
type Known func(path string) (value any, ok bool)

// piping is {PATH ?? OTHERWISE} or {PATH|FORMAT ?? OTHERWISE}. OTHERWISE is said
// when what PATH names is not known; each piping has it, so that no reader ever
// sees braces.
var (
	piping     = regexp.MustCompile(`\{([^{}]*)\}`)
	pipingForm = regexp.MustCompile(`^\s*([a-z_]+(?:\.[A-Za-z0-9_-]+)*)\s*(?:\|\s*([a-z]+)\s*)?\?\?(.*)$`)
)

// The formats of a piping; each takes a time.
const (
	asWeekday = "weekday" // martes
	asDate    = "date"    // 3 de marzo
	asTime    = "time"    // 17:40
)

// pipes are the paths that a text may name, besides those below answers,
// properties and traits.
var pipes = []string{"customer.first_name", "customer.name", "event.name", "event.at", "place", "touchpoint", "company"}

// maxPiped is how many characters of what is known a text shows.
const maxPiped = 80

// Fill returns the text in a language with its pipings replaced by what is
// known; times are read in the zone. What is known is shown on one line and cut
// when it is long: it came from outside.
func (t Text) Fill(lang string, zone *time.Location, known Known) string {
	text := t.In(lang)
	if !strings.Contains(text, "{") {
		return text
	}
	return strings.TrimSpace(piping.ReplaceAllStringFunc(text, func(s string) string {
		m := pipingForm.FindStringSubmatch(s[1 : len(s)-1])
		if m == nil {
			return ""
		}
		if value, ok := known(m[1]); ok {
			if shown := show(value, m[2], lang, zone); shown != "" {
				return shown
			}
		}
		return strings.TrimSpace(m[3])
	}))
}

// show writes one value; "" when it cannot.
func show(value any, format, lang string, zone *time.Location) string {
	var text string
	if at, ok := instant(value); ok && (format != "" || !isText(value)) {
		at = at.In(zone)
		base, _, _ := strings.Cut(lang, "-")
		switch format {
		case asWeekday:
			return weekdays[base][at.Weekday()]
		case asTime:
			return at.Format("15:04")
		}
		month := months[base][at.Month()-1]
		if base == "en" {
			return strconv.Itoa(at.Day()) + " " + month
		}
		return strconv.Itoa(at.Day()) + " de " + month
	}
	if format != "" {
		return ""
	}
	switch v := value.(type) {
	case string:
		text = v
	case float64:
		text = strconv.FormatFloat(v, 'f', -1, 64)
	case int, int64, bool:
		text = fmt.Sprint(v)
	}
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
	if runes := []rune(text); len(runes) > maxPiped {
		text = strings.TrimSpace(string(runes[:maxPiped])) + "…"
	}
	return text
}

func isText(value any) bool { _, ok := value.(string); return ok }

func instant(value any) (time.Time, bool) {
	switch v := value.(type) {
	case time.Time:
		return v, true
	case cx.Time:
		return v.Std(), v != 0
	case string:
		if t, ok := cx.ParseTime(v); ok {
			return t.Std(), true
		}
		t, err := time.Parse(time.DateOnly, v)
		return t, err == nil
	}
	return time.Time{}, false
}

var weekdays = map[string][]string{
	"es": {"domingo", "lunes", "martes", "miércoles", "jueves", "viernes", "sábado"},
	"en": {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"},
	"pt": {"domingo", "segunda-feira", "terça-feira", "quarta-feira", "quinta-feira", "sexta-feira", "sábado"},
}

var months = map[string][]string{
	"es": {"enero", "febrero", "marzo", "abril", "mayo", "junio", "julio", "agosto", "septiembre", "octubre", "noviembre", "diciembre"},
	"en": {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"},
	"pt": {"janeiro", "fevereiro", "março", "abril", "maio", "junho", "julho", "agosto", "setembro", "outubro", "novembro", "dezembro"},
}

// piped reads a required Text and checks its pipings.
func (p *surveying) piped(v value) Text {
	t := v.words()
	for _, text := range slices.Compact([]string{t.ES, t.EN, t.PT}) {
		if message := p.unfit(text); message != "" {
			v.fault("%s", message)
			break
		}
	}
	return t
}

// unfit says what is wrong with the pipings of a text.
func (p *surveying) unfit(text string) string {
	const hint = "write {customer.first_name ?? what to say when it is not known}"
	if rest := piping.ReplaceAllString(text, ""); strings.ContainsAny(rest, "{}") {
		return "a brace stands alone: " + hint + ", or leave it out"
	}
	for _, m := range piping.FindAllStringSubmatch(text, -1) {
		form := pipingForm.FindStringSubmatch(m[1])
		if form == nil {
			return fmt.Sprintf("%q cannot be read: %s", m[0], hint)
		}
		if f := form[2]; f != "" && f != asWeekday && f != asDate && f != asTime {
			return fmt.Sprintf("%q is none of weekday, date, time%s", f, orMean(f, []string{asWeekday, asDate, asTime}, ""))
		}
		root, id, deeper := strings.Cut(form[1], ".")
		switch {
		case slices.Contains(pipes, form[1]):
		case deeper && !strings.Contains(id, ".") && (root == "properties" || root == "traits"):
		case deeper && root == "answers":
			if _, asked := p.before[id]; !asked {
				return fmt.Sprintf("no page before this asks %q: take it from a page before, or leave it out", id)
			}
		default:
			return fmt.Sprintf("nothing is known as %q%s", form[1], orMean(form[1], pipes, ": use properties.NAME, traits.NAME, answers.QUESTION, "))
		}
	}
	return ""
}
