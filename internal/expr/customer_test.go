package expr_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

const day = 24 * time.Hour

func TestAsks(t *testing.T) {
	t.Parallel()
	for src, want := range map[string][]expr.Ask{
		`count() > 3`: {{What: expr.Count}},
		`count("Order Completed", days(90)) >= 2 && count("Order Completed", days(90)) < 5`: {{What: expr.Count, Event: "Order Completed", Within: 90 * day}},
		`visits("till", days(30)) > 0 || score("nps") <= 6`:                                 {{What: expr.Count, Touchpoint: "till", Within: 30 * day}, {What: expr.Score, Metric: "nps"}},
		`last("Order Completed") < now - days(180) && first() > now - days(1)`:              {{What: expr.Last, Event: "Order Completed"}, {What: expr.First}},
		`revenue(days(365)) / double(count(days(365))) > 20.0`:                              {{What: expr.Revenue, Within: 365 * day}, {What: expr.Count, Within: 365 * day}},
		`count("Order Delivered", {"late": true, "days": 3, "by": "x"}, days(90)) > 0`: {{
			What: expr.Count, Event: "Order Delivered", Within: 90 * day,
			Where: []expr.Property{{Name: "by", Value: "x"}, {Name: "days", Value: "3"}, {Name: "late", Value: "true"}},
		}},
		`traits.city == "Quito"`: nil,
	} {
		p, err := expr.Compile(expr.Customer, src)
		if err != nil {
			t.Errorf("%s: %v", src, err)
			continue
		}
		if diff := cmp.Diff(want, p.Asks()); diff != "" {
			t.Errorf("%s: asks (-want +got):\n%s", src, diff)
		}
	}
}

func TestCustomer(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		src     string
		answers []any
		want    bool
	}{
		{`count("Order Completed") >= 2`, []any{int64(2)}, true},
		{`count("Order Completed") >= 2`, []any{int64(1)}, false},
		{`last("Order Completed") < now - days(180)`, []any{now.Add(-200 * day)}, true},
		{`last("Order Completed") < now - days(180)`, []any{now.Add(-20 * day)}, false},
		{`last("Order Completed") < now - days(180)`, []any{nil}, false},
		{`last("Order Completed") > now - days(180)`, []any{nil}, false},
		{`last("Order Completed") == null`, []any{nil}, true},
		{`last("Order Completed") == null`, []any{now}, false},
		{`!(last("Order Completed") > now - days(180))`, []any{nil}, true},
		{`score("nps") <= 6`, []any{6.0}, true},
		{`score("nps") <= 6`, []any{nil}, false},
		{`score("nps") == null && count() > 0`, []any{nil, int64(1)}, true},
		{`revenue() > 100.5`, []any{100.6}, true},
		{`revenue() / double(count()) > 50.0`, []any{101.0, int64(2)}, true},
		{`revenue() / double(count()) > 50.0`, []any{0.0, int64(0)}, false},
		{`traits.city in ["Quito", "Lima"] && traits.plan != "gold"`, nil, true},
		{`traits.nothing.deeper == 3`, nil, false},
		{`traits.nothing == null`, nil, true},
		{`has(traits.city)`, nil, true},
	} {
		p, err := expr.Compile(expr.Customer, c.src)
		if err != nil {
			t.Errorf("%s: %v", c.src, err)
			continue
		}
		got, err := p.Bool(expr.Vars{Traits: expr.NewObject([]byte(`{"city":"Quito","plan":"basic"}`)), Now: cx.TimeOf(now), Answers: c.answers})
		if err != nil || got != c.want {
			t.Errorf("%s with %v = %v, %v; want %v", c.src, c.answers, got, err, c.want)
		}
	}
}

func TestNeedsTraits(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]bool{`count() > 3`: false, `traits.city == "Quito"`: true, `count("traits") > 1 && (has(traits.x) || true)`: true, `visits("traits") > 0`: false} {
		if p, err := expr.Compile(expr.Customer, src); err != nil || p.NeedsTraits() != want {
			t.Errorf("%s: %v, %v", src, p.NeedsTraits(), err)
		}
	}
}

func TestCustomerFaults(t *testing.T) {
	t.Parallel()
	const written = `takes only what is written out: a text in quotes, properties such as {"late": true}, and days(1) to days(36500); compare what it gives with anything`
	for src, want := range map[string]string{
		`count(traits.event) > 1`:          "1:13 count() " + written,
		`count("A", days(0)) > 1`:          "1:16 count() " + written,
		`visits("") > 1`:                   "1:8 visits() " + written,
		`last("A", {"x": traits.y}) < now`: "1:11 last() " + written,
		`properties.total > 1`:             `1:1 there is no 'properties': use traits, now, count(…), visits(…), first(…), last(…), revenue(…), score(…) and days(…)`,
		`count("A", 90) > 1`:               `1:6 compare like with like: "count" cannot take (string, int)`,
		`count("A") > "many"`:              `1:12 compare like with like: ">" cannot take (int, string)`,
		``:                                 `1:1 the expression is empty: write a condition, such as count("Order Completed", days(90)) >= 2`,
	} {
		if _, err := expr.Compile(expr.Customer, src); err == nil || cx.MessageOf(err) != want {
			t.Errorf("%s: %v; want %s", src, err, want)
		}
	}
}
