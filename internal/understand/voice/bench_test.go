package voice

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// filled is a service with many texts: 20,000, or as many as TEXTS says.
func filled(b *testing.B) (s *Service, common, rare string) {
	b.Helper()
	n := 20_000
	if v, err := strconv.Atoi(os.Getenv("TEXTS")); err == nil {
		n = v
	}
	open := func(name string) *sqldb.DB {
		db, err := sqldb.Open(b.Context(), sqldb.Config{DSN: filepath.Join(b.TempDir(), name), Synchronous: "NORMAL"})
		if err != nil {
			b.Fatal(err)
		}
		b.Cleanup(func() { _ = db.Close() })
		return db
	}
	c := Config{DB: open("voice.db"), State: open("state.db"), Models: standing{}, Memory: nobody{}, Clock: cxtest.NewClock(), Logger: slog.New(slog.DiscardHandler)}
	var err error
	s, err = Open(b.Context(), c)
	if err != nil {
		b.Fatal(err)
	}
	r := rand.New(rand.NewPCG(1, 2))
	z := rand.NewZipf(r, 1.1, 2, 30_000)
	vocabulary := make([]string, 30_001)
	for i := range vocabulary {
		word := make([]byte, 3+r.IntN(8))
		for at := range word {
			word[at] = "aeioubcdlmnrst"[r.IntN(14)]
		}
		vocabulary[i] = string(word)
	}
	common, rare = vocabulary[0], vocabulary[900]
	topics := []string{"queue", "price", "staff", "delivery", "stock", "web"}
	for done := 0; done < n; done += 4000 {
		out := &batch{}
		for i := range 4000 {
			seq := cx.Seq(done + i + 1)
			words := make([]byte, 0, 120)
			for range 5 + r.IntN(20) {
				words = append(append(words, vocabulary[z.Uint64()]...), ' ')
			}
			sentiment := 2*r.Float64() - 1
			reading := Reading{Language: "es", Polarity: []string{"negative", "neutral", "positive"}[r.IntN(3)], Sentiment: sentiment, Emotion: "anger"}
			for range r.IntN(3) {
				reading.Topics = append(reading.Topics, topics[r.IntN(len(topics))])
			}
			touchpoint := strconv.Itoa(r.IntN(20))
			out.texts = append(out.texts, draft{Text: Text{
				Ref: Ref{seq, 0}, Kind: Answer, Profile: cx.ProfileNo(1 + r.IntN(200_000)), At: cxtest.Epoch + cx.Time(seq)*30_000_000, Name: "csat", Source: "survey",
				Words: string(words), Touchpoint: touchpoint, Stage: "during", Channel: "store", Area: touchpoint, Place: strconv.Itoa(r.IntN(200)),
				Score: &Score{"csat", "1-5", float64(1 + r.IntN(5))}, Reading: reading,
			}})
		}
		next := s.state
		next.position += 4000
		if err := s.write(b.Context(), out, next, nil); err != nil {
			b.Fatal(err)
		}
	}
	return s, common, rare
}

type standing struct{ Models }

func (standing) Current() model.Version { return model.Version{Model: model.Empty()} }

type nobody struct{ Memory }

func (nobody) CustomersByNo(context.Context, cx.Principal, []cx.CustomerNo) ([]remember.CustomerSummary, error) {
	return nil, nil
}

// BenchmarkAsk asks what the page Voz asks. TEXTS=1000000 is what the target is
// about.
func BenchmarkAsk(b *testing.B) {
	s, common, seldom := filled(b)
	p := cx.System()
	where := func(d Dimension, keys ...string) Filter { return Filter{Where: []Condition{{d, keys}}} }
	rare := where(ByPlace, "7")
	rare.Where = append(rare.Where, Condition{ByTouchpoint, []string{"3"}}, Condition{ByTopic, []string{"web"}})
	rare.Words = common
	for name, f := range map[string]Filter{
		"all": {}, "common word": {Words: common + " "}, "rare word": {Words: seldom}, "beginning": {Words: common[:3]}, "two words": {Words: common + " " + seldom},
		"topic": where(ByTopic, "queue"), "word at few places": rare,
	} {
		b.Run("search/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Search(b.Context(), p, Query{Filter: f}); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run("count/"+name, func(b *testing.B) {
			for b.Loop() {
				if _, err := s.Count(b.Context(), p, f, ByTouchpoint, ByTopic, ByPolarity, ByEmotion, ByBand, ByPlace); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("quotes", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Quotes(b.Context(), p, QuoteQuery{Filter: where(ByTopic, "queue")}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("words", func(b *testing.B) {
		for b.Loop() {
			if _, err := s.Words(b.Context(), p, WordsQuery{Filter: where(ByTopic, "queue")}); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("tell", func(b *testing.B) {
		for b.Loop() {
			if err := s.Tell(b.Context(), p, Filter{}, func(*Text) error { return nil }); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("open", func(b *testing.B) {
		for b.Loop() {
			if err := s.load(b.Context()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
