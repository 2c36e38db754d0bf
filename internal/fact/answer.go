package fact

import (
	"fmt"
	"math"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// MaxItems is how many items an answer may have.
const MaxItems = 200

// MaxRating bounds a rating that declares no scale, on both sides of zero.
const MaxRating = 1_000_000

// Answer is one customer's answers to a survey.
type Answer struct {
	Survey     string
	Items      []AnswerItem // in the order they were sent, one for each question
	Touchpoint string       // slug; "" leaves it to the model
}

// AnswerItem is what was answered to one question. A question that was shown
// and skipped has neither value nor text nor choice: a missing score is
// missing.
type AnswerItem struct {
	Question string // as sent; else the metric; else "text" or "score"
	Metric   string // nps, csat, ces, rating, or "" for what is no score
	Scale    string // "1-5"; nps is always "0-10"; "" only without a value or for a rating that declares none
	Value    float64
	HasValue bool
	Text     string
	Choice   string
}

// ParseAnswer reads an answer's body:
//
//	{"survey":"csat","answers":[{"question":"score","metric":"csat","scale":"1-5","value":4},{"question":"text","text":"…"}],"touchpoint":"till"}
//
// Values must be numbers within their scale; csat and ces must declare theirs.
// Unknown members are ignored. The strings are copies. The error is Invalid
// and lists every fault.
func ParseAnswer(e cx.Event) (Answer, error) {
	var (
		a      Answer
		faults faults
		items  jsontext.Value
	)
	err := members(e.Body, func(name string, v jsontext.Value) {
		switch name {
		case "survey":
			a.Survey = faults.text("survey", v)
		case "touchpoint":
			a.Touchpoint = faults.text("touchpoint", v)
		case "answers":
			items = v.Clone()
		}
	})
	if err != nil {
		return Answer{}, cx.Errorf(cx.Invalid, "fact.ParseAnswer", "the body is no JSON object: %w", err)
	}
	if a.Survey == "" {
		faults.missing("survey", "is missing: give the slug of the survey")
	}
	faults.items(&a, items)
	if err := cx.InvalidFaults("fact.ParseAnswer", faults); err != nil {
		return Answer{}, err
	}
	return a, nil
}

func (fs *faults) items(a *Answer, raw jsontext.Value) {
	seen := map[string]bool{}
	err := elements(raw, func(i int, v jsontext.Value) {
		if i == MaxItems {
			fs.add("answers", fmt.Sprintf("has too many items: send at most %d", MaxItems))
		}
		if i >= MaxItems {
			return
		}
		path := fmt.Sprintf("answers[%d]", i)
		item, ok := fs.item(path, v)
		if !ok {
			return
		}
		if seen[item.Question] {
			fs.add(path+".question", fmt.Sprintf("repeats %q: give each question once", item.Question))
		}
		seen[item.Question] = true
		a.Items = append(a.Items, item)
	})
	switch {
	case raw == nil || err != nil:
		fs.add("answers", "is missing: give an array with an object for each question")
	case len(a.Items) == 0 && len(*fs) == 0:
		fs.add("answers", "is empty: give at least one answered question")
	}
}

func (fs *faults) item(path string, raw jsontext.Value) (AnswerItem, bool) {
	var it AnswerItem
	before := len(*fs)
	err := members(raw, func(name string, v jsontext.Value) {
		switch name {
		case "question":
			it.Question = fs.text(path+".question", v)
		case "metric":
			it.Metric = fs.text(path+".metric", v)
		case "scale":
			it.Scale = fs.text(path+".scale", v)
		case "text":
			it.Text = fs.text(path+".text", v)
		case "choice":
			it.Choice = fs.scalar(path+".choice", v)
		case "value":
			it.Value, it.HasValue = fs.number(path+".value", v)
		}
	})
	if err != nil {
		fs.add(path, `must be an object such as {"question":"score","metric":"csat","scale":"1-5","value":4}`)
		return it, false
	}
	switch it.Metric {
	case "nps":
		if it.Scale == "" {
			it.Scale = "0-10"
		} else if it.Scale != "0-10" {
			fs.add(path+".scale", "must be 0-10 for nps")
		}
	case "csat", "ces":
		if it.Scale == "" && it.HasValue {
			fs.add(path+".scale", `is missing: `+it.Metric+` declares its scale, such as "1-5"`)
		}
	case "":
		if it.HasValue {
			it.Metric = "rating"
		}
	case "rating":
	default:
		fs.add(path+".metric", fmt.Sprintf("%q is not one of nps, csat, ces, rating", it.Metric))
	}
	if it.Scale == "" && math.Abs(it.Value) > MaxRating {
		fs.add(path+".value", fmt.Sprintf("%v is no rating: give its scale, or a number up to %d", it.Value, MaxRating))
	}
	if it.Scale != "" {
		switch scale, ok := ParseScale(it.Scale); {
		case !ok:
			fs.add(path+".scale", fmt.Sprintf(`%q is no scale: write the least and the greatest score, such as "1-5"`, it.Scale))
		case it.HasValue && !scale.Contains(it.Value):
			fs.add(path+".value", fmt.Sprintf("%v lies outside the scale %s", it.Value, it.Scale))
		}
	}
	if it.Question == "" {
		switch {
		case it.Metric != "":
			it.Question = it.Metric
		case it.Text != "":
			it.Question = "text"
		default:
			it.Question = "score"
		}
	}
	return it, len(*fs) == before
}
