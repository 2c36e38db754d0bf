package posters

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

// sheet is a page of filled shapes, in millimetres from its upper left corner.
// Letters are shapes too, so that every printer draws what the screen shows,
// without a font of its own.
type sheet struct {
	width, height float64
	shapes        []shape
	texts         []line
	faces         map[weight]*sfnt.Font
}

// weight is one of the two faces.
type weight bool

const (
	regular weight = false
	bold    weight = true
)

// shape is a path filled with a colour ("#rrggbb").
type shape struct {
	color string
	path  []step
}

// step is a command of a path, with the points it takes: M and L one, Q two, C
// three, Z none.
type step struct {
	command byte
	to      [3]point
}

type point struct{ x, y float64 }

// points tells how many points a command takes.
func (s step) points() []point {
	return s.to[:map[byte]int{'M': 1, 'L': 1, 'Q': 2, 'C': 3}[s.command]]
}

// line is a text that the shapes draw, for who searches or listens.
type line struct {
	text  string
	at    point // where its base line begins
	size  float64
	width float64
}

func newSheet(width, height float64) (*sheet, error) {
	s := &sheet{width: width, height: height, faces: map[weight]*sfnt.Font{}}
	for w, ttf := range map[weight][]byte{regular: goregular.TTF, bold: gobold.TTF} {
		face, err := sfnt.Parse(ttf)
		if err != nil {
			return nil, cx.Wrap("posters.newSheet", err)
		}
		s.faces[w] = face
	}
	return s, nil
}

// rect fills a rectangle.
func (s *sheet) rect(color string, x, y, w, h float64) {
	s.shapes = append(s.shapes, shape{color, box(nil, x, y, w, h)})
}

func box(path []step, x, y, w, h float64) []step {
	return append(path,
		step{'M', [3]point{{x, y}}}, step{'L', [3]point{{x + w, y}}},
		step{'L', [3]point{{x + w, y + h}}}, step{'L', [3]point{{x, y + h}}}, step{command: 'Z'})
}

// resolution is how many units of sfnt make a millimetre of a letter's size.
const resolution = 64

// measure returns how wide a text is at a size.
func (s *sheet) measure(text string, w weight, size float64) float64 {
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

// write draws a text in the middle of the sheet, its base line at y. What the
// face has no letter for is left out.
func (s *sheet) write(text string, w weight, color string, size, y float64) {
	var (
		b     sfnt.Buffer
		face  = s.faces[w]
		ppem  = fixed.I(resolution)
		scale = size / resolution / 64
		width = s.measure(text, w, size)
		x     = (s.width - width) / 2
		path  []step
	)
	s.texts = append(s.texts, line{text, point{x, y}, size, width})
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
				path = append(path, step{command: 'Z'})
			}
			at := step{command: command}
			for j, a := range segment.Args {
				at.to[j] = point{x + float64(a.X)*scale, y + float64(a.Y)*scale}
			}
			path = append(path, at)
		}
		if len(segments) > 0 {
			path = append(path, step{command: 'Z'})
		}
		if advance, err := face.GlyphAdvance(&b, g, ppem, font.HintingNone); err == nil {
			x += float64(advance) * scale
		}
	}
	s.shapes = append(s.shapes, shape{color, path})
}

// paragraph writes a text in at most lines lines of a width, as large as fits
// between the two sizes, and returns the base line of its last. What does not
// fit ends in "…".
func (s *sheet) paragraph(text string, w weight, color string, width, largest, least float64, lines int, y float64) float64 {
	const leading = 1.25
	size := largest
	rows := s.wrap(text, w, size, width)
	for len(rows) > lines && size > least {
		size = max(least, size*.94)
		rows = s.wrap(text, w, size, width)
	}
	if len(rows) > lines {
		rows = rows[:lines]
		rows[lines-1] = s.shorten(rows[lines-1]+" …", w, size, width)
	}
	for i, row := range rows {
		y += size * leading
		if i == 0 {
			y -= size * (leading - 1)
		}
		s.write(row, w, color, size, y)
	}
	return y
}

// wrap breaks a text between words so that each line is at most so wide; a word
// that is wider than a line is cut short.
func (s *sheet) wrap(text string, w weight, size, width float64) (rows []string) {
	row := ""
	for _, word := range strings.FieldsFunc(text, unicode.IsSpace) {
		word = s.shorten(word, w, size, width)
		switch longer := strings.TrimPrefix(row+" "+word, " "); {
		case s.measure(longer, w, size) <= width:
			row = longer
		default:
			rows, row = append(rows, row), word
		}
	}
	return append(rows, row)
}

