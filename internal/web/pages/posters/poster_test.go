package posters_test

import (
	"bytes"
	"compress/zlib"
	"context"
	"image/color"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/boombuler/barcode/qr"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/survey"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/web/pages/posters"
	"github.com/vivencia-cx/vivencia/internal/web/webtest"
)

const address = "https://opina.candil.example/q/3e69v7EScCXMnTH8unLzQPZ"

func poster(size posters.Size) posters.Poster {
	return posters.Poster{
		Company: "Librerías Candil", Question: "¿Te resultó fácil pagar hoy en caja?", Call: "Escanear y responder", Or: "también en",
		Address: address, Place: "Librería Goya · Caja", Lang: "es", Size: size,
	}
}

// The code of the file is the code of the link at level Q, module by module, and
// the sheet has the size of its paper.
func TestSVGHoldsTheCode(t *testing.T) {
	t.Parallel()
	code, err := qr.Encode(address, qr.Q, qr.Auto)
	if err != nil {
		t.Fatal(err)
	}
	n := code.Bounds().Dx()
	for size, paper := range map[posters.Size][2]string{posters.A4: {"210mm", "297mm"}, posters.A6: {"105mm", "148.5mm"}} {
		svg, err := poster(size).SVG()
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Contains(svg, []byte(`width="`+paper[0]+`" height="`+paper[1]+`"`)) {
			t.Errorf("%s has not its size: %.200s", size, svg)
		}
		drawn := regexp.MustCompile(`<path fill="#000000" d="([^"]+)"`).FindSubmatch(svg)
		if drawn == nil {
			t.Fatal("no code is drawn")
		}
		dark := map[[2]int]bool{}
		runs := regexp.MustCompile(`M([\d.]+) ([\d.]+)L([\d.]+) [\d.]+L[\d.]+ [\d.]+L[\d.]+ [\d.]+Z`).FindAllSubmatch(drawn[1], -1)
		number := func(b []byte) float64 { v, _ := strconv.ParseFloat(string(b), 64); return v }
		left, top := number(runs[0][1]), number(runs[0][2]) // the corner that each code has
		module := (number(runs[0][3]) - left) / 7
		for _, r := range runs {
			row := int((number(r[2])-top)/module + .5)
			for col := int((number(r[1])-left)/module + .5); col < int((number(r[3])-left)/module+.5); col++ {
				dark[[2]int{col, row}] = true
			}
		}
		for y := range n {
			for x := range n {
				if dark[[2]int{x, y}] != (code.At(x, y) == color.Black) {
					t.Fatalf("%s: the module %d, %d of %d is not the code's", size, x, y, n)
				}
			}
		}
	}
}

// Each object stands where the table says, and the content holds the words too,
// for who searches or listens.
func TestPDFIsWhole(t *testing.T) {
	t.Parallel()
	pdf, err := poster(posters.A6).PDF()
	if err != nil {
		t.Fatal(err)
	}
	start := regexp.MustCompile(`startxref\n(\d+)\n%%EOF\n$`).FindSubmatch(pdf)
	if start == nil || !bytes.HasPrefix(pdf, []byte("%PDF-1.7\n")) {
		t.Fatal("no PDF")
	}
	at, _ := strconv.Atoi(string(start[1]))
	if !bytes.HasPrefix(pdf[at:], []byte("xref\n0 7\n")) {
		t.Fatalf("the table is not where the end says: %.20q", pdf[at:])
	}
	for i, m := range regexp.MustCompile(`(?m)^(\d{10}) 00000 n $`).FindAllSubmatch(pdf[at:], -1) {
		offset, _ := strconv.Atoi(string(m[1]))
		if want := strconv.Itoa(i+1) + " 0 obj\n"; !bytes.HasPrefix(pdf[offset:], []byte(want)) {
			t.Errorf("object %d is not at %d: %.20q", i+1, offset, pdf[offset:])
		}
	}
	if !bytes.Contains(pdf, []byte("/MediaBox[0 0 297.6378 420.9449]")) {
		t.Error("the page is no A6")
	}
	_, stream, _ := bytes.Cut(pdf, []byte("stream\n"))
	z, err := zlib.NewReader(bytes.NewReader(stream))
	if err != nil {
		t.Fatal(err)
	}
	content, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"(Librer\xedas Candil) Tj", "(tambi\xe9n en opina.candil.example/q/", " c\n", " f\n", "0 0 0 rg\n"} {
		if !bytes.Contains(content, []byte(strings.TrimPrefix(want, " "))) {
			t.Errorf("the page does not hold %q", want)
		}
	}
}

