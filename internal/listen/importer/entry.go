package importer

import (
	"strings"

	"github.com/goccy/go-yaml/ast"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/fact"
)

// readEntry reads one item of events, answers or circumstances.
func (m *Map) readEntry(kind cx.Kind, n node) {
	t := &m.tree
	e := &entry{kind: kind, node: n, customer: m.customer}
	var (
		from            node
		score, text     *value
		choice          *value
		scaleAt         node
		metric, scale   string
		questions       node
		survey, nameKey string
	)
	keys := map[string]func(node){
		"from": func(n node) { from = n },
		"at":   func(n node) { e.at = m.readValue(n, asTime) },
		"when": func(n node) { e.when = m.readCondition(n) },
		"id": func(n node) {
			if _, list := n.Node.(*ast.SequenceNode); list {
				t.items(n, func(n node) { e.id = append(e.id, m.readValue(n, asText)) })
			} else {
				e.id = []*value{m.readValue(n, asText)}
			}
		},
	}
	column := func(name string) {
		keys[name] = func(n node) { e.members = append(e.members, field{name, m.readValue(n, asText)}) }
	}
	switch kind {
	case cx.Track:
		nameKey = "name"
	case cx.Answer:
		nameKey = "survey"
		keys["score"] = func(n node) { score = m.readValue(n, asNumber) }
		keys["text"] = func(n node) { text = m.readValue(n, asText) }
		keys["choice"] = func(n node) { choice = m.readValue(n, asText) }
		keys["metric"] = func(n node) { metric = m.readMetric(n) }
		keys["scale"] = func(n node) { scaleAt, scale = n, m.readScale(n) }
		keys["questions"] = func(n node) { questions = n }
		column("touchpoint")
	case cx.Circumstance:
		nameKey = "kind"
		keys["until"] = func(n node) { e.until = m.readValue(n, asTime) }
		for _, name := range []string{"place", "touchpoint", "product", "supplier"} {
			column(name)
		}
		keys["value"] = func(n node) { e.members = append(e.members, field{"value", m.readValue(n, asAny)}) }
	}
	keys[nameKey] = func(n node) { e.name = m.readWord(n); survey = e.name.constant }
	if kind != cx.Circumstance {
		keys["customer"] = func(n node) { e.customer = m.readCustomer(n) }
		keys["properties"] = func(n node) { e.properties = m.readFields(n) }
	}
	t.fields(n, keys)

	e.file = m.fileOf(n, from)
	if e.name == nil && !t.has(n.path+"."+nameKey) {
		t.fault(n, "needs "+nameKey)
	}
	if e.at == nil && !t.has(n.path+".at") {
		t.fault(n, "needs at: the column with the time")
	}
	if kind != cx.Circumstance && e.customer == nil {
		t.fault(n, "has no customer: give customer: {userId: COLUMN} here or at the top")
	}
	if kind == cx.Answer {
		if metric == "" {
			metric = metricOf(survey)
		}
		if scale == "" && metric == "nps" {
			scale = "0-10"
		}
		if score != nil && scale == "" && metric != "rating" && !t.has(n.path+".scale") {
			t.fault(n, `needs scale, such as 1-5: the least and the greatest score`)
		}
		if metric == "nps" && scale != "0-10" && scaleAt.Node != nil && scale != "" {
			t.fault(scaleAt, "must be 0-10 for nps")
		}
		if score != nil {
			e.questions = append(e.questions, question{name: "score", metric: metric, scale: scale, score: score})
		}
		if text != nil {
			e.questions = append(e.questions, question{name: "text", text: text})
		}
		if choice != nil {
			e.questions = append(e.questions, question{name: "choice", choice: choice})
		}
		if questions.Node != nil {
			t.items(questions, func(n node) { m.readQuestion(e, n) })
		}
		if len(e.questions) == 0 && questions.Node == nil {
			t.fault(n, "answers nothing: give score, text, choice or questions")
		}
	}
	if kind == cx.Circumstance && !e.hasPlace() {
		t.fault(n, "needs at least one of place, touchpoint, product, supplier")
	}
	m.entries = append(m.entries, e)
}

