package expr_test

import (
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

var at = cx.TimeOf(time.Date(2026, 3, 2, 9, 30, 0, 0, time.UTC))

func fact(properties string) expr.Vars {
	return expr.Vars{
		Name: "Order Delivered", Type: "track", Source: "web", UserID: "u1", At: at,
		Properties: expr.NewObject([]byte(properties)),
		Traits:     expr.NewObject([]byte(`{"city":"Lisboa","age":41}`)),
	}
}

const delivered = `{"wait_min":12, "price":9.5, "text":"hola", "ok":true, "no":null, "n":"42", "order":12345678901234567890,
	"tags":["a","b"], "deep":{"a":{"b":3}}, "promised_at":"2026-03-01 10:00:00", "iso":"2026-03-01T10:00:00+01:00", "day":"2026-03-03", "caf\u00e9":1}`

func TestBool(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]bool{
		`properties.wait_min > 10.0`:                                             true,
		`properties.wait_min > 10`:                                               true,
		`properties.wait_min > 12`:                                               false,
		`properties.wait_min == 12`:                                              true,
		`properties.wait_min in [12, 3]`:                                         true,
		`properties["wait_min"] >= 12.0`:                                         true,
		`properties.price * 2 == 19`:                                             true,
		`2.0 * properties.price == 19.0`:                                         true,
		`properties.wait_min - 2 == 10`:                                          true,
		`properties.text == "hola" && event.name == "Order Delivered"`:           true,
		`properties["café"] == 1`:                                                true,
		`properties.text.startsWith("ho")`:                                       true,
		`properties.text.upperAscii() == "HOLA"`:                                 true,
		`properties.text.matches("^h.l")`:                                        true,
		`"a" in properties.tags`:                                                 true,
		`properties.tags[1] == "b"`:                                              true,
		`size(properties.tags) == 2`:                                             true,
		`properties.deep.a.b == 3`:                                               true,
		`number(properties.n) > 41.0`:                                            true,
		`properties.ok`:                                                          true,
		`!properties.ok`:                                                         false,
		`traits.city == "Lisboa" && traits.age > 40`:                             true,
		`event.at > timestamp(properties.promised_at)`:                           true,
		`event.at > timestamp(properties.iso)`:                                   true,
		`event.at > time(properties.day)`:                                        false,
		`event.at - time(properties.iso) >= duration("24h30m")`:                  true,
		`event.at.getHours("Europe/Madrid") == 10`:                               true,
		`event.type == "track" && event.source == "web" && event.userId == "u1"`: true,

		// What is missing, or of another type.
		`properties.missing > 10.0`:                false,
		`properties.missing < 10.0`:                false,
		`!(properties.missing > 10.0)`:             true,
		`properties.missing`:                       false,
		`!properties.missing`:                      true,
		`properties.missing == null`:               true,
		`properties.no == null`:                    true,
		`properties.missing != "x"`:                true,
		`properties.missing == "x"`:                false,
		`properties.missing.deeper.still != "x"`:   true,
		`properties.missing in ["x"]`:              false,
		`"x" in properties.missing`:                false,
		`!("x" in properties.missing)`:             true,
		`has(properties.missing)`:                  false,
		`has(properties.wait_min)`:                 true,
		`has(properties.missing.deeper)`:           false,
		`!has(properties.missing.deeper)`:          true,
		`has(context.page)`:                        false,
		`properties.text > 10.0`:                   false,
		`properties.wait_min > "10"`:               false,
		`properties.text`:                          false,
		`properties.tags[7] == "b"`:                false,
		`properties.missing > 1 || properties.ok`:  true,
		`properties.missing > 1 && properties.ok`:  false,
		`properties.missing || properties.no`:      false,
		`(properties.missing > 1 ? 1 : 2) == 2`:    true,
		`(properties.text ? 1 : 2) == 2`:           true,
		`timestamp(properties.missing) < event.at`: false,
		`timestamp(properties.text) < event.at`:    false,
		`properties.missing.startsWith("x")`:       false,
		`!properties.missing.startsWith("x")`:      true,
		`1 / 0 == 1`:                               false,
	} {
		p, err := expr.Compile(expr.Fact, src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got, err := p.Bool(fact(delivered))
		if got != want || err != nil {
			t.Errorf("%s = %v, %v; want %v", src, got, err, want)
		}
	}
}

func TestValue(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]any{
		`properties.wait_min`:                          12.0,
		`size(properties.tags)`:                        int64(2),
		`properties.text + "!"`:                        "hola!",
		`properties.ok`:                                true,
		`event.at`:                                     at.Std(),
		`timestamp(properties.day)`:                    time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC),
		`event.at - timestamp("2026-03-02T09:00:00Z")`: 1800.0,
		`properties.wait_min > 10.0 ? -1.5 : 0.5`:      -1.5,
		`properties.missing > 10.0 ? -1.5 : 0.5`:       0.5,
		`properties.missing`:                           nil,
		`properties.no`:                                nil,
		`properties.missing > 10.0`:                    nil,
		`event.at > timestamp(properties.missing)`:     nil,
		`has(properties.missing.a)`:                    false,
		`properties.deep`:                              nil,
		`properties.wait_min / 0`:                      nil, // infinite
		`{"a": 1, "hola": 2}[properties.text]`:         int64(2),
	} {
		p, err := expr.Compile(expr.Fact, src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		got, err := p.Value(fact(delivered))
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("%s: %v\n%s", src, err, diff)
		}
	}
}

