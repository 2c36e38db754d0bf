package text

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// magic begins a model's bytes; its last letter is the format's version. Then
// come the four classifiers, and last the SHA-256 of all before it.
const magic = "vtext-1\n"

// MarshalBinary returns the model's bytes, which begin with their format's
// version and end with a checksum.
func (m *Model) MarshalBinary() ([]byte, error) {
	b := []byte(magic)
	for _, c := range []*Classifier{m.language, m.polarity, m.emotion, m.topics} {
		b = c.append(b)
	}
	sum := sha256.Sum256(b)
	return append(b, sum[:]...), nil
}

// sealed sets the model's hash.
func (m *Model) sealed() *Model {
	b, _ := m.MarshalBinary()
	m.hash = hex.EncodeToString(b[len(b)-sha256.Size:])
	return m
}

func (c *Classifier) append(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(c.labels)))
	for _, l := range c.labels {
		b = binary.AppendUvarint(b, uint64(len(l)))
		b = append(b, l...)
	}
	if c.many {
		b = append(b, 1)
	} else {
		b = append(b, 0)
	}
	for _, x := range []float32{c.slope, c.offset, c.sure} {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(x))
	}
	b = binary.AppendUvarint(b, uint64(len(c.known.features)))
	var last uint32
	for _, f := range c.known.features {
		b = binary.AppendUvarint(b, uint64(f-last))
		last = f
	}
	for _, x := range c.known.weight {
		b = append(b, packed(x))
	}
	for _, x := range c.w {
		b = append(b, packed(x))
	}
	return b
}

// Unmarshal returns the model of MarshalBinary's bytes, or an Invalid error that
// says what is wrong with them.
func Unmarshal(data []byte) (*Model, error) {
	const op = "text.Unmarshal"
	prefix := len(magic) - 2
	switch {
	case len(data) < len(magic)+sha256.Size || !bytes.HasPrefix(data, []byte(magic[:prefix])):
		return nil, cx.Errorf(cx.Invalid, op, "this is no text model")
	case string(data[:len(magic)]) != magic:
		return nil, cx.Errorf(cx.Invalid, op, "this text model is of version %q, and this program reads %q: train it again", data[prefix], magic[prefix])
	}
	body, sum := data[:len(data)-sha256.Size], data[len(data)-sha256.Size:]
	if got := sha256.Sum256(body); !bytes.Equal(got[:], sum) {
		return nil, cx.Errorf(cx.Invalid, op, "this text model is damaged: its checksum differs; train it again")
	}
	m := &Model{hash: hex.EncodeToString(sum)}
	r := decoder{b: body[len(magic):]}
	for _, part := range []struct {
		into  **Classifier
		many  bool
		known []string
	}{
		{&m.language, false, languageLabels()},
		{&m.polarity, false, slugs(Polarities())},
		{&m.emotion, false, slugs(Emotions())},
		{&m.topics, true, nil},
	} {
		c := r.classifier()
		if r.bad || c.many != part.many || part.known != nil && !slices.Equal(c.labels, part.known) {
			return nil, cx.Errorf(cx.Invalid, op, "this text model's bytes make no sense; train it again")
		}
		*part.into = c
	}
	if len(r.b) > 0 {
		return nil, cx.Errorf(cx.Invalid, op, "this text model has bytes too many; train it again")
	}
	return m, nil
}

// slugs returns words as strings, in order of name.
func slugs[T ~string](words []T) []string {
	all := make([]string, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	slices.Sort(all)
	return all
}

// decoder takes bytes from the front; bad says that they were not what they
// should be.
type decoder struct {
	b   []byte
	bad bool
}

func (d *decoder) take(n uint64) []byte {
	if n > uint64(len(d.b)) {
		d.bad = true
		d.b = nil
		return nil
	}
	taken := d.b[:n]
	d.b = d.b[n:]
	return taken
}

func (d *decoder) uvarint() uint64 {
	x, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.bad = true
		return 0
	}
	d.b = d.b[n:]
	return x
}

func (d *decoder) float() float32 {
	b := d.take(4)
	if d.bad {
		return 0
	}
	x := math.Float32frombits(binary.LittleEndian.Uint32(b))
	if math.IsNaN(float64(x)) || math.IsInf(float64(x), 0) {
		d.bad = true
	}
	return x
}

func (d *decoder) classifier() *Classifier {
	c := &Classifier{}
	labels := d.uvarint()
	for i := uint64(0); i < labels && !d.bad; i++ {
		l := string(d.take(d.uvarint()))
		d.bad = d.bad || i > 0 && l <= c.labels[i-1]
		c.labels = append(c.labels, l)
	}
	many := d.take(1)
	c.many = !d.bad && many[0] == 1
	c.slope, c.offset, c.sure = d.float(), d.float(), d.float()
	n := d.uvarint()
	if d.bad || n > uint64(len(d.b)) {
		d.bad = true
		return c
	}
	features := make([]uint32, n)
	var last uint64
	for i := range features {
		step := d.uvarint()
		last += step
		if d.bad || last >= 1<<hashBits || step == 0 && i > 0 {
			d.bad = true
			return c
		}
		features[i] = uint32(last)
	}
	weight, w := floats(d.take(n)), floats(d.take((n+1)*labels))
	if !d.bad {
		c.known = newVocabulary(features, weight)
		c.weights = weights{len(c.labels), w}
	}
	return c
}

func floats(b []byte) []float32 {
	xs := make([]float32, len(b))
	for i, x := range b {
		xs[i] = unpacked(x)
	}
	return xs
}
