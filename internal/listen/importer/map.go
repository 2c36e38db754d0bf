package importer

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Map says how the lines of files become events, answers and circumstances:
// the YAML file of `vivencia import csv --map`. Word keys (name, survey, scale,
// metric, kind, question) hold the word itself; every other value names a
// column, or says {column, type, format, words}, {cel}, {value} or {when} with those.
//
//	source: olist                    # slug; ids are unique within it
//	timezone: America/Sao_Paulo      # of times without zone; UTC by default
//	time_format: "%d/%m/%Y %H:%M"    # strftime, unix or unix_ms; the usual ways need none
//	decimal: ","                     # of typed numbers; "." by default
//	root: ${VIVENCIA_DATA}/olist     # where relative paths are looked for before the map's folder
//	delimiter: ";"                   # one byte; " " is any run of blanks; also encoding, columns (a file
//	                                 # without header), skip (lines before the header), sheet (of a workbook):
//	                                 # here or at a file
//	files:
//	  orders: {file: orders.csv, join: [{file: customers.csv, on: customer_id}]}
//	join: [...]                      # of the FILE given with the command, when there is no files:
//	customer: {userId: customer_unique_id, anonymousId: …, email: …, phone: …, name: …, traits: {city: customer_city}}
//	events:
//	  - {from: orders, name: Order Completed, at: bought_at, id: order_id, when: "row.status != 'canceled'",
//	     properties: {order_id: order_id, total: {column: total, type: number}, late: {cel: "row.a > row.b", when: "row.a != ''"}}}
//	answers:
//	  - {from: reviews, survey: csat, scale: 1-5, score: stars, text: comment, at: day, id: [review_id, order_id],
//	     questions: [{question: food, scale: 0-5, score: food_stars}]}
//	circumstances:
//	  - {from: closures, kind: till-closed, at: since, until: until, place: shop, id: closure_id}
//	xes: {append_lifecycle: true}    # of `import xes`: event names become NAME+TRANSITION
//
// Words say what a column's texts stand for ({Muy satisfecho: 5, Satisfecho: 4});
// they are found in any case, and what is not among them stays as it is.
//
// Columns _line and _file hold where a line stands. A join adds the columns of
// its first line with the same `on` (`to`, when the column has another name
// there), each with `prefix` before it; a column that is there already stays.
// An entry may have a customer of its own. Empty values give no property.
type Map struct {
	source   string
	zone     *time.Location
	root     string // as written, VIVENCIA_DATA expanded
	dir      string // of the map
	decimal  byte
	layout   *layout
	defaults format
	files    []*file
	customer *customer
	entries  []*entry
	lifecycle,
	hasXES bool
	joined bool // a top-level join

	tree     tree           // the faults found so far
	compiler *expr.Compiler // made with the first expression
}

// Source returns the slug of the map's source.
func (m *Map) Source() string { return m.source }

// format says how a file is written.
type format struct {
	delimiter byte
	encoding  string
	sheet     string // of a workbook; "": the first that holds anything
	columns   []string
	skip      int
}

// file is one file that entries read, with what is joined to it. The file named
// "" is the one given with the command.
type file struct {
	at    node
	name  string
	path  string
	joins []*join
	format
}

type join struct {
	at     node
	path   string
	on, to column
	prefix string
	format
}

// column is the name of a column, and where the map says it.
type column struct {
	at   node
	name string
}

type customer struct {
	at                  node
	userID, anonymousID *value
	traits              []field
}

// field is a property or trait.
type field struct {
	name  string
	value *value
}

// entry is one thing that the map looks for in each line of a file.
type entry struct {
	kind     cx.Kind // Track, Answer or Circumstance
	node     node
	file     *file
	customer *customer
	at       *value
	id       []*value
	when     *condition

	name       *value // track: the event; answer: the survey; circumstance: the kind
	properties []field
	questions  []question
	until      *value
	members    []field // top-level: touchpoint; of circumstances also place, product, supplier, value
}

type question struct {
	name, metric, scale string
	score, text, choice *value
}

// LoadMap reads the map at path. The error is Invalid and lists every fault
// with line and column. Getenv expands ${VIVENCIA_DATA} in root, and nothing
// else.
func LoadMap(path string, getenv func(string) string) (*Map, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, cx.Errorf(cx.NotFound, "importer.LoadMap", "the map %s cannot be read: %w", path, err)
	}
	return ParseMap(src, filepath.Dir(path), getenv)
}

// ParseMap reads a map that stands in the folder dir, as LoadMap does.
func ParseMap(src []byte, dir string, getenv func(string) string) (*Map, error) {
	m := &Map{dir: dir, zone: time.UTC, decimal: '.', layout: &layout{}, defaults: format{delimiter: ','}}
	if root, ok := m.tree.root(src); ok {
		m.read(root, getenv)
	}
	if err := cx.InvalidFaults("importer.ParseMap", m.tree.faults); err != nil {
		return nil, err
	}
	return m, nil
}

