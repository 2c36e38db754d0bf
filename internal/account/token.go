package account

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Token lets a program ask the API with a role of its own. Its secret is shown
// once, when it is made.
type Token struct {
	ID                               int64
	Name                             string
	Role                             cx.Role
	Areas                            []string // nil means all
	CreatedAt, LastUsedAt, RevokedAt cx.Time  // LastUsedAt to the minute
}

// keptToken is a token in use, held in memory.
type keptToken struct {
	id        int64
	principal cx.Principal
	usedAt    atomic.Int64 // the LastUsedAt that is stored
}

const (
	minTokenSecret = 20 // characters of a secret brought along
	noteUseEvery   = time.Minute
)

// CreateToken makes a token and returns its secret, which is not kept. A
// secret brought along is at least 20 letters, digits, '-' and '_'. Needs
// ManageTokens.
func (s *Service) CreateToken(ctx context.Context, p cx.Principal, name string, role cx.Role, areas []string, secret string) (Token, string, error) {
	const op = "account.CreateToken"
	if err := Check(p, ManageTokens); err != nil {
		return Token{}, "", cx.Wrap(op, err)
	}
	var f faults
	token := Token{Name: f.text("name", name, 100), Role: role, Areas: areas, CreatedAt: s.clock.Now()}
	f.role("role", role)
	f.areas("areas", areas)
	switch {
	case secret == "":
		secret = newSecret()
	case secret == demoSecret && s.demo.Load():
	case len(secret) < minTokenSecret || len(secret) > 200 || strings.ContainsFunc(secret, notOfKey):
		f.add("secret", "use %d to 200 letters, digits, '-' and '_', drawn at random", minTokenSecret)
	}
	if err := f.err(op); err != nil {
		return Token{}, "", err
	}
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		if err := tx.QueryRow(ctx, `SELECT COALESCE(MAX(id), 0) + 1 FROM account_tokens`).Scan(&token.ID); err != nil {
			return err
		}
		_, err := tx.Exec(ctx, `INSERT INTO account_tokens (id, name, hash, role, areas, created_at, last_used_at, revoked_at)
			VALUES ($1, $2, $3, $4, $5, $6, 0, 0)`, token.ID, token.Name, hash(secret), string(role), joinAreas(areas), token.CreatedAt)
		if sqldb.IsDuplicate(err) {
			return cx.Errorf(cx.Conflict, op, "another token has this secret; choose another")
		}
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, "token.created", tokenObject(token.ID))
	})
	if err != nil {
		return Token{}, "", cx.Wrap(op, err)
	}
	return token, secret, cx.Wrap(op, s.loadTokens(ctx))
}

// Tokens lists the tokens, newest first, revoked ones too. Needs ManageTokens.
func (s *Service) Tokens(ctx context.Context, p cx.Principal) ([]Token, error) {
	const op = "account.Tokens"
	if err := Check(p, ManageTokens); err != nil {
		return nil, cx.Wrap(op, err)
	}
	var all []Token
	err := s.readTokens(ctx, func(t Token, _ string) { all = append(all, t) })
	return all, cx.Wrap(op, err)
}

// RevokeToken makes the token worthless at once. Needs ManageTokens.
func (s *Service) RevokeToken(ctx context.Context, p cx.Principal, id int64) error {
	const op = "account.RevokeToken"
	if err := Check(p, ManageTokens); err != nil {
		return cx.Wrap(op, err)
	}
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		err := touch(tx.Exec(ctx, `UPDATE account_tokens SET revoked_at = $1 WHERE id = $2 AND revoked_at = 0`, s.clock.Now(), id))(
			op, "there is no token %d in use", id)
		if err != nil {
			return err
		}
		return s.record(ctx, tx, p, "token.revoked", tokenObject(id))
	})
	if err != nil {
		return cx.Wrap(op, err)
	}
	return cx.Wrap(op, s.loadTokens(ctx))
}

// PrincipalByToken returns who asks with the secret, from memory. Unauthorized
// when nobody does.
func (s *Service) PrincipalByToken(ctx context.Context, secret string) (cx.Principal, error) {
	kept, ok := (*s.tokens.Load())[hash(secret)]
	if !ok || secret == demoSecret && !s.demo.Load() {
		return cx.Principal{}, cx.Errorf(cx.Unauthorized, "account.PrincipalByToken", "this API token is unknown or was revoked; see Ajustes, or vivencia token create")
	}
	before, now := kept.usedAt.Load(), s.clock.Now()
	if now.Sub(cx.Time(before)).Abs() >= noteUseEvery && kept.usedAt.CompareAndSwap(before, int64(now)) {
		err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
			_, err := tx.Exec(ctx, `UPDATE account_tokens SET last_used_at = $1 WHERE id = $2`, now, kept.id)
			return err
		})
		if err != nil { // who asks must not wait for a note about them
			kept.usedAt.CompareAndSwap(int64(now), before)
		}
	}
	return kept.principal, nil
}

func (s *Service) loadTokens(ctx context.Context) error {
	byHash := map[string]*keptToken{}
	err := s.readTokens(ctx, func(t Token, hash string) {
		if t.RevokedAt != 0 {
			return
		}
		kept := &keptToken{id: t.ID, principal: cx.Principal{ID: tokenObject(t.ID), Name: t.Name, Role: t.Role, Areas: t.Areas}}
		kept.usedAt.Store(int64(t.LastUsedAt))
		byHash[hash] = kept
	})
	if err == nil {
		s.tokens.Store(&byHash)
	}
	return err
}

func (s *Service) readTokens(ctx context.Context, each func(t Token, hash string)) error {
	return s.db.Read(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.Query(ctx, `SELECT id, name, role, areas, created_at, last_used_at, revoked_at, hash FROM account_tokens ORDER BY id DESC`)
		if err != nil {
			return err
		}
		_, err = sqldb.Collect(rows, func(rows *sql.Rows) (struct{}, error) {
			var t Token
			var areas, hash string
			err := rows.Scan(&t.ID, &t.Name, &t.Role, &areas, &t.CreatedAt, &t.LastUsedAt, &t.RevokedAt, &hash)
			t.Areas = splitAreas(areas)
			each(t, hash)
			return struct{}{}, err
		})
		return err
	})
}

func tokenObject(id int64) string { return "token:" + strconv.FormatInt(id, 10) }