func (e *entry) hasPlace() bool {
	for _, f := range e.members {
		if f.name != "value" {
			return true
		}
	}
	return false
}

func (m *Map) readQuestion(e *entry, n node) {
	t := &m.tree
	q := question{metric: "rating"}
	t.fields(n, map[string]func(node){
		"question": func(n node) { q.name = t.text(n) },
		"metric":   func(n node) { q.metric = m.readMetric(n) },
		"scale":    func(n node) { q.scale = m.readScale(n) },
		"score":    func(n node) { q.score = m.readValue(n, asNumber) },
		"text":     func(n node) { q.text = m.readValue(n, asText) },
		"choice":   func(n node) { q.choice = m.readValue(n, asText) },
	})
	if q.name == "" {
		t.fault(n, "needs question: a slug")
	}
	if q.score == nil && q.text == nil && q.choice == nil {
		t.fault(n, "needs score, text or choice")
	}
	if q.score == nil {
		q.metric = ""
	} else if q.scale == "" && q.metric != "rating" && q.metric != "nps" {
		t.fault(n, "needs scale, such as 1-5: the least and the greatest score")
	}
	for _, other := range e.questions {
		if other.name == q.name {
			t.fault(n, "repeats the question "+q.name)
		}
	}
	e.questions = append(e.questions, q)
}

// metricOf is the metric of a survey that declares none: nps and ces when its
// slug has the word, else csat.
func metricOf(survey string) string {
	words := strings.FieldsFunc(strings.ToLower(survey), func(r rune) bool { return r == '-' || r == '_' || r == ' ' || r == '.' })
	for _, w := range words {
		if w == "nps" || w == "ces" {
			return w
		}
	}
	return "csat"
}

func (m *Map) readMetric(n node) string {
	switch s := m.tree.text(n); s {
	case "nps", "csat", "ces", "rating":
		return s
	}
	m.tree.fault(n, "must be nps, csat, ces or rating")
	return "rating"
}

func (m *Map) readScale(n node) string {
	s := m.tree.text(n)
	if _, ok := fact.ParseScale(s); !ok {
		m.tree.fault(n, "must be the least and the greatest score, such as 1-5")
	}
	return s
}

// fileOf finds the file that an entry reads.
func (m *Map) fileOf(n, from node) *file {
	if from.Node == nil {
		if len(m.files) == 1 {
			return m.files[0]
		}
		m.tree.fault(n, "needs from: which of the files it reads")
		return nil
	}
	name := m.tree.text(from)
	var names []string
	for _, f := range m.files {
		if f.name == name {
			return f
		}
		names = append(names, f.name)
	}
	if len(m.files) == 1 && m.files[0].name == "" {
		m.tree.fault(from, "names a file, but the map has no files:")
		return nil
	}
	m.tree.fault(from, "is not one of the files"+didYouMean(name, names))
	return nil
}

func (m *Map) readCustomer(n node) *customer {
	t := &m.tree
	c := &customer{at: n}
	shortcut := func(name string) func(node) {
		return func(n node) { c.traits = append(c.traits, field{name, m.readValue(n, asText)}) }
	}
	t.fields(n, map[string]func(node){
		"userId":      func(n node) { c.userID = m.readValue(n, asText) },
		"anonymousId": func(n node) { c.anonymousID = m.readValue(n, asText) },
		"email":       shortcut("email"),
		"phone":       shortcut("phone"),
		"name":        shortcut("name"),
		"traits":      func(n node) { c.traits = append(c.traits, m.readFields(n)...) },
	})
	if c.userID == nil && c.anonymousID == nil && !t.has(n.path+".userId") && !t.has(n.path+".anonymousId") {
		t.fault(n, "needs userId or anonymousId: the column that tells customers apart")
	}
	t.distinct(n, c.traits)
	return c
}

func (m *Map) readFields(n node) []field {
	var fields []field
	m.tree.entries(n, func(name string, _, n node) { fields = append(fields, field{name, m.readValue(n, asAny)}) })
	return fields
}

func (t *tree) distinct(n node, fields []field) {
	seen := map[string]bool{}
	for _, f := range fields {
		if seen[f.name] {
			t.fault(n, "gives "+f.name+" twice")
		}
		seen[f.name] = true
	}
}
