package health

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Level says how something is.
type Level string

// The levels, from the best to the worst.
const (
	Well  Level = "well"
	Watch Level = "watch" // somebody should look, nothing is lost
	Wrong Level = "wrong" // somebody must act
)

var levels = []Level{Well, Watch, Wrong}

// Worse tells whether l is worse than other.
func (l Level) Worse(other Level) bool { return slices.Index(levels, l) > slices.Index(levels, other) }

// Unit says how a figure is to be written.
type Unit string

// The units of figures.
const (
	Count     Unit = "count"
	Bytes     Unit = "bytes"
	Seconds   Unit = "seconds"
	PerMinute Unit = "per-minute"
	Instant   Unit = "instant" // microseconds since 1970: a cx.Time
	Text      Unit = "text"
)

// Figure is a number behind a verdict.
type Figure struct {
	Name  string
	Unit  Unit
	Value int64
	Text  string // of the unit Text
}

// Check is a verdict on one part of the product. Code names its sentence
// ("disk.fills"), which Figures complete.
type Check struct {
	Part    string // listening, remembering, disk, backup, review, forgetting, sending, damaged, recovered
	Level   Level
	Code    string
	Figures []Figure
}

// Figure returns the figure of this name; zero when there is none.
func (c Check) Figure(name string) Figure {
	if i := slices.IndexFunc(c.Figures, func(f Figure) bool { return f.Name == name }); i >= 0 {
		return c.Figures[i]
	}
	return Figure{}
}

// Report is how the product is.
type Report struct {
	At      cx.Time
	Started cx.Time
	Version string
	Checks  []Check // in the order of their parts
}

// Level returns the worst level of the report.
func (r Report) Level() Level {
	worst := Well
	for _, c := range r.Checks {
		if c.Level.Worse(worst) {
			worst = c.Level
		}
	}
	return worst
}

// words are the sentences of every code, and what to do. {name} stands for a
// figure.
var words = map[string][2]string{
	"listening.nothing-yet": {"Nothing has come yet.", "Send the first event: the page for developers shows how."},
	"listening.flowing":     {"Events come in: {rate} a minute.", ""},
	"listening.quiet":       {"Nothing has come since {last}.", "Check that your shops and pages still send: the page for developers shows each source."},
	"listening.refusing":    {"Of what comes in, many messages are refused: {refused} in the last hour.", "See the data for review: each says what is wrong with it."},

	"remembering.current":  {"What comes is remembered in less than a second.", ""},
	"remembering.behind":   {"Memory is {lag} behind what comes in.", "Nothing is lost. If it stays so, give the machine more processors or a faster disk, or spread imports over the night."},
	"remembering.catching": {"What is derived is being made again from the log: {left} events to go.", "Nothing is lost: wait. Answers lack what has not been read yet."},
	"remembering.stopped":  {"The part {view} has stopped following the log.", "Nothing is lost. Start the server again; if it stops again, look at its log and run vivencia rebuild."},

	"disk.ample": {"There is room on the disk: {free} free.", ""},
	"disk.fills": {"The disk will be full on {full}.", "Give it more room, or remove what is not Vivencia's: at {reserve} free nothing more is accepted."},
	"disk.full":  {"The disk is full: nothing more is accepted.", "Free some space: it goes on by itself. What was acknowledged is safe."},

	"backup.none":    {"There are no backups.", "Set backup-target to a folder on another disk or machine."},
	"backup.first":   {"The first backup is being made.", ""},
	"backup.running": {"A backup is being made.", ""},
	"backup.fresh":   {"The last backup is of {at}.", ""},
	"backup.late":    {"The last backup is of {at}: one was due since.", "Look at the server's log, and at the room and the rights of the backup's folder."},
	"backup.failing": {"Backups fail: {why}.", "Mend that, then run vivencia backup to try at once."},

	"review.none":    {"Nothing waits for review.", ""},
	"review.waiting": {"{waiting} messages wait for review.", "Mend or discard them in the data for review."},

	"forgetting.done":    {"Everybody who asked to be forgotten is forgotten.", ""},
	"forgetting.waiting": {"{waiting} customers are being forgotten.", ""},
	"forgetting.failing": {"Forgetting a customer fails: {why}.", "It is tried again by itself. If it lasts, look at the server's log."},

	"sending.well":  {"Mail goes out.", ""},
	"sending.unset": {"{waiting} messages wait: no mail server is set.", "Set smtp-addr and smtp-from, and start again."},
	"sending.down":  {"The mail server does not answer; {waiting} messages wait.", "Nothing is lost: it is tried again by itself. Look at the mail server, and at smtp-addr, smtp-user and the password."},
	"sending.dead":  {"{dead} tasks failed for good.", "GET /api/v1/jobs/dead tells which and why; run them again from there when that is mended."},

	"damaged.memory":   {"{file} is damaged: what it remembers of customers may fail or lack the latest.", "Nothing is lost. Start the server again: it is made again from the log by itself."},
	"damaged.history":  {"{file} is damaged: questions about many customers may fail or lack the latest.", "Nothing is lost. Start the server again: it is made again from the log by itself."},
	"damaged.promises": {"{file} is damaged: how promises are kept may lack the latest.", "Nothing is lost. Start the server again: it is made again from the log by itself."},
	"damaged.voice":    {"{file} is damaged: what people say may not be found, or lack the latest.", "Nothing is lost. Start the server again: it is made again from the log by itself."},
	"damaged.state":    {"{file} is damaged: accounts, keys and the model are in it.", "What customers lived is safe. Stop the server and run vivencia restore BACKUPS --only-state."},
	"damaged.log":      {"A part of what came in cannot be read any more.", "Stop the server and run vivencia repair --from BACKUPS: it brings back what cannot be read, and keeps the rest."},

	"recovered.anew": {"{file} was damaged and has been made again from the log.", "Nothing was lost. Have the disk checked: files do not break by themselves."},
}

// Sentence says the check in English, and what to do about it ("" when
// nothing).
func (c Check) Sentence() (said, todo string) {
	w := words[c.Code]
	var pairs []string
	for _, f := range c.Figures {
		pairs = append(pairs, "{"+f.Name+"}", f.String())
	}
	r := strings.NewReplacer(pairs...)
	return r.Replace(w[0]), r.Replace(w[1])
}

// Codes lists every code.
func Codes() (all []string) {
	for code := range words {
		all = append(all, code)
	}
	slices.Sort(all)
	return all
}

// String writes the figure in English.
func (f Figure) String() string {
	switch f.Unit {
	case Bytes:
		return size(f.Value)
	case Seconds:
		return (time.Duration(f.Value) * time.Second).String()
	case Instant:
		return cx.Time(f.Value).Std().Format("Monday 2 January 2006 15:04 MST")
	case Text:
		return f.Text
	}
	return fmt.Sprint(f.Value)
}

func size(n int64) string {
	const units = "KMGTPE"
	v, i := float64(n), -1
	for ; v >= 1024 && i < len(units)-1; i++ {
		v /= 1024
	}
	if i < 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %cB", v, units[i])
}
