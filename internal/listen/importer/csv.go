package importer

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
)

// view is one file as the entries of the map see it: its columns, and those
// that are joined.
type view struct {
	path    string
	format  format
	width   int // of the file itself
	joins   []boundJoin
	names   []string // columns, joined ones, _line, _file
	entries []*entry
	cel     bool
}

type boundJoin struct {
	path   string
	format format
	on, to int
	add    []int // the columns of the joined file that the view gains
	table  *table
}

// CSV imports the tables that the map names or, when it names none, the files
// given. With files in the map, a file given stands in for the one of the same
// base name. A wrong map (columns that are not in the header) is an Invalid
// error with every fault before anything is read.
func CSV(ctx context.Context, m *Map, given []string, o Options) (Report, error) {
	report, err := tables(ctx, "import csv", m, given, o)
	return report, cx.Wrap("importer.CSV", err)
}

func tables(ctx context.Context, way string, m *Map, given []string, o Options) (Report, error) {
	if len(m.entries) == 0 {
		return Report{}, cx.Errorf(cx.Invalid, "", "the map has no events, answers or circumstances")
	}
	views, faults, err := m.views(given, o)
	if err == nil {
		err = cx.InvalidFaults("", faults)
	}
	if err != nil {
		return Report{}, err
	}
	source := o.source(m.source, nil)
	if !slug.MatchString(source) {
		return Report{}, badSource(source)
	}
	input := &meter{}
	sized := map[string]bool{}
	for _, v := range views {
		paths := []string{v.path}
		for _, j := range v.joins {
			if !sized[j.key()] {
				sized[j.key()] = true
				paths = append(paths, j.path)
			}
		}
		for _, path := range paths {
			if err = input.size(path); err != nil {
				return Report{}, err
			}
		}
	}
	tables := map[string]*table{}
	r := start(ctx, o, way, source, input)
	l := &line{times: &times{zone: m.zone}, layout: m.layout, decimal: m.decimal}
	for _, v := range views {
		if err = r.view(v, l, tables); err != nil {
			break
		}
	}
	r.report.MovedTimes = l.moved
	return r.finish(err)
}

// key tells tables apart: entries of different files may share one.
func (j *boundJoin) key() string { return j.path + "\x00" + itoa(j.to) }

// views opens the headers of all files and binds every entry to them.
func (m *Map) views(given []string, o Options) ([]*view, []cx.Fault, error) {
	paths, err := m.paths(given, o)
	if err != nil {
		return nil, nil, err
	}
	var views []*view
	var faults []cx.Fault
	seen := map[cx.Fault]bool{}
	for _, f := range m.files {
		var entries []*entry
		for _, e := range m.entries {
			if e.file == f {
				entries = append(entries, e)
			}
		}
		if entries == nil {
			continue
		}
		for _, path := range paths.of(f) {
			v, b, err := m.bindView(f, path, paths)
			if err != nil {
				return nil, nil, err
			}
			for _, e := range entries {
				v.entries = append(v.entries, b.entry(e))
			}
			v.cel = b.cel != nil
			views = append(views, v)
			for _, fault := range b.faults {
				if !seen[fault] {
					seen[fault] = true
					faults = append(faults, fault)
				}
			}
		}
	}
	return views, faults, nil
}

func (m *Map) bindView(f *file, path string, paths *paths) (*view, *binder, error) {
	in, _, names, err := header(path, f.format, &meter{})
	if err != nil {
		return nil, nil, err
	}
	in.Close()
	v := &view{path: path, format: f.format, width: len(names), names: append([]string(nil), names...)}
	b := &binder{file: base(path), zone: m.zone, index: map[string]int{}, single: len(names) == 1}
	for i, name := range names {
		if _, known := b.index[name]; !known {
			b.index[name] = i
		}
	}
	for _, j := range f.joins {
		at := paths.joined(j)
		in, _, theirs, err := header(at, j.format, &meter{})
		if err != nil {
			return nil, nil, err
		}
		in.Close()
		b.names = v.names
		bound := boundJoin{path: at, format: j.format, on: b.column(j.on.at, j.on.name), to: -1}
		for i, name := range theirs {
			if name == j.to.name {
				bound.to = i
			}
			full := j.prefix + name
			if _, known := b.index[full]; !known {
				b.index[full] = len(v.names)
				v.names = append(v.names, full)
				bound.add = append(bound.add, i)
			}
		}
		if bound.to < 0 {
			b.fault(j.to.at, base(at)+" has no column "+quote(j.to.name)+didYouMean(j.to.name, theirs))
		}
		v.joins = append(v.joins, bound)
	}
	for _, name := range []string{"_line", "_file"} {
		b.index[name] = len(v.names)
		v.names = append(v.names, name)
	}
	b.names = v.names
	return v, b, nil
}

