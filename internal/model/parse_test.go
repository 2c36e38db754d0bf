package model_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

var update = flag.Bool("update", false, "write the golden files anew")

var published = []string{"../simulate/candil/model.yaml", "../../examples/model.yaml"}

func glob(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	return files
}

func read(t testing.TB, file string) []byte {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return src
}

func parse(t testing.TB, src string) *model.Model {
	t.Helper()
	m, err := model.Parse([]byte(src))
	if err != nil {
		t.Fatal(cx.MessageOf(err))
	}
	return m
}

// validate says what the published schema thinks of a YAML text; "" is well.
func validate(t testing.TB, schema *jsonschema.Schema, src []byte) string {
	t.Helper()
	asJSON, err := yaml.YAMLToJSON(src)
	if err != nil {
		return "cannot be asked"
	}
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(asJSON))
	if err != nil {
		return "cannot be asked"
	}
	if err := schema.Validate(v); err != nil {
		return "refuses"
	}
	return ""
}

func compileSchema(t testing.TB) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(model.Schema()))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("model.json", doc); err != nil {
		t.Fatal(err)
	}
	schema, err := c.Compile("model.json")
	if err != nil {
		t.Fatal(err)
	}
	return schema
}

func TestGoodModelsAreRead(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for _, file := range append(glob(t, "testdata/good/*.yaml"), published...) {
		src := read(t, file)
		if _, err := model.Parse(src); err != nil {
			t.Errorf("%s: %s", file, strings.ReplaceAll(cx.MessageOf(err), "; ", "\n"))
		}
		if got := validate(t, schema, src); got != "" {
			t.Errorf("%s: the schema %s", file, got)
		}
	}
}

