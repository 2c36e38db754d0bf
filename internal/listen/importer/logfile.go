package importer

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// LogFile is an event log that an analyst brings: XES, or a table (CSV or
// Parquet) with one event a line. What it is, whether it is gzipped, and a
// table's delimiter and encoding are found out from the file.
type LogFile struct {
	Path string

	// Of a table, the columns that say in which case, what and when; and, when
	// not "", which transition of its lifecycle. XES says so itself.
	Case, Activity, Time, Transition string

	TimeFormat string         // as a map's time_format; "": the usual ways
	Zone       *time.Location // of times without one; nil: UTC
}

// LogEvent is one event of an event log.
type LogEvent struct {
	Case, Activity string // never ""
	Transition     string // of its lifecycle, such as start and complete; "" when not told
	At             cx.Time
}

// LogReport tells what was read.
type LogReport struct {
	Events  int       // given to the caller
	LeftOut int       // lines that are no event
	Faults  []LogLine // the first of them, at most MaxLogFaults
}

// LogLine is a line that was left out, and why. The reason names columns, never
// values.
type LogLine struct {
	Line   int
	Reason string
}

// MaxLogFaults is how many lines a LogReport tells of.
const MaxLogFaults = 5

// Each calls fn for every event, in the order of the file. Lines that are no
// event (no case, no activity, no time that can be read) are left out and told
// in the report. The error is Invalid when the file is no event log: of a table
// without the columns it lists those there are. An error of fn ends the reading
// and is returned.
func (f LogFile) Each(fn func(LogEvent) error) (LogReport, error) {
	report, err := f.each(fn)
	if err == nil && report.Events == 0 {
		why := "it is empty"
		if report.LeftOut > 0 {
			why = "of " + itoa(report.LeftOut) + " lines; line " + itoa(report.Faults[0].Line) + ": " + report.Faults[0].Reason
		}
		err = cx.Errorf(cx.Invalid, "", "%s has no event: %s", base(f.Path), why)
	}
	return report, cx.Wrap("importer.LogFile.Each", err)
}

func (f LogFile) each(fn func(LogEvent) error) (LogReport, error) {
	l := &logReading{fn: fn, times: times{zone: f.Zone}}
	if l.zone == nil {
		l.zone = time.UTC
	}
	var fault string
	if l.layout, fault = layoutOf(f.TimeFormat); fault != "" {
		return l.report, cx.InvalidFaults("", []cx.Fault{{Field: "time format", Message: fault}})
	}
	head, encoding, err := f.head()
	if err != nil {
		return l.report, err
	}
	if bytes.HasPrefix(bytes.TrimSpace(head), []byte("<")) {
		err = l.xes(f)
	} else {
		err = l.table(f, encoding)
	}
	return l.report, err
}

// head returns how the file begins, unzipped, and its encoding: what is not
// UTF-8 is read as Windows-1252, which Latin-1 is a part of.
func (f LogFile) head() (head []byte, encoding string, err error) {
	in, err := open(f.Path, "", &meter{})
	if err != nil {
		return nil, "", err
	}
	defer in.Close()
	head = make([]byte, 1<<20)
	n, err := io.ReadFull(in, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, "", fileError(f.Path, err)
	}
	head = head[:n]
	whole := head
	if n == cap(head) { // a character may be cut
		whole = head[:bytes.LastIndexByte(head, '\n')+1]
	}
	if !utf8.Valid(whole) {
		encoding = "windows-1252"
	}
	return head, encoding, nil
}

// logReading is one log being read.
type logReading struct {
	fn     func(LogEvent) error
	layout layout
	report LogReport
	times
}

func (l *logReading) leaveOut(line int, reason string) {
	if l.report.LeftOut++; len(l.report.Faults) < MaxLogFaults {
		l.report.Faults = append(l.report.Faults, LogLine{line, reason})
	}
}

// event gives fn one event; stamp and activity name, in reasons, where the time
// and the activity stand.
func (l *logReading) event(line int, e LogEvent, at, stamp, activity string) error {
	if e.Activity == "" {
		l.leaveOut(line, activity+" is empty")
		return nil
	}
	t, ok := l.parse(at, l.layout)
	switch {
	case at == "":
		l.leaveOut(line, stamp+" is empty")
		return nil
	case !ok:
		l.leaveOut(line, stamp+" is no time: known are "+wantTime)
		return nil
	}
	e.At = cx.TimeOf(t)
	l.report.Events++
	return l.fn(e)
}

func (l *logReading) xes(f LogFile) error {
	if f.Case != "" || f.Activity != "" || f.Time != "" || f.Transition != "" {
		return cx.Errorf(cx.Invalid, "", "%s is an XES log, which says itself what its cases, activities and times are: leave the columns out", base(f.Path))
	}
	in, err := open(f.Path, "", &meter{})
	if err != nil {
		return err
	}
	defer in.Close()
	var x *xesReader
	x = newXESReader(func(line int) error {
		if !x.named {
			l.leaveOut(line, "the event stands outside any trace")
			return nil
		}
		e := LogEvent{
			Case: x.name, Transition: x.intern(x.event.bytesOf("lifecycle:transition")),
			Activity: x.intern(bytes.TrimSpace(x.event.bytesOf("concept:name"))),
		}
		return l.event(line, e, x.event.textOf("time:timestamp"), "time:timestamp", "concept:name")
	})
	if err := x.file(in); err != nil {
		return fileError(f.Path, err)
	}
	return nil
}

func (l *logReading) table(f LogFile, encoding string) error {
	in, records, names, err := f.header(encoding)
	if err != nil {
		return err
	}
	defer in.Close()
	place := func(column string) int { return slices.Index(names, column) }
	caseAt, activityAt, timeAt, transitionAt := place(f.Case), place(f.Activity), place(f.Time), place(f.Transition)
	for {
		rec, err := records.next()
		if err == nil && len(rec.fields) != len(names) {
			err = &lineError{rec.line, rec.raw, ragged(len(rec.fields), len(names))}
		}
		var bad *lineError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			l.leaveOut(bad.line, bad.reason)
			continue
		case err != nil:
			return fileError(f.Path, err)
		}
		e := LogEvent{Case: strings.Clone(strings.TrimSpace(rec.fields[caseAt])), Activity: strings.TrimSpace(rec.fields[activityAt])}
		if e.Case == "" {
			l.leaveOut(rec.line, "column "+f.Case+" is empty")
			continue
		}
		if transitionAt >= 0 {
			e.Transition = rec.fields[transitionAt]
		}
		if err := l.event(rec.line, e, strings.TrimSpace(rec.fields[timeAt]), "column "+f.Time, "column "+f.Activity); err != nil {
			return err
		}
	}
}

// header opens the table.
func (f LogFile) header(encoding string) (io.Closer, records, []string, error) {
	wanted := []TableColumn{{"case", f.Case}, {"activity", f.Activity}, {"time", f.Time}}
	if f.Transition != "" {
		wanted = append(wanted, TableColumn{"transition", f.Transition})
	}
	return delimited(f.Path, encoding, wanted)
}

// listed lists columns, not too many.
func listed(names []string) string {
	const most = 40
	if len(names) > most {
		return strings.Join(names[:most], ", ") + " and " + itoa(len(names)-most) + " more"
	}
	return strings.Join(names, ", ")
}
