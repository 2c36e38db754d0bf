package survey

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/fact"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// item is one answered question as it goes to the log; see fact.ParseAnswer.
type item struct {
	Question string   `json:"question"`
	Metric   string   `json:"metric,omitzero"`
	Scale    string   `json:"scale,omitzero"`
	Value    *float64 `json:"value,omitzero"`
	Text     string   `json:"text,omitzero"`
	Choice   any      `json:"choice,omitzero"`
}

// given is what was answered so far, by question: the values as posted, in one
// form. A question that was shown and skipped is there without values.
type given map[string]answer

// answer is what was answered to one question.
type answer struct {
	Values []string          `json:"v,omitzero"` // of ranking the options in order; of text one
	Rows   map[string]string `json:"r,omitzero"` // of matrix
	Other  string            `json:"o,omitzero"`
}

func (a answer) empty() bool { return len(a.Values) == 0 && len(a.Rows) == 0 }

func (a answer) same(b answer) bool {
	if len(a.Rows) != len(b.Rows) || a.Other != b.Other || !slices.Equal(a.Values, b.Values) {
		return false
	}
	for row, v := range a.Rows {
		if b.Rows[row] != v {
			return false
		}
	}
	return true
}

// reader reads posted values.
type reader struct {
	values Values
	words  words
}

// read returns the answer to a question, and what to do about it when it does
// not fit.
func (r reader) read(q model.Question) (a answer, fault string) {
	switch q.Type {
	case model.Multiple:
		a.Values, fault = r.options(q)
	case model.Ranking:
		a.Values, fault = r.ranking(q)
	case model.Matrix:
		a.Rows, fault = r.matrix(q)
	default:
		value := r.one(q.ID)
		if value != "" {
			value, fault = r.single(q, value)
			a.Values = []string{value}
		} else if q.Type == model.Consent && !q.Required {
			a.Values = []string{"false"} // a box that is not ticked
		}
	}
	if fault != "" {
		return a, fault
	}
	if slices.Contains(a.Values, OtherOption) && q.Other {
		if a.Other = cut(clean(r.one(q.ID+"."+OtherOption)), maxOther); a.Other == "" {
			return a, r.words.other
		}
	}
	if q.Required && (a.empty() || q.Type == model.Consent && a.Values[0] != "true") {
		return a, r.words.missing
	}
	return a, ""
}

// maxOther is how long a text of one's own beside options may be, in characters.
const maxOther = 500

func (r reader) one(name string) string {
	if v := r.values[name]; len(v) > 0 {
		return strings.TrimSpace(v[0])
	}
	return ""
}

// single reads one value that is there.
func (r reader) single(q model.Question, value string) (kept, fault string) {
	switch q.Type {
	case model.NPS, model.CSAT, model.CES, model.Rating:
		if n, err := strconv.Atoi(value); err == nil && slices.Contains(points(q.Scale), n) {
			return itoa(n), ""
		}
		return "", r.words.choose
	case model.Emotion:
		if slices.Contains(model.Emotions(), value) {
			return value, ""
		}
		return "", r.words.choose
	case model.Single:
		if value == OtherOption && q.Other || has(q.Options, value) {
			return value, ""
		}
		return "", r.words.choose
	case model.FreeText:
		value = clean(value)
		if n := utf8.RuneCountInString(value); n > q.MaxLength {
			return value, say(r.words.long, itoa(n), itoa(q.MaxLength))
		}
		return value, ""
	case model.Number:
		n, err := strconv.ParseFloat(strings.Replace(value, ",", ".", 1), 64)
		switch written := strconv.FormatFloat(n, 'f', -1, 64); {
		case err != nil || n-n != 0 || len(written) > 30:
			return cut(clean(value), 40), r.words.number
		case q.Min != nil && n < *q.Min:
			return written, say(r.words.least, strconv.FormatFloat(*q.Min, 'f', -1, 64))
		case q.Max != nil && n > *q.Max:
			return written, say(r.words.most, strconv.FormatFloat(*q.Max, 'f', -1, 64))
		default:
			return written, ""
		}
	case model.Date:
		if day, err := time.Parse(time.DateOnly, value); err == nil && day.Year() > 0 {
			return value, ""
		}
		return "", r.words.date
	}
	switch value { // consent
	case "true", "on", "yes":
		return "true", ""
	case "false":
		return value, ""
	}
	return "", r.words.choose
}

// options reads the chosen ones, in the order of the question.
func (r reader) options(q model.Question) (chosen []string, fault string) {
	posted := r.values[q.ID]
	for _, o := range q.Options {
		if slices.Contains(posted, o.ID) {
			chosen = append(chosen, o.ID)
		}
	}
	if q.Other && slices.Contains(posted, OtherOption) {
		chosen = append(chosen, OtherOption)
	}
	for _, v := range posted {
		if v != "" && !slices.Contains(chosen, v) {
			return chosen, r.words.choose
		}
	}
	return chosen, ""
}

