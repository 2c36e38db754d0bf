package account

import (
	"context"
	"database/sql"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// demoSecret is the write key and the API token of the demo, worth something
// only in demo mode.
const demoSecret = "demo"

// Source is a way in: who sends events, and the write key it sends them with.
// Write keys are public by nature (they ship in web pages) and can only write.
type Source struct {
	Slug, Name, Key      string
	CreatedAt, RevokedAt cx.Time
}

// CreateSource makes a source whose slug derives from its name. The key, when
// empty, is made; one's own (to keep what is installed already working) is up
// to 100 letters, digits, '-' and '_'. Needs ManageSources.
//
// Errors: Invalid; Conflict when the slug or the key is taken.
func (s *Service) CreateSource(ctx context.Context, p cx.Principal, name, key string) (Source, error) {
	const op = "account.CreateSource"
	if err := Check(p, ManageSources); err != nil {
		return Source{}, cx.Wrap(op, err)
	}
	var f faults
	source := Source{Slug: slugOf(name), Name: f.text("name", name, 100), Key: key, CreatedAt: s.clock.Now()}
	if key == "" {
		source.Key = newSecret()
	} else if len(key) > 100 || strings.ContainsFunc(key, notOfKey) || key == demoSecret && !s.demo.Load() {
		f.add("key", "use up to 100 letters, digits, '-' and '_' (but not \"demo\")")
	}
	if source.Name != "" && (source.Slug == "" || source.Slug == "vivencia") {
		f.add("name", "choose a name with letters or digits other than vivencia")
	}
	if err := f.err(op); err != nil {
		return Source{}, err
	}
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `INSERT INTO account_sources (slug, name, key, created_at, revoked_at) VALUES ($1, $2, $3, $4, 0)`,
			source.Slug, source.Name, source.Key, source.CreatedAt)
		if sqldb.IsDuplicate(err) {
			return cx.Errorf(cx.Conflict, op, "there is a source %q already, or another that uses this key; choose another name", source.Slug)
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, "source.created", "source:"+source.Slug)
	})
	if err != nil {
		return Source{}, cx.Wrap(op, err)
	}
	return source, cx.Wrap(op, s.loadSources(ctx))
}

// Sources lists the sources by name, revoked ones too. Needs ViewSources.
func (s *Service) Sources(ctx context.Context, p cx.Principal) ([]Source, error) {
	const op = "account.Sources"
	if err := Check(p, ViewSources); err != nil {
		return nil, cx.Wrap(op, err)
	}
	all, err := s.readSources(ctx)
	return all, cx.Wrap(op, err)
}

// RevokeSource makes the source's key worthless at once; its events stay. Needs
// ManageSources.
func (s *Service) RevokeSource(ctx context.Context, p cx.Principal, slug string) error {
	const op = "account.RevokeSource"
	if err := Check(p, ManageSources); err != nil {
		return cx.Wrap(op, err)
	}
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		err := touch(tx.Exec(ctx, `UPDATE account_sources SET revoked_at = $1 WHERE slug = $2 AND revoked_at = 0`, s.clock.Now(), slug))(
			op, "there is no source %q in use", slug)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, "source.revoked", "source:"+slug)
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.loadSources(ctx))
}

// SourceByKey returns the source of a write key, from memory. Unauthorized when
// there is none.
func (s *Service) SourceByKey(_ context.Context, key string) (Source, error) {
	source, ok := (*s.sources.Load())[key]
	if !ok || key == demoSecret && !s.demo.Load() {
		return Source{}, cx.Errorf(cx.Unauthorized, "account.SourceByKey", "this write key is unknown or was revoked; see Ajustes, or vivencia source list")
	}
	return source, nil
}

func (s *Service) loadSources(ctx context.Context) error {
	all, err := s.readSources(ctx)
	if err != nil {
		return err
	}
	byKey := make(map[string]Source, len(all))
	for _, source := range all {
		if source.RevokedAt == 0 {
			byKey[source.Key] = source
		}
	}
	s.sources.Store(&byKey)
	return nil
}

func (s *Service) readSources(ctx context.Context) (all []Source, err error) {
	err = s.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT slug, name, key, created_at, revoked_at FROM account_sources ORDER BY name, slug`)
		if err != nil {
			return err
		}
		all, err = sqldb.Collect(rows, func(rows *sql.Rows) (c Source, err error) {
			err = rows.Scan(&c.Slug, &c.Name, &c.Key, &c.CreatedAt, &c.RevokedAt)
			return c, err
		})
		return err
	})
	return all, err
}

func notOfKey(r rune) bool {
	return (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z') && r != '-' && r != '_'
}

// slugOf writes a name in small letters and digits without accents, other
// characters as single dashes: "Tienda en línea" gives "tienda-en-linea".
func slugOf(name string) string {
	var b strings.Builder
	for _, r := range norm.NFKD.String(strings.ToLower(name)) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case unicode.Is(unicode.Mn, r):
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-"):
			b.WriteByte('-')
		}
	}
	return strings.TrimSuffix(b.String(), "-")
}
