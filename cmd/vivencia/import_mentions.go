package main

import (
	"bufio"
	"cmp"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
)

// mentionBatch is how many mentions are sent at once, and mentionBytes their most
// bytes: the API takes a megabyte.
const (
	mentionBatch = 500
	mentionBytes = 900 << 10
)

// mentionColumns are the columns that a table of mentions may have.
var mentionColumns = []string{"network", "id", "at", "editedAt", "deleted", "text", "rating", "scale", "url", "author", "place", "touchpoint", "product", "audience"}

func importMentionsCommand() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "mentions FILE…",
		Short: "Import what is said in public: reviews, posts, replies",
		Long: `Imports what is said of the company in public, from lines of JSON or from tables
(CSV, Excel, Parquet). A table's columns are called as the members: network, id
and at are needed, and text or rating (with its scale); editedAt, deleted, url,
author, place, touchpoint, product and audience may be there, and proof.userId
or proof.TYPE, such as proof.order, which show whose mention it is. Without a
proof it is of nobody known: a name is none.

The same network and id count once; an edited mention has editedAt, one taken
back deleted. What is no mention waits in quarantine.`,
		Example: `  vivencia import mentions reviews.jsonl.gz --source trustpilot
  vivencia import mentions reviews.csv --source google`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return f.with(cmd, func(c *client) error {
				report := mentionReport{Refused: []mentionRefusal{}}
				for _, path := range args {
					if err := report.read(cmd.Context(), c, path, f.source); err != nil {
						return err
					}
				}
				if report.LastSeq > 0 {
					if err := c.waitApplied(cmd, report.LastSeq); err != nil {
						return err
					}
				}
				slices.SortStableFunc(report.Refused, func(a, b mentionRefusal) int {
					return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line))
				})
				if err := report.print(cmd, f.json); err != nil {
					return err
				}
				if f.strict && len(report.Refused) > 0 {
					return exitCode(3)
				}
				return nil
			})
		},
	}
	f.bind(cmd)
	cmd.Flags().StringVar(&f.source, "source", "", "the source's slug (default: the file's name)")
	return cmd
}

// mentionReport tells what became of the mentions.
type mentionReport struct {
	Read     int              `json:"read"`
	Accepted int              `json:"accepted"`
	Refused  []mentionRefusal `json:"refused"`
	LastSeq  cx.Seq           `json:"last_seq"`
}

type mentionRefusal struct {
	File   string `json:"file"`
	Line   int    `json:"line"`
	Reason string `json:"reason"`
}

func (r *mentionReport) print(cmd *cobra.Command, asJSON bool) error {
	if asJSON {
		return printJSON(cmd, r)
	}
	printf(cmd, "read         %9d\naccepted     %9d\nrefused      %9d\n", r.Read, r.Accepted, len(r.Refused))
	for _, one := range r.Refused[:min(20, len(r.Refused))] {
		printf(cmd, "  %s:%d  %s\n", one.File, one.Line, one.Reason)
	}
	return nil
}

// mentionLine is a mention and the line it stands in.
type mentionLine struct {
	raw  json.RawMessage
	line int
}

