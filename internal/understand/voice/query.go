package voice

import (
	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Dimension is what texts are filtered and counted by.
type Dimension string

// The dimensions. A text without one has the key "".
const (
	ByKind       Dimension = "kind"
	ByTouchpoint Dimension = "touchpoint"
	ByStage      Dimension = "stage"
	ByChannel    Dimension = "channel"
	ByMedium     Dimension = "medium"
	ByArea       Dimension = "area"
	BySupplier   Dimension = "supplier"
	ByPlace      Dimension = "place"
	BySurvey     Dimension = "survey" // of answers
	ByName       Dimension = "name"   // of other texts
	BySource     Dimension = "source"
	ByLanguage   Dimension = "language"
	ByPolarity   Dimension = "polarity"
	ByEmotion    Dimension = "emotion"
	ByTopic      Dimension = "topic" // a text may have several; "" is what is not understood yet
	ByBand       Dimension = "band"  // of the score: low, middle, high
)

// Condition lets through the texts that have one of the keys.
type Condition struct {
	By Dimension
	In []string
}

// Filter lets texts through. The zero Filter lets through all that customers
// and the public say: suspect answers only when a condition
// on ByKind names them.
type Filter struct {
	Window   cx.Window
	Seqs     []cx.Seq // nil: all; ascending: texts of these events only
	Words    string   // each must be there; the last one may be the beginning of a word
	Where    []Condition
	Segment  string        // slug
	Customer cx.CustomerID // one
}

// Query asks for a page of texts, the newest by time first.
type Query struct {
	Filter
	Cursor string // Next of the page before
	Limit  int    // 0: 50; at most MaxPage
}

// MaxPage is how many texts a page may have.
const MaxPage = 500

// Line is a text with its customer, when who asks may know.
type Line struct {
	Text
	CustomerID   cx.CustomerID // "" of mentions
	CustomerName string
}

// Page is a stretch of texts; Next is "" at the end.
type Page struct {
	Lines []Line
	Next  string
}

// Counts are how many texts there are, in all and by key.
type Counts struct {
	N         int64
	Negative  int64
	Positive  int64
	Sentiment float64 // mean; 0 when N is 0
	Facets    []Facet
}

// Facet counts the texts by the keys of a dimension, most first, then by key.
type Facet struct {
	By   Dimension
	Keys []KeyCount
}

// KeyCount is how many texts have a key.
type KeyCount struct {
	Key       string
	N         int64
	Negative  int64
	Positive  int64
	Sentiment float64 // mean
}

// QuoteQuery asks for quotes of the texts that a filter lets through.
type QuoteQuery struct {
	Filter
	Limit int // of each sort; 0: 3, at most 20
}

// Quotes are words of customers, personal data masked, near-duplicates once.
type Quotes struct {
	N              int64   // texts that the filter lets through
	Representative []Quote // nearest to what all say
	Extreme        []Quote // farthest from neutral, the most negative first
}

// Quote is a text to be quoted.
type Quote struct {
	Ref
	At        cx.Time
	Words     string // masked
	Language  string
	Sentiment float64
	Score     *Score
	Like      int // texts that say nearly the same, this one included
}

// WordsQuery asks what words tell the texts of a filter from the rest.
type WordsQuery struct {
	Filter
	Limit int // 0: 40; at most 200
}

// Words are what tells texts from others.
type Words struct {
	N     int64 // texts that the filter lets through
	Of    int   // of which the newest were counted
	Words []Word
}

// Word is one word or pair of words. Z is its log-odds against the other texts
// with an informative Dirichlet prior (Monroe, Colaresi & Quinn 2008): beyond
// ±1.96 it is told more, or less, than elsewhere.
type Word struct {
	Word      string
	N         int // of the texts counted those that have it …
	Others    int // … and of as many others
	Sentiment float64
	Z         float64
}
