package cycle

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// The most characters of what people write.
const (
	maxTitle = 200
	maxText  = 4000
)

// checkWords reports a text that is too short, too long or none.
func checkWords(field, text string, least, most int) []cx.Fault {
	n := utf8.RuneCountInString(strings.TrimSpace(text))
	if n >= least && n <= most && utf8.ValidString(text) && !strings.ContainsRune(text, 0) {
		return nil
	}
	return []cx.Fault{{Field: field, Message: "write " + strconv.Itoa(least) + " to " + strconv.Itoa(most) + " characters"}}
}

// checkText is checkWords of a text in several languages; one is enough.
func checkText(field string, t model.Text, least, most int) []cx.Fault {
	if t == (model.Text{}) {
		return checkWords(field, "", least, most)
	}
	for _, text := range []string{t.ES, t.EN, t.PT} {
		if faults := checkWords(field, text, 0, most); faults != nil {
			return faults
		}
	}
	return checkWords(field, t.In("es"), least, most)
}
