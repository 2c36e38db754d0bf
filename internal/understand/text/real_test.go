package text

import (
	"bytes"
	"cmp"
	"compress/gzip"
	"encoding/csv"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
)

// column values of a real table, by row.
func realTable(t *testing.T, data, file string, columns ...string) [][]string {
	t.Helper()
	f, err := os.Open(filepath.Join(cxtest.Data(t, data), file))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var in io.Reader = f
	if strings.HasSuffix(file, ".gz") {
		if in, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	r := csv.NewReader(in)
	r.LazyQuotes = true
	r.FieldsPerRecord = -1
	all, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	rows := make([][]string, 0, len(all))
	for _, from := range all[1:] {
		row := make([]string, len(columns))
		for i, c := range columns {
			if at := slices.Index(all[0], c); at < 0 {
				t.Fatalf("%s has no column %s", file, c)
			} else if at < len(from) {
				row[i] = from[at]
			}
		}
		rows = append(rows, row)
	}
	return rows
}

// distinct is a table's texts with their labels, the same text once.
func distinct(rows [][]string, label func(string) string) (texts []Labelled) {
	seen := map[string]bool{}
	for _, r := range rows {
		if l := label(r[1]); l != "" && strings.TrimSpace(r[0]) != "" && !seen[r[0]] {
			seen[r[0]] = true
			texts = append(texts, Labelled{Text: r[0], Label: l})
		}
	}
	return texts
}

func same(s string) string { return s }

// stars is the polarity of one to five stars.
func stars(s string) string {
	switch strings.TrimSuffix(s, ".0") {
	case "1", "2":
		return string(Negative)
	case "3":
		return string(Neutral)
	case "4", "5":
		return string(Positive)
	}
	return ""
}

func tell(t *testing.T, what string, r Report) {
	t.Helper()
	t.Logf("%s: accuracy %.3f (%.3f–%.3f), macro-F1 %.3f, majority %.3f, kappa %.3f, n %d", what, r.Accuracy, r.Low, r.High, r.MacroF1, r.Majority, r.Kappa, r.N)
	for _, c := range r.Classes {
		t.Logf("    %-28s precision %.3f recall %.3f F1 %.3f n %d", c.Class, c.Precision, c.Recall, c.F1, c.N)
	}
	for _, l := range r.Languages {
		t.Logf("    in %s: %.3f, macro-F1 %.3f, majority %.3f, n %d", l.Language, l.Accuracy, l.MacroF1, l.Majority, l.N)
	}
}

// METHODS 3: what is learned of real texts, by five-fold cross-validation.
func TestLearnsRealLabels(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what, data, file, text, label string
		of                            func(string) string
		accuracy, macroF1             float64
	}{
		{"airline sentiment", "airline_tweets", "tweets.csv", "text", "airline_sentiment", same, .815, .76},
		{"airline negative reason", "airline_tweets", "tweets.csv", "text", "negativereason", same, .64, .50},
		{"olist stars", "olist", "olist_order_reviews_dataset.csv", "review_comment_message", "review_score", stars, .83, .55},
		{"olist root causes", "olist_classified", "reviews.csv", "review_comment_message", "most_voted_subclass", same, .80, .45},
		{"olist root classes", "olist_classified", "reviews.csv", "review_comment_message", "most_voted_class", same, .85, .70},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			r, err := Validate(t.Context(), distinct(realTable(t, c.data, c.file, c.text, c.label), c.of), 5)
			if err != nil {
				t.Fatal(err)
			}
			tell(t, c.what, r)
			if r.Accuracy < c.accuracy || r.MacroF1 < c.macroF1 {
				t.Errorf("want accuracy %.3f and macro-F1 %.3f", c.accuracy, c.macroF1)
			}
			for _, l := range r.Languages {
				if l.Accuracy < l.Majority {
					t.Errorf("in %s it is worse than the majority", l.Language)
				}
			}
		})
	}
}

// The share of pairs of one text of each class that are in the right order.
func auc(scores []float64, positive []bool) float64 {
	order := make([]int, len(scores))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return cmp.Compare(scores[i], scores[j]) })
	var below, pairs, right float64
	for i := 0; i < len(order); {
		j, ups, downs := i, 0., 0.
		for ; j < len(order) && scores[order[j]] == scores[order[i]]; j++ {
			if positive[order[j]] {
				ups++
			} else {
				downs++
			}
		}
		right += ups * (below + downs/2)
		below += downs
		pairs += ups
		i = j
	}
	return right / (pairs * below)
}

