package bring

import (
	"cmp"
	"regexp"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// Guess says what the columns and rows of a table are, from how it begins and
// from what the model calls things; name is the file's. It is a pure function:
// the same table gives the same answer. What it cannot tell is Property.
func Guess(name string, head importer.Head, v Vocabulary) Proposal {
	p := Proposal{Source: slugOf(name), Zone: v.Zone, Head: head, Decimal: "."}
	if p.Zone == "" {
		p.Zone = "UTC"
	}
	profiles := make([]profile, len(head.Columns))
	points, commas := 0, 0
	for i, column := range head.Columns {
		profiles[i] = profileOf(column, head.Rows, i)
		points, commas = points+profiles[i].points, commas+profiles[i].commas
		p.Columns = append(p.Columns, profiles[i].column(column, v))
	}
	if commas > points {
		p.Decimal = ","
	}
	p.sameOrder(profiles)
	p.scores(profiles)
	p.battery(profiles)
	p.kind(profiles)
	p.when(profiles)
	p.one()
	p.lateness(profiles)
	for i := range p.Columns {
		c := &p.Columns[i]
		if c.Role == Trait && !p.Known() { // of nobody known, it is the row's
			c.Role = Property
		}
		if c.Role == Property && c.Certainty == Probable && c.Why == IsPlain && len(profiles[i].distinct) == 1 && len(head.Rows) > 1 {
			c.Why = IsConstant
		}
	}
	return p
}

// sameOrder reads a date that either order reads as the file's others are.
func (p *Proposal) sameOrder(profiles []profile) {
	monthFirst, dayFirst := false, false
	for _, c := range p.Columns {
		if c.Why == ByMonths {
			monthFirst, dayFirst = monthFirst || strings.HasPrefix(c.Format, "%m"), dayFirst || strings.HasPrefix(c.Format, "%d")
		}
	}
	for i := range p.Columns {
		if c := &p.Columns[i]; c.Why == EitherWay && monthFirst != dayFirst {
			if c.Why, c.Certainty = AsOthers, Sure; monthFirst {
				c.Format = swap(profiles[i].formats[0])
			}
		}
	}
}

// scores takes a column of small whole numbers without a telling header for a
// score when there is a text and no other score.
func (p *Proposal) scores(profiles []profile) {
	if p.first(Score) != nil || p.first(Text) == nil {
		return
	}
	for i := range p.Columns {
		c, f := &p.Columns[i], &profiles[i]
		if c.Role == Property && c.Type == "number" && !c.Person && f.whole == len(f.values) && f.low >= 0 && f.high <= 10 && f.high >= 4 && len(f.distinct) >= 3 {
			f.scaleOf(c, "number", ByValues)
			c.Certainty = Unknown
			return
		}
	}
}

// battery takes columns that stand side by side and are scored alike, as the
// questions of a survey are, for scores: three or more of whole numbers to the
// same 5, 7 or 10.
func (p *Proposal) battery(profiles []profile) {
	for _, high := range []float64{5, 7, 10} {
		var alike []int
		for i := range p.Columns {
			c, f := &p.Columns[i], &profiles[i]
			if c.Role == Property && c.Type == "number" && !c.Person && f.whole == len(f.values) && f.low >= 0 && f.high == high && len(f.distinct) >= 4 && !said(f.name, saysCounted...) {
				alike = append(alike, i)
			}
		}
		if len(alike) < 3 {
			continue
		}
		low := 1.0
		for _, i := range alike {
			low = min(low, profiles[i].low)
		}
		for _, i := range alike {
			profiles[i].low = low // they are asked alike, whatever was answered
			c := &p.Columns[i]
			profiles[i].scaleOf(c, "number", IsBattery)
			c.Metric, c.Certainty = "rating", Probable
		}
	}
}

// kind says what a row is.
func (p *Proposal) kind(profiles []profile) {
	score, text := p.main(), p.first(Text)
	p.Kind, p.Called = Events, cmp.Or(strings.ReplaceAll(p.Source, "-", " "), "file")
	switch {
	case score != nil:
		p.Kind, p.Called = Answers, score.Metric
		if p.Called == "rating" {
			p.Called = "csat"
		}
		stars := false
		for _, f := range profiles {
			stars = stars || said(f.name, "review", "reviews", "resena", "resenas", "estrellas", "stars", "opinion")
		}
		if text != nil && (stars || said(fold(p.Source), "review", "reviews", "resenas", "opiniones")) {
			p.Kind = Reviews
		}
	case text != nil:
		p.Kind, p.Called = Answers, "csat"
	case p.first(Amount) != nil:
		p.Kind, p.Called = Orders, "Order Completed"
	default:
		for _, f := range profiles {
			if said(f.name, saysOrder...) {
				p.Kind, p.Called = Orders, "Order Completed"
			}
		}
	}
}

// when chooses the time of the row among the columns with times.
func (p *Proposal) when(profiles []profile) {
	best, most := -1, -1
	for i, c := range p.Columns {
		if c.Type != "time" || c.Role != Property {
			continue
		}
		worth, name := 1, profiles[i].name
		if said(name, saysAt...) {
			worth++
		}
		if (p.Kind == Answers || p.Kind == Reviews) && said(name, saysAnswered...) || p.Kind == Orders && said(name, saysBought...) {
			worth += 3
		}
		if said(name, saysPromised...) || said(name, saysArrived...) || said(name, "nacimiento", "birth", "nascimento", "alta", "limit") {
			worth -= 2
		}
		if c.Filled < .9 {
			worth -= 2
		}
		if worth > most {
			best, most = i, worth
		}
	}
	if best < 0 {
		return
	}
	c := &p.Columns[best]
	if c.Role = At; c.Why == ByValues && said(profiles[best].name, saysAt...) {
		c.Why = ByBoth
	}
}

// one leaves each role that only one column has to the first: of ids the others
// become ids of objects, the rest properties. A score beside an amount in an
// order stays what it is.
func (p *Proposal) one() {
	for _, role := range once {
		found := false
		for i := range p.Columns {
			c := &p.Columns[i]
			if c.Role != role {
				continue
			}
			if found {
				c.Role, c.Certainty = Property, Probable
				if role == ID || role == Customer {
					c.Role = Object
				}
			}
			found = true
		}
	}
}

// lateness finds what was promised and what came, in dates that sort as texts.
func (p *Proposal) lateness(profiles []profile) {
	var late [2]string
	for i := range p.Columns {
		c := &p.Columns[i]
		if !iso(c) {
			continue
		}
		switch name := profiles[i].name; {
		case said(name, saysPromised...):
			late[0] = c.Name
		case said(name, saysArrived...) && (late[1] == "" || said(name, saysCustomer...)):
			late[1] = c.Name
		}
	}
	if late[0] != "" && late[1] != "" {
		p.Late = late
	}
}

// Correct returns the proposal with what a person chose in it.
func (p Proposal) Correct(ch Choice) Proposal {
	if ch.Kind != "" && ch.Kind != p.Kind {
		p.Kind = ch.Kind
		p.Called = map[Kind]string{Answers: "csat", Reviews: "csat", Orders: "Order Completed", Events: p.Called}[ch.Kind]
	} else if called := strings.Join(strings.Fields(strings.ToValidUTF8(ch.Called, "")), " "); called != "" {
		p.Called = called
	}
	if p.Kind == Answers || p.Kind == Reviews {
		if p.Called = slugOf(p.Called); p.Called == "" {
			p.Called = "csat"
		}
	}
	p.Day = strings.TrimSpace(ch.Day)
	columns := append([]Column(nil), p.Columns...)
	for i := range columns {
		c := &columns[i]
		choice, said := ch.Columns[c.Name]
		if !said {
			continue
		}
		if choice.Role != "" && choice.Role != c.Role {
			c.Role, c.Certainty, c.Why = choice.Role, Sure, Chosen
			if c.Role == Score && c.Scale == "" {
				profile := profileOf(c.Name, p.Head.Rows, i)
				typ := "number"
				if profile.most(profile.words) || profile.most(profile.stars) {
					typ = "words"
				}
				profile.scaleOf(c, typ, Chosen)
			}
		}
		if choice.Scale != "" && c.Role == Score && choice.Scale != c.Scale {
			if c.Scale, c.Why, c.Certainty = choice.Scale, Chosen, Sure; c.Metric == "nps" && c.Scale != "0-10" {
				c.Metric = "csat"
			}
		}
		first := map[string]string{"dmy": "%d", "mdy": "%m"}[choice.Format]
		if first != "" && daysAndMonths(c.Format) && !strings.HasPrefix(c.Format, first) {
			c.Format, c.Why, c.Certainty = swap(c.Format), Chosen, Sure
		}
	}
	p.Columns = columns
	p.one()
	return p
}

var unslug = regexp.MustCompile(`[^a-z0-9]+`)

// slugOf makes a slug of a file's name or of what a person called something.
func slugOf(name string) string {
	for _, ending := range []string{".gz", ".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet"} {
		name = strings.TrimSuffix(strings.TrimSuffix(name, ending), strings.ToUpper(ending))
	}
	slug := strings.Trim(unslug.ReplaceAllString(fold(name), "-"), "-")
	return strings.Trim(slug[:min(len(slug), 60)], "-")
}
