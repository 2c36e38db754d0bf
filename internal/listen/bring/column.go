package bring

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// profile is what the values of one column are like.
type profile struct {
	name     string // of the column, folded
	values   []string
	distinct map[string]int // of all rows, up to as many as are studied
	length   float64        // mean, of values
	blanks   int            // in all values
	rows     int            // looked at, empty ones too

	emails, phones, numbers, points, commas, whole, bools, stars, words int
	low, high                                                           float64

	unique  bool     // every row has a value, and none comes twice
	formats []string // of a time that read (nearly) all values, the likeliest first
	readAll bool     // they read all
}

// nearly is the share of values that a guess has to fit: the rest go to
// quarantine with their reason.
const nearly = .95

func (p *profile) most(n int) bool {
	return len(p.values) > 0 && float64(n) >= nearly*float64(len(p.values))
}

var (
	isEmail  = regexp.MustCompile(`^[^@\s]+@[^@\s]+\.[^@\s]+$`)
	isPhone  = regexp.MustCompile(`^\+?[0-9 ().-]{7,20}$`)
	isNumber = regexp.MustCompile(`^(?:R\$|[€$£])?\s*[-+]?(?:[0-9]+|[0-9]{1,3}(?:[.,][0-9]{3})+)?(?:[.,][0-9]+)?\s*[€$£]?$`)
	isCode   = regexp.MustCompile(`^0[0-9]`) // 02139 is no number
	isStars  = regexp.MustCompile(`^[★⭐*]{1,5}☆{0,4}$|^([0-9]+)\s*(?:/|de|of|out of)\s*([0-9]+)$|^([0-9])\s*(?:estrellas?|stars?|estrelas?)$`)
)

// studied is how many rows are looked at closely, spread over those that were
// read by a prime stride, so that nothing that comes every so many rows hides.
const (
	studied = 2000
	stride  = 7919
)

func profileOf(name string, rows [][]string, column int) profile {
	p := profile{name: fold(name), distinct: map[string]int{}, low: math.Inf(1), high: math.Inf(-1), unique: len(rows) > 1}
	seen := map[string]bool{}
	for _, row := range rows {
		v := strings.TrimSpace(row[column])
		if p.unique = v != "" && !seen[v]; !p.unique {
			break
		}
		seen[v] = true
	}
	p.rows = min(len(rows), studied)
	step := 1
	if len(rows) > studied {
		if step = stride; len(rows)%stride == 0 {
			step++
		}
	}
	for i := range p.rows {
		row := rows[i*step%len(rows)]
		v := strings.TrimSpace(row[column])
		if v == "" {
			continue
		}
		p.values = append(p.values, v)
		p.length += float64(len([]rune(v)))
		p.blanks += strings.Count(v, " ")
		p.count(v)
	}
	for _, row := range rows {
		if v := strings.TrimSpace(row[column]); v != "" && len(p.distinct) < studied {
			p.distinct[v]++
		}
	}
	p.length /= float64(max(1, len(p.values)))
	p.formats, p.readAll = formatsOf(p.values, p.most(p.numbers), said(p.name, saysAt...))
	return p
}

func (p *profile) count(v string) {
	if isEmail.MatchString(v) {
		p.emails++
	}
	if isPhone.MatchString(v) {
		p.phones++
	}
	if isStars.MatchString(v) {
		p.stars++
	}
	if _, ok := scaleWord(fold(v)); ok {
		p.words++
	}
	switch strings.ToLower(v) {
	case "true", "false", "yes", "no", "si", "sí", "sim", "não", "verdadero", "falso", "verdadeiro":
		p.bools++
	}
	if !isNumber.MatchString(v) || !strings.ContainsAny(v, "0123456789") || isCode.MatchString(v) {
		return
	}
	p.numbers++
	point, comma := strings.LastIndexByte(v, '.'), strings.LastIndexByte(v, ',')
	switch { // what stands last and not before three digits parts the whole from the rest
	case comma > point && (point >= 0 || len(strings.TrimRight(v[comma+1:], " €$£")) != 3):
		p.commas++
	case point > comma && (comma >= 0 || len(strings.TrimRight(v[point+1:], " €$£")) != 3):
		p.points++
	}
	n, err := strconv.ParseFloat(strings.ReplaceAll(strings.Trim(v, "R$€£ "), ",", "."), 64)
	if err != nil {
		return
	}
	if n == math.Trunc(n) {
		p.whole++
	}
	p.low, p.high = min(p.low, n), max(p.high, n)
}

