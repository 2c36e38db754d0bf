package duckdb

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// toldSeqs is how many seqs are asked for at once: the driver holds whole
// answers in memory.
const toldSeqs = 1 << 18

// Snapshot calls fn with the facts at one time.
func (s *Store) Snapshot(ctx context.Context, p cx.Principal, fn func(history.Snapshot) error) error {
	// Before the transaction: what is rewritten meanwhile is then read twice, and
	// not never.
	f := &facts{ctx: ctx, p: p, edition: history.Edition{Rewritten: s.rewritten.Load()}}
	return tell("duckdb.Snapshot", s.read(ctx, func(tx snapshot) error {
		if err := tx.QueryRowContext(ctx, "SELECT position FROM meta").Scan(&f.edition.Position); err != nil {
			return err
		}
		f.tx, f.edition.Merged = tx, *tx.merged.Load()
		return fn(f)
	}))
}

// facts is a history.Snapshot.
type facts struct {
	ctx     context.Context // of the call during which it is valid
	p       cx.Principal
	tx      snapshot
	edition history.Edition
}

func (f *facts) Edition() history.Edition { return f.edition }

// Lived calls fn with the facts in columns. A row of the engine costs as much as
// its columns, whatever is in them: the numbers of words are packed, four in one.
func (f *facts) Lived(q history.LivedQuery, fn func(*history.Lived) error) error {
	if err := q.Validate(); err != nil {
		return err
	}
	t := newTelling(f.tx.file, f.p, q, f.edition.Merged)
	for after, upto := q.After, f.edition.Position; after < upto; {
		through := upto
		if !t.few {
			through = min(upto, after+toldSeqs)
		}
		if err := t.stretch(f.ctx, f.tx, after, through, fn); err != nil {
			return err
		}
		after = through
	}
	return nil
}

// telling is a question of Lived under way.
type telling struct {
	q     history.LivedQuery
	words *words
	of    map[cx.ProfileNo]cx.CustomerNo
	from  string // the facts, with %[1]d and %[2]d for the seqs
	few   bool   // only some customers' or objects' facts are asked for

	out      history.Lived
	names    map[uint16]uint32
	contexts map[[2]uint64]uint32
	last     [2]uint64 // the context of the fact before, and its number
	lastNo   uint32
}

func newTelling(f *file, p cx.Principal, q history.LivedQuery, merged []history.Cluster) *telling {
	t := &telling{
		q: q, words: f.words, of: make(map[cx.ProfileNo]cx.CustomerNo, len(merged)), few: q.Customers != nil || q.Objects != nil,
		names: map[uint16]uint32{0: 0}, contexts: map[[2]uint64]uint32{},
	}
	t.out.Names = []string{""}
	for _, c := range merged {
		t.of[c.Profile] = c.Customer
	}
	t.from = t.sql(f, p)
	return t
}

// sql is the question on the facts of a stretch of seqs.
func (t *telling) sql(f *file, p cx.Principal) string {
	table, value, more := "events", "f.valence::BIGINT + 32768", "f.revenue"
	if t.q.Of == history.Answers {
		table, value, more = "answers", "0", "f.value, f.metric, f.scale"
	} else if t.q.Currency == "" {
		more = "NULL"
	}
	a := &question{words: f.words, of: t.q.Of, where: []string{"f.seq > %[1]d AND f.seq <= %[2]d"}}
	a.within(t.q.Window)
	only := func(format string, args ...any) { a.where = append(a.where, fmt.Sprintf(format, args...)) }
	if p.Areas != nil {
		a.only(history.Area, p.Areas)
	}
	if t.q.Of == history.Answers {
		only("(f.value IS NOT NULL OR f.texted)")
	} else {
		only("f.kind <> %d", cx.Answer)
	}
	if t.q.Currency != "" {
		no, _ := f.words.find(currencyWord, t.q.Currency)
		only("f.revenue IS NOT NULL AND f.currency = %d", no)
	}
	object, some, with := "0::UBIGINT", "", ""
	if t.q.Object != "" {
		no, _ := f.words.find(objectWord, t.q.Object)
		object = "coalesce(l.object, 0)"
		some = fmt.Sprintf("SELECT seq, object FROM links WHERE type = %d AND seq > %%[1]d AND seq <= %%[2]d", no)
	}
	if t.few {
		parts := []string{"SELECT seq FROM " + table + " WHERE " + among("profile_no", t.profiles())}
		if len(t.q.Objects) > 0 {
			parts = append(parts, "SELECT seq FROM ("+some+") WHERE "+among("object", t.q.Objects))
		}
		with = "WITH wanted AS (" + strings.Join(parts, " UNION ") + ") "
		a.joins = append(a.joins, "SEMI JOIN wanted w ON w.seq = f.seq")
		some += " AND seq IN (SELECT seq FROM wanted)"
	}
	if t.q.Object != "" {
		a.joins = append(a.joins, "LEFT JOIN ("+some+") l ON l.seq = f.seq")
	}
	if !t.q.All {
		var any []string
		if t.q.Object != "" {
			any = append(any, "l.object IS NOT NULL")
		}
		any = append(any, in("f.name", t.numbered(nameWord, t.q.Names)), in("f.touchpoint", t.numbered(touchpointWord, t.q.Touchpoints)))
		a.where = append(a.where, "("+strings.Join(any, " OR ")+")")
	}
	properties := "NULL"
	switch {
	case t.q.Everything:
		properties = "f.properties"
	case t.q.Properties != nil:
		properties = "CASE WHEN " + in("f.name", t.numbered(nameWord, t.q.Properties)) + " THEN f.properties END"
	case t.q.Values != nil:
		properties = firstMember("f.properties", t.q.Values)
	}
	derived := "NULL"
	if t.q.Derived {
		derived = "d.said"
		a.joins = append(a.joins, `LEFT JOIN (SELECT seq, json_group_array(json_array(property, value))::VARCHAR AS said FROM derived
			WHERE seq > %[1]d AND seq <= %[2]d GROUP BY seq) d ON d.seq = f.seq`)
	}
	return with + fmt.Sprintf("SELECT f.seq, f.ts, %s, %s, %s, %s, %s, %s, %s FROM %s f %s WHERE %s",
		packed("f.touchpoint", "f.stage", "f.channel", "f.medium"), packed("f.area", "f.supplier", "f.place", "f.source"),
		"f.profile_no::UBIGINT + f.name::UBIGINT * 4294967296 + coalesce("+value+", 0)::UBIGINT * 281474976710656",
		object, properties, derived, more, table, strings.Join(a.joins, " "), strings.Join(a.where, " AND "))
}

