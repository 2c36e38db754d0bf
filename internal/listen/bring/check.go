package bring

import (
	"context"
	"errors"
	"time"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// Line is what one row will become, for a person to read.
type Line struct {
	Line   int
	Who    string // name, else address, else number, else id; "" for nobody known
	At     cx.Time
	Name   string // of the event, or the survey's slug
	Answer bool
	Score  *float64
	Scale  string
	Text   string
	Amount *float64
	Where  string // touchpoint or place
}

// Check is what a look at the file's rows, as they would come in, found.
type Check struct {
	Read    int // rows looked at
	Ready   int // would come in
	Repeats int // have the id of one before
	Empty   int // have nothing to say
	Bad     int // would wait in quarantine
	Reasons map[string]int
	Whole   bool // the whole file was looked at
	Lines   []Line
}

const (
	previewed = 10     // lines shown
	checked   = 50_000 // records looked at
)

// message is what is read of a canonical message.
type message struct {
	Type       string         `json:"type"`
	Event      string         `json:"event"`
	Survey     string         `json:"survey"`
	Timestamp  string         `json:"timestamp"`
	UserID     string         `json:"userId"`
	Touchpoint string         `json:"touchpoint"`
	Properties map[string]any `json:"properties"`
	Traits     map[string]any `json:"traits"`
	Context    struct {
		Traits map[string]any `json:"traits"`
	} `json:"context"`
	Answers []struct {
		Question string   `json:"question"`
		Metric   string   `json:"metric"`
		Scale    string   `json:"scale"`
		Value    *float64 `json:"value"`
		Text     string   `json:"text"`
	} `json:"answers"`
}

// readMessage reads what an import made; ok is false for what it is not.
func readMessage(raw []byte) (m message, ok bool) {
	if json.Unmarshal(raw, &m) != nil {
		return message{}, false
	}
	if m.Context.Traits == nil {
		m.Context.Traits = m.Traits
	}
	return m, true
}

// score returns the first score and its scale; nil when there is none.
func (m message) score() (value *float64, scale string) {
	for _, a := range m.Answers {
		if a.Value != nil {
			return a.Value, a.Scale
		}
	}
	return nil, ""
}

func (m message) text() string {
	for _, a := range m.Answers {
		if a.Text != "" {
			return a.Text
		}
	}
	return ""
}

func (m message) line(number int) Line {
	l := Line{Line: number, Name: m.Event, Answer: m.Type == "answer", Text: m.text(), Where: m.Touchpoint}
	if l.Answer {
		l.Name = m.Survey
	}
	l.Score, l.Scale = m.score()
	if at, err := time.Parse(time.RFC3339Nano, m.Timestamp); err == nil {
		l.At = cx.TimeOf(at)
	}
	for _, trait := range []string{"name", "email", "phone"} {
		if s, ok := m.Context.Traits[trait].(string); ok && l.Who == "" {
			l.Who = s
		}
	}
	if l.Who == "" {
		l.Who = m.UserID
	}
	if amount, ok := m.Properties["revenue"].(float64); ok {
		l.Amount = &amount
	}
	if s, ok := m.Properties["place"].(string); ok && l.Where == "" {
		l.Where = s
	}
	return l
}

// checker is a sink that keeps nothing: it judges what would come in.
type checker struct {
	*Check
	now  cx.Time
	seen map[string]bool
}

var errEnough = errors.New("enough was seen")

// Write implements importer.Sink.
func (c *checker) Write(_ context.Context, records []importer.Record) (importer.Result, error) {
	for i := range records {
		r := &records[i]
		reason := r.Reason
		switch {
		case r.Message == nil:
		case c.seen[r.MessageID]:
			c.Repeats++
			continue
		default:
			c.seen[r.MessageID] = true
			if _, err := intake.Decode(r.Message, intake.Defaults{Source: r.Source, ReceivedAt: c.now, Archive: true}); err != nil {
				reason = cx.MessageOf(err)
			}
		}
		if reason != "" {
			c.Bad++
			if len(c.Reasons) < 50 || c.Reasons[reason] > 0 {
				c.Reasons[reason]++
			}
			continue
		}
		c.Ready++
		if len(c.Lines) < previewed {
			if m, ok := readMessage(r.Message); ok {
				c.Lines = append(c.Lines, m.line(r.Line))
			}
		}
	}
	if c.Ready+c.Bad+c.Repeats >= checked {
		return importer.Result{}, errEnough
	}
	return importer.Result{Accepted: len(records)}, nil
}

// check reads the file at path as the proposal has it and keeps nothing.
func check(ctx context.Context, p Proposal, path string, clock cx.Clock) (*Check, error) {
	c := &checker{Check: &Check{Reasons: map[string]int{}}, now: clock.Now(), seen: map[string]bool{}}
	report, err := read(ctx, p, path, importer.Options{Sink: c, Clock: clock})
	if err != nil && !errors.Is(err, errEnough) {
		return nil, err
	}
	c.Read, c.Empty, c.Whole = report.Read, report.Empty, err == nil
	return c.Check, nil
}

// read imports the file at path as the proposal has it.
func read(ctx context.Context, p Proposal, path string, o importer.Options) (importer.Report, error) {
	text, err := p.Map()
	if err != nil {
		return importer.Report{}, err
	}
	m, err := importer.ParseMap(text, ".", func(string) string { return "" })
	if err != nil {
		return importer.Report{}, err
	}
	way := map[string]func(context.Context, *importer.Map, []string, importer.Options) (importer.Report, error){
		"excel": importer.Excel, "parquet": importer.Parquet, "csv": importer.CSV,
	}[p.Head.Kind]
	return way(ctx, m, []string{path}, o)
}
