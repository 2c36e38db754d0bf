package ui

func toneIcon(t Tone) string {
	switch t {
	case Negative:
		return "circle-alert"
	case Positive:
		return "check"
	}
	return "info"
}
