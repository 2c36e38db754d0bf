package cases

import (
	"strconv"
	"testing"
)

func TestAmountsAsPeopleTypeThem(t *testing.T) {
	t.Parallel()
	for typed, want := range map[string]int64{
		"12": 1200, "12,5": 1250, " 12.50 € ": 1250, "€3": 300, "0,05": 5,
		"": 0, "0": 0, "-3": 0, "12,505": 0, "1.200,00": 0, "diez": 0, "12,": 0, ",5": 0, "99999999": 0, "1e3": 0,
	} {
		if got, ok := amountOf(typed, 2); got != want || ok != (want > 0) {
			t.Errorf("%q is %d (%v), want %d", typed, got, ok, want)
		}
	}
	if got, ok := amountOf("500", 0); got != 500 || !ok {
		t.Errorf("500 pesos of Chile, which have no cents, are %d (%v)", got, ok)
	}
}

func FuzzAmount(f *testing.F) {
	for _, s := range []string{"12,50", "€3", "", "1e9", "٣"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, typed string) {
		minor, ok := amountOf(typed, 2)
		if !ok {
			return
		}
		again, ok := amountOf(strconv.FormatInt(minor/100, 10)+"."+strconv.FormatInt(minor/10%10, 10)+strconv.FormatInt(minor%10, 10), 2)
		if minor <= 0 || !ok || again != minor {
			t.Errorf("%q is %d, and then %d", typed, minor, again)
		}
	})
}
