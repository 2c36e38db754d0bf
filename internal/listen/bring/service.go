package bring

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Config is what New needs.
type Config struct {
	Dir    string        // the folder of the files while they wait; made anew
	Sink   importer.Sink // where what is imported goes: importer.Local
	Model  func() *model.Model
	Shown  func(ctx context.Context, seq cx.Seq) error // waits until every view shows seq
	Clock  cx.Clock
	Logger *slog.Logger
}

const (
	// MaxFile is the largest file taken by hand; for larger ones there is the command.
	MaxFile  = 200 << 20
	maxFiles = 20 // that wait, of everybody
	patience = time.Hour
	looked   = 20_000 // rows that a guess is made of
	readers  = 2      // files looked into at once: a workbook unpacks to many times its size
)

// State says where a file is on its way.
type State string

// The states.
const (
	Waiting   State = "waiting"   // for a person's word
	Importing State = "importing" // rows come in
	Showing   State = "showing"   // they are in the log; the views catch up
	Done      State = "done"
	Cancelled State = "cancelled" // what came in before it stays
	Failed    State = "failed"
)

// File is one that somebody brought, as it stands now.
type File struct {
	ID       string
	Name     string
	Size     int64
	Proposal Proposal
	State    State
	Progress importer.Progress
	Report   importer.Report // complete once Done, Cancelled or Failed
	Finding  *Finding        // once Done; nil when nothing came in
	Err      error           // once Failed
	Took     time.Duration   // from the word to import until every page shows it
}

// Over tells whether nothing more happens to the file.
func (f File) Over() bool { return f.State == Done || f.State == Cancelled || f.State == Failed }

// kept is a file and what only the service knows of it.
type kept struct {
	File
	owner  string
	path   string
	came   cx.Time
	cancel context.CancelFunc // of the import; nil before
}

// Service keeps the files that people bring until they are imported. It is safe
// for concurrent use.
type Service struct {
	c    Config
	ctx  context.Context
	stop context.CancelFunc
	work sync.WaitGroup

	reading chan struct{} // one for each file that is looked into

	mu     sync.Mutex
	files  map[string]*kept
	coming int // files on their way, which take their place among maxFiles
	closed bool
}

// New empties the folder and returns the service.
func New(c Config) (*Service, error) {
	const op = "bring.New"
	if err := os.RemoveAll(c.Dir); err != nil {
		return nil, cx.Wrap(op, err)
	}
	if err := os.MkdirAll(c.Dir, 0o700); err != nil {
		return nil, cx.Wrap(op, err)
	}
	s := &Service{c: c, files: map[string]*kept{}, reading: make(chan struct{}, readers)}
	s.ctx, s.stop = context.WithCancel(context.Background())
	s.work.Go(s.tidy)
	return s, nil
}

// Close cancels the imports that run, waits for them and removes the files.
func (s *Service) Close() error {
	s.mu.Lock()
	s.closed = true
	s.mu.Unlock()
	s.stop()
	s.work.Wait()
	return cx.Wrap("bring.Close", os.RemoveAll(s.c.Dir))
}

// tidy removes the files whose hour has passed.
func (s *Service) tidy() {
	tick := time.NewTicker(time.Minute)
	defer tick.Stop()
	for {
		select {
		case <-s.ctx.Done():
			return
		case <-tick.C:
			s.sweep()
		}
	}
}

func (s *Service) sweep() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, k := range s.files {
		if s.c.Clock.Now().Sub(k.came) > patience && (k.cancel == nil || k.Over()) {
			s.drop(k)
		}
	}
}

// drop forgets a file; s.mu is held.
func (s *Service) drop(k *kept) {
	delete(s.files, k.ID)
	if err := os.RemoveAll(filepath.Dir(k.path)); err != nil {
		s.c.Logger.Error("a file that was brought could not be removed", slog.String("file", k.ID), slog.Any("error", err))
	}
}

