package ask

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

func at(t *testing.T, zone, clock string) cx.Time {
	t.Helper()
	z, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	got, err := time.ParseInLocation("2006-01-02 15:04:05", clock, z)
	if err != nil {
		t.Fatal(err)
	}
	return cx.TimeOf(got)
}

func TestDueAt(t *testing.T) {
	t.Parallel()
	night := model.Hours{From: 21 * 60, To: 9 * 60}
	for name, test := range map[string]struct {
		zone, earliest, want string
		at, quiet            model.Hours
	}{
		"now":                         {"Europe/Madrid", "2026-11-23 12:00:01", "2026-11-23 12:00:01", model.Hours{}, night},
		"after the night":             {"Europe/Madrid", "2026-11-23 22:30:10", "2026-11-24 09:00:00", model.Hours{}, night},
		"before the day":              {"Europe/Madrid", "2026-11-23 03:00:00", "2026-11-23 09:00:00", model.Hours{}, night},
		"the survey's hours":          {"Europe/Madrid", "2026-11-23 12:00:00", "2026-11-23 18:00:00", model.Hours{From: 18 * 60, To: 20 * 60}, night},
		"the survey's hours tomorrow": {"Europe/Madrid", "2026-11-23 20:00:00", "2026-11-24 18:00:00", model.Hours{From: 18 * 60, To: 20 * 60}, night},
		"its hours in the night":      {"Europe/Madrid", "2026-11-23 12:00:00", "2026-11-23 22:00:00", model.Hours{From: 22 * 60, To: 23 * 60}, night},
		"over midnight":               {"America/Bogota", "2026-11-23 21:00:00", "2026-11-23 23:00:00", model.Hours{From: 23 * 60, To: 60}, model.Hours{}},
		"elsewhere":                   {"America/Bogota", "2026-11-23 21:00:00", "2026-11-24 09:00:00", model.Hours{}, night},
		"an hour that is not":         {"Europe/Madrid", "2026-03-29 01:59:30", "2026-03-29 03:00:00", model.Hours{From: 2 * 60, To: 4 * 60}, model.Hours{}},
		"Nepal's quarter":             {"Asia/Kathmandu", "2026-11-23 20:59:59", "2026-11-23 20:59:59", model.Hours{}, night},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			got := dueAt(at(t, test.zone, test.earliest), zone, test.at, test.quiet)
			if want := at(t, test.zone, test.want); got != want {
				t.Errorf("%s, want %s", got.Std().In(zone), want.Std().In(zone))
			}
		})
	}
}

// Of an hour that is there twice, the first.
func TestDueAtAnHourThatIsTwice(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	got := dueAt(at(t, "Europe/Madrid", "2026-10-25 00:30:00"), zone, model.Hours{From: 2 * 60, To: 3 * 60}, model.Hours{})
	if want := cx.TimeOf(time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC)); got != want {
		t.Errorf("%s, want %s", got, want)
	}
}

// Whatever the hours, zone and day: nobody is asked earlier than may be, nor out
// of the hours, nor more than two days later.
func TestDueAtKeepsToTheHours(t *testing.T) {
	t.Parallel()
	zones := []string{"Europe/Madrid", "America/Bogota", "Asia/Kathmandu", "Australia/Lord_Howe", "UTC", "America/Sao_Paulo"}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		minute := rapid.IntRange(0, 24*60-1)
		hours := func(name string) model.Hours {
			h := model.Hours{From: minute.Draw(t, name+" from"), To: minute.Draw(t, name+" to")}
			if h.From == h.To { // the model has none but the whole day
				return model.Hours{}
			}
			return h
		}
		asked, quiet := hours("at"), hours("quiet")
		earliest := cx.TimeOf(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)).Add(time.Duration(rapid.Int64Range(0, int64(365*24*time.Hour)).Draw(t, "earliest")))
		due := dueAt(earliest, zone, asked, quiet)
		local := due.Std().In(zone)
		m := local.Hour()*60 + local.Minute()
		if due < earliest || due.Sub(earliest) > 49*time.Hour {
			t.Errorf("due %s, from %s on", due, earliest)
		}
		if !asked.Contains(m) {
			t.Errorf("due at %s, out of %s", local, asked)
		}
	})
}

func TestPeriod(t *testing.T) {
	t.Parallel()
	zone, err := time.LoadLocation("Europe/Madrid")
	if err != nil {
		t.Fatal(err)
	}
	for per, want := range map[string][2]string{
		model.PerDay:   {"2026-03-29 00:00:00", "2026-03-30 00:00:00"}, // of 23 hours
		model.PerWeek:  {"2026-03-23 00:00:00", "2026-03-30 00:00:00"},
		model.PerMonth: {"2026-03-01 00:00:00", "2026-04-01 00:00:00"},
	} {
		got := period(at(t, "Europe/Madrid", "2026-03-29 12:00:00"), per, zone)
		if got.From != at(t, "Europe/Madrid", want[0]) || got.To != at(t, "Europe/Madrid", want[1]) {
			t.Errorf("%s: %s to %s, want %v", per, got.From, got.To, want)
		}
	}
}

func TestWhoseClock(t *testing.T) {
	t.Parallel()
	m := &model.Model{Company: model.Company{Timezone: "Europe/Madrid"}}
	for trait, want := range map[string]string{"America/Bogota": "America/Bogota", "": "Europe/Madrid", "Mars/Base": "Europe/Madrid", "Local": "Europe/Madrid"} {
		if got := zoneOf(trait, m, "nowhere").String(); got != want {
			t.Errorf("of %q: %s, want %s", trait, got, want)
		}
	}
}
