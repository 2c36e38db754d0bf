package purchase_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gonum.org/v1/gonum/mathext"
	"gonum.org/v1/gonum/stat/distuv"
	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/stats"
	"github.com/vivencia-cx/vivencia/internal/stats/purchase"
)

// live lets customers live by a model: each first buys somewhere in the first half of
// the time until; what they buy in the time after it comes second.
func live(r *rand.Rand, m purchase.BGNBD, n int, until, after float64) (histories []purchase.History, later []int) {
	rate := distuv.Gamma{Alpha: m.R, Beta: m.Alpha, Src: r}
	leave := distuv.Beta{Alpha: m.A, Beta: m.B, Src: r}
	for range n {
		h, bought := purchase.History{T: until * (1 - r.Float64()/2)}, 0
		lambda, p := rate.Rand(), leave.Rand()
		for at := r.ExpFloat64() / lambda; at < h.T+after; at += r.ExpFloat64() / lambda {
			if at < h.T {
				h.X++
				h.Tx = at
			} else {
				bought++
			}
			if r.Float64() < p {
				break
			}
		}
		histories, later = append(histories, h), append(later, bought)
	}
	return histories, later
}

// What was planted lies inside the intervals at least 93 times of a hundred, and so
// does what is bought later.
func TestBGNBDFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	planted := purchase.BGNBD{R: .6, Alpha: 5, A: .9, B: 2.5}
	const seeds = 100
	held, inside, foretold := 0, map[string]int{}, 0
	for seed := range uint64(seeds) {
		histories, later := live(rand.New(rand.NewPCG(seed, 1)), planted, 800, 60, 26)
		m, fault := purchase.FitBGNBD(purchase.Compress(histories))
		if fault != "" {
			t.Fatalf("seed %d: %s", seed, fault)
		}
		if m.Held {
			held++
		}
		for name, of := range map[string]func(purchase.BGNBD) float64{
			"r":     func(m purchase.BGNBD) float64 { return m.R },
			"alpha": func(m purchase.BGNBD) float64 { return m.Alpha },
			"a":     func(m purchase.BGNBD) float64 { return m.A },
			"b":     func(m purchase.BGNBD) float64 { return m.B },
			"new":   func(m purchase.BGNBD) float64 { return m.ExpectedNew(52) },
		} {
			if in := m.Interval(of); in.Low <= of(planted) && of(planted) <= in.High {
				inside[name]++
			}
		}
		sum, variance, actual := 0.0, 0.0, 0
		for i, h := range histories {
			sum += m.Expected(h, 26)
			variance += m.Variance(h, 26)
			actual += later[i]
		}
		total := m.Interval(func(m purchase.BGNBD) float64 {
			s := 0.0
			for _, h := range histories[:100] { // an eighth tells how uncertain the whole is
				s += m.Expected(h, 26)
			}
			return s
		})
		half := math.Hypot(1.96*math.Sqrt(variance), math.Log(total.High/total.Low)/2*sum)
		if math.Abs(float64(actual)-sum) <= half {
			foretold++
		}
	}
	for name, n := range inside {
		if float64(n) < .93*seeds {
			t.Errorf("%s lies inside %d of %d times", name, n, seeds)
		}
	}
	if float64(foretold) < .93*seeds {
		t.Errorf("what was bought later lies inside %d of %d times", foretold, seeds)
	}
	if held > 0 {
		t.Errorf("%d of %d had no peak", held, seeds)
	}
}

// Where all buy and leave with nearly the same chance, likelihood hardly tells how near;
// with some draws it has no peak, and a weak prior holds it. What is foretold is right.
func TestBGNBDOfCustomersAlike(t *testing.T) {
	t.Parallel()
	same := purchase.BGNBD{R: 400, Alpha: 4000, A: 1000, B: 4000}
	held := 0
	for seed := range uint64(8) {
		histories, later := live(rand.New(rand.NewPCG(seed, 9)), same, 1500, 60, 26)
		m, fault := purchase.FitBGNBD(purchase.Compress(histories))
		if fault != "" {
			t.Fatalf("%+v: %s", m, fault)
		}
		if m.Held {
			held++
		}
		sum, actual := 0.0, 0.0
		for i, h := range histories {
			sum += m.Expected(h, 26)
			actual += float64(later[i])
		}
		if math.Abs(sum/actual-1) > .1 {
			t.Errorf("%v expected, %v came: %+v", sum, actual, m)
		}
	}
	if held == 0 || held == 8 {
		t.Errorf("%d of 8 had no peak", held)
	}
}

