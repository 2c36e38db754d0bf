package simulate_test

import (
	"encoding/json"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/simulate"
)

var until = time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)

// lived is what the tests read of a message.
type lived struct {
	Source      string
	At          time.Time `json:"timestamp"`
	Type        string
	Event, Name string
	MessageID   string
	UserID      string
	AnonymousID string
	Survey      string
	Kind        string
	Answers     []struct {
		Metric, Text string
		Value        *float64
	}
	Traits struct {
		Email, Name, Card string
		BirthYear         int `json:"birth_year"`
	}
	Properties struct {
		OrderID    string    `json:"order_id"`
		TicketID   string    `json:"ticket_id"`
		CartID     string    `json:"cart_id"`
		CaseID     string    `json:"case_id"`
		SpecialID  string    `json:"special_order_id"`
		ProductID  string    `json:"product_id"`
		PromisedAt time.Time `json:"promised_at"`
		Carrier    string
		Region     string
		Shop       string
		Place      string
		Reason     string
		GiftWrap   string  `json:"gift_wrap"`
		ReferredBy string  `json:"referred_by"`
		Wait       float64 `json:"wait_min"`
		Found      *bool
		Delivery   string
		Gift       bool
		Receipt    bool
		Solved     bool
		Times      int
		Minutes    float64
		InStock    *bool `json:"in_stock"`

		Greeted       bool
		BagChecked    bool   `json:"bag_checked"`
		Experiment    string `json:"experiment_id"`
		Variation     string `json:"variation_id"`
		Campaign      string
		Code          string
		WouldHaveCome string `json:"would_have_come"`
		Revenue       float64
		Refund        float64
	}
	event cx.Event
}

func (l *lived) score() (float64, bool) {
	for _, a := range l.Answers {
		if a.Value != nil {
			return *a.Value, true
		}
	}
	return 0, false
}

// defaultPast is the past of the default company, run once for all tests.
var defaultPast = sync.OnceValues(func() ([]lived, error) {
	return past(simulate.Config{Seed: 1, Until: until})
})

func thePast(t *testing.T) []lived {
	t.Helper()
	all, err := defaultPast()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// past runs a company and decodes each message as the intake does.
func past(c simulate.Config) ([]lived, error) {
	var all []lived
	err := simulate.Company(c).Run(func(source string, raw []byte) error {
		raw = append([]byte(nil), raw...)
		var l lived
		if err := json.Unmarshal(raw, &l); err != nil {
			return err
		}
		e, err := intake.Decode(raw, intake.Defaults{Source: source, ReceivedAt: cx.TimeOf(until), Own: true})
		if err != nil {
			return err
		}
		l.Source, l.event = source, e
		all = append(all, l)
		return nil
	})
	return all, err
}

func mean(list []float64) float64 {
	sum := 0.0
	for _, x := range list {
		sum += x
	}
	return sum / float64(len(list))
}

func variance(list []float64) float64 {
	m, sum := mean(list), 0.0
	for _, x := range list {
		sum += (x - m) * (x - m)
	}
	return sum / float64(len(list)-1)
}

func share(of []bool) float64 {
	n := 0
	for _, x := range of {
		if x {
			n++
		}
	}
	return float64(n) / float64(len(of))
}

func local(t time.Time, zone string) time.Time {
	z, err := time.LoadLocation(zone)
	if err != nil {
		panic(err)
	}
	return t.In(z)
}

func zoneOf(shop string) string {
	switch {
	case strings.HasPrefix(shop, "lisboa"):
		return "Europe/Lisbon"
	case strings.HasPrefix(shop, "las-palmas"):
		return "Atlantic/Canary"
	}
	return "Europe/Madrid"
}