func TestSpanishHotelsInOrder(t *testing.T) {
	t.Parallel()
	texts := distinct(realTable(t, "reviews_es", "hotels.csv.gz", "Opinion", "Class"), func(s string) string {
		if p := stars(s); p != string(Neutral) {
			return p
		}
		return ""
	})
	task, err := taskOf(texts)
	if err != nil {
		t.Fatal(err)
	}
	task.deal(5)
	h, err := task.hold(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var scores []float64
	var positive []bool
	for at, i := range h.text {
		scores = append(scores, float64(h.scores[at*2+1]-h.scores[at*2]))
		positive = append(positive, task.labels[task.classes[i][0]] == string(Positive))
	}
	area := auc(scores, positive)
	t.Logf("reviews_es, stars ≤2 against ≥4: AUC %.4f, n %d", area, len(texts))
	if area < .95 {
		t.Error("want .95")
	}
}

// sentence is one of absa_es with its aspects.
type sentence struct {
	text       string
	categories []string
	polarities []string
}

func sentences(t *testing.T, file string) (all []sentence) {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(cxtest.Data(t, "absa_es"), file))
	if err != nil {
		t.Fatal(err)
	}
	for block := range bytes.SplitSeq(b, []byte("\n\n")) {
		var s sentence
		var words []string
		before := ""
		for line := range strings.Lines(string(block)) {
			f := strings.Split(strings.TrimSpace(line), "\t")
			if len(f) != 3 {
				continue
			}
			words = append(words, f[0])
			if f[1] != "O" && f[1]+f[2] != before {
				s.categories = append(s.categories, f[2])
				s.polarities = append(s.polarities, strings.TrimPrefix(f[1], "T-"))
			}
			before = f[1] + f[2]
		}
		if s.text = strings.Join(words, " "); s.text != "" {
			all = append(all, s)
		}
	}
	return all
}

// Categories and polarity of aspects, told of the sentence as a whole. The
// published figures (SemEval-2016 task 5, Pontiki et al. 2016, Spanish) are of the
// official test set: categories F1 .706 (best) and .547 (baseline), polarity .836
// and .778.
func TestSpanishRestaurantAspects(t *testing.T) {
	t.Parallel()
	train, dev := sentences(t, "gold-es-train.txt"), sentences(t, "gold-es-dev.txt")
	topics := &task{many: true, least: 1}
	var polarities, judged []Labelled
	for _, s := range train {
		topics.labels = append(topics.labels, s.categories...)
		for _, p := range s.polarities {
			polarities = append(polarities, Labelled{Text: s.text, Label: p})
		}
	}
	for _, s := range dev {
		for _, p := range s.polarities {
			judged = append(judged, Labelled{Text: s.text, Label: p})
		}
	}
	slices.Sort(topics.labels)
	topics.labels = slices.Compact(topics.labels)
	for _, s := range train {
		var classes []int
		for _, c := range slices.Compact(slices.Sorted(slices.Values(s.categories))) {
			at, _ := slices.BinarySearch(topics.labels, c)
			classes = append(classes, at)
		}
		topics.add(s.text, 1, classes...)
	}
	topics.split(calibrationFolds)
	c, _, err := topics.train(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var both, said, are float64
	var h hasher
	for _, s := range dev {
		is := slices.Compact(slices.Sorted(slices.Values(s.categories)))
		are += float64(len(is))
		for k, p := range c.read(h.count(s.text)) {
			if p >= likely {
				said++
				if slices.Contains(is, topics.labels[k]) {
					both++
				}
			}
		}
	}
	f1 := 2 * both / (said + are)
	t.Logf("absa_es categories: micro-F1 %.3f, precision %.3f, recall %.3f, sentences %d", f1, both/said, both/are, len(dev))
	r, err := Test(t.Context(), polarities, judged)
	if err != nil {
		t.Fatal(err)
	}
	tell(t, "absa_es polarity", r)
	if f1 < .547 || r.Accuracy < .778 {
		t.Error("below the published baseline")
	}
}

// The shipped model on texts of other companies, which it was not learned from.
func TestShippedOnRealTexts(t *testing.T) {
	t.Parallel()
	m := Shipped()
	for _, c := range []struct {
		language, data, file, text, label string
		of                                func(string) string
		accuracy, told                    float64 // told: share of the texts whose language is found
	}{
		{"en", "airline_tweets", "tweets.csv", "text", "airline_sentiment", same, .64, .99},
		{"es", "reviews_es", "hotels.csv.gz", "Opinion", "Class", stars, .66, .995},
		{"pt", "olist", "olist_order_reviews_dataset.csv", "review_comment_message", "review_score", stars, .77, .97},
	} {
		t.Run(c.language, func(t *testing.T) {
			t.Parallel()
			var all []Example
			found := 0
			texts := distinct(realTable(t, c.data, c.file, c.text, c.label), c.of)
			for i, l := range texts {
				if i%3 == 0 {
					all = append(all, Example{Text: l.Text, Language: c.language, Polarity: Polarity(l.Label)})
				}
				if m.language.languageOf(l.Text) == c.language {
					found++
				}
			}
			r := m.Judge(all).Polarity
			tell(t, c.data, r)
			share := float64(found) / float64(len(texts))
			t.Logf("in %s by the reading: %.4f of %d", c.language, share, len(texts))
			if r.Accuracy < c.accuracy || r.Accuracy < r.Majority || share < c.told {
				t.Errorf("want accuracy %.3f, above the majority, and the language of %.3f", c.accuracy, c.told)
			}
		})
	}
}