// view reads one file with what is joined to it.
func (r *run) view(v *view, l *line, tables map[string]*table) error {
	for i := range v.joins {
		j := &v.joins[i]
		t := tables[j.key()]
		if t == nil {
			r.file = base(j.path)
			var err error
			t, err = loadTable(j.path, j.format, j.to, r.input, func(line int, raw []byte, reason string) error {
				return r.refuse(line, "", raw, reason)
			})
			if err != nil {
				return err
			}
			tables[j.key()] = t
		}
		j.table = t
	}
	in, csv, _, err := header(v.path, v.format, r.input)
	if err != nil {
		return err
	}
	defer in.Close()
	r.file = base(v.path)
	l.columns = make([]string, 0, len(v.names))
	l.vars = expr.Vars{}
	if v.cel {
		l.vars.Row = make(map[string]string, len(v.names))
	}
	for {
		rec, err := csv.next()
		if err == nil && len(rec.fields) != v.width {
			err = &lineError{rec.line, rec.raw, ragged(len(rec.fields), v.width)}
		}
		var bad *lineError
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &bad):
			if err := r.refuse(bad.line, "", bad.raw, bad.reason); err != nil {
				return err
			}
			continue
		case err != nil:
			return fileError(v.path, err)
		}
		v.complete(l, rec, r.file)
		for _, e := range v.entries {
			if err := r.entry(e, l, rec); err != nil {
				return err
			}
		}
	}
}

// complete makes the line of a record: its columns, the joined ones, and where
// it stands.
func (v *view) complete(l *line, rec row, file string) {
	l.columns = append(l.columns[:0], rec.fields...)
	for i := range v.joins {
		j := &v.joins[i]
		found := j.table.find(l.columns[j.on])
		for _, c := range j.add {
			if found == nil {
				l.columns = append(l.columns, "")
			} else {
				l.columns = append(l.columns, found[c])
			}
		}
	}
	l.columns = append(l.columns, itoa(rec.line), file)
	if v.cel {
		for i, name := range v.names {
			l.vars.Row[name] = l.columns[i]
		}
	}
}

// paths finds the files of a map: under the root, beside the map, or as given
// with the command.
type paths struct {
	roots []string
	given []string
	named bool // the map names its files
}

func (m *Map) paths(given []string, o Options) (*paths, error) {
	p := &paths{given: given, named: m.files[0].name != ""}
	root := o.Root
	if root == "" {
		root = m.root
	}
	if root != "" {
		if o.Root == "" && !filepath.IsAbs(root) {
			root = filepath.Join(m.dir, root)
		}
		p.roots = append(p.roots, root)
	}
	p.roots = append(p.roots, m.dir)
	if !p.named {
		if len(given) == 0 {
			return nil, cx.Errorf(cx.Invalid, "importer.CSV", "no file: give the FILE to read, or name it under files: in the map")
		}
		return p, nil
	}
	for _, g := range given {
		known := false
		for _, f := range m.files {
			known = known || base(f.path) == base(g)
			for _, j := range f.joins {
				known = known || base(j.path) == base(g)
			}
		}
		if !known {
			return nil, cx.Errorf(cx.Invalid, "importer.CSV", "the map names no file %s", base(g))
		}
	}
	return p, nil
}

func (p *paths) of(f *file) []string {
	if f.name == "" {
		return p.given
	}
	return []string{p.find(f.path)}
}

// joined returns where a joined file is: also beside the file given.
func (p *paths) joined(j *join) string {
	at := p.find(j.path)
	if !p.named && !exists(at) {
		if beside := filepath.Join(filepath.Dir(p.given[0]), j.path); exists(beside) {
			return beside
		}
	}
	return at
}

// find returns where path is; when it is nowhere, where it should be.
func (p *paths) find(path string) string {
	if p.named {
		for _, g := range p.given {
			if base(g) == base(path) {
				return g
			}
		}
	}
	if filepath.IsAbs(path) {
		return path
	}
	for _, root := range p.roots {
		if at := filepath.Join(root, path); exists(at) {
			return at
		}
	}
	return filepath.Join(p.roots[0], path)
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

func fileError(path string, err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) || cx.KindOf(err) != cx.Internal {
		return err
	}
	return cx.Errorf(cx.Invalid, "importer.Read", "%s: %w", base(path), err)
}

func trimmed(names []string) []string {
	out := make([]string, len(names))
	for i, n := range names {
		out[i] = strings.TrimSpace(n)
	}
	return out
}
