package text

import "math"

// A weight is kept in one byte: its sign and a seven-bit logarithm in steps of
// an eighth of an octave, within 4.4 % from 2^-11.75 to 2^4; 0 is zero. Errors of
// many features average out, and a model is four times smaller.
const (
	byteSteps = 8
	byteLow   = -12 * byteSteps
	byteMost  = 127
)

// packed returns the byte nearest to x.
func packed(x float32) byte {
	if x == 0 {
		return 0
	}
	e := math.Round(math.Log2(math.Abs(float64(x)))*byteSteps) - byteLow
	if !(e >= 1) {
		return 0
	}
	b := byte(min(e, byteMost))
	if x < 0 {
		b |= 0x80
	}
	return b
}

// unpacked returns a byte's weight.
func unpacked(b byte) float32 {
	if b&0x7f == 0 {
		return 0
	}
	x := float32(math.Exp2(float64(int(b&0x7f)+byteLow) / byteSteps))
	if b&0x80 != 0 {
		return -x
	}
	return x
}

// rounded returns what is left of x in a byte, so that a model reads the same
// before it is kept and after.
func rounded(x float32) float32 { return unpacked(packed(x)) }