// ranking reads the place of each option and returns the options in their order.
func (r reader) ranking(q model.Question) ([]string, string) {
	order := make([]string, len(q.Options))
	n := 0
	for _, o := range q.Options {
		value := r.one(q.ID + "." + o.ID)
		if value == "" {
			continue
		}
		n++
		place, err := strconv.Atoi(value)
		if err != nil || place < 1 || place > len(order) || order[place-1] != "" {
			return nil, say(r.words.places, itoa(len(order)))
		}
		order[place-1] = o.ID
	}
	switch n {
	case 0:
		return nil, ""
	case len(order):
		return order, ""
	}
	return nil, say(r.words.places, itoa(len(order)))
}

func (r reader) matrix(q model.Question) (rows map[string]string, fault string) {
	for _, row := range q.Rows {
		value := r.one(q.ID + "." + row.ID)
		if value == "" {
			if q.Required {
				fault = r.words.rows
			}
			continue
		}
		n, err := strconv.Atoi(value)
		if !has(q.Options, value) && (q.Options != nil || err != nil || !slices.Contains(points(q.Scale), n)) {
			return rows, r.words.choose
		}
		if rows == nil {
			rows = map[string]string{}
		}
		rows[row.ID] = value
	}
	return rows, fault
}

func has(options []model.Option, id string) bool {
	return slices.ContainsFunc(options, func(o model.Option) bool { return o.ID == id })
}

// points lists the scores of a scale; none when it is no scale.
func points(scale string) (all []int) {
	sc, ok := fact.ParseScale(scale)
	if !ok {
		return nil
	}
	for n := int(sc.Min); n <= int(sc.Max); n++ {
		all = append(all, n)
	}
	return all
}

// clean makes a text storable: valid UTF-8 without control characters, its line
// ends \n. Markup is text like any other.
func clean(s string) string {
	s = strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\r\n", "\n")
	return strings.TrimSpace(strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return -1
		}
		return r
	}, s))
}

// cut shortens a text to n characters.
func cut(s string, n int) string {
	if utf8.RuneCountInString(s) <= n {
		return s
	}
	return string([]rune(s)[:n])
}

// items writes an answer as it goes to the log, a score as the metric. What was
// skipped is told too: a missing score is missing.
func items(metric string, q model.Question, a answer) []item {
	it := item{Question: q.ID}
	switch q.Type {
	case model.NPS, model.CSAT, model.CES, model.Rating:
		it.Metric, it.Scale = metric, q.Scale
		if len(a.Values) > 0 {
			it.Value = number(a.Values[0])
		}
	case model.FreeText:
		if len(a.Values) > 0 {
			it.Text = a.Values[0]
		}
	case model.Multiple, model.Ranking:
		if len(a.Values) > 0 {
			it.Choice = a.Values
		}
		it.Text = a.Other
	case model.Matrix:
		all := make([]item, len(q.Rows))
		for i, row := range q.Rows {
			all[i] = item{Question: q.ID + "." + row.ID}
			switch value := a.Rows[row.ID]; {
			case q.Options == nil:
				all[i].Metric, all[i].Scale = model.Rating, q.Scale
				if value != "" {
					all[i].Value = number(value)
				}
			case value != "":
				all[i].Choice = value
			}
		}
		return all
	default: // emotion, single, number, date, consent: what a person says, and no score
		if len(a.Values) > 0 {
			it.Choice = a.Values[0]
		}
		it.Text = a.Other
	}
	return []item{it}
}

func number(s string) *float64 {
	n, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return nil
	}
	return &n
}

// value is the answer as conditions and texts see it: a number, a text, a bool, a
// list, or by row; nil when there is none.
func value(q model.Question, a answer) any {
	if a.empty() {
		return nil
	}
	switch q.Type {
	case model.NPS, model.CSAT, model.CES, model.Rating, model.Number:
		if n := number(a.Values[0]); n != nil {
			return *n
		}
		return nil
	case model.Consent:
		return a.Values[0] == "true"
	case model.Multiple, model.Ranking:
		list := make([]any, len(a.Values))
		for i, v := range a.Values {
			list[i] = v
		}
		return list
	case model.Matrix:
		rows := map[string]any{}
		for row, v := range a.Rows {
			if n := number(v); q.Options == nil && n != nil {
				rows[row] = *n
			} else {
				rows[row] = v
			}
		}
		return rows
	}
	return a.Values[0]
}
