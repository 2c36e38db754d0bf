package app

import (
	"fmt"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// Config is everything that an operator can set. Each value comes from the last
// of these that names it: the default, the YAML file, the environment
// (VIVENCIA_ and the name in capitals), the flag. The model of the company is
// not configuration: it is applied while the product runs.
type Config struct {
	Data            string        // the data directory
	Addr            string        // host:port to listen on
	URL             string        // the address people reach it at; empty: http://Addr
	LogLevel        string        // debug, info, warn, error
	Reserve         Bytes         // free disk below which nothing more is accepted
	HistoryMemory   Bytes         // memory that questions on history may take
	JourneyMemory   Bytes         // memory that the runs of journeys may take
	QuarantineBytes Bytes         // the quarantine's size, past which the oldest go
	QuarantineAge   time.Duration // the quarantine's age, past which the oldest go
	ProxyHeader     string        // header in which a trusted proxy names the client's address
	RatePerKey      int           // requests a second of one write key or token; 0: no limit
	RatePerAddress  int           // requests a second from one address other than this machine's; 0: no limit
	MaxConnections  int           // at once; past it, who comes waits
	MetricsOpen     bool          // whether /metrics answers everybody
	BackupTarget    string        // the folder that backups go to; empty: none by themselves
	BackupEvery     time.Duration // how often
	BackupKeep      int           // how many are kept; 0: all
	Recover         string        // what to do about a damaged store that is derived: auto or ask
	OTelEndpoint    string        // where traces go, an OTLP/HTTP address; empty: nowhere
	Version         string        // of the program; not a setting
	SignIn          SignIn        // how people come in
	Mail            Mail          // how mail to customers goes out
	Webhooks        Webhooks      // what webhooks may reach
	Labeller        Labeller      // a language model elsewhere that may be asked; none unless it has an address

	clock cx.Clock // nil: the machine's
	idle  bool     // nothing is found out in the background before somebody asks
}

// DefaultData is the data directory when none is named, the same for every
// command.
const DefaultData = "./vivencia-data"

// Defaults returns the configuration that needs no file.
func Defaults() Config {
	return Config{
		Data: DefaultData, Addr: "127.0.0.1:8080", LogLevel: "info",
		Reserve: 1 << 30, HistoryMemory: 384 << 20, JourneyMemory: 256 << 20,
		QuarantineBytes: 1 << 30, QuarantineAge: 90 * 24 * time.Hour,
		RatePerKey: 50_000, RatePerAddress: 2_000, MaxConnections: 8192,
		BackupEvery: 24 * time.Hour, BackupKeep: 14, Recover: recoverAuto, Version: "dev",
		Labeller: Labeller{Use: mayLabel, PerDay: 500},
	}
}

// Setting is one value of a Config: its name in the file and on the command
// line ("log-level"), what it means, and how to read it.
type Setting struct {
	Name, Usage string
	get         func() string
	set         func(string) error
}

// Env returns the name of the setting's environment variable. VIVENCIA_DATA
// already names the real data that tests and examples read, so the data
// directory's is VIVENCIA_DATA_DIR.
func (s Setting) Env() string {
	if s.Name == "data" {
		return "VIVENCIA_DATA_DIR"
	}
	return "VIVENCIA_" + strings.ToUpper(strings.ReplaceAll(s.Name, "-", "_"))
}

// String returns the value; with Set and Type it makes a Setting a flag.
func (s Setting) String() string {
	if s.get == nil {
		return ""
	}
	return s.get()
}

// Set reads a value.
func (s Setting) Set(v string) error { return s.set(v) }

// Type names the kind of value in help.
func (s Setting) Type() string { return "value" }

// shown returns the value for others to read: of a secret, only that it is set.
func (s Setting) shown() string {
	v := s.String()
	if v != "" && strings.HasSuffix(s.Name, "-secret") {
		return "(set)"
	}
	return v
}

// Settings lists what can be set, bound to c.
func (c *Config) Settings() []Setting {
	return append([]Setting{
		text("data", "the data `directory`", &c.Data),
		text("addr", "the `address` to listen on, host:port", &c.Addr),
		text("url", "the `URL` that people reach it at, when a proxy stands before it", &c.URL),
		text("log-level", "what to log: debug, info, warn or error", &c.LogLevel),
		size("reserve", "free disk to keep: past it nothing more is accepted (507)", &c.Reserve),
		size("history-memory", "memory that questions on history may take", &c.HistoryMemory),
		size("journey-memory", "memory that the runs of journeys may take: those asked for least lately are read again", &c.JourneyMemory),
		size("quarantine-bytes", "the most that the quarantine keeps", &c.QuarantineBytes),
		duration("quarantine-age", "how long the quarantine keeps what nobody mends", &c.QuarantineAge),
		text("proxy-header", "the `header` in which a trusted proxy names the client's address", &c.ProxyHeader),
		count("rate-per-key", "requests a second that one write key or token may send, twice as many at once; 0: no limit", &c.RatePerKey),
		count("rate-per-address", "requests a second from one address, twice as many at once, this machine's own not counted; 0: no limit", &c.RatePerAddress),
		count("max-connections", "connections at once; past it, who comes waits", &c.MaxConnections),
		toggle("metrics-open", "whether /metrics answers everybody, not only this machine and administrators' tokens: true or false", &c.MetricsOpen),
		text("backup-target", "the `folder` that backups go to, best on another disk or machine; empty: none are made by themselves", &c.BackupTarget),
		duration("backup-every", "how often a backup is made; 0: only when asked", &c.BackupEvery),
		count("backup-keep", "how many backups are kept, the oldest go; 0: all", &c.BackupKeep),
		text("recover", "what to do at the start when a store that is derived is damaged: auto (make it again from the log) or ask (stop and say so)", &c.Recover),
		text("otel-endpoint", "the `URL` of an OTLP/HTTP collector that traces are sent to; empty: none are made", &c.OTelEndpoint),
	}, slices.Concat(c.SignIn.settings(), c.Mail.settings(), c.Webhooks.settings(), c.Labeller.settings())...)
}

// Load returns the defaults overlaid by the YAML file (when path is not empty)
// and the environment. Every fault is reported at once, with the file's line or
// the variable's name. Flags come after it; then Validate.
func Load(path string, environ []string) (Config, error) {
	c := Defaults()
	settings := c.Settings()
	byName := func(name string) *Setting {
		i := slices.IndexFunc(settings, func(s Setting) bool { return s.Name == name })
		if i < 0 {
			return nil
		}
		return &settings[i]
	}
	var faults []cx.Fault
	if path != "" {
		src, err := os.ReadFile(path)
		if err != nil {
			return c, cx.Errorf(cx.Invalid, "app.Load", "the configuration file cannot be read: %w", err)
		}
		pairs, fileFaults := scalars(src)
		faults = append(faults, fileFaults...)
		for _, p := range pairs {
			s := byName(p.key)
			if s == nil {
				p.fault.Message = "there is no such setting; `vivencia help serve` lists them"
				faults = append(faults, p.fault)
			} else if err := s.Set(p.value); err != nil {
				p.fault.Message = err.Error()
				faults = append(faults, p.fault)
			}
		}
	}
	for _, s := range settings {
		for _, e := range environ {
			if v, ok := strings.CutPrefix(e, s.Env()+"="); ok {
				if err := s.Set(v); err != nil {
					faults = append(faults, cx.Fault{Field: s.Env(), Message: err.Error()})
				}
			}
		}
	}
	return c, cx.InvalidFaults("app.Load", faults)
}

// Validate checks the whole configuration and reports every fault.
func (c Config) Validate() error {
	var faults []cx.Fault
	fault := func(field, format string, args ...any) {
		faults = append(faults, cx.Fault{Field: field, Message: fmt.Sprintf(format, args...)})
	}
	if c.Data == "" {
		fault("data", "name a directory")
	}
	if _, port, err := net.SplitHostPort(c.Addr); err != nil {
		fault("addr", "%q is not host:port", c.Addr)
	} else if n, err := strconv.Atoi(port); err != nil || n < 0 || n > 65535 {
		fault("addr", "port %q is not a number from 0 to 65535", port)
	}
	if u, err := url.Parse(c.URL); c.URL != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		fault("url", "%q is not an http or https address", c.URL)
	}
	if !slices.Contains([]string{"debug", "info", "warn", "error"}, c.LogLevel) {
		fault("log-level", "%q is none of debug, info, warn, error", c.LogLevel)
	}
	if c.HistoryMemory < 64<<20 {
		fault("history-memory", "at least 64MB are needed")
	}
	if c.JourneyMemory < 1<<20 {
		fault("journey-memory", "at least 1MB is needed")
	}
	if c.Reserve < 0 {
		fault("reserve", "cannot be negative")
	}
	if c.QuarantineBytes < 1<<20 {
		fault("quarantine-bytes", "at least 1MB is needed")
	}
	if c.RatePerKey < 0 || c.RatePerAddress < 0 {
		fault("rate-per-key, rate-per-address", "cannot be negative")
	}
	if c.MaxConnections < 16 {
		fault("max-connections", "at least 16 are needed")
	}
	if c.QuarantineAge < time.Hour {
		fault("quarantine-age", "at least 1h is needed")
	}
	if c.BackupEvery < 0 || c.BackupEvery > 0 && c.BackupEvery < time.Minute {
		fault("backup-every", "is 0 or at least 1m")
	}
	if c.BackupKeep < 0 {
		fault("backup-keep", "cannot be negative")
	}
	if c.BackupTarget != "" && !filepath.IsAbs(c.BackupTarget) {
		fault("backup-target", "name it from the root: /…")
	}
	if c.Recover != recoverAuto && c.Recover != recoverAsk {
		fault("recover", "%q is neither auto nor ask", c.Recover)
	}
	if u, err := url.Parse(c.OTelEndpoint); c.OTelEndpoint != "" && (err != nil || u.Host == "" || (u.Scheme != "http" && u.Scheme != "https")) {
		fault("otel-endpoint", "%q is not an http or https address", c.OTelEndpoint)
	}
	c.SignIn.validate(fault)
	c.Mail.validate(fault)
	c.Webhooks.validate(fault)
	c.Labeller.validate(fault)
	return cx.InvalidFaults("app.Validate", faults)
}