// firstMember is the key of the first of the members that is there.
func firstMember(column string, names []string) string {
	var parts strings.Builder
	for _, name := range names {
		parts.WriteString("nullif(" + member(column, name) + ", ''), ")
	}
	return "coalesce(" + strings.ReplaceAll(parts.String(), "%", "%%") + "'')"
}

// packed puts four numbers of words in one.
func packed(a, b, c, d string) string {
	return fmt.Sprintf("%s::UBIGINT + %s::UBIGINT * 65536 + %s::UBIGINT * 4294967296 + %s::UBIGINT * 281474976710656", a, b, c, d)
}

func (t *telling) numbered(kind wordKind, words []string) []string {
	var list []string
	for _, word := range words {
		if no, ok := t.words.find(kind, word); ok {
			list = append(list, fmt.Sprint(no))
		}
	}
	return list
}

// profiles are those of the customers asked for.
func (t *telling) profiles() []cx.ProfileNo {
	asked := make(map[cx.CustomerNo]bool, len(t.q.Customers))
	var out []cx.ProfileNo
	for _, c := range t.q.Customers {
		asked[c] = true
		if _, gone := t.of[c]; !gone {
			out = append(out, c)
		}
	}
	for profile, customer := range t.of {
		if asked[customer] {
			out = append(out, profile)
		}
	}
	return out
}

// stretch tells the facts of the seqs in (after, through]. It reads from the
// driver itself: the copies that database/sql makes of each value cost several
// times as much.
func (t *telling) stretch(ctx context.Context, tx snapshot, after, through cx.Seq, fn func(*history.Lived) error) error {
	t.clear()
	err := tx.Raw(func(conn any) error {
		rows, err := conn.(driver.QueryerContext).QueryContext(ctx, fmt.Sprintf(t.from, after, through), nil)
		if err != nil {
			return err
		}
		defer rows.Close()
		row := make([]driver.Value, len(rows.Columns()))
		for {
			if err := rows.Next(row); err != nil {
				if errors.Is(err, io.EOF) {
					return nil
				}
				return err
			}
			t.row(row)
		}
	})
	if err != nil || len(t.out.Seq) == 0 {
		return err
	}
	return fn(&t.out)
}

// clear forgets the facts told, and keeps the room that they took.
func (t *telling) clear() {
	o := &t.out
	o.Seq, o.Customer, o.At, o.Name, o.Context, o.Object = o.Seq[:0], o.Customer[:0], o.At[:0], o.Name[:0], o.Context[:0], o.Object[:0]
	o.Valence, o.Revenue, o.Properties = o.Valence[:0], o.Revenue[:0], o.Properties[:0]
	o.Values, o.Derived = o.Values[:0], o.Derived[:0]
	o.Metric, o.Scale, o.Value = o.Metric[:0], o.Scale[:0], o.Value[:0]
}

