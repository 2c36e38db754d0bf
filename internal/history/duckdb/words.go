package duckdb

import (
	"slices"
	"strings"
	"sync"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
)

// wordKind is what a word is. The numbers are in the file: never change one.
type wordKind uint8

const (
	nameWord wordKind = iota
	sourceWord
	touchpointWord
	stageWord
	channelWord
	mediumWord
	areaWord
	supplierWord
	placeWord
	questionWord
	metricWord
	scaleWord
	currencyWord
	propertyWord
	objectWord
	circumstanceWord
	wordKinds
)

func (k wordKind) String() string {
	return [wordKinds]string{
		"name", "source", "touchpoint", "stage", "channel", "medium", "area", "supplier", "place",
		"question", "metric", "scale", "currency", "property", "object", "circumstance",
	}[k]
}

// words numbers words by kind. Reading is safe beside one writer; the writer
// adds, stores what is pending, and then keeps or drops it.
type words struct {
	mu      sync.RWMutex
	nos     [wordKinds]map[string]uint16
	words   [wordKinds][]string // by no; the first is "", and so are those of erased words
	free    [wordKinds][]uint16 // numbers of erased words
	pending []newWord
}

type newWord struct {
	kind wordKind
	no   uint16
	word string
}

func newWords() *words {
	w := &words{}
	for k := range w.nos {
		w.nos[k] = map[string]uint16{"": 0}
		w.words[k] = []string{""}
	}
	return w
}

// load adds a word that the file has. They come by number.
func (w *words) load(n newWord) {
	for no := len(w.words[n.kind]); no < int(n.no); no++ {
		w.words[n.kind] = append(w.words[n.kind], "")
		w.free[n.kind] = append(w.free[n.kind], uint16(no))
	}
	w.words[n.kind] = append(w.words[n.kind], n.word)
	w.nos[n.kind][n.word] = n.no
}

// number returns the word's number, and a new one for a new word; the word of
// the fact seq may be one too many. Only the writer calls it.
func (w *words) number(kind wordKind, word string, seq cx.Seq) (uint16, error) {
	if no, ok := w.nos[kind][word]; ok {
		return no, nil
	}
	n := newWord{kind: kind, no: uint16(len(w.words[kind])), word: strings.Clone(word)}
	w.mu.Lock()
	defer w.mu.Unlock()
	if last := len(w.free[kind]) - 1; last >= 0 {
		n.no, w.free[kind] = w.free[kind][last], w.free[kind][:last]
		w.words[kind][n.no] = n.word
	} else if int(n.no) > history.Words {
		return 0, &history.VocabularyFullError{Seq: seq, Kind: kind.String()}
	} else {
		w.words[kind] = append(w.words[kind], n.word)
	}
	w.nos[kind][n.word] = n.no
	w.pending = append(w.pending, n)
	return n.no, nil
}

// keep ends a transaction that stored what was pending.
func (w *words) keep() { w.pending = w.pending[:0] }

// drop ends a transaction that stored nothing.
func (w *words) drop() {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, n := range slices.Backward(w.pending) {
		delete(w.nos[n.kind], n.word)
		if last := len(w.words[n.kind]) - 1; last == int(n.no) {
			w.words[n.kind] = w.words[n.kind][:last]
		} else {
			w.words[n.kind][n.no] = ""
			w.free[n.kind] = append(w.free[n.kind], n.no)
		}
	}
	w.pending = w.pending[:0]
}

// find returns the number of a word; false when no fact has it.
func (w *words) find(kind wordKind, word string) (uint16, bool) {
	w.mu.RLock()
	defer w.mu.RUnlock()
	no, ok := w.nos[kind][word]
	return no, ok
}

// word returns the word that a number stands for.
func (w *words) word(kind wordKind, no uint16) string {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if int(no) >= len(w.words[kind]) {
		return ""
	}
	return w.words[kind][no]
}
