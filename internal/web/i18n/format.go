package i18n

import (
	"math"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Minus is the sign that a figure below zero carries: as wide as +.
const Minus = "−"

const nbsp = "\u00a0"

// symbols are a region's way of writing figures.
type symbols struct{ decimal, group string }

// symbolsOf asks x/text for the region's separators; European Spanish and
// Portuguese group thousands with a point.
func symbolsOf(tag language.Tag) symbols {
	s := message.NewPrinter(tag).Sprint(number.Decimal(1234567.5))
	out := symbols{decimal: s[len(s)-2 : len(s)-1], group: "."}
	if i := strings.IndexByte(s, '1') + 1; i < len(s) {
		if j := strings.IndexByte(s, '2'); j > i {
			out.group = s[i:j]
		}
	}
	return out
}

// Int writes a whole number: 1.285.
func (l *Locale) Int(n int64) string { return l.Number(float64(n), 0) }

// Number writes v with that many decimals: 2,4.
func (l *Locale) Number(v float64, decimals int) string {
	s := strconv.FormatFloat(math.Abs(v), 'f', decimals, 64)
	whole, fraction, _ := strings.Cut(s, ".")
	var b strings.Builder
	if v < 0 && strings.Trim(s, "0.") != "" {
		b.WriteString(Minus)
	}
	for i, d := range whole {
		if i > 0 && (len(whole)-i)%3 == 0 {
			b.WriteString(l.symbols.group)
		}
		b.WriteRune(d)
	}
	if fraction != "" {
		b.WriteString(l.symbols.decimal + fraction)
	}
	return b.String()
}

// Signed writes v with its sign: +0,7, −1,2, 0,0.
func (l *Locale) Signed(v float64, decimals int) string {
	s := l.Number(v, decimals)
	if v > 0 && strings.Trim(s, "0.,") != "" {
		return "+" + s
	}
	return s
}

// Half writes half of an interval's width beside a value: ±4.
func (l *Locale) Half(low, high float64, decimals int) string {
	return "±" + l.Number((high-low)/2, decimals)
}

// Percent writes a share (0.78) as 78 % in Spanish, 78% elsewhere.
func (l *Locale) Percent(share float64, decimals int) string {
	s := l.Number(share*100, decimals)
	if l.Lang == "es" {
		return s + nbsp + "%"
	}
	return s + "%"
}

// Money writes an amount: 12,50 €, €12.50.
func (l *Locale) Money(m cx.Money) string {
	unit, err := currency.ParseISO(m.Currency)
	if err != nil {
		return l.Number(float64(m.Minor)/100, 2) + nbsp + m.Currency
	}
	scale, _ := currency.Standard.Rounding(unit)
	amount := l.Number(math.Abs(float64(m.Minor))/math.Pow10(scale), scale)
	sign := ""
	if m.Minor < 0 {
		sign = Minus
	}
	symbol := message.NewPrinter(l.Tag).Sprint(currency.NarrowSymbol(unit))
	if l.Lang == "en" {
		return sign + symbol + amount
	}
	return sign + amount + nbsp + symbol
}

type words struct {
	months     [12]string
	longMonths [12]string
	days       [7]string
	longDays   [7]string
}

func wordsOf(lang string) words {
	split := func(s string) (out [12]string) { copy(out[:], strings.Fields(s)); return }
	week := func(s string) (out [7]string) { copy(out[:], strings.Fields(s)); return }
	switch lang {
	case "en":
		return words{
			split("Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec"),
			split("January February March April May June July August September October November December"),
			week("Sun Mon Tue Wed Thu Fri Sat"),
			week("Sunday Monday Tuesday Wednesday Thursday Friday Saturday"),
		}
	case "pt":
		return words{
			split("jan fev mar abr mai jun jul ago set out nov dez"),
			split("janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro"),
			week("dom seg ter qua qui sex sáb"),
			week("domingo segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado"),
		}
	}
	return words{
		split("ene feb mar abr may jun jul ago sep oct nov dic"),
		split("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre"),
		week("dom lun mar mié jue vie sáb"),
		week("domingo lunes martes miércoles jueves viernes sábado"),
	}
}

// In returns t in the company's time zone.
func (l *Locale) In(t cx.Time) time.Time { return t.Std().In(l.zone) }

// Zone returns the company's time zone.
func (l *Locale) Zone() *time.Location { return l.zone }

// Now returns the present, in the company's time zone.
func (l *Locale) Now() time.Time { return l.In(l.clock.Now()) }

// Date writes a day: 3 nov, with the year when it is not the present one.
func (l *Locale) Date(t cx.Time) string { return l.day(l.In(t), l.words.months, l.Now().Year()) }

// LongDate writes a day in full: martes, 3 de noviembre de 2026.
func (l *Locale) LongDate(t cx.Time) string {
	d := l.In(t)
	day, month, year := strconv.Itoa(d.Day()), l.words.longMonths[d.Month()-1], strconv.Itoa(d.Year())
	if l.Lang == "en" {
		return l.words.longDays[d.Weekday()] + ", " + day + " " + month + " " + year
	}
	return l.words.longDays[d.Weekday()] + ", " + day + " de " + month + " de " + year
}

// Month writes a month and its year: noviembre de 2026.
func (l *Locale) Month(t cx.Time) string {
	d := l.In(t)
	if l.Lang == "en" {
		return l.words.longMonths[d.Month()-1] + " " + strconv.Itoa(d.Year())
	}
	return l.words.longMonths[d.Month()-1] + " de " + strconv.Itoa(d.Year())
}

// Weekday writes a day of the week, short: mar.
func (l *Locale) Weekday(t cx.Time) string { return l.words.days[l.In(t).Weekday()] }

// Clock writes a time of day: 19:10.
func (l *Locale) Clock(t cx.Time) string { return l.In(t).Format("15:04") }

// DateTime writes a day and a time of day: 3 nov, 19:10.
func (l *Locale) DateTime(t cx.Time) string { return l.Date(t) + ", " + l.Clock(t) }

// Dates writes the days of a window, the last one included: 3–9 nov.
func (l *Locale) Dates(w cx.Window) string {
	from, to := l.In(w.From), l.In(w.To.Add(-time.Microsecond))
	year := l.Now().Year()
	switch {
	case from.Year() == to.Year() && from.YearDay() == to.YearDay():
		return l.day(from, l.words.months, year)
	case from.Year() == to.Year() && from.Month() == to.Month():
		return strconv.Itoa(from.Day()) + "–" + l.day(to, l.words.months, year)
	case from.Year() == to.Year():
		return l.day(from, l.words.months, from.Year()) + " – " + l.day(to, l.words.months, year)
	}
	return l.day(from, l.words.months, 0) + " – " + l.day(to, l.words.months, 0)
}

func (l *Locale) day(d time.Time, months [12]string, present int) string {
	s := strconv.Itoa(d.Day()) + " " + months[d.Month()-1]
	if d.Year() != present {
		s += " " + strconv.Itoa(d.Year())
	}
	return s
}

// Ago writes how long ago t was: ahora mismo, hace 3 min, hace 2 h, ayer,
// hace 3 días; from a week on the date. What is still to come gets its date.
func (l *Locale) Ago(t cx.Time) string {
	now := l.clock.Now()
	d := now.Sub(t)
	switch {
	case d < -time.Minute:
		return l.DateTime(t)
	case d < time.Minute:
		return l.T("time.now")
	case d < time.Hour:
		return l.T("time.minutes", "n", int(d/time.Minute))
	}
	today, then := l.In(now), l.In(t)
	days := int(date(today).Sub(date(then)).Hours() / 24)
	switch {
	case days == 0 || d < 6*time.Hour:
		return l.T("time.hours", "n", int(d/time.Hour))
	case days == 1:
		return l.T("time.yesterday")
	case days < 7:
		return l.T("time.days", "n", days)
	}
	return l.Date(t)
}

// Lasting writes a stretch of time, to two units: 3 min, 2 h 10 min, 4 días.
func (l *Locale) Lasting(d time.Duration) string {
	switch {
	case d < time.Minute:
		return l.T("time.seconds-long", "n", int(d/time.Second))
	case d < time.Hour:
		return l.T("time.minutes-long", "n", int(d/time.Minute))
	case d < 48*time.Hour:
		s := l.T("time.hours-long", "n", int(d/time.Hour))
		if m := int(d/time.Minute) % 60; m > 0 && d < 24*time.Hour {
			s += " " + l.T("time.minutes-long", "n", m)
		}
		return s
	}
	return l.T("time.days-long", "n", int(d/(24*time.Hour)))
}

func date(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}
