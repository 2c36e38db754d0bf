package modelview

import (
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// comparison is a condition as a form asks for it: a property, how it compares
// and with what; or, when it is none of these, the expression.
type comparison struct {
	property, op, value string
	source              string
}

// The comparisons, by what a form sends for them.
const (
	yes = "yes"
	no  = "no"
)

func operators() []string { return []string{"==", "!=", ">", "<", ">=", "<=", yes, no} }

func comparisonOf(src string) comparison {
	src = strings.TrimSpace(src)
	if m := truth.FindStringSubmatch(src); m != nil {
		return comparison{property: m[2], op: map[string]string{"": yes, "!": no}[m[1]]}
	}
	if m := compared.FindStringSubmatch(src); m != nil {
		c := comparison{property: m[1], op: m[2], value: strings.Trim(m[3], `"'`)}
		if n, err := number(m[3]); err == nil {
			c.value = plainNumber(n)
		}
		if plain(c.text()) == plain(src) {
			return c
		}
	}
	return comparison{source: src}
}

// plain is an expression without what two ways to write the same differ in.
func plain(src string) string {
	return strings.TrimSuffix(strings.NewReplacer(" ", "", "'", `"`).Replace(src), ".0")
}

func comparisonFrom(form url.Values, key string) comparison {
	get := func(part string) string { return sent(form, key+"."+part) }
	if source := get("source"); source != "" {
		return comparisonOf(source)
	}
	c := comparison{property: get("property"), op: get("op"), value: get("value")}
	switch {
	case c.property == "":
		return comparison{}
	case slices.Contains(operators(), c.op):
	case c.value == "":
		c.op = yes
	default:
		c.op = "=="
	}
	if c.op == yes || c.op == no {
		c.value = ""
	}
	if n, err := number(strings.Replace(c.value, ",", ".", 1)); err == nil {
		c.value = plainNumber(n)
	}
	return c
}

var propertyName = regexp.MustCompile(`^[A-Za-z_]\w*$`)

// text is the condition as an expression.
func (c comparison) text() string {
	if c.property == "" {
		return c.source
	}
	property := "properties." + c.property
	if !propertyName.MatchString(c.property) {
		property = "properties[" + strconv.Quote(c.property) + "]"
	}
	switch c.op {
	case yes:
		return property
	case no:
		return "!" + property
	}
	value := strconv.Quote(c.value)
	if n, err := number(c.value); err == nil {
		if value = plainNumber(n); !strings.Contains(value, ".") {
			value += ".0"
		}
	} else if c.value == "true" || c.value == "false" {
		value = c.value
	}
	return property + " " + c.op + " " + value
}