// However long the words are, and whatever they look like, the sheet holds them.
func TestWordsStayOnTheSheet(t *testing.T) {
	t.Parallel()
	p := poster(posters.A4)
	p.Company = strings.Repeat("Librerías ", 40)
	p.Question = strings.Repeat("¿Cómo", 60) + " <script>(\\)" + strings.Repeat(" palabra", 200) + " 漢字"
	svg, err := p.SVG()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`[ML](-?[\d.]+) (-?[\d.]+)`).FindAllSubmatch(svg, -1) {
		x, _ := strconv.ParseFloat(string(m[1]), 64)
		y, _ := strconv.ParseFloat(string(m[2]), 64)
		if x < 0 || x > 210 || y < 0 || y > 297 {
			t.Fatalf("something is drawn at %v, %v", x, y)
		}
	}
	if bytes.Contains(svg, []byte("<script>")) {
		t.Error("a script came through")
	}
	if _, err := p.PDF(); err != nil {
		t.Error(err)
	}
}

func TestALinkTooLongIsRefused(t *testing.T) {
	t.Parallel()
	p := poster(posters.A4)
	p.Address = strings.Repeat("x", 4000)
	if _, err := p.SVG(); cx.KindOf(err) != cx.Invalid || err == nil {
		t.Errorf("it says %v", err)
	}
}

// links makes the same link for each, and remembers what for.
type links struct{ asked []survey.LinkRequest }

func (l *links) Link(_ context.Context, _ cx.Principal, r survey.LinkRequest) (survey.Link, error) {
	l.asked = append(l.asked, r)
	return survey.Link{URL: address}, nil
}

func (l *links) Preview(s model.Survey, _ *model.Model, _ int, _ survey.Values, lang string) survey.Form {
	q := s.Pages[0].Questions[0]
	return survey.Form{Questions: []survey.Question{{ID: q.ID, Text: q.Text.In(lang)}}}
}

// Current implements posters.Models.
func (l *links) Current() model.Version {
	m, err := model.Parse([]byte(`
company: {slug: candil, name: Librerías Candil, timezone: Europe/Madrid, currency: EUR}
areas: [{slug: shops, name: Tiendas}]
places: [{slug: goya, name: Librería Goya, kind: shop}]
touchpoints: [{slug: till, name: Caja, stage: during, channel: store, medium: physical, area: shops, events: [Paid], surveys: [till]}]
surveys:
  - slug: till
    name: Caja
    purpose: transactional
    pages: [{questions: [{id: ease, type: ces, scale: 1-5, text: {es: ¿Fue fácil?, en: Was it easy?, pt: Foi fácil?}}]}]
`))
	if err != nil {
		panic(err)
	}
	return model.Version{Model: m}
}

func TestPostersAreFiles(t *testing.T) {
	t.Parallel()
	l := &links{}
	site := webtest.New(t, posters.New(l, l))
	v := site.As(cx.Analyst)
	r := v.Get("/surveys/till/poster.svg?touchpoint=till&place=goya&size=a6&lang=en")
	if r.Status != http.StatusOK || r.Header.Get("Content-Disposition") != `attachment; filename="till-till-goya-en-a6.svg"` {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	if title := r.Text("title"); !strings.Contains(title, "Was it easy?") || !strings.Contains(title, "Librería Goya · Caja") || !strings.Contains(title, "Scan and answer") {
		t.Errorf("it says %q", title)
	}
	if want := (survey.LinkRequest{Survey: "till", Way: survey.ByQR, Touchpoint: "till", Place: "goya"}); l.asked[0].Survey != want.Survey || l.asked[0].Way != want.Way || l.asked[0].Touchpoint != want.Touchpoint || l.asked[0].Place != want.Place {
		t.Errorf("the link is %+v", l.asked[0])
	}
	if r := v.Get("/surveys/till/poster.pdf"); r.Status != http.StatusOK || r.Header.Get("Content-Type") != "application/pdf" || !strings.HasPrefix(r.Body, "%PDF-") {
		t.Errorf("%d %v", r.Status, r.Header)
	}
	if r := v.Get("/surveys/none/poster.pdf"); r.Status != http.StatusNotFound {
		t.Errorf("no such survey: %d", r.Status)
	}
	if r := site.As(cx.Board).Get("/surveys/till/poster.svg"); r.Status != http.StatusForbidden {
		t.Errorf("who may make no links: %d", r.Status)
	}
}