func (t *telling) row(row []driver.Value) {
	o := &t.out
	who := row[4].(uint64)
	profile := cx.ProfileNo(who)
	customer, ok := t.of[profile]
	if !ok {
		customer = profile
	}
	o.Seq = append(o.Seq, cx.Seq(row[0].(uint64)))
	o.At = append(o.At, cx.Time(row[1].(int64)))
	o.Customer = append(o.Customer, customer)
	o.Name = append(o.Name, t.name(uint16(who>>32)))
	o.Context = append(o.Context, t.context([2]uint64{row[2].(uint64), row[3].(uint64)}))
	o.Object = append(o.Object, row[5].(uint64))
	if t.q.Properties != nil || t.q.Everything {
		text, _ := row[6].(string)
		o.Properties = append(o.Properties, properties(text))
	}
	if t.q.Values != nil {
		o.Values = append(o.Values, row[6].(string))
	}
	if t.q.Derived {
		text, _ := row[7].(string)
		o.Derived = append(o.Derived, t.derived(text))
	}
	if t.q.Of == history.Answers {
		value := math.NaN()
		if units, ok := row[8].(int64); ok {
			value = float64(units) / scoreUnit
		}
		o.Value = append(o.Value, value)
		o.Metric = append(o.Metric, t.words.word(metricWord, row[9].(uint16)))
		o.Scale = append(o.Scale, t.words.word(scaleWord, row[10].(uint16)))
		return
	}
	o.Valence = append(o.Valence, int16(int64(who>>48)-32768))
	if t.q.Currency != "" {
		o.Revenue = append(o.Revenue, row[8].(int64))
	}
}

func properties(text string) []byte {
	if text == "" {
		return nil
	}
	return []byte(text)
}

// derived reads the values that the engine wrote as [[property, value], …].
func (t *telling) derived(text string) (out []history.Derived) {
	if text == "" {
		return nil
	}
	d := jsontext.NewDecoder(strings.NewReader(text))
	for d.PeekKind() != 0 {
		token, err := d.ReadToken()
		if err != nil {
			break // the engine writes JSON, and its end
		}
		switch token.Kind() {
		case '0':
			no, _ := token.Uint()
			out = append(out, history.Derived{Property: t.words.word(propertyWord, uint16(no))})
		case '"':
			out[len(out)-1].Value = token.String()
		}
	}
	slices.SortFunc(out, func(a, b history.Derived) int { return strings.Compare(a.Property, b.Property) })
	return out
}

// Circumstances returns what was so within a window.
func (f *facts) Circumstances(w cx.Window) (out []history.Circumstance, err error) {
	where := "true"
	if w.To != 0 {
		where = fmt.Sprintf("since < %d", w.To)
	}
	rows, err := f.tx.QueryContext(f.ctx, fmt.Sprintf(`SELECT seq, kind, place, touchpoint, supplier, product, since, coalesce(until, 0), value
		FROM circumstances WHERE %s AND (until IS NULL OR until > %d) ORDER BY seq`, where, w.From))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var (
			c                                 history.Circumstance
			kind, place, touchpoint, supplier uint16
		)
		if err := rows.Scan(&c.Seq, &kind, &place, &touchpoint, &supplier, &c.Product, &c.From, &c.Until, &c.Value); err != nil {
			return nil, err
		}
		w := f.tx.words
		c.Kind, c.Place = w.word(circumstanceWord, kind), w.word(placeWord, place)
		c.Touchpoint, c.Supplier = w.word(touchpointWord, touchpoint), w.word(supplierWord, supplier)
		out = append(out, c)
	}
	return out, rows.Err()
}

func (t *telling) name(no uint16) uint32 {
	n, ok := t.names[no]
	if !ok {
		n = uint32(len(t.out.Names))
		t.names[no] = n
		t.out.Names = append(t.out.Names, t.words.word(nameWord, no))
	}
	return n
}

func (t *telling) context(key [2]uint64) uint32 {
	if key == t.last && len(t.out.Contexts) > 0 {
		return t.lastNo
	}
	n, ok := t.contexts[key]
	if !ok {
		n = uint32(len(t.out.Contexts))
		t.contexts[key] = n
		word := func(kind wordKind, half uint64, i int) string { return t.words.word(kind, uint16(half>>(16*i))) }
		t.out.Contexts = append(t.out.Contexts, history.Context{
			Touchpoint: word(touchpointWord, key[0], 0), Stage: word(stageWord, key[0], 1), Channel: word(channelWord, key[0], 2), Medium: word(mediumWord, key[0], 3),
			Area: word(areaWord, key[1], 0), Supplier: word(supplierWord, key[1], 1), Place: word(placeWord, key[1], 2), Source: word(sourceWord, key[1], 3),
		})
	}
	t.last, t.lastNo = key, n
	return n
}
