package model

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// Parse reads a model from YAML. The error is Invalid with every fault (at most
// a hundred), in the order of the file, each with line, column and field path.
func Parse(src []byte) (*Model, error) {
	p := &parsing{m: &Model{}}
	if root, ok := p.open(src); ok {
		p.model(root)
	}
	if len(p.faults) > 0 {
		slices.SortStableFunc(p.faults, func(a, b cx.Fault) int {
			return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
		})
		if n := len(p.faults) - maxFaults; n > 0 {
			p.faults = append(p.faults[:maxFaults], cx.Fault{Message: fmt.Sprintf("and %d more", n)})
		}
		return nil, cx.InvalidFaults("model.Parse", p.faults)
	}
	p.m.compile()
	return p.m, nil
}

// parsing is a model on its way from YAML. Sections read what is declared
// before them in this order, wherever they stand in the file.
type parsing struct {
	reader
	m    *Model
	expr *expr.Compiler
}

func (p *parsing) model(root value) {
	f := root.fields("company", "areas", "suppliers", "places", "touchpoints", "facts", "objects", "identifiers", "properties", "segments", "journeys", "surveys", "asking", "names", "topics", "whys", "calendars", "promises", "policies", "goals", "choices", "webhooks", "rules", "cases", "outcomes", "referrals", "retention")
	p.m.Company = p.company(f["company"])
	var err error
	if p.expr, err = expr.NewCompiler(expr.Fact, expr.Zone(p.m.Company.Zone())); err != nil {
		root.fault("no condition can be read: %s", err)
		return
	}
	p.m.Areas = p.areas(f["areas"])
	p.m.Suppliers = p.suppliers(f["suppliers"])
	p.m.Places = p.places(f["places"])
	p.m.Touchpoints = p.touchpoints(f["touchpoints"])
	p.m.Facts = p.facts(f["facts"])
	p.m.Objects = p.objects(f["objects"])
	p.m.Identifiers = p.identifiers(f["identifiers"])
	p.m.Properties = p.properties(f["properties"])
	p.m.Segments = p.segments(f["segments"])
	p.m.Journeys = p.journeys(f["journeys"])
	p.m.Surveys = p.surveys(f["surveys"])
	p.m.Asking = p.askingRules(f["asking"])
	p.m.Names = p.names(f["names"])
	p.m.Topics = p.topics(f["topics"])
	p.m.Whys = p.whys(f["whys"])
	p.m.Calendars = p.calendars(f["calendars"])
	p.m.Promises = p.promises(f["promises"])
	p.m.Policies = p.policies(f["policies"], f)
	p.m.Goals = p.goals(f["goals"], f)
	p.m.Choices = p.choices(f["choices"])
	p.m.Webhooks = p.webhooks(f["webhooks"])
	p.m.Cases = p.cases(f["cases"])
	p.m.Rules = p.rules(f["rules"])
	p.acyclic(f["rules"])
	p.m.Outcomes = p.outcomes(f["outcomes"])
	p.m.Referrals = p.referrals(f["referrals"])
	p.m.Retention = p.retention(f["retention"])
}

var slugForm = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*$`)

const slugHint = "write a slug, such as click-and-collect"

// slug reads the name by which something is known for ever. Seen holds the
// slugs of its section.
func (v value) slug(seen map[string]bool) string {
	s := v.required(slugHint)
	switch {
	case s == "":
	case !slugForm.MatchString(s) || len(s) > 64:
		v.fault("%q is not a slug: use at most 64 small letters, digits, - and _", s)
		return ""
	case seen[s]:
		v.fault("%q is declared twice: give each its own slug", s)
	}
	seen[s] = true
	return s
}

// optional reads a text that may be absent, and then is "", but not blank.
func (v value) optional(hint string) string {
	if v.absent() {
		return ""
	}
	return v.required(hint + ", or leave it out")
}

// ref checks that the text s, read from v, is the slug of something declared.
func (v value) ref(s, what, section string, declared []string) string {
	if s != "" && !slices.Contains(declared, s) {
		list := "; declare it under " + section
		declared = slices.DeleteFunc(slices.Clone(declared), func(s string) bool { return s == "" }) // which are faulty themselves
		if len(declared) > 0 {
			list += ", or use one of "
		}
		v.fault("%s %q is not declared%s", what, s, orMean(s, declared, list))
		return ""
	}
	return s
}

const zoneHint = "use an IANA name, such as Europe/Madrid"

// zone checks that the text s, read from v, is a time zone.
func (v value) zone(s string) string {
	if s == "" {
		return ""
	}
	if _, err := time.LoadLocation(s); err != nil || s == "Local" {
		v.fault("%q is not a time zone: %s", s, zoneHint)
		return ""
	}
	return s
}

// program reads an expression that must give one of the types.
func (p *parsing) program(v value, c *expr.Compiler, types ...expr.Type) *expr.Program {
	if v.absent() {
		return nil
	}
	src, ok := scalar(v.node)
	if n, isNumber := v.number(); isNumber {
		src = strconv.FormatFloat(n, 'f', -1, 64)
	}
	if !ok {
		v.fault("must be an expression")
		return nil
	}
	prog, err := c.Compile(src)
	if err != nil {
		for _, f := range cx.FaultsOf(err) {
			f.Line, f.Column = v.place(f.Line, f.Column)
			f.Field = v.path
			p.faults = append(p.faults, f)
		}
		return nil
	}
	if len(types) > 0 && prog.Type() != expr.Dynamic && !slices.Contains(types, prog.Type()) {
		v.fault("gives a %s, and must give a %s", prog.Type(), types[0])
		return nil
	}
	return prog
}

// place finds a line and column of a scalar's text in the file.
func (v value) place(line, column int) (int, int) {
	at := v.pos()
	switch n := v.node.(type) {
	case *ast.LiteralNode:
		if n.Start.Type == token.LiteralType && at.Line+line <= len(v.r.lines) { // its text begins on the next line, indented
			text := v.r.lines[at.Line+line-1]
			return at.Line + line, column + len(text) - len(strings.TrimLeft(text, " "))
		}
	case *ast.StringNode:
		if line == 1 {
			if n.Token.Type == token.SingleQuoteType || n.Token.Type == token.DoubleQuoteType {
				column++
			}
			return at.Line, at.Column + column - 1
		}
	}
	return at.Line, at.Column
}
