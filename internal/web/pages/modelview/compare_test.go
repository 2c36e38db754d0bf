package modelview

import (
	"net/url"
	"testing"
)

// TestComparison reads conditions into the fields of a form, and writes what the
// fields say.
func TestComparison(t *testing.T) {
	t.Parallel()
	for src, want := range map[string]comparison{
		`properties.wait_min > 10.0`:                   {property: "wait_min", op: ">", value: "10"},
		`properties.wait_min>10`:                       {property: "wait_min", op: ">", value: "10"},
		`properties.rating <= -1.5`:                    {property: "rating", op: "<=", value: "-1.5"},
		`properties.method == 'card'`:                  {property: "method", op: "==", value: "card"},
		`properties.method != "a b"`:                   {property: "method", op: "!=", value: "a b"},
		`properties.damaged`:                           {property: "damaged", op: yes},
		`!properties.damaged`:                          {property: "damaged", op: no},
		`properties.damaged == true`:                   {property: "damaged", op: "==", value: "true"},
		`properties.code == "10"`:                      {source: `properties.code == "10"`},
		`properties.code == "true"`:                    {source: `properties.code == "true"`},
		`properties.path == "a\\b"`:                    {source: `properties.path == "a\\b"`},
		`properties.a > 1.0 && properties.b`:           {source: `properties.a > 1.0 && properties.b`},
		`event.at > timestamp(properties.promised_at)`: {source: `event.at > timestamp(properties.promised_at)`},
		``: {},
	} {
		got := comparisonOf(src)
		if got != want {
			t.Errorf("%s: %+v", src, got)
		}
		form := url.Values{"when.property": {got.property}, "when.op": {got.op}, "when.value": {got.value}, "when.source": {got.source}}
		if back := comparisonFrom(form, "when"); back != got || comparisonOf(back.text()) != got {
			t.Errorf("%s: sent as it was shown: %+v, %s", src, back, back.text())
		}
	}
	for _, c := range []struct{ property, op, value, want string }{
		{"wait_min", "", "3,5", "properties.wait_min == 3.5"},
		{"damaged", "", "", "properties.damaged"},
		{"method", "!=", `"x" || true`, `properties.method != "\"x\" || true"`},
		{"a b", ">", "1", `properties["a b"] > 1.0`},
		{"x || true", "yes", "", `properties["x || true"]`},
		{"", "==", "1", ""},
	} {
		form := url.Values{"when.property": {c.property}, "when.op": {c.op}, "when.value": {c.value}}
		if got := comparisonFrom(form, "when").text(); got != c.want {
			t.Errorf("%v: %s", c, got)
		}
	}
}

func TestSlugOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"Atención al cliente": "atencion-al-cliente", "  ¡Ñandú!  ": "nandu", "care_case": "care_case", "Ação / São Paulo": "acao-sao-paulo", "日本": "", "a--b__c": "a-b_c", "<b>": "b",
	} {
		if got := slugOf(name); got != want {
			t.Errorf("%q: %q", name, got)
		}
	}
}