func TestRow(t *testing.T) {
	t.Parallel()
	vars := expr.Vars{Row: map[string]string{"order_status": "delivered", "price": "12.5", "at": "2017-10-10 21:25:13", "a column": "x"}}
	for src, want := range map[string]bool{
		`row.order_status != "canceled"`:                 true,
		`row.missing == ""`:                              true,
		`row["a column"] == "x"`:                         true,
		`number(row.price) > 12.0`:                       true,
		`number(row.order_status) > 12.0`:                false,
		`time(row.at) < time("2017-10-11")`:              true,
		`time(row.missing) < time("2017-10-11")`:         false,
		`row.order_status in ["delivered", "shipped"]`:   true,
		`has(row.price)`:                                 true,
		`!(number(row.missing) > 1.0) && "price" in row`: true,
	} {
		p, err := expr.Compile(expr.Row, src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if got, err := p.Bool(vars); got != want || err != nil {
			t.Errorf("%s = %v, %v; want %v", src, got, err, want)
		}
	}
	madrid, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	p, err := expr.Compile(expr.Row, `time(row.at)`, expr.Zone(madrid), expr.Columns("at"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := p.Value(vars)
	if want := time.Date(2017, 10, 10, 19, 25, 13, 0, time.UTC); got != want || err != nil {
		t.Errorf("in Madrid: %v, %v; want %v", got, err, want)
	}
}

func TestCompileFaults(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		scope expr.Scope
		src   string
		want  string
	}{
		{expr.Fact, "", "1:1 the expression is empty: write a condition, such as properties.wait_min > 10.0"},
		{expr.Fact, "property.x > 1", "1:1 there is no 'property': use properties, traits, context, or event.name, event.type, event.source, event.at, event.userId"},
		{expr.Fact, "true &&\n  evento.name == 'x'", "2:3 there is no 'evento'"},
		{expr.Fact, "event.nam == 'x'", "1:1 there is no 'event'"},
		{expr.Fact, "event.name > 3", `1:12 compare like with like: ">" cannot take (string, int)`},
		{expr.Fact, "properties.a = 3", "a single = compares nothing: write =="},
		{expr.Fact, "properties.a >", "1:15 the expression ends too early"},
		{expr.Fact, "properties.a > 1 properties.b", "1:18 'properties' does not fit here"},
		{expr.Fact, "properties.tags.exists(t, t == 'x')", "there is no 't'"},
		{expr.Fact, "[1, 2]", "1:1 the expression gives list(int): it must give a condition, a number, a text or a time"},
		{expr.Fact, "properties.a.b.c == " + strings.Repeat("x", expr.MaxSource), "1:1 the expression is longer than 4096 characters: shorten it"},
		{expr.Fact, "properties.a.replace('a', properties.a).replace('a', properties.a) == ''", "may cost"},
		{expr.Fact, "event.name.matches('(a{100}){100}')", "regex"},
		{expr.Fact, strings.Repeat("(", 80) + "true" + strings.Repeat(")", 80), "recursion"},
		{expr.Row, "row.price > 3", `1:11 compare like with like: ">" cannot take (string, int)`},
		{expr.Row, "properties.x == 1", "1:1 there is no 'properties': use row.COLUMN, number(…) and time(…)"},
		{expr.Row, "row.pirce == '' && row['b'] == ''", `1:4 there is no column "pirce": the columns are price, at`},
	} {
		_, err := expr.Compile(c.scope, c.src, expr.Columns("price", "at"))
		if cx.KindOf(err) != cx.Invalid || !strings.Contains(cx.MessageOf(err), c.want) {
			t.Errorf("%.60s:\n got %q\nwant %q", c.src, cx.MessageOf(err), c.want)
		}
		for _, f := range cx.FaultsOf(err) {
			if f.Line < 1 || f.Column < 1 {
				t.Errorf("%.60s: fault without a place: %+v", c.src, f)
			}
		}
	}
}

func TestObject(t *testing.T) {
	t.Parallel()
	o := expr.NewObject([]byte(` {"a" : "x\u00e9", "n":12345678901234567890,"f":1.50, "deep":{"x":[1,{"y":"}"}]} ,"nil":null,"b":true, "esc\"d":1}`))
	for name, want := range map[string]string{"a": "xé", "n": "12345678901234567890", "f": "1.50", "deep": "", "nil": "", "b": "true", `esc"d`: "1", "none": ""} {
		if got := o.Text(name); got != want {
			t.Errorf("Text(%s) = %q, want %q", name, got, want)
		}
	}
	got, ok := o.Get("deep")
	if want := any(map[string]any{"x": []any{1.0, map[string]any{"y": "}"}}}); !ok || !cmp.Equal(got, want) {
		t.Errorf("Get(deep) = %v, %v", got, ok)
	}
	if v, ok := o.Get("nil"); v != nil || !ok {
		t.Errorf("Get(nil) = %v, %v", v, ok)
	}
	for _, empty := range []*expr.Object{nil, expr.NewObject(nil), expr.NewObject([]byte(`{`)), expr.NewObject([]byte(`[1]`)), expr.NewObject([]byte(`{"a":1 "b"}`)), expr.ObjectOf(nil)} {
		if _, ok := empty.Get("a"); ok {
			t.Errorf("%v has a field", empty)
		}
	}
	if got := expr.ObjectOf(map[string]any{"n": 3.0}).Text("n"); got != "3" {
		t.Errorf("Text of a parsed number = %q", got)
	}
}

// No text may panic, hang or allocate without bound, compiled and run against
// any data.
func FuzzExpression(f *testing.F) {
	for _, src := range []string{
		`properties.wait_min > 10.0`, `!has(properties.a.b) || size(properties.tags) > 1 ? 1 : 2.0`,
		`event.at - timestamp(properties.day) > duration("1h")`, `properties.a.replace("a", properties.text).split(",")[0]`,
		`row.x == number(row.y)`, `{"a": [1, null]}[properties.text][0]`, `"%s".format([properties])`, `b"\xff" == bytes(properties.text)`,
		`count("a", days(90)) * 2 > visits("till") && first("a", {"late": true}) < now && last() < now - days(3)`, `score("nps") == null || revenue(days(1)) / double(count()) > 2.0`,
	} {
		f.Add(src, delivered)
	}
	facts, err := expr.NewCompiler(expr.Fact)
	if err != nil {
		f.Fatal(err)
	}
	rows, err := expr.NewCompiler(expr.Row, expr.Columns("x"))
	if err != nil {
		f.Fatal(err)
	}
	customers, err := expr.NewCompiler(expr.Customer)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, src, properties string) {
		if len(properties) > 32<<10 {
			return
		}
		for _, c := range []*expr.Compiler{facts, rows, customers} {
			p, err := c.Compile(src)
			if err != nil {
				if len(cx.FaultsOf(err)) == 0 {
					t.Fatalf("no fault: %v", err)
				}
				continue
			}
			vars := fact(properties)
			vars.Row = map[string]string{"x": properties}
			for _, a := range p.Asks() {
				vars.Answers = append(vars.Answers, [...]any{int64(2), time.Unix(0, 0).UTC(), nil, 2.5, 9.0}[a.What])
			}
			began := time.Now()
			_, err = p.Bool(vars)
			if cx.KindOf(err) == cx.Internal && err != nil {
				t.Fatalf("%s: %v", src, err)
			}
			_, err = p.Value(vars)
			if cx.KindOf(err) == cx.Internal && err != nil {
				t.Fatalf("%s: %v", src, err)
			}
			if took := time.Since(began); took > 5*time.Second {
				t.Fatalf("%s took %v", src, took)
			}
		}
	})
}