// Each bad model's golden file holds every fault, and what the schema says:
// it cannot follow references, and must never be stricter than Parse.
func TestBadModelsAreToldEveryFault(t *testing.T) {
	t.Parallel()
	schema := compileSchema(t)
	for _, file := range glob(t, "testdata/bad/*.yaml") {
		src := read(t, file)
		_, err := model.Parse(src)
		if cx.KindOf(err) != cx.Invalid {
			t.Errorf("%s: %v", file, err)
			continue
		}
		var b strings.Builder
		for _, f := range cx.FaultsOf(err) {
			fmt.Fprintln(&b, f)
		}
		verdict := validate(t, schema, src)
		if verdict == "" {
			verdict = "accepts"
		}
		fmt.Fprintf(&b, "schema %s\n", verdict)
		golden := strings.TrimSuffix(file, ".yaml") + ".golden"
		if *update {
			if err := os.WriteFile(golden, []byte(b.String()), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(string(read(t, golden)), b.String()); diff != "" {
			t.Errorf("%s:\n%s", file, diff)
		}
	}
}

func TestParse(t *testing.T) {
	t.Parallel()
	m := parse(t, string(read(t, "testdata/good/forms.yaml")))
	if m.Company.Name != "1984" || m.Company.Address != model.Vos || m.Areas[0].Name.In("es") != "A" {
		t.Errorf("%+v %+v", m.Company, m.Areas)
	}
	if p := m.Places[0]; p.Timezone != "America/Sao_Paulo" {
		t.Errorf("a place without a zone is in %q", p.Timezone)
	}
	var events []string
	for _, e := range m.Touchpoints[0].Events {
		events = append(events, strings.Join(strings.Fields(e.String()), " "))
	}
	want := []string{
		"404", "E when true valence -2", "E2", "F when properties.a > 1 && properties.b < 2 valence properties.a == 1 ? 1.0 : -1.0",
		"G valence 0.5", `G2 when properties["it's"] == 1`,
	}
	if diff := cmp.Diff(want, events); diff != "" {
		t.Error(diff)
	}
	if m.Facts.Place != nil || len(m.Facts.Supplier) != 2 || len(m.Objects) != 0 {
		t.Errorf("%+v %+v", m.Facts, m.Objects)
	}
	minimal := parse(t, string(read(t, "testdata/good/minimal.yaml")))
	if diff := cmp.Diff(model.Empty().Objects, minimal.Objects); diff != "" {
		t.Error(diff)
	}
}

func TestText(t *testing.T) {
	t.Parallel()
	text := model.Text{ES: "Caja", EN: "Till"}
	for lang, want := range map[string]string{"es": "Caja", "es-419": "Caja", "en": "Till", "pt": "Caja", "": "Caja"} {
		if got := text.In(lang); got != want {
			t.Errorf("In(%q) = %q, want %q", lang, got, want)
		}
	}
}

// Too big is told at once, and nothing that anybody can write takes long.
func TestParseIsBounded(t *testing.T) {
	t.Parallel()
	for name, src := range map[string]string{
		"big":      strings.Repeat("#", model.MaxSource+1),
		"flow":     strings.Repeat("[", 200_000),
		"keys":     strings.Repeat("a: ", 60_000),
		"indent":   indented(600),
		"comments": strings.Repeat("# x\n", 60_000),
		"areas":    "areas:\n" + strings.Repeat("- {slug: x, name: {es: T, en: S}}\n", 7_000),
		"unknown":  strings.Repeat("a", 200_000) + ": 1",
	} {
		began := time.Now()
		_, err := model.Parse([]byte(src))
		if cx.KindOf(err) != cx.Invalid || len(cx.FaultsOf(err)) > 101 {
			t.Errorf("%s: %.200v", name, err)
		}
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %v", name, took)
		}
	}
}

func indented(depth int) string {
	var b strings.Builder
	for i := range depth {
		b.WriteString(strings.Repeat(" ", i) + "a:\n")
	}
	return b.String()
}

// No text may panic the parser; what it accepts, the schema accepts, and a
// model classifies anything.
func FuzzParse(f *testing.F) {
	schema := compileSchema(f)
	for _, pattern := range []string{"testdata/good/*.yaml", "testdata/bad/*.yaml"} {
		for _, file := range glob(f, pattern) {
			f.Add(read(f, file))
		}
	}
	f.Fuzz(func(t *testing.T, src []byte) {
		m, err := model.Parse(src)
		if err != nil {
			if len(cx.FaultsOf(err)) == 0 {
				t.Fatalf("no fault: %v", err)
			}
			return
		}
		if validate(t, schema, src) == "refuses" {
			t.Fatalf("accepted, and the schema refuses:\n%s", src)
		}
		if changes := model.Diff(m, m); len(changes) > 0 {
			t.Fatalf("differs from itself: %v", changes)
		}
		for _, tp := range m.Touchpoints {
			for _, e := range tp.Events {
				m.Classify(model.Fact{Kind: cx.Track, Name: e.Name, Properties: src})
			}
		}
	})
}

func TestOwnOnly(t *testing.T) {
	t.Parallel()
	const head = "company: {slug: x, name: X, timezone: UTC, currency: EUR}\nareas: "
	open := parse(t, head+"[{slug: a, name: A}, {slug: b, name: B, customers: all}]")
	some := parse(t, head+"[{slug: a, name: A}, {slug: b, name: B, customers: own}, {slug: c, name: C, customers: own}]")
	for _, c := range []struct {
		model *model.Model
		areas []string
		want  bool
	}{
		{open, []string{"a"}, false},
		{open, []string{"gone"}, false},
		{model.Empty(), []string{"b"}, false},
		{some, nil, false},
		{some, []string{"a"}, false},
		{some, []string{"b", "a"}, false},
		{some, []string{"b"}, true},
		{some, []string{"b", "c"}, true},
		{some, []string{"gone"}, true},
		{some, []string{}, true},
	} {
		if got := c.model.OwnOnly(c.areas); got != c.want {
			t.Errorf("%q: %t", c.areas, got)
		}
	}
}