func drawnModel(t *rapid.T) purchase.BGNBD {
	of := func(name string, from, to float64) float64 {
		return math.Exp(rapid.Float64Range(math.Log(from), math.Log(to)).Draw(t, name))
	}
	return purchase.BGNBD{R: of("r", .02, 200), Alpha: of("alpha", .05, 500), A: of("a", .01, 500), B: of("b", .01, 500)}
}

func drawnHistory(t *rapid.T) purchase.History {
	h := purchase.History{T: rapid.Float64Range(.1, 300).Draw(t, "T"), X: rapid.IntRange(0, 60).Draw(t, "x")}
	if h.X > 0 {
		h.Tx = h.T * rapid.Float64Range(.001, 1).Draw(t, "tx")
	}
	return h
}

// Laws that hold for every model and every history.
func TestLawsOfBuying(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m, h := drawnModel(t), drawnHistory(t)
		alive := m.Alive(h)
		if !(0 <= alive && alive <= 1) {
			t.Fatalf("alive %v", alive)
		}
		if quiet := (purchase.History{X: h.X, Tx: h.Tx, T: h.T * 1.5}); m.Alive(quiet) > alive+1e-12 {
			t.Fatalf("more silence makes it likelier that they live: %v to %v", alive, m.Alive(quiet))
		}
		before := 0.0
		for _, ahead := range []float64{0, 1, 10, 100, 1000} {
			e := m.Expected(h, ahead)
			if !(e >= before-1e-9*before) || math.IsInf(e, 0) {
				t.Fatalf("in %v they buy %v, before %v", ahead, e, before)
			}
			if most := alive * (m.R + float64(h.X)) * ahead / (m.Alpha + h.T); e > most*(1+1e-9) {
				t.Fatalf("in %v they buy %v, more than without leaving: %v", ahead, e, most)
			}
			if v := m.Variance(h, ahead); !(v >= e*(1-e)-1e-9) { // of a whole number with that mean
				t.Fatalf("in %v they vary by %v around %v", ahead, v, e)
			}
			before = e
		}
	})
}

// What is integrated is what Fader, Hardie & Lee give in closed form, by Gauss's
// hypergeometric function.
func TestExpectedAgainstClosedForm(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := purchase.BGNBD{
			R: rapid.Float64Range(.1, 5).Draw(t, "r"), Alpha: rapid.Float64Range(1, 20).Draw(t, "alpha"),
			A: rapid.Float64Range(.2, 4).Draw(t, "a"), B: rapid.Float64Range(1.1, 6).Draw(t, "b"),
		}
		h := purchase.History{T: rapid.Float64Range(10, 80).Draw(t, "T"), X: rapid.IntRange(0, 12).Draw(t, "x")}
		if h.X > 0 {
			h.Tx = h.T * rapid.Float64Range(.05, 1).Draw(t, "tx")
		}
		if math.Abs(m.A-1) < .02 {
			return // the closed form divides 0 by 0
		}
		ahead := rapid.Float64Range(1, 60).Draw(t, "t")
		x := float64(h.X)
		zed := ahead / (m.Alpha + h.T + ahead)
		want := m.Alive(h) * (m.A + m.B + x - 1) / (m.A - 1) *
			(1 - math.Pow(1-zed, m.R+x)*mathext.Hypergeo(m.R+x, m.B+x, m.A+m.B+x-1, zed))
		if got := m.Expected(h, ahead); math.Abs(got-want) > 1e-8*(1+want)/math.Abs(m.A-1) {
			t.Fatalf("%v, in closed form %v", got, want)
		}
	})
}

// Moments against customers who live by the model.
func TestMomentsAgainstChance(t *testing.T) {
	t.Parallel()
	m := purchase.BGNBD{R: 1.5, Alpha: 3, A: 1.2, B: 2}
	r := rand.New(rand.NewPCG(8, 8))
	rate, leave := distuv.Gamma{Alpha: m.R, Beta: m.Alpha, Src: r}, distuv.Beta{Alpha: m.A, Beta: m.B, Src: r}
	var seen stats.Moments
	for range 200_000 {
		lambda, p, n := rate.Rand(), leave.Rand(), 0
		for at := r.ExpFloat64() / lambda; at < 12; at += r.ExpFloat64() / lambda {
			if n++; r.Float64() < p {
				break
			}
		}
		seen.Add(float64(n))
	}
	s := seen.Sample()
	near(t, "mean", m.ExpectedNew(12), s.Mean, 4*math.Sqrt(s.Variance/200_000))
	near(t, "variance", m.Variance(purchase.History{}, 12), s.Variance, .03*s.Variance)
}