// An Object reads valid JSON as encoding/json does.
func FuzzObject(f *testing.F) {
	f.Add(delivered)
	f.Add(`{"a":{"b":[1,2,{"c":"\\"}]},"d":-1.5e3}`)
	f.Fuzz(func(t *testing.T, src string) {
		o := expr.NewObject([]byte(src))
		_ = o.Text("a")
		var want map[string]any
		if json.Unmarshal([]byte(src), &want) != nil {
			return
		}
		for name, v := range want {
			if got, ok := o.Get(name); !ok || !cmp.Equal(got, v) {
				t.Fatalf("Get(%q) = %v, %v; want %v", name, got, ok, v)
			}
		}
	})
}

func BenchmarkBool(b *testing.B) {
	p, err := expr.Compile(expr.Fact, `properties.wait_min > 10.0 && event.source == "web"`)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() { // scan and decode included
		if ok, err := p.Bool(fact(delivered)); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}

func BenchmarkCompile(b *testing.B) {
	c, err := expr.NewCompiler(expr.Fact)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := c.Compile(`properties.wait_min > 10.0`); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkNewCompiler(b *testing.B) {
	for b.Loop() {
		if _, err := expr.NewCompiler(expr.Fact); err != nil {
			b.Fatal(err)
		}
	}
}