var slug = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,62}$`)

func (m *Map) read(root node, getenv func(string) string) {
	t := &m.tree
	var files, topJoin node
	var lists []func()
	later := func(kind cx.Kind) func(node) {
		return func(n node) {
			lists = append(lists, func() { t.items(n, func(item node) { m.readEntry(kind, item) }) })
		}
	}
	keys := m.formatKeys(&m.defaults)
	keys["source"] = func(n node) {
		if m.source = t.text(n); !slug.MatchString(m.source) {
			t.fault(n, "must be a slug: lower-case letters, digits, - and _")
		}
	}
	keys["timezone"] = func(n node) {
		zone, err := time.LoadLocation(t.text(n))
		if err != nil || zone == time.Local {
			t.fault(n, "is not a time zone such as America/Sao_Paulo")
			return
		}
		m.zone = zone
	}
	keys["time_format"] = func(n node) { m.layout = m.readLayout(n) }
	keys["decimal"] = func(n node) {
		if s := t.text(n); s == "," || s == "." {
			m.decimal = s[0]
		} else {
			t.fault(n, `must be "." or ","`)
		}
	}
	keys["root"] = func(n node) { m.root = m.readRoot(n, getenv) }
	keys["files"] = func(n node) { files = n }
	keys["join"] = func(n node) { topJoin, m.joined = n, true }
	keys["customer"] = func(n node) { m.customer = m.readCustomer(n) }
	keys["events"] = later(cx.Track)
	keys["answers"] = later(cx.Answer)
	keys["circumstances"] = later(cx.Circumstance)
	keys["xes"] = func(n node) {
		m.hasXES = true
		t.fields(n, map[string]func(node){"append_lifecycle": func(n node) { m.lifecycle = t.flag(n) }})
	}
	t.fields(root, keys)

	if m.source == "" && !t.has("source") {
		t.faults = append(t.faults, cx.Fault{Field: "source", Line: 1, Column: 1, Message: "is missing: give the slug of the source"})
	}
	switch {
	case files.Node != nil && topJoin.Node != nil:
		t.fault(topJoin, "belongs to the file given with the command; with files:, give each file its join")
	case files.Node != nil:
		t.entries(files, func(name string, _, n node) { m.readFile(name, n) })
	default:
		f := &file{at: root, format: m.defaults}
		if topJoin.Node != nil {
			m.readJoins(f, topJoin)
		}
		m.files = []*file{f}
	}
	for _, list := range lists {
		list()
	}
}

// has tells whether a fault of that path was found already.
func (t *tree) has(path string) bool {
	for _, f := range t.faults {
		if f.Field == path {
			return true
		}
	}
	return false
}

// readRoot expands VIVENCIA_DATA and nothing else. Without it in the environment
// there is no root: paths are relative to the map.
func (m *Map) readRoot(n node, getenv func(string) string) string {
	root := m.tree.text(n)
	unset := false
	root = os.Expand(root, func(name string) string {
		if name != "VIVENCIA_DATA" {
			m.tree.fault(n, "may hold ${VIVENCIA_DATA} and no other variable")
		}
		data := getenv("VIVENCIA_DATA")
		unset = unset || data == ""
		return data
	})
	if unset {
		return ""
	}
	return root
}

func (m *Map) formatKeys(f *format) map[string]func(node) {
	t := &m.tree
	return map[string]func(node){
		"delimiter": func(n node) {
			switch s := t.text(n); {
			case s == `\t` || s == "tab":
				f.delimiter = '\t'
			case len(s) == 1 && s[0] < 0x80 && !strings.Contains("\"\n\r\x00", s):
				f.delimiter = s[0]
			default:
				t.fault(n, `must be one character such as ";", "|", "\t", or " " for any run of blanks`)
			}
		},
		"encoding": func(n node) {
			switch s := strings.ToLower(t.text(n)); s {
			case "utf-8", "utf-16", "latin-1", "windows-1252":
				f.encoding = s
			default:
				t.fault(n, "must be utf-8, utf-16, latin-1 or windows-1252")
			}
		},
		"columns": func(n node) {
			f.columns = nil
			t.items(n, func(item node) { f.columns = append(f.columns, t.text(item)) })
		},
		"skip":  func(n node) { f.skip = t.integer(n) },
		"sheet": func(n node) { f.sheet = t.text(n) },
	}
}

func (m *Map) readFile(name string, n node) {
	t := &m.tree
	f := &file{at: n, name: name, format: m.defaults}
	keys := m.formatKeys(&f.format)
	keys["file"] = func(n node) { f.path = t.text(n) }
	keys["join"] = func(n node) { m.readJoins(f, n) }
	t.fields(n, keys)
	if f.path == "" && !t.has(n.path+".file") {
		t.fault(n, "needs file: the path of the CSV file")
	}
	m.files = append(m.files, f)
}

func (m *Map) readJoins(f *file, n node) {
	t := &m.tree
	t.items(n, func(n node) {
		j := &join{at: n, format: m.defaults}
		keys := m.formatKeys(&j.format)
		keys["file"] = func(n node) { j.path = t.text(n) }
		keys["on"] = func(n node) { j.on = column{n, t.text(n)} }
		keys["to"] = func(n node) { j.to = column{n, t.text(n)} }
		keys["prefix"] = func(n node) { j.prefix = t.text(n) }
		t.fields(n, keys)
		if j.path == "" || j.on.name == "" {
			t.fault(n, "needs file: and on: the column that both have")
		}
		if j.to.name == "" {
			j.to = j.on
		}
		f.joins = append(f.joins, j)
	})
}

func (m *Map) readLayout(n node) *layout {
	l, fault := layoutOf(m.tree.text(n))
	if fault != "" {
		m.tree.fault(n, fault)
	}
	return &l
}

func itoa(i int) string { return strconv.Itoa(i) }