// read sends a file's mentions, batch by batch.
func (r *mentionReport) read(ctx context.Context, c *client, path, source string) error {
	name := filepath.Base(path)
	if source == "" {
		source, _, _ = strings.Cut(name, ".")
	}
	var batch []mentionLine
	size := 0
	send := func() error {
		in := struct {
			Source   string            `json:"source"`
			Mentions []json.RawMessage `json:"mentions"`
		}{Source: source}
		for _, m := range batch {
			in.Mentions = append(in.Mentions, m.raw)
		}
		var out struct {
			Accepted int    `json:"accepted"`
			LastSeq  cx.Seq `json:"last_seq"`
			Refused  []struct {
				Index  int    `json:"index"`
				Reason string `json:"reason"`
			} `json:"refused"`
		}
		if len(batch) == 0 {
			return nil
		}
		if err := c.call(ctx, http.MethodPost, "/api/v1/mentions", in, &out); err != nil {
			return err
		}
		r.Accepted, r.LastSeq = r.Accepted+out.Accepted, max(r.LastSeq, out.LastSeq)
		for _, one := range out.Refused {
			r.Refused = append(r.Refused, mentionRefusal{name, batch[one.Index].line, one.Reason})
		}
		batch, size = batch[:0], 0
		return nil
	}
	add := func(line int, raw json.RawMessage) error {
		r.Read++
		if !json.Valid(raw) || len(raw) > mentionBytes {
			r.Refused = append(r.Refused, mentionRefusal{name, line, "is no JSON object of at most 900 KB"})
			return nil
		}
		if len(batch) == mentionBatch || size+len(raw) > mentionBytes {
			if err := send(); err != nil {
				return err
			}
		}
		batch, size = append(batch, mentionLine{raw, line}), size+len(raw)+1
		return nil
	}
	read := readMentionTable
	if base := strings.TrimSuffix(name, ".gz"); strings.HasSuffix(base, ".jsonl") || strings.HasSuffix(base, ".ndjson") || strings.HasSuffix(base, ".json") {
		read = readMentionLines
	}
	if err := read(path, add); err != nil {
		return err
	}
	return send()
}

// readMentionLines reads lines of JSON, gzipped or not.
func readMentionLines(path string, add func(line int, raw json.RawMessage) error) (err error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return cx.Errorf(cx.Invalid, "import", "there is no file %s", path)
	}
	if err != nil {
		return cx.Errorf(cx.Invalid, "import", "%w", err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	var in io.Reader = file
	if strings.HasSuffix(path, ".gz") {
		if in, err = gzip.NewReader(file); err != nil {
			return cx.Errorf(cx.Invalid, "import", "%s is not gzipped: %w", path, err)
		}
	}
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 64<<10), 8<<20)
	for n := 1; lines.Scan(); n++ {
		if text := strings.TrimSpace(strings.TrimPrefix(lines.Text(), "\ufeff")); text != "" {
			if err := add(n, json.RawMessage(text)); err != nil {
				return err
			}
		}
	}
	if err := lines.Err(); err != nil {
		return cx.Errorf(cx.Invalid, "import", "%s: %w", path, err)
	}
	return nil
}

// readMentionTable reads a table whose columns are called as a mention's members.
func readMentionTable(path string, add func(line int, raw json.RawMessage) error) error {
	head, err := importer.ReadHead(path, "", 1)
	if err != nil {
		return err
	}
	var columns []importer.TableColumn
	for _, name := range head.Columns {
		if slices.Contains(mentionColumns, name) || strings.HasPrefix(name, "proof.") {
			columns = append(columns, importer.TableColumn{For: name, Name: name})
		}
	}
	for _, needed := range mentionColumns[:3] {
		if !slices.Contains(head.Columns, needed) {
			return cx.Errorf(cx.Invalid, "import", "%s has no column %q; a table of mentions has %s", path, needed, strings.Join(mentionColumns, ", "))
		}
	}
	report, err := importer.Table{Path: path}.Each(columns, func(line int, values []string) error {
		mention := map[string]any{}
		for i, c := range columns {
			if values[i] == "" {
				continue
			}
			switch n, err := strconv.ParseFloat(strings.Replace(values[i], ",", ".", 1), 64); {
			case strings.HasPrefix(c.Name, "proof."):
				mention["proof"] = map[string]string{strings.TrimPrefix(c.Name, "proof."): values[i]}
			case err == nil && (c.Name == "rating" || c.Name == "audience"):
				mention[c.Name] = n
			case c.Name == "deleted":
				mention[c.Name] = values[i] == "true" || values[i] == "1"
			default:
				mention[c.Name] = values[i]
			}
		}
		raw, err := json.Marshal(mention)
		if err != nil {
			return err
		}
		return add(line, raw)
	})
	if err == nil && report.LeftOut > 0 {
		err = cx.Errorf(cx.Invalid, "import", "%s: %d lines are no rows of the table; line %d: %s", path, report.LeftOut, report.Faults[0].Line, report.Faults[0].Reason)
	}
	return err
}