// shorten takes letters off the end of a text until it fits, and says so with
// "…".
func (s *sheet) shorten(text string, w weight, size, width float64) string {
	runes := []rune(text)
	for s.measure(text, w, size) > width && len(runes) > 1 {
		runes = runes[:len(runes)-1]
		text = strings.TrimRight(string(runes), " …") + "…"
	}
	return text
}

// svg writes the sheet as an SVG file at its real size.
func (s *sheet) svg(lang string) []byte {
	var b bytes.Buffer
	var words []string
	for _, t := range s.texts {
		words = append(words, t.text)
	}
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" xml:lang="%s" role="img" width="%smm" height="%smm" viewBox="0 0 %[2]s %[3]s"><title>%s</title>`,
		lang, number(s.width), number(s.height), escape(strings.Join(words, " · ")))
	fmt.Fprintf(&b, `<rect width="100%%" height="100%%" fill="#ffffff"/>`)
	for _, sh := range s.shapes {
		fmt.Fprintf(&b, `<path fill="%s" d="`, sh.color)
		for _, st := range sh.path {
			b.WriteByte(st.command)
			for i, p := range st.points() {
				if i > 0 {
					b.WriteByte(' ')
				}
				b.WriteString(number(p.x) + " " + number(p.y))
			}
		}
		b.WriteString(`"/>`)
	}
	b.WriteString("</svg>\n")
	return b.Bytes()
}

// pdf writes the sheet as a PDF of one page (ISO 32000-1): the shapes, and over
// them the same texts unseen, for search and for who listens.
func (s *sheet) pdf(title, lang string) ([]byte, error) {
	const perMM = 72 / 25.4
	var content bytes.Buffer
	fmt.Fprintf(&content, "%s 0 0 -%[1]s 0 %s cm\n", number(perMM), number(s.height*perMM))
	for _, sh := range s.shapes {
		var r, g, b uint8
		if _, err := fmt.Sscanf(sh.color, "#%02x%02x%02x", &r, &g, &b); err != nil {
			return nil, cx.Wrap("posters.pdf", err)
		}
		fmt.Fprintf(&content, "%s %s %s rg\n", number(float64(r)/255), number(float64(g)/255), number(float64(b)/255))
		outline(&content, sh.path)
		content.WriteString("f\n")
	}
	for _, t := range s.texts {
		fmt.Fprintf(&content, "BT 3 Tr /F1 %s Tf 1 0 0 -1 %s %s Tm (%s) Tj ET\n", number(t.size), number(t.at.x), number(t.at.y), pdfText(t.text))
	}
	var packed bytes.Buffer
	z := zlib.NewWriter(&packed)
	if _, err := z.Write(content.Bytes()); err != nil {
		return nil, cx.Wrap("posters.pdf", err)
	}
	if err := z.Close(); err != nil {
		return nil, cx.Wrap("posters.pdf", err)
	}
	objects := []string{
		fmt.Sprintf("<</Type/Catalog/Pages 2 0 R/Lang(%s)/ViewerPreferences<</DisplayDocTitle true>>>>", pdfText(lang)),
		"<</Type/Pages/Kids[3 0 R]/Count 1>>",
		fmt.Sprintf("<</Type/Page/Parent 2 0 R/MediaBox[0 0 %s %s]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>", number(s.width*perMM), number(s.height*perMM)),
		fmt.Sprintf("<</Length %d/Filter/FlateDecode>>stream\n%s\nendstream", packed.Len(), packed.String()),
		"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>",
		fmt.Sprintf("<</Title(%s)>>", pdfText(title)),
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
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R/Info 6 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(objects)+1, start)
	return b.Bytes(), nil
}

// outline writes a path in PDF's operators, which know cubic curves only.
func outline(b *bytes.Buffer, path []step) {
	var at point
	third := func(from, to point) point { return point{from.x + (to.x-from.x)*2/3, from.y + (to.y-from.y)*2/3} }
	for _, st := range path {
		points, operator := st.points(), map[byte]string{'M': "m", 'L': "l", 'Q': "c", 'C': "c", 'Z': "h"}[st.command]
		if st.command == 'Q' {
			points = []point{third(at, st.to[0]), third(st.to[1], st.to[0]), st.to[1]}
		}
		for _, p := range points {
			b.WriteString(number(p.x) + " " + number(p.y) + " ")
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
