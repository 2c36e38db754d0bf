package simulate

import (
	"strings"
	"testing"
	"unicode"
)

// wordSet is the set of a line's words, without case and punctuation.
func wordSet(line string) map[string]bool {
	set := map[string]bool{}
	for _, w := range strings.FieldsFunc(strings.ToLower(line), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		set[w] = true
	}
	return set
}

func jaccard(a, b map[string]bool) float64 {
	both := 0
	for w := range a {
		if b[w] {
			both++
		}
	}
	return float64(both) / float64(len(a)+len(b)-both)
}

func TestQuotesAreManyAndTheirOwn(t *testing.T) {
	t.Parallel()
	var v voices
	if err := v.load(); err != nil {
		t.Fatal(err)
	}
	families := map[string][]theme{
		"courier-late": {courierLateTheme}, "till-queue": {tillQueueTheme}, "wrong-stock": {wrongStockTheme}, "wrap-colour": {wrapColourTheme},
		"praise":  {praiseBookseller, praiseRecommendation, praiseCollection, praiseDelivery, praiseGiftwrap},
		"neutral": {neutral, neutralShop},
	}
	want := [languages]int{spanish: 60, english: 20, portuguese: 20}
	for name, of := range families {
		for l, code := range languageCodes {
			n := 0
			for _, th := range of {
				n += len(v.lines[th][l])
			}
			if n < want[l] {
				t.Errorf("%s.%s: %d quotes, want %d", name, code, n, want[l])
			}
		}
	}
	for l, code := range languageCodes {
		type quote struct {
			theme theme
			line  string
			words map[string]bool
		}
		var all []quote
		for th := range v.lines {
			for _, line := range v.lines[th][l] {
				if strings.TrimSpace(line) != line || line == "" {
					t.Errorf("%s.%s: %q has blanks around it", themeFiles[th], code, line)
				}
				all = append(all, quote{theme(th), line, wordSet(line)})
			}
		}
		for i, a := range all {
			for _, b := range all[:i] {
				if j := jaccard(a.words, b.words); j >= .7 {
					t.Errorf("%s: nearly the same (%.2f):\n%s: %s\n%s: %s", code, j, themeFiles[a.theme], a.line, themeFiles[b.theme], b.line)
				}
			}
		}
	}
}

func TestVoicesGoRoundBeforeTheyRepeat(t *testing.T) {
	t.Parallel()
	var v voices
	if err := v.load(); err != nil {
		t.Fatal(err)
	}
	for th := neutral; th < themes; th++ {
		for l := range languages {
			seen := map[string]bool{}
			for range v.lines[th][l] {
				seen[v.say(th, l)] = true
			}
			if len(seen) != len(v.lines[th][l]) {
				t.Errorf("%s.%s: %d of %d said in the first round", themeFiles[th], languageCodes[l], len(seen), len(v.lines[th][l]))
			}
		}
	}
}

func TestNamesAreVaried(t *testing.T) {
	t.Parallel()
	w, err := newWorld(Company(Config{Seed: 1}).cfg)
	if err != nil {
		t.Fatal(err)
	}
	names, ids := map[string]int{}, map[string]bool{}
	for i := range uint32(8000) {
		p := w.person(i)
		var m message
		m.userID(i)
		m.card(i)
		m.name(&p)
		names[p.given+p.family[0]+p.family[1]]++
		key := string(m.b[:len(`"userId":"cl-12345678"`)+10])
		if ids[key] {
			t.Fatalf("customer %d has another's ids: %s", i, key)
		}
		ids[key] = true
		if again := w.person(i); again != p {
			t.Fatalf("customer %d is made twice, differently", i)
		}
	}
	if len(names) < 7000 {
		t.Errorf("only %d names among 8,000", len(names))
	}
}

func TestStoriesAreWhole(t *testing.T) {
	t.Parallel()
	w, err := newWorld(Company(Config{Seed: 1}).cfg)
	if err != nil {
		t.Fatal(err)
	}
	all, err := stories()
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 12 {
		t.Errorf("%d stories, want 12", len(all))
	}
	users := map[string]bool{}
	for _, s := range all {
		if s.Name == "" || s.Who == "" || users[s.User] || !strings.HasPrefix(s.User, "cl-") {
			t.Errorf("%s: name, who and a userId of its own are needed", s.Key)
		}
		users[s.User] = true
		if n := len(s.Events); n < 10 || n > 25 {
			t.Errorf("%s: %d events, want 10–25", s.Key, n)
		}
		told, err := s.tell(w)
		if err != nil {
			t.Error(err)
			continue
		}
		last := told[len(told)-1]
		if last.at >= w.until || last.at < w.until-370*day {
			t.Errorf("%s ends at %v", s.Key, utc(last.at))
		}
		for i, ev := range s.Events {
			at := utc(told[i].at + hour)
			for _, item := range ev.Properties {
				if item.Key == "shop" && ev.Answer == "" && told[i].source == "pos" && (at.Weekday() == 0 || at.Hour() < 9 || at.Hour() > 21) {
					t.Errorf("%s, event %d: the shop is closed at %v", s.Key, i+1, at)
				}
			}
		}
	}
}

// FuzzStoryInstant holds that a time of a story is read or refused.
func FuzzStoryInstant(f *testing.F) {
	for _, s := range []string{"0 22:41", "-3 00:00", "14", "", "x 10:00", "5 25:00", "99999999999999999999 10:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, at string) {
		var s story
		ms, err := s.instant(utc(0), at)
		if err == nil && (ms < -1e17 || ms > 1e17) {
			t.Errorf("instant(%q) = %d", at, ms)
		}
	})
}