// At the fit no parameter makes the histories likelier.
func TestNothingIsLikelierThanTheFit(t *testing.T) {
	t.Parallel()
	histories, _ := live(rand.New(rand.NewPCG(5, 5)), purchase.BGNBD{R: .5, Alpha: 6, A: .8, B: 2}, 3000, 60, 0)
	counted := purchase.Compress(histories)
	m, fault := purchase.FitBGNBD(counted)
	if fault != "" {
		t.Fatal(fault)
	}
	near(t, "log-likelihood", m.LogLikelihoodOf(counted), m.LogLikelihood, 1e-9)
	for i := range 4 {
		for _, by := range []float64{.99, 1.01} {
			other := m
			*[]*float64{&other.R, &other.Alpha, &other.A, &other.B}[i] *= by
			if l := other.LogLikelihoodOf(counted); l >= m.LogLikelihood {
				t.Errorf("%+v is likelier: %v", other, l)
			}
		}
	}
	// In days instead of weeks it is the same, but for the unit.
	for i := range histories {
		histories[i].Tx, histories[i].T = 7*histories[i].Tx, 7*histories[i].T
	}
	days, _ := purchase.FitBGNBD(purchase.Compress(histories))
	near(t, "r in days", days.R, m.R, 1e-6)
	near(t, "alpha in days", days.Alpha, 7*m.Alpha, 1e-4)
	near(t, "new in days", days.ExpectedNew(70), m.ExpectedNew(10), 1e-6)
}

func TestCompress(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		histories := rapid.SliceOf(rapid.Custom(func(t *rapid.T) purchase.History {
			h := purchase.History{X: rapid.IntRange(0, 2).Draw(t, "x"), T: float64(rapid.IntRange(3, 5).Draw(t, "T"))}
			if h.X > 0 {
				h.Tx = float64(rapid.IntRange(1, 3).Draw(t, "tx"))
			}
			return h
		})).Draw(t, "histories")
		m := purchase.BGNBD{R: 1, Alpha: 2, A: 1, B: 2}
		n, alone := 0, 0.0
		counted := purchase.Compress(histories)
		for _, c := range counted {
			n += c.N
		}
		for _, h := range histories {
			alone += m.LogLikelihoodOf([]purchase.Counted{{History: h, N: 1}})
		}
		if n != len(histories) || math.Abs(m.LogLikelihoodOf(counted)-alone) > 1e-9*(1+math.Abs(alone)) {
			t.Fatalf("%v of %v", counted, histories)
		}
	})
}

func TestFaultsOfBuying(t *testing.T) {
	t.Parallel()
	many := func(n int, h ...purchase.History) (out []purchase.Counted) {
		for _, h := range h {
			out = append(out, purchase.Counted{History: h, N: n})
		}
		return out
	}
	once, twice := purchase.History{T: 30}, purchase.History{X: 1, Tx: 10, T: 30}
	for _, c := range []struct {
		name      string
		histories []purchase.Counted
		want      purchase.Fault
	}{
		{"nobody", nil, purchase.FewCustomers},
		{"ten customers", many(5, once, twice), purchase.FewCustomers},
		{"all bought once", many(500, once), purchase.FewRepeat},
		{"few bought again", append(many(500, once), many(9, twice)...), purchase.FewRepeat},
		{"all bought today", many(500, purchase.History{}), purchase.NoTime},
		{"the last purchase is in the future", many(50, purchase.History{X: 1, Tx: 31, T: 30}, twice), purchase.Impossible},
		{"again at once", many(50, purchase.History{X: 1, T: 30}, twice), purchase.Impossible},
		{"not again, and then", many(50, purchase.History{Tx: 3, T: 30}, twice), purchase.Impossible},
		{"below nothing", many(50, purchase.History{X: -1, T: 30}, twice), purchase.Impossible},
		{"no time", many(50, purchase.History{T: math.NaN()}, twice), purchase.Impossible},
		{"without end", many(50, purchase.History{T: math.Inf(1)}, twice), purchase.Impossible},
		{"nobody has it", many(0, once, twice), purchase.Impossible},
	} {
		m, fault := purchase.FitBGNBD(c.histories)
		if fault != c.want || !math.IsNaN(m.R) || !math.IsNaN(m.LogLikelihood) {
			t.Errorf("%s: %q %+v", c.name, fault, m)
		}
		if e := m.Expected(twice, 10); !math.IsNaN(e) {
			t.Errorf("%s: %v are expected", c.name, e)
		}
		if in := m.Interval(func(m purchase.BGNBD) float64 { return m.R }); !math.IsNaN(in.Low) || !math.IsNaN(in.High) {
			t.Errorf("%s: r in %v", c.name, in)
		}
	}
	// All came back and none is seen to leave, or everybody does at once: an answer, held.
	for name, histories := range map[string][]purchase.Counted{
		"all faithful": many(100, purchase.History{X: 30, Tx: 29.9, T: 30}, purchase.History{X: 28, Tx: 29.8, T: 30}, purchase.History{X: 33, Tx: 30, T: 30}),
		"all alike":    many(300, twice),
	} {
		m, fault := purchase.FitBGNBD(histories)
		if e := m.Expected(twice, 10); fault != "" || !m.Held || !(e >= 0) {
			t.Errorf("%s: %q %+v, %v expected", name, fault, m, e)
		}
	}
}

