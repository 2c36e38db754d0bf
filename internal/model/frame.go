package model

import "strings"

// Frame is the frame within which whoever serves at a touchpoint decides: a
// purpose instead of a script.
type Frame struct {
	Purpose Text   // what the touchpoint is for, in the customer's terms
	Never   []Text // what never fails
	Give    []Text // what you may give without asking
	Helps   string // slug of the area that helps when it gets difficult; may be empty
}

// maxFrameLines is how much one can keep in mind.
const maxFrameLines = 7

func (p *parsing) frame(v value) *Frame {
	if v.absent() {
		return nil
	}
	f := v.fields("purpose", "never", "give", "helps")
	return &Frame{
		Purpose: f["purpose"].words(),
		Never:   f["never"].lines(),
		Give:    f["give"].lines(),
		Helps:   f["helps"].ref(f["helps"].optional("name one of areas"), "area", "areas", p.m.areaSlugs()),
	}
}

// lines reads a few texts.
func (v value) lines() (out []Text) {
	all := v.list()
	if len(all) > maxFrameLines {
		v.fault("%d are more than anybody keeps in mind: say the %d that matter most", len(all), maxFrameLines)
	}
	for _, line := range all {
		out = append(out, line.words())
	}
	return out
}

// String writes the frame for a diff.
func (f *Frame) String() string {
	if f == nil {
		return ""
	}
	parts := []string{f.Purpose.String()}
	for _, lines := range [][]Text{f.Never, f.Give} {
		all := make([]string, len(lines))
		for i, line := range lines {
			all[i] = line.String()
		}
		parts = append(parts, strings.Join(all, "; "))
	}
	return strings.Join(append(parts, f.Helps), " | ")
}