// column is the guess from the values alone and the header.
func (p *profile) column(name string, v Vocabulary) Column {
	c := Column{Name: name, Role: Property, Type: "text", Certainty: Probable, Why: IsPlain, Filled: min(1, float64(len(p.values))/float64(max(1, p.rows)))}
	for _, value := range p.values {
		if len(c.Examples) < 3 && !slices.Contains(c.Examples, value) {
			c.Examples = append(c.Examples, value)
		}
	}
	c.unique, c.length = p.unique, p.length
	c.Person = said(p.name, saysPerson...)
	c.strict = p.numbers == len(p.values) || p.bools == len(p.values)
	switch {
	case len(p.values) == 0:
		c.Role, c.Certainty, c.Why = Skip, Sure, IsEmpty
		return c
	case p.most(p.emails):
		c.Role, c.Certainty, c.Why = Email, Sure, ByValues
		return c
	case p.most(p.words) && len(p.distinct) > 1:
		p.scaleOf(&c, "words", ByWords)
		return c
	case p.most(p.stars):
		p.scaleOf(&c, "words", ByValues)
		return c
	case len(p.formats) > 0:
		c.Type, c.Format, c.strict = "time", p.formats[0], p.readAll
		c.Role, c.Certainty, c.Why = Property, Sure, ByValues
		if slices.ContainsFunc(p.formats[1:], func(f string) bool { return swapped(f, c.Format) }) {
			c.Certainty, c.Why = Probable, EitherWay
		} else if daysAndMonths(c.Format) {
			c.Why = ByMonths
		}
		return c
	case p.matches(&c, v):
		return c
	}
	p.byHeader(&c)
	return c
}

// byHeader is what the header says, where the values allow it.
func (p *profile) byHeader(c *Column) {
	number := p.most(p.numbers)
	if number {
		c.Type = "number"
	} else if p.most(p.bools) {
		c.Type = "bool"
	}
	is := func(r Role, sure Certainty, why Why) { c.Role, c.Certainty, c.Why = r, sure, why }
	id := said(p.name, saysID...) || strings.HasSuffix(p.name, "id")
	wordy := !number && p.blanks >= 2*len(p.values) && len(p.distinct)*2 > len(p.values)
	switch {
	case c.Person:
		is(Property, Sure, IsPerson)
	case said(p.name, saysPhone...) && p.most(p.phones):
		is(Phone, Sure, ByBoth)
	case said(p.name, saysIndex...) && number && len(p.distinct) == len(p.values):
		is(Skip, Probable, IsIndex)
	case said(p.name, saysCustomer...) && said(p.name, saysTrait...):
		is(Trait, Probable, ByName)
	case said(p.name, saysTitle...) && !number:
		is(Property, Probable, ByName)
	case said(p.name, saysCustomer...) && !wordy:
		if !id && !number && p.spaced() {
			is(Name, Probable, ByBoth)
		} else {
			c.Type = "text"
			is(Customer, Sure, ByName)
		}
	case said(p.name, saysText...) && !number && !id && (wordy || p.length >= 12):
		is(Text, Sure, ByBoth)
	case said(p.name, saysScore...) && number && !id && !said(p.name, saysCounted...) && p.low >= 0 && p.high <= 100 && p.whole*2 > len(p.values):
		p.scaleOf(c, "number", ByBoth)
	case id:
		c.Type = "text"
		is(Object, Probable, ByName)
		if c.unique {
			is(ID, Probable, ByBoth)
		}
	case said(p.name, saysOrder...) && c.unique:
		c.Type = "text"
		is(ID, Probable, ByBoth)
	case said(p.name, saysCurrency...) && p.length <= 4:
		is(Currency, Sure, ByName)
	case said(p.name, saysAmount...) && number:
		is(Amount, Probable, ByBoth)
	case said(p.name, saysName...) && !number && !said(p.name, "producto", "product", "produto", "file", "archivo", "categoria", "category") && p.length < 40:
		is(Name, Probable, ByName)
	case said(p.name, saysPlace...) && len(p.distinct) <= 200 && !number:
		is(Place, Probable, ByName)
	case said(p.name, saysSupplier...) && !number:
		is(Supplier, Probable, ByName)
	case wordy && p.length >= 40 && !said(p.name, saysTrait...):
		is(Text, Probable, ByValues)
	}
}