// live of money: what customers spend by a model.
func spend(r *rand.Rand, m purchase.GammaGamma, n int) (spent []purchase.Spent) {
	for range n {
		nu := distuv.Gamma{Alpha: m.Q, Beta: m.Gamma, Src: r}.Rand()
		x := 1 + r.IntN(6)
		spent = append(spent, purchase.Spent{X: x, Mean: distuv.Gamma{Alpha: m.P * float64(x), Beta: nu * float64(x), Src: r}.Rand()})
	}
	return spent
}

func TestGammaGammaFindsWhatWasPlanted(t *testing.T) {
	t.Parallel()
	planted := purchase.GammaGamma{P: 5, Q: 4, Gamma: 20}
	const seeds = 200
	inside := map[string]int{}
	for seed := range uint64(seeds) {
		m, fault := purchase.FitGammaGamma(spend(rand.New(rand.NewPCG(seed, 2)), planted, 400))
		if fault != "" || math.Abs(m.Correlation) > .25 {
			t.Fatalf("seed %d: %q %+v", seed, fault, m)
		}
		for name, of := range map[string]func(purchase.GammaGamma) float64{
			"p": func(m purchase.GammaGamma) float64 { return m.P },
			"q": func(m purchase.GammaGamma) float64 { return m.Q },
			"γ": func(m purchase.GammaGamma) float64 { return m.Gamma },
			"μ": purchase.GammaGamma.Mean,
		} {
			if in := m.Interval(of); in.Low <= of(planted) && of(planted) <= in.High {
				inside[name]++
			}
		}
	}
	for name, n := range inside {
		if float64(n) < .93*seeds {
			t.Errorf("%s lies inside %d of %d times", name, n, seeds)
		}
	}
}

func TestExpectedValueLiesBetween(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := purchase.GammaGamma{
			P: rapid.Float64Range(.1, 50).Draw(t, "p"), Q: rapid.Float64Range(1.01, 50).Draw(t, "q"), Gamma: rapid.Float64Range(.01, 1e4).Draw(t, "gamma"),
		}
		x, mean := rapid.IntRange(1, 100).Draw(t, "x"), rapid.Float64Range(.01, 1e4).Draw(t, "mean")
		low, high := min(mean, m.Mean()), max(mean, m.Mean())
		if v := m.ExpectedValue(x, mean); v < low*(1-1e-9) || v > high*(1+1e-9) {
			t.Fatalf("%v lies outside %v..%v", v, low, high)
		}
		if once, often := m.ExpectedValue(x, mean), m.ExpectedValue(x+1, mean); math.Abs(often-mean) > math.Abs(once-mean)*(1+1e-9) {
			t.Fatalf("who bought more often is told less by what they spent: %v, %v of %v", once, often, mean)
		}
		if v := m.ExpectedValue(0, math.NaN()); v != m.Mean() {
			t.Fatalf("of nothing known: %v", v)
		}
	})
}

