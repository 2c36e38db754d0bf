package model

// Model is one company as declared. It is immutable and safe for concurrent
// use; slugs never change their meaning. Make one by Parse or Empty.
type Model struct {
	Company     Company
	Areas       []Area
	Suppliers   []Supplier
	Places      []Place
	Touchpoints []Touchpoint
	Facts       Facts
	Objects     []Object
	Identifiers []Identifier
	Properties  []Property
	Segments    []Segment
	Journeys    []Journey
	Surveys     []Survey
	Asking      Asking
	Names       []Named
	Topics      []Topic
	Whys        []Why
	Calendars   []Calendar
	Promises    []Promise
	Policies    []Policy
	Goals       []Goal
	Choices     []Choice
	Webhooks    []Webhook
	Rules       []Rule
	Cases       CasePlan
	Outcomes    Outcomes
	Referrals   *Referrals  // nil: no programme
	Retention   []Retention // in order: the first that names an event decides

	index index
}

// Empty is the model before any is applied: no touchpoints, UTC, no currency,
// default facts and objects.
func Empty() *Model {
	m := &Model{
		Company: Company{Timezone: "UTC", Languages: []string{"es"}, Address: Tu},
		Facts:   defaultFacts(),
		Objects: defaultObjects(),
		Asking:  defaultAsking,
		Cases:   defaultCases,
	}
	m.compile()
	return m
}

// Area returns the area of a slug; ok is false when none is declared.
func (m *Model) Area(slug string) (Area, bool) { return find(m.Areas, m.index.areas, slug) }

// Supplier returns the supplier of a slug.
func (m *Model) Supplier(slug string) (Supplier, bool) {
	return find(m.Suppliers, m.index.suppliers, slug)
}

// Place returns the place of a slug.
func (m *Model) Place(slug string) (Place, bool) { return find(m.Places, m.index.places, slug) }

// Touchpoint returns the touchpoint of a slug.
func (m *Model) Touchpoint(slug string) (Touchpoint, bool) {
	return find(m.Touchpoints, m.index.touchpoints, slug)
}

// Property returns the computed property of a slug.
func (m *Model) Property(slug string) (Property, bool) {
	return find(m.Properties, m.index.properties, slug)
}

// Segment returns the segment of a slug.
func (m *Model) Segment(slug string) (Segment, bool) {
	return find(m.Segments, m.index.segments, slug)
}

// Journey returns the journey of a slug.
func (m *Model) Journey(slug string) (Journey, bool) {
	return find(m.Journeys, m.index.journeys, slug)
}

// Topic returns the topic of a slug.
func (m *Model) Topic(slug string) (Topic, bool) {
	return find(m.Topics, m.index.topics, slug)
}

// Survey returns the survey of a slug.
func (m *Model) Survey(slug string) (Survey, bool) {
	return find(m.Surveys, m.index.asked, slug)
}

// SurveyTouchpoint returns the touchpoint that names a survey.
func (m *Model) SurveyTouchpoint(slug string) (t Touchpoint, ok bool) {
	i, ok := m.index.surveys[slug]
	if ok {
		t = m.Touchpoints[i]
	}
	return t, ok
}

func find[T any](items []T, bySlug map[string]int, slug string) (t T, ok bool) {
	i, ok := bySlug[slug]
	if ok {
		t = items[i]
	}
	return t, ok
}

// index is what classification looks up, made once.
type index struct {
	areas, suppliers, places, touchpoints, properties, segments, journeys, asked, topics map[string]int // by slug
	calendars, promises, choices, webhooks, rules                                        map[string]int

	placeNames, supplierNames map[string]string  // folded name or slug → slug
	claims                    map[string][]claim // by event name, in file order
	surveys                   map[string]int     // survey → touchpoint
	computed                  map[string][]int   // On → properties
	digits                    int                // of the company's currency
}

// claim is one entry of a touchpoint's events.
type claim struct {
	touchpoint int
	TouchpointEvent
}

func (m *Model) compile() {
	x := &m.index
	x.areas = bySlug(m.Areas, func(a Area) string { return a.Slug })
	x.suppliers = bySlug(m.Suppliers, func(s Supplier) string { return s.Slug })
	x.places = bySlug(m.Places, func(p Place) string { return p.Slug })
	x.touchpoints = bySlug(m.Touchpoints, func(t Touchpoint) string { return t.Slug })
	x.properties = bySlug(m.Properties, func(p Property) string { return p.Slug })
	x.segments = bySlug(m.Segments, func(s Segment) string { return s.Slug })
	x.journeys = bySlug(m.Journeys, func(j Journey) string { return j.Slug })
	x.asked = bySlug(m.Surveys, func(s Survey) string { return s.Slug })
	x.topics = bySlug(m.Topics, func(t Topic) string { return t.Slug })
	x.calendars = bySlug(m.Calendars, func(c Calendar) string { return c.Slug })
	x.promises = bySlug(m.Promises, func(p Promise) string { return p.Slug })
	x.choices = bySlug(m.Choices, func(c Choice) string { return c.Slug })
	x.webhooks = bySlug(m.Webhooks, func(w Webhook) string { return w.Slug })
	x.rules = bySlug(m.Rules, func(r Rule) string { return r.Slug })

	x.placeNames, x.supplierNames = map[string]string{}, map[string]string{}
	for _, p := range m.Places {
		names(x.placeNames, p.Slug, p.Name)
	}
	for _, s := range m.Suppliers {
		names(x.supplierNames, s.Slug, s.Name)
	}
	x.claims, x.surveys, x.computed = map[string][]claim{}, map[string]int{}, map[string][]int{}
	for i, t := range m.Touchpoints {
		for _, e := range t.Events {
			x.claims[e.Name] = append(x.claims[e.Name], claim{i, e})
		}
		for _, s := range t.Surveys {
			x.surveys[s] = i
		}
	}
	for i, p := range m.Properties {
		x.computed[p.On] = append(x.computed[p.On], i)
	}
	x.digits = currencyDigits(m.Company.Currency)
}

func bySlug[T any](items []T, slug func(T) string) map[string]int {
	out := make(map[string]int, len(items))
	for i, item := range items {
		out[slug(item)] = i
	}
	return out
}

// names maps what an event may call a place or a supplier to its slug; the
// first declared keeps a shared name.
func names(to map[string]string, slug string, name Text) {
	for _, n := range []string{slug, name.ES, name.EN, name.PT} {
		if _, taken := to[fold(n)]; n != "" && !taken {
			to[fold(n)] = slug
		}
	}
}