// spaced tells whether values are of several words, as names of people are.
func (p *profile) spaced() bool {
	n := 0
	for _, v := range p.values {
		if strings.ContainsRune(v, ' ') && !strings.ContainsAny(v, "0123456789") {
			n++
		}
	}
	return n*2 > len(p.values)
}

// matches takes the column for one of the model's, when most of its different
// values are names there.
func (p *profile) matches(c *Column, v Vocabulary) bool {
	if len(p.distinct) > 500 {
		return false
	}
	for _, kind := range []struct {
		role  Role
		names map[string]string
	}{{Touchpoint, v.Touchpoints}, {Place, v.Places}, {Supplier, v.Suppliers}, {Area, v.Areas}} {
		words := map[string]string{}
		for value := range p.distinct {
			if slug, ok := kind.names[fold(value)]; ok {
				words[value] = slug
			}
		}
		if len(words)*10 >= len(p.distinct)*6 && len(words) > 0 {
			c.Role, c.Type, c.Words, c.Certainty, c.Why = kind.role, "words", words, Sure, ByModel
			return true
		}
	}
	return false
}

// scaleOf makes a score of the column.
func (p *profile) scaleOf(c *Column, typ string, why Why) {
	c.Role, c.Type, c.Certainty, c.Why = Score, typ, Sure, why
	c.Metric = "csat"
	switch {
	case said(p.name, "nps", "recomend*", "recommend*", "recomienda*"):
		c.Metric = "nps"
	case said(p.name, "ces", "esfuerzo", "effort", "facil*", "easy", "ease"):
		c.Metric = "ces"
	}
	if typ == "words" {
		c.Words, c.Scale = map[string]string{}, "1-5"
		for value := range p.distinct {
			if score, ok := starsOf(value); ok {
				c.Words[value] = score
			} else if score, ok := scaleWord(fold(value)); ok {
				c.Words[value] = score
			}
			if m := isStars.FindStringSubmatch(value); m != nil && m[2] == "10" {
				c.Scale = "0-10"
			}
		}
		return
	}
	switch {
	case c.Metric == "nps" && p.high <= 10:
		c.Scale = "0-10"
	case p.low >= 1 && p.high <= 5:
		c.Scale = "1-5"
	case p.high <= 5:
		c.Scale = "0-5"
	case p.low >= 1 && p.high <= 7:
		c.Scale, c.Certainty = "1-7", Probable
	case p.high <= 10 && p.low >= 1:
		c.Scale, c.Certainty = "1-10", Probable
	case p.high <= 10:
		c.Scale = "0-10"
	default:
		c.Scale, c.Certainty = "0-100", Probable
	}
	if c.Metric == "nps" && c.Scale != "0-10" {
		c.Metric = "csat"
	}
}

// starsOf reads "★★★★☆", "4/5", "4 de 5" and "4 stars".
func starsOf(s string) (string, bool) {
	m := isStars.FindStringSubmatch(strings.TrimSpace(s))
	switch {
	case m == nil:
		return "", false
	case m[1] != "":
		return m[1], true
	case m[3] != "":
		return m[3], true
	}
	return strconv.Itoa(strings.Count(s, "★") + strings.Count(s, "⭐") + strings.Count(s, "*")), true
}

func isDay(s string) bool {
	_, err := time.Parse(time.DateOnly, s)
	return err == nil
}