// Take keeps what r holds, a file of that name, and guesses what it is. The
// error is TooLarge past MaxFile, Invalid for what is no table, Busy when too
// many files wait.
func (s *Service) Take(ctx context.Context, p cx.Principal, name string, r io.Reader) (_ File, err error) {
	const op = "bring.Take"
	if err := account.Check(p, account.Import); err != nil {
		return File{}, err
	}
	s.sweep()
	if err := s.room(); err != nil {
		return File{}, err
	}
	defer func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.coming--
	}()
	k := &kept{File: File{ID: strings.ToLower(rand.Text()[:16]), Name: nameOf(name), State: Waiting}, owner: p.ID, came: s.c.Clock.Now()}
	k.path = filepath.Join(s.c.Dir, k.ID, k.Name)
	if err := os.Mkdir(filepath.Dir(k.path), 0o700); err != nil {
		return File{}, cx.Wrap(op, err)
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.RemoveAll(filepath.Dir(k.path)))
		}
	}()
	if k.Size, err = write(k.path, r); err != nil {
		return File{}, cx.Wrap(op, err)
	}
	if k.Proposal, err = s.guess(ctx, k.path, k.Name, ""); err != nil {
		return File{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return File{}, errStopping
	}
	s.files[k.ID] = k
	return k.File, nil
}

var errStopping = cx.Errorf(cx.Unavailable, "bring", "the server is about to stop: bring the file again in a moment")

// room keeps a place for a file before a byte of it is written.
func (s *Service) room() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.files)+s.coming >= maxFiles {
		return cx.Errorf(cx.Busy, "bring.Take", "too many files wait to be imported: import or discard one of them first")
	}
	s.coming++
	return nil
}