// PublicURL returns the address that people reach the product at, given the
// address that it really listens on.
func (c Config) PublicURL(listening string) string {
	if c.URL != "" {
		return strings.TrimSuffix(c.URL, "/")
	}
	return "http://" + listening
}

func (c Config) file(name string) string { return filepath.Join(c.Data, name) }

// Bytes is an amount of storage, written "512MB" or "2GB" (powers of 1024).
type Bytes int64

var units = []struct {
	suffix string
	factor Bytes
}{{"TB", 1 << 40}, {"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}, {"B", 1}}

// ParseBytes reads "512MB"; a bare number counts bytes.
func ParseBytes(s string) (Bytes, error) {
	number, factor := strings.TrimSpace(strings.ToUpper(s)), Bytes(1)
	for _, u := range units {
		if n, ok := strings.CutSuffix(number, u.suffix); ok {
			number, factor = strings.TrimSpace(n), u.factor
			break
		}
	}
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || n < 0 || n*float64(factor) > 1<<60 {
		return 0, fmt.Errorf("%q is not a size such as 512MB", s)
	}
	return Bytes(n * float64(factor)), nil
}

// String writes b in the largest unit that divides it.
func (b Bytes) String() string {
	for _, u := range units {
		if b >= u.factor && b%u.factor == 0 {
			return fmt.Sprintf("%d%s", b/u.factor, u.suffix)
		}
	}
	return fmt.Sprintf("%dB", int64(b))
}

func text(name, usage string, v *string) Setting {
	return Setting{name, usage, func() string { return *v }, func(s string) error { *v = s; return nil }}
}

func size(name, usage string, v *Bytes) Setting {
	return Setting{name, usage, func() string { return v.String() }, func(s string) error {
		b, err := ParseBytes(s)
		if err == nil {
			*v = b
		}
		return err
	}}
}

func count(name, usage string, v *int) Setting {
	return Setting{name, usage, func() string { return strconv.Itoa(*v) }, func(s string) error {
		n, err := strconv.Atoi(strings.ReplaceAll(s, "_", ""))
		if err != nil {
			return fmt.Errorf("%q is not a whole number", s)
		}
		*v = n
		return nil
	}}
}

func toggle(name, usage string, v *bool) Setting {
	return Setting{name, usage, func() string { return strconv.FormatBool(*v) }, func(s string) error {
		b, err := strconv.ParseBool(s)
		if err != nil {
			return fmt.Errorf("%q is neither true nor false", s)
		}
		*v = b
		return nil
	}}
}

func duration(name, usage string, v *time.Duration) Setting {
	return Setting{name, usage, func() string { return v.String() }, func(s string) error {
		d, err := time.ParseDuration(s)
		if err != nil {
			return fmt.Errorf("%q is not a duration such as 36h", s)
		}
		*v = d
		return nil
	}}
}

type pair struct {
	key, value string
	fault      cx.Fault // where it stands, for a message
}

// scalars reads a flat YAML mapping with the place of each key.
func scalars(src []byte) ([]pair, []cx.Fault) {
	file, err := parser.ParseBytes(src, 0)
	if err != nil {
		return nil, []cx.Fault{{Message: "the configuration file is not YAML: " + err.Error()}}
	}
	var pairs []pair
	var faults []cx.Fault
	for _, doc := range file.Docs {
		var values []*ast.MappingValueNode
		switch body := doc.Body.(type) {
		case nil, *ast.NullNode, *ast.CommentGroupNode:
		case *ast.MappingNode:
			values = body.Values
		case *ast.MappingValueNode:
			values = []*ast.MappingValueNode{body}
		default:
			faults = append(faults, cx.Fault{Message: "the configuration file must be a list of `name: value` lines"})
		}
		for _, v := range values {
			pos := v.Key.GetToken().Position
			at := cx.Fault{Field: v.Key.String(), Line: pos.Line, Column: pos.Column}
			scalar, ok := v.Value.(ast.ScalarNode)
			if !ok {
				at.Message = "must be one value"
				faults = append(faults, at)
				continue
			}
			pairs = append(pairs, pair{v.Key.String(), fmt.Sprint(scalar.GetValue()), at})
		}
	}
	return pairs, faults
}
