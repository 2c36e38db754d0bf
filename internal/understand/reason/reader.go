package reason

import (
	"bytes"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Of drivers that are the same, the one is told that the company declared, then
// what it noted, then what was noted of the event, then the event itself, and how it
// was lived.
const (
	rankProperty = iota
	rankCircumstance
	rankNoted
	rankEvent
	rankWhere
	rankFelt
	rankTopic
)

// reader turns what is known of facts into drivers with values. What it read last is
// in its fields until it reads again.
type reader struct {
	m       *model.Model
	t       *table
	known   map[string]use // raw names of properties
	decoder *jsontext.Decoder
	source  bytes.Reader

	objects []uint64
	types   []string // of the objects
	seen    []property
	product string
	suspect bool
}

// use is what a property is for.
type use struct {
	name   string
	object string // slug of the object that it numbers
	is     usage
}

type usage uint8

const (
	driving usage = iota
	ignored
	numbering // of an object
	product
	suspected
)

func newReader(m *model.Model, t *table) reader {
	return reader{m: m, t: t, known: map[string]use{}, decoder: jsontext.NewDecoder(new(bytes.Reader))}
}

// reserved are properties of answers that say how they were given.
var reserved = []string{"response_id", "survey_version", "complete", "way", "page", "language", "currency", "step", "link", "campaign"}

// technical are words of properties that tell things apart and do not describe them.
var technical = []string{"id", "uuid", "at", "url", "email", "phone", "token", "hash", "path", "title", "text", "comment", "message", "query", "version"}

func (r *reader) use(raw []byte) use {
	if u, ok := r.known[string(raw)]; ok {
		return u
	}
	unquoted, _ := jsontext.AppendUnquote(nil, raw)
	u := use{name: string(unquoted)}
	i := slices.IndexFunc(r.m.Objects, func(o model.Object) bool { return o.Property == u.name })
	f := r.m.Facts
	_, declared := r.m.Property(u.name) // is derived, and read as such
	switch words := wordsOf(u.name); {
	case u.name == "suspect":
		u.is = suspected
	case i >= 0:
		u.is, u.object = numbering, r.m.Objects[i].Slug
	case slices.Contains(f.Product, u.name):
		u.is = product
	case declared, slices.Contains(f.Place, u.name), slices.Contains(f.Supplier, u.name), slices.Contains(reserved, u.name), Personal(u.name), opinion(u.name),
		slices.ContainsFunc(words, func(w string) bool { return slices.Contains(technical, w) }):
		u.is = ignored
	}
	r.known[string(raw)] = u
	return u
}

// read reads what is known of a fact at a touchpoint: its properties, and what the
// model derives.
func (r *reader) read(touchpoint string, properties []byte, derived []history.Derived, answer bool) {
	r.objects, r.types, r.seen, r.product, r.suspect = r.objects[:0], r.types[:0], r.seen[:0], "", false
	if len(properties) > 0 {
		r.source.Reset(properties)
		r.decoder.Reset(&r.source)
		r.members(touchpoint)
	}
	for _, d := range derived {
		among := -1
		if p, ok := r.m.Property(d.Property); ok && p.Object != "" && !answer {
			among = int(r.t.silent(driverKey{"object", p.Object, ""}))
		}
		if !Personal(d.Property) {
			r.see(r.t.driver(driverKey{"property", d.Property, touchpoint}, rankProperty, among), []byte(d.Value))
		}
	}
}

func (r *reader) members(touchpoint string) {
	if token, err := r.decoder.ReadToken(); err != nil || token.Kind() != '{' {
		return
	}
	for r.decoder.PeekKind() == '"' {
		raw, err := r.decoder.ReadValue()
		if err != nil {
			return
		}
		u := r.use(raw)
		value, err := r.decoder.ReadValue()
		if err != nil {
			return
		}
		scalar := value.Kind() == '"' || value.Kind() == '0'
		switch {
		case u.is == suspected:
			r.suspect = value.Kind() == 't'
		case u.is == numbering && scalar:
			if id := plain(value); id != "" && len(id) <= model.MaxName {
				r.objects, r.types = append(r.objects, model.ObjectRef{Type: u.object, ID: id}.Number()), append(r.types, u.object)
			}
		case u.is == product && scalar && r.product == "":
			r.product = plain(value)
		case u.is == driving && (scalar || value.Kind() == 't' || value.Kind() == 'f'):
			r.see(r.t.driver(driverKey{"property", u.name, touchpoint}, rankNoted, -1), value)
		}
	}
}

func plain(value jsontext.Value) string {
	if value.Kind() != '"' {
		return string(value)
	}
	unquoted, _ := jsontext.AppendUnquote(nil, value)
	return strings.TrimSpace(string(unquoted))
}

func (r *reader) see(driver uint32, raw []byte) {
	if value, ok := r.t.value(driver, raw); ok {
		r.seen = append(r.seen, property{driver, value})
	}
}

// dimension says where, or by whom, a fact was served.
func (r *reader) dimension(kind, touchpoint, value string) {
	if value != "" {
		r.see(r.t.driver(driverKey{kind, "", touchpoint}, rankWhere, -1), []byte(value))
	}
}

// happened says that an event came to be: of the objects that share one, or of those
// who came to the touchpoint, some have it.
func (r *reader) happened(name, touchpoint string) {
	among := r.t.silent(driverKey{"visitor", "", touchpoint})
	if len(r.types) > 0 {
		among = r.t.silent(driverKey{"object", r.types[0], ""})
	}
	r.see(r.t.driver(driverKey{"event", name, touchpoint}, rankEvent, int(among)), nil)
}

// felt says how a fact was lived.
func (r *reader) felt(touchpoint string, valence int16) {
	how := "neither"
	switch {
	case valence == history.NoValence:
	case valence <= -500:
		how = "bad"
	case valence >= 500:
		how = "good"
	}
	r.see(r.felts(touchpoint), []byte(how))
}

func (r *reader) felts(touchpoint string) uint32 {
	return r.t.driver(driverKey{"touchpoint", "", touchpoint}, rankFelt, -1)
}

// circumstance says what was so there and then.
func (r *reader) circumstance(kind, touchpoint string) {
	r.see(r.t.driver(driverKey{"circumstance", kind, touchpoint}, rankCircumstance, int(r.felts(touchpoint))), nil)
}