func TestFaultsOfSpending(t *testing.T) {
	t.Parallel()
	all := func(n int, s ...purchase.Spent) []purchase.Spent { return slices.Repeat(s, n) }
	for _, c := range []struct {
		name  string
		spent []purchase.Spent
		want  purchase.Fault
		left  int
	}{
		{"nobody", nil, purchase.FewCustomers, 0},
		{"nobody came back", all(100, purchase.Spent{}), purchase.FewCustomers, 100},
		{"refunds alone", all(100, purchase.Spent{X: 2, Mean: -3}), purchase.FewCustomers, 100},
		{"all for nothing", all(100, purchase.Spent{X: 2, Mean: 0}), purchase.FewCustomers, 100},
		{"one price", all(100, purchase.Spent{X: 2, Mean: 9.99}), purchase.SameMoney, 0},
		{"no number", all(100, purchase.Spent{X: 2, Mean: math.NaN()}), purchase.Impossible, 0},
		{"without end", all(100, purchase.Spent{X: 2, Mean: math.Inf(1)}), purchase.Impossible, 0},
		{"below nothing", all(100, purchase.Spent{X: -2, Mean: 1}), purchase.Impossible, 0},
	} {
		if m, fault := purchase.FitGammaGamma(c.spent); fault != c.want || !math.IsNaN(m.ExpectedValue(1, 5)) || fault != purchase.Impossible && m.Left != c.left {
			t.Errorf("%s: %q %+v", c.name, fault, m)
		}
	}
	// Without a mean: as Cauchy's, what is spent has none.
	r := rand.New(rand.NewPCG(1, 2))
	if m, fault := purchase.FitGammaGamma(spend(r, purchase.GammaGamma{P: 3, Q: .5, Gamma: 1}, 2000)); fault != purchase.NoMean || !math.IsNaN(m.P) {
		t.Errorf("%q %+v", fault, m)
	}
}

// Discounted by nothing and at a margin of 1 it is how often times how much; a margin
// and a discount make it less.
func TestCLV(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		w := purchase.Worth{Buying: drawnModel(t), Spending: purchase.GammaGamma{P: 6, Q: 4, Gamma: 15}}
		h := drawnHistory(t)
		terms := purchase.Terms{Horizon: 52, Steps: 12, Margin: 1}
		whole := w.CLV(h, h.X, 30, terms)
		if want := w.Buying.Expected(h, 52) * w.Spending.ExpectedValue(h.X, 30); math.Abs(whole-want) > 1e-9*want {
			t.Fatalf("%v, want %v", whole, want)
		}
		terms.Margin, terms.Discount = .4, .002
		if v := w.CLV(h, h.X, 30, terms); v > .4*whole*(1+1e-9) || v < .4*whole*math.Pow(1.002, -52)*(1-1e-9) {
			t.Fatalf("%v of %v", v, whole)
		}
	})
	if v := (purchase.Worth{}).CLV(purchase.History{}, 0, 0, purchase.Terms{}); !math.IsNaN(v) {
		t.Errorf("of no terms: %v", v)
	}
}

func TestIntervalOfWorth(t *testing.T) {
	t.Parallel()
	histories, spent := summary(t)
	buying, _ := purchase.FitBGNBD(purchase.Compress(histories))
	spending, _ := purchase.FitGammaGamma(spent)
	w := purchase.Worth{Buying: buying, Spending: spending}
	terms := purchase.Terms{Horizon: 39, Steps: 9, Margin: 1}
	of := func(w purchase.Worth) float64 { return w.CLV(histories[0], spent[0].X, spent[0].Mean, terms) }
	value, in := of(w), w.Interval(of)
	often := buying.Interval(func(m purchase.BGNBD) float64 { return of(purchase.Worth{Buying: m, Spending: spending}) })
	much := spending.Interval(func(m purchase.GammaGamma) float64 { return of(purchase.Worth{Buying: buying, Spending: m}) })
	half := func(i stats.Interval) float64 { return math.Log(i.High/i.Low) / 2 }
	near(t, "half", half(in), math.Hypot(half(often), half(much)), 1e-6)
	if !(in.Low < value && value < in.High && half(in) < .25) {
		t.Errorf("%v in %v", value, in)
	}
}

// The 23,570 customers of CDNOW within two seconds; here with room for a busy machine.
func TestCDNOWWhole(t *testing.T) {
	t.Parallel()
	histories := master(t)
	begin := time.Now()
	m, fault := purchase.FitBGNBD(purchase.Compress(histories))
	took := time.Since(begin)
	if fault != "" || m.N != 23_570 || took > 10*time.Second {
		t.Fatalf("%q %+v after %v", fault, m, took)
	}
}

func BenchmarkBGNBDOfCDNOW(b *testing.B) {
	histories := master(b)
	for b.Loop() {
		if _, fault := purchase.FitBGNBD(purchase.Compress(histories)); fault != "" {
			b.Fatal(fault)
		}
	}
}

func BenchmarkExpected(b *testing.B) {
	m := purchase.BGNBD{R: .2426, Alpha: 4.4135, A: .7929, B: 2.4258}
	for b.Loop() {
		m.Expected(purchase.History{X: 2, Tx: 30.43, T: 38.86}, 39)
	}
}
