package simulate

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
)

// world is what stays the same while the customers live: the calendar, the
// catalogue, the causes and what people say.
type world struct {
	cfg    Config
	cal    *calendar
	from   int64 // the past begins
	until  int64 // and ends
	titles []title
	byKind map[byte][]uint16 // titles by kind, each as often as it sells
	sold   []uint16          // titles of all kinds but textbooks, each as often as it sells
	townOf []uint16          // towns, each as often as people live there
	causes []cause
	change [verbs][]func(*world, *person, *fact, *rand.Rand)
	voices voices

	initiatives []initiative
	all         arm     // in which everybody is who takes part in what is drawn
	never       bool    // what begins shop by shop does not
	better      float64 // how much better everybody remembers than they do

	pending []circumstance // of the present day

	pcg  rand.PCG // of person alone
	rand *rand.Rand
}

// title is a book of the catalogue.
type title struct {
	id, name string
	cents    int32
	kind     byte // n novel, k kids, c comic, p poetry, e essay, t textbook
	phantom  bool // the web says it is in stock; it is not
}

func newWorld(c Config) (*world, error) {
	from := c.Until.AddDate(0, -c.Months, 0)
	w := &world{cfg: c, from: from.UnixMilli(), until: c.Until.UnixMilli(), byKind: map[byte][]uint16{}}
	w.cal = newCalendar(from)
	w.rand = rand.New(&w.pcg)
	for i, t := range towns {
		for range t.weight {
			w.townOf = append(w.townOf, uint16(i))
		}
	}
	if err := w.catalogue(); err != nil {
		return nil, err
	}
	if err := w.voices.load(); err != nil {
		return nil, err
	}
	for _, plant := range []func(*world) cause{
		courierLate, tillQueue, wrongStock, wrapColour, carrierStrike, shortRoster, heatingOff,
		noticeMissing, paymentLoop, mailUnanswered, answerLate, reminderMistaken, oneTap, wrapFirst,
	} {
		cause := plant(w)
		if cause.change == nil {
			continue // it cannot be in this past
		}
		w.causes = append(w.causes, cause)
		for _, v := range cause.verbs {
			w.change[v] = append(w.change[v], cause.change)
		}
	}
	for _, plan := range []func(*world) initiative{arrivalNotice, thankYouMail, doorGreeting, shopMusic, signedCard} {
		w.initiatives = append(w.initiatives, plan(w))
	}
	for i := range w.initiatives {
		if x := &w.initiatives[i]; x.starts != nil {
			w.change[x.of] = append(w.change[x.of], x.change)
		}
	}
	return w, nil
}

// catalogue reads candil/titles.txt.
func (w *world) catalogue() error {
	raw, err := candil.ReadFile("candil/titles.txt")
	if err != nil {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(raw))
	for n := 1; lines.Scan(); n++ {
		line := lines.Text()
		if line == "" || line[0] == '#' {
			continue
		}
		part := strings.Split(line, "|")
		if len(part) != 5 || len(part[3]) != 1 {
			return fmt.Errorf("candil/titles.txt:%d: want five parts", n)
		}
		cents, err1 := strconv.Atoi(part[2])
		weight, err2 := strconv.Atoi(part[4])
		if err1 != nil || err2 != nil {
			return fmt.Errorf("candil/titles.txt:%d: price and weight are whole numbers", n)
		}
		t := title{id: part[0], name: part[1], cents: int32(cents), kind: part[3][0]}
		number := uint16(len(w.titles))
		w.titles = append(w.titles, t)
		for range weight {
			w.byKind[t.kind] = append(w.byKind[t.kind], number)
			if t.kind != 't' {
				w.sold = append(w.sold, number)
			}
		}
	}
	return lines.Err()
}

// daysBefore returns the Unix ms that lies the given days before the end of the
// past, at its local midnight in Madrid.
func (w *world) daysBefore(days int) int64 {
	n, _ := w.cal.clockOf(w.until, madrid)
	return w.cal.local(max(n-days, 0), madrid, 0)
}