// look waits until a file may be looked into; call release afterwards.
func (s *Service) look(ctx context.Context) (release func(), err error) {
	select {
	case s.reading <- struct{}{}:
		return func() { <-s.reading }, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func write(path string, r io.Reader) (n int64, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	n, err = io.Copy(f, io.LimitReader(r, MaxFile+1))
	if err == nil && n > MaxFile {
		err = cx.Errorf(cx.TooLarge, "", "the file is larger than %d MB: import it with the command vivencia import csv", MaxFile>>20)
	}
	return n, err
}

// nameOf makes of what a browser calls a file a name for one of ours.
func nameOf(name string) string {
	name = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == utf8.RuneError || strings.ContainsRune(`/\:*?"<>|`, r) {
			return '-'
		}
		return r
	}, name[strings.LastIndexAny(name, `/\`)+1:])
	for len(name) > 120 {
		_, size := utf8.DecodeRuneInString(name)
		name = name[size:]
	}
	if name = strings.Trim(name, ". "); name == "" {
		return "archivo"
	}
	return name
}

func (s *Service) guess(ctx context.Context, path, name, sheet string) (Proposal, error) {
	release, err := s.look(ctx)
	if err != nil {
		return Proposal{}, cx.Wrap("bring.guess", err)
	}
	defer release()
	head, err := importer.ReadHead(path, sheet, looked)
	if err != nil {
		return Proposal{}, cx.Wrap("bring.guess", err)
	}
	if len(head.Rows) == 0 {
		return Proposal{}, cx.Errorf(cx.Invalid, "bring.guess", "there is a header and no row below it: bring a file with rows")
	}
	return Guess(name, head, VocabularyOf(s.c.Model())), nil
}

// own returns a person's file; s.mu is held.
func (s *Service) own(p cx.Principal, id string) (*kept, error) {
	if err := account.Check(p, account.Import); err != nil {
		return nil, err
	}
	k := s.files[id]
	if k == nil || k.owner != p.ID {
		return nil, cx.Errorf(cx.NotFound, "bring.File", "the file is no longer here: bring it again; what came in already is not taken twice")
	}
	return k, nil
}

// File returns a file that p brought.
func (s *Service) File(_ context.Context, p cx.Principal, id string) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.own(p, id)
	if err != nil {
		return File{}, err
	}
	return k.File, nil
}

// Correct keeps what a person chose.
func (s *Service) Correct(_ context.Context, p cx.Principal, id string, ch Choice) (File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.waiting(p, id)
	if err != nil {
		return File{}, err
	}
	k.Proposal = k.Proposal.Correct(ch)
	return k.File, nil
}

func (s *Service) waiting(p cx.Principal, id string) (*kept, error) {
	k, err := s.own(p, id)
	if err == nil && k.State != Waiting {
		return nil, cx.Errorf(cx.Conflict, "bring.File", "the file is being imported already")
	}
	return k, err
}

// Sheet reads another sheet of a workbook and guesses anew.
func (s *Service) Sheet(ctx context.Context, p cx.Principal, id, sheet string) (File, error) {
	s.mu.Lock()
	k, err := s.waiting(p, id)
	if err != nil {
		s.mu.Unlock()
		return File{}, err
	}
	path, name := k.path, k.Name
	s.mu.Unlock() // others need not wait while it is read
	proposal, err := s.guess(ctx, path, name, sheet)
	if err != nil {
		return File{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if k, err = s.waiting(p, id); err != nil { // it went, or began, meanwhile
		return File{}, err
	}
	k.Proposal = proposal
	return k.File, nil
}

// Check looks at what the rows will become; nothing is kept. The error is
// Invalid while the proposal has Problems.
func (s *Service) Check(ctx context.Context, p cx.Principal, id string) (File, Check, error) {
	s.mu.Lock()
	k, err := s.waiting(p, id)
	if err != nil {
		s.mu.Unlock()
		return File{}, Check{}, err
	}
	f, path := k.File, k.path
	s.mu.Unlock()
	release, err := s.look(ctx)
	if err != nil {
		return f, Check{}, cx.Wrap("bring.Check", err)
	}
	defer release()
	found, err := check(ctx, f.Proposal, path, s.c.Clock)
	if err != nil {
		return f, Check{}, cx.Wrap("bring.Check", err)
	}
	return f, *found, nil
}

// Start imports the file; File tells how far it is.
func (s *Service) Start(_ context.Context, p cx.Principal, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.waiting(p, id)
	if err != nil {
		return err
	}
	if _, err := k.Proposal.Map(); err != nil {
		return err
	}
	if s.closed {
		return errStopping
	}
	ctx, cancel := context.WithCancel(s.ctx)
	k.State, k.cancel = Importing, cancel
	s.work.Go(func() { s.run(ctx, k) })
	return nil
}

// Cancel stops an import, or lets go of a file that waits. What came in stays.
func (s *Service) Cancel(_ context.Context, p cx.Principal, id string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	k, err := s.own(p, id)
	if err != nil {
		return err
	}
	if k.cancel != nil && !k.Over() {
		k.cancel()
		return nil
	}
	s.drop(k)
	return nil
}

// run imports a file and ends its stay on the disk.
func (s *Service) run(ctx context.Context, k *kept) {
	began := s.c.Clock.Now()
	s.mu.Lock()
	proposal := k.Proposal
	s.mu.Unlock()
	set := func(change func(*File)) {
		s.mu.Lock()
		defer s.mu.Unlock()
		change(&k.File)
	}
	w := newWatcher(s.c.Sink, proposal)
	report, err := read(ctx, proposal, k.path, importer.Options{
		Sink: w, Clock: s.c.Clock, Progress: func(p importer.Progress) { set(func(f *File) { f.Progress = p }) },
	})
	if err == nil {
		set(func(f *File) { f.State, f.Report = Showing, report })
		err = s.c.Shown(ctx, report.LastSeq)
	}
	finding := w.finding()
	removed := os.RemoveAll(filepath.Dir(k.path))
	if removed != nil {
		s.c.Logger.Error("a file that was brought could not be removed", slog.String("file", k.ID), slog.Any("error", removed))
	}
	set(func(f *File) {
		f.Report, f.Took = report, s.c.Clock.Now().Sub(began)
		switch {
		case err == nil:
			f.State, f.Finding = Done, finding
		case ctx.Err() != nil:
			f.State = Cancelled
		default:
			f.State, f.Err = Failed, err
		}
		k.came = s.c.Clock.Now()
	})
}
