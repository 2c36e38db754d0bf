package stats_test

import (
	"encoding/csv"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/stats"
)

// The oracle of the methods' chapter 3, negative against positive tweets. Of tweets
// that differ in no more than whom they name the first counts; words are what is
// written of letters, digits, _ and ', in small letters, names too; all tweets,
// neutral ones as well, are a prior of 500 words.
func TestLogOddsOfAirlineTweets(t *testing.T) {
	t.Parallel()
	f, err := os.Open(filepath.Join(cxtest.Data(t, "airline_tweets"), "tweets.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	name, word := regexp.MustCompile(`@\w+`), regexp.MustCompile(`[\pL\pN_']+`)
	seen, number := map[string]bool{}, map[string]int{}
	counts := map[string][]float64{"negative": nil, "positive": nil, "neutral": nil}
	for _, row := range rows[1:] {
		sentiment, text := row[1], row[6]
		if key := strings.TrimSpace(name.ReplaceAllString(text, "")); seen[key] {
			continue
		} else {
			seen[key] = true
		}
		for _, w := range word.FindAllString(strings.ToLower(text), -1) {
			no, ok := number[w]
			if !ok {
				no = len(number)
				number[w] = no
				for s := range counts {
					counts[s] = append(counts[s], 0)
				}
			}
			counts[sentiment][no]++
		}
	}
	usual := make([]float64, len(number))
	for _, of := range counts {
		for w, n := range of {
			usual[w] += n
		}
	}
	z := stats.LogOdds(counts["negative"], counts["positive"], usual, 500)
	for word, want := range map[string]float64{"thanks": -32.5, "thank": -27.4, "great": -21.4, "no": 10.4, "not": 9.8, "cancelled": 8.9} {
		near(t, word, z[number[word]], want, .05)
	}
}

func TestLogOddsOfNothing(t *testing.T) {
	t.Parallel()
	z := stats.LogOdds([]float64{3, 0, 0}, []float64{3, 1, 0}, []float64{6, 1, 0}, 10)
	if !(z[1] < 0) || !(z[0] > 0) || !math.IsNaN(z[2]) {
		t.Errorf("%v", z)
	}
	if z := stats.LogOdds([]float64{0}, []float64{3}, []float64{3}, 10); !math.IsNaN(z[0]) {
		t.Errorf("against an empty text %v", z)
	}
}
