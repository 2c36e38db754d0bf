package model_test

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
	"github.com/vivencia-cx/vivencia/internal/sqldb/sqldbtest"
	"github.com/vivencia-cx/vivencia/internal/stream"
)

var (
	admin  = cx.Principal{ID: "person:1", Role: cx.Admin}
	member = cx.Principal{ID: "person:2", Role: cx.Member}
)

func openLog(t *testing.T) *stream.Log {
	t.Helper()
	log, err := stream.Open(t.Context(), stream.Config{Dir: t.TempDir(), Logger: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	})
	return log
}

func openService(t *testing.T, db *sqldb.DB, log model.Appender) *model.Service {
	t.Helper()
	s, err := model.OpenService(t.Context(), db, log, cxtest.NewClock())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func applied(t *testing.T, log *stream.Log) (versions []model.Version) {
	t.Helper()
	err := log.Read(t.Context(), 0, func(b stream.Batch) error {
		for _, e := range b.Events {
			v, ok, err := model.ModelOf(e)
			if !ok || err != nil {
				t.Errorf("%s: %v", e.Body, err)
			}
			versions = append(versions, v)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return versions
}

func TestApply(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, log := open(t), openLog(t)
		s := openService(t, db, log)
		if v := s.Current(); v.Number != 0 || v.Model == nil || len(v.Model.Touchpoints) != 0 {
			t.Errorf("before any: %+v", v)
		}
		var told []int
		cancel := s.Subscribe(func(v model.Version) { told = append(told, v.Number) })

		first, err := s.Apply(t.Context(), admin, []byte(shop), "the first")
		if err != nil {
			t.Fatal(err)
		}
		if first.Number != 1 || first.Seq != 1 || first.AppliedBy != "person:1" || first.AppliedAt != cxtest.Epoch || first.Note != "the first" {
			t.Errorf("%+v", first)
		}
		again, err := s.Apply(t.Context(), admin, []byte(shop), "")
		if err != nil || again.Number != 1 {
			t.Errorf("the same again: version %d, %v", again.Number, err)
		}
		other := strings.Replace(shop, "name: Shop,", "name: Shops,", 1)
		changes, err := s.Preview(t.Context(), member, []byte(other))
		if want := []model.Change{{Path: "company.name", Kind: model.Changed, Before: "Shop", After: "Shops"}}; err != nil || !cmp.Equal(changes, want) {
			t.Errorf("preview: %v, %v", changes, err)
		}
		if _, err := s.Apply(t.Context(), admin, []byte(other), ""); err != nil {
			t.Fatal(err)
		}
		cancel()
		if _, err := s.Apply(t.Context(), admin, []byte(shop), "back"); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{1, 2}, told); diff != "" {
			t.Error(diff)
		}

		versions, err := s.Versions(t.Context(), member)
		if err != nil || len(versions) != 3 || versions[0].Number != 3 || versions[0].Note != "back" || versions[1].Model.Company.Name != "Shops" {
			t.Errorf("%v, %+v", err, versions)
		}
		records := applied(t, log)
		if len(records) != 3 || records[1].Number != 2 || string(records[1].YAML) != other || records[1].Seq != 2 ||
			records[1].AppliedBy != "person:1" || records[1].Model.Company.Name != "Shops" {
			t.Errorf("%+v", records)
		}
		if v := openService(t, db, log).Current(); v.Number != 3 || v.Seq != 3 || string(v.YAML) != shop {
			t.Errorf("opened again: %+v", v)
		}
		if n := len(applied(t, log)); n != 3 {
			t.Errorf("opening appended: %d records", n)
		}
	})
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		s := openService(t, open(t), openLog(t))
		if _, err := s.Apply(t.Context(), member, []byte(shop), ""); cx.KindOf(err) != cx.Forbidden {
			t.Errorf("a member: %v", err)
		}
		if _, err := s.Apply(t.Context(), admin, []byte("company: x"), ""); cx.KindOf(err) != cx.Invalid || len(cx.FaultsOf(err)) == 0 {
			t.Errorf("a bad model: %v", err)
		}
		for _, err := range []error{
			second(s.Preview(t.Context(), cx.Principal{}, nil)), second(s.Versions(t.Context(), cx.Principal{})),
			second(s.Apply(t.Context(), cx.Principal{}, nil, "")),
		} {
			if cx.KindOf(err) != cx.Unauthorized {
				t.Errorf("nobody: %v", err)
			}
		}
		if v := s.Current(); v.Number != 0 {
			t.Errorf("in force: %+v", v)
		}
	})
}

func second[T any](_ T, err error) error { return err }

// crashing is the log at the moment when the machine dies.
type crashing struct{ model.Appender }

func (crashing) Append(context.Context, []cx.Event) (cx.Seq, error) {
	return 0, cx.Errorf(cx.Unavailable, "stream.Append", "the log does not answer")
}

func TestAVersionThatMissedTheLogIsAppendedAgain(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		db, log := open(t), openLog(t)
		s := openService(t, db, crashing{})
		if _, err := s.Apply(t.Context(), admin, []byte(shop), "unlucky"); cx.KindOf(err) != cx.Unavailable {
			t.Fatal(err)
		}
		if v := s.Current(); v.Number != 0 {
			t.Errorf("in force without a record: %+v", v)
		}
		if _, err := model.OpenService(t.Context(), db, crashing{}, cxtest.NewClock()); cx.KindOf(err) != cx.Unavailable {
			t.Errorf("opened without a log: %v", err)
		}
		if v := openService(t, db, log).Current(); v.Number != 1 || v.Seq != 1 || v.Note != "unlucky" {
			t.Errorf("after the start: %+v", v)
		}
		if got := applied(t, log); len(got) != 1 || got[0].Number != 1 {
			t.Errorf("in the log: %+v", got)
		}
	})
}

// Readers never wait nor see half a version while versions are applied.
func TestCurrentWhileApplying(t *testing.T) {
	t.Parallel()
	sqldbtest.Each(t, func(t *testing.T, open func(t *testing.T) *sqldb.DB) {
		s := openService(t, open(t), openLog(t))
		stop := make(chan struct{})
		var readers, writers sync.WaitGroup
		for range 2 {
			readers.Go(func() {
				for last := 0; ; {
					select {
					case <-stop:
						return
					default:
					}
					v := s.Current()
					if v.Number < last || (v.Number > 0 && v.Model.Company.Name != "Shop "+v.Note) {
						t.Errorf("version %d after %d, %q", v.Number, last, v.Note)
						return
					}
					last = v.Number
					v.Model.Classify(model.Fact{Kind: cx.Track, Name: "Paid", At: cx.TimeOf(time.Unix(0, 0)), Properties: []byte(`{"wait_min":3}`)})
				}
			})
		}
		for _, note := range []string{"a", "b", "c", "d"} {
			writers.Go(func() {
				if _, err := s.Apply(t.Context(), admin, []byte(strings.Replace(shop, "name: Shop,", "name: Shop "+note+",", 1)), note); err != nil {
					t.Error(err)
				}
			})
		}
		writers.Wait()
		close(stop)
		readers.Wait()
		if v := s.Current(); v.Number != 4 || v.Seq != 4 {
			t.Errorf("%+v", v)
		}
	})
}
