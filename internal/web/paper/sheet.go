package paper

import (
	"bytes"
	"compress/zlib"
	"fmt"
	"strconv"
	"strings"
	"unicode"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/encoding/charmap"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Sheet is a page of filled shapes, in millimetres from its upper left corner.
// Letters are shapes too, so that every printer draws what the screen shows,
// without a font of its own.
type Sheet struct {
	Width, Height float64
	shapes        []shape
	texts         []line
	faces         map[Weight]*sfnt.Font
}

// Weight is one of the two faces.
type Weight bool

// The faces.
const (
	Regular Weight = false
	Bold    Weight = true
)

// shape is a path filled with a colour ("#rrggbb").
type shape struct {
	color string
	path  []Step
}

// Step is a command of a path, with the points it takes: M and L one, Q two, C
// three, Z none.
type Step struct {
	Command byte
	To      [3]Point
}

// Point is in millimetres.
type Point struct{ X, Y float64 }

// points tells how many points a command takes.
func (s Step) points() []Point {
	return s.To[:map[byte]int{'M': 1, 'L': 1, 'Q': 2, 'C': 3}[s.Command]]
}

// line is a text that the shapes draw, for who searches or listens.
type line struct {
	text  string
	at    Point // where its base line begins
	size  float64
	width float64
}

// New returns an empty sheet of a size in millimetres.
func New(width, height float64) (*Sheet, error) {
	s := &Sheet{Width: width, Height: height, faces: map[Weight]*sfnt.Font{}}
	for w, ttf := range map[Weight][]byte{Regular: goregular.TTF, Bold: gobold.TTF} {
		face, err := sfnt.Parse(ttf)
		if err != nil {
			return nil, cx.Wrap("paper.New", err)
		}
		s.faces[w] = face
	}
	return s, nil
}

// Fill fills a path.
func (s *Sheet) Fill(color string, path []Step) {
	s.shapes = append(s.shapes, shape{color, path})
}

// Rect fills a rectangle.
func (s *Sheet) Rect(color string, x, y, w, h float64) {
	s.shapes = append(s.shapes, shape{color, Box(nil, x, y, w, h)})
}

// Box adds a rectangle to a path.
func Box(path []Step, x, y, w, h float64) []Step {
	return append(path,
		Step{'M', [3]Point{{x, y}}}, Step{'L', [3]Point{{x + w, y}}},
		Step{'L', [3]Point{{x + w, y + h}}}, Step{'L', [3]Point{{x, y + h}}}, Step{Command: 'Z'})
}

// resolution is how many units of sfnt make a millimetre of a letter's size.
const resolution = 64

// Measure returns how wide a text is at a size.
func (s *Sheet) Measure(text string, w Weight, size float64) float64 {
	var b sfnt.Buffer
	face, ppem, total := s.faces[w], fixed.I(resolution), 0.0
	for _, r := range text {
		if g, err := face.GlyphIndex(&b, r); err == nil && g != 0 {
			if advance, err := face.GlyphAdvance(&b, g, ppem, font.HintingNone); err == nil {
				total += float64(advance)
			}
		}
	}
	return total / 64 / resolution * size
}

// Centre draws a text in the middle of the sheet, its base line at y.
func (s *Sheet) Centre(text string, w Weight, color string, size, y float64) {
	s.Write(text, w, color, size, (s.Width-s.Measure(text, w, size))/2, y)
}

// Write draws a text from x on, its base line at y. What the face has no letter for is
// left out.
func (s *Sheet) Write(text string, w Weight, color string, size, x, y float64) {
	var (
		b     sfnt.Buffer
		face  = s.faces[w]
		ppem  = fixed.I(resolution)
		scale = size / resolution / 64
		width = s.Measure(text, w, size)
		path  []Step
	)
	s.texts = append(s.texts, line{text, Point{x, y}, size, width})
	for _, r := range text {
		g, err := face.GlyphIndex(&b, r)
		if err != nil || g == 0 {
			continue
		}
		segments, err := face.LoadGlyph(&b, g, ppem, nil)
		if err != nil {
			continue
		}
		for i, segment := range segments {
			command := [...]byte{sfnt.SegmentOpMoveTo: 'M', sfnt.SegmentOpLineTo: 'L', sfnt.SegmentOpQuadTo: 'Q', sfnt.SegmentOpCubeTo: 'C'}[segment.Op]
			if command == 'M' && i > 0 {
				path = append(path, Step{Command: 'Z'})
			}
			at := Step{Command: command}
			for j, a := range segment.Args {
				at.To[j] = Point{x + float64(a.X)*scale, y + float64(a.Y)*scale}
			}
			path = append(path, at)
		}
		if len(segments) > 0 {
			path = append(path, Step{Command: 'Z'})
		}
		if advance, err := face.GlyphAdvance(&b, g, ppem, font.HintingNone); err == nil {
			x += float64(advance) * scale
		}
	}
	s.shapes = append(s.shapes, shape{color, path})
}

// Paragraph writes a text in at most lines lines of a width, as large as fits
// between the two sizes, and returns the base line of its last. What does not
// fit ends in "…".
func (s *Sheet) Paragraph(text string, w Weight, color string, width, largest, least float64, lines int, y float64) float64 {
	const leading = 1.25
	size := largest
	rows := s.Wrap(text, w, size, width)
	for len(rows) > lines && size > least {
		size = max(least, size*.94)
		rows = s.Wrap(text, w, size, width)
	}
	if len(rows) > lines {
		rows = rows[:lines]
		rows[lines-1] = s.Shorten(rows[lines-1]+" …", w, size, width)
	}
	for i, row := range rows {
		y += size * leading
		if i == 0 {
			y -= size * (leading - 1)
		}
		s.Centre(row, w, color, size, y)
	}
	return y
}

// Wrap breaks a text between words so that each line is at most so wide; a word
// that is wider than a line is cut short.
func (s *Sheet) Wrap(text string, w Weight, size, width float64) (rows []string) {
	row := ""
	for _, word := range strings.FieldsFunc(text, unicode.IsSpace) {
		word = s.Shorten(word, w, size, width)
		switch longer := strings.TrimPrefix(row+" "+word, " "); {
		case s.Measure(longer, w, size) <= width:
			row = longer
		default:
			rows, row = append(rows, row), word
		}
	}
	return append(rows, row)
}

// Shorten takes letters off the end of a text until it fits, and says so with
// "…".
func (s *Sheet) Shorten(text string, w Weight, size, width float64) string {
	runes := []rune(text)
	for s.Measure(text, w, size) > width && len(runes) > 1 {
		runes = runes[:len(runes)-1]
		text = strings.TrimRight(string(runes), " …") + "…"
	}
	return text
}

// SVG writes the sheet as an SVG file at its real size.
func (s *Sheet) SVG(lang string) []byte {
	var b bytes.Buffer
	var words []string
	for _, t := range s.texts {
		words = append(words, t.text)
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" xml:lang="%s" role="img" width="%smm" height="%smm" viewBox="0 0 %[2]s %[3]s"><title>%s</title>`,
		lang, number(s.Width), number(s.Height), escape(strings.Join(words, " · ")))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	for _, sh := range s.shapes {
		fmt.Fprintf(&b, `<path fill="%s" d="`, sh.color)
		for _, st := range sh.path {
			b.WriteByte(st.Command)
			for i, p := range st.points() {
				if i > 0 {
					b.WriteByte(' ')
				}
				b.WriteString(number(p.X) + " " + number(p.Y))
			}
		}
		b.WriteString(`"/>`)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// PDF writes sheets as the pages of a PDF (ISO 32000-1): the shapes, and over them
// the same texts unseen, for search and for who listens.
func PDF(title, lang string, sheets ...*Sheet) ([]byte, error) {
	const perMM = 72 / 25.4
	const first = 5 // object of the first page; its content follows it
	var kids strings.Builder
	for i := range sheets {
		fmt.Fprintf(&kids, "%d 0 R ", first+2*i)
	}
	objects := []string{
		fmt.Sprintf("<</Type/Catalog/Pages 2 0 R/Lang(%s)/ViewerPreferences<</DisplayDocTitle true>>>>", pdfText(lang)),
		fmt.Sprintf("<</Type/Pages/Kids[%s]/Count %d>>", strings.TrimSpace(kids.String()), len(sheets)),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		fmt.Sprintf("<</Title(%s)>>", pdfText(title)),
	}
	for i, s := range sheets {
		content, err := s.content(perMM)
		if err != nil {
			return nil, err
		}
		objects = append(objects,
			fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Contents %d 0 R/Resources<</Font<</F1 3 0 R>>>>>>", number(s.Width*perMM), number(s.Height*perMM), first+2*i+1),
			fmt.Sprintf("<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream", len(content), content))
	}
	var b bytes.Buffer
	b.WriteString("%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
	var offsets []int
	for i, o := range objects {
		offsets = append(offsets, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", i+1, o)
	}
	start := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(objects)+1)
	for _, at := range offsets {
		fmt.Fprintf(&b, "%010d 00000 n \n", at)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R/Info 4 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes(), nil
}

// content is what a page draws, packed.
func (s *Sheet) content(perMM float64) ([]byte, error) {
	var content bytes.Buffer
	fmt.Fprintf(&content, "%s 0 0 -%[1]s 0 %s cm\n", number(perMM), number(s.Height*perMM))
	for _, sh := range s.shapes {
		var r, g, b uint8
		if _, err := fmt.Sscanf(sh.color, "#%02x%02x%02x", &r, &g, &b); err != nil {
			return nil, cx.Wrap("paper.PDF", err)
		}
		fmt.Fprintf(&content, "%s %s %s rg\n", number(float64(r)/255), number(float64(g)/255), number(float64(b)/255))
		outline(&content, sh.path)
		content.WriteString("f\n")
	}
	for _, t := range s.texts {
		fmt.Fprintf(&content, "BT 3 Tr /F1 %s Tf 1 0 0 -1 %s %s Tm (%s) Tj ET\n", number(t.size), number(t.at.X), number(t.at.Y), pdfText(t.text))
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(content.Bytes()); err != nil {
		return nil, cx.Wrap("paper.PDF", err)
	}
	if err := z.Close(); err != nil {
		return nil, cx.Wrap("paper.PDF", err)
	}
	return packed.Bytes(), nil
}

// outline writes a path in PDF's operators, which know cubic curves only.
func outline(b *bytes.Buffer, path []Step) {
	var at Point
	third := func(from, to Point) Point { return Point{from.X + (to.X-from.X)*2/3, from.Y + (to.Y-from.Y)*2/3} }
	for _, st := range path {
		points, operator := st.points(), map[byte]string{'M': "m", 'L': "l", 'Q': "c", 'C': "c", 'Z': "h"}[st.Command]
		if st.Command == 'Q' {
			points = []Point{third(at, st.To[0]), third(st.To[1], st.To[0]), st.To[1]}
		}
		for _, p := range points {
			b.WriteString(number(p.X) + " " + number(p.Y) + " ")
			at = p
		}
		b.WriteString(operator + "\n")
	}
}

// pdfText writes a text in WinAnsi between parentheses; what that has no letter
// for becomes "?".
func pdfText(text string) string {
	var b strings.Builder
	for _, r := range text {
		c, ok := charmap.Windows1252.EncodeRune(r)
		switch {
		case !ok || c < ' ':
			c = '?'
		case c == '(' || c == ')' || c == '\\':
			b.WriteByte('\\')
		}
		b.WriteByte(c)
	}
	return b.String()
}

// number writes a length as short as it may be.
func number(v float64) string {
	s := strconv.FormatFloat(v, 'f', 4, 64)
	return strings.TrimSuffix(strings.TrimRight(s, "0"), ".")
}

func escape(text string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(text)
}
