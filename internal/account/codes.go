package account

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base32"
	"net/url"
	"strings"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/hotp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// One-time codes as every app on a phone makes them (RFC 6238): SHA-1, 6
// digits, 30 seconds.
const (
	codeDigits    = otp.DigitsSix
	codeStep      = 30 // seconds
	codeSkew      = 1  // steps that a clock may be wrong by, either way
	recoveryCodes = 10
)

// Enrolment is what a person's app needs to make one-time codes.
type Enrolment struct {
	Secret string // to type
	URL    string // otpauth://, to show as a QR code
}

// BeginSecondFactor makes the secret of a person's one-time codes, or returns
// the one that waits to be confirmed. Only that person may ask.
//
// Errors: Conflict when codes are in force already.
func (s *Service) BeginSecondFactor(ctx context.Context, p cx.Principal, personID int64) (Enrolment, error) {
	const op = "account.BeginSecondFactor"
	if p.ID != personObject(personID) {
		return Enrolment{}, cx.Errorf(cx.Forbidden, op, "everybody sets up their own codes")
	}
	var e Enrolment
	err := s.db.Write(ctx, func(tx *sqldb.Tx) error {
		person, err := readPerson(ctx, tx, personID)
		if err != nil {
			return err
		}
		if person.SecondFactorSince != 0 {
			return cx.Errorf(cx.Conflict, op, "one-time codes are in use already")
		}
		var sealed string
		if err := tx.QueryRow(ctx, `SELECT totp FROM account_people WHERE id = $1`, personID).Scan(&sealed); err != nil {
			return err
		}
		e.Secret, err = s.open(sealed)
		if sealed == "" || err != nil { // none yet, or one of another key
			var b [20]byte
			_, _ = rand.Read(b[:]) // never fails
			e.Secret = base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(b[:])
			if sealed, err = s.seal(e.Secret); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, `UPDATE account_people SET totp = $1 WHERE id = $2`, sealed, personID); err != nil {
				return err
			}
		}
		query := url.Values{"secret": {e.Secret}, "issuer": {"Vivencia"}}
		e.URL = (&url.URL{Scheme: "otpauth", Host: "totp", Path: "/Vivencia:" + person.Email, RawQuery: query.Encode()}).String()
		return nil
	})
	return e, cx.Wrap(op, err)
}

// ConfirmSecondFactor puts a person's one-time codes in force with the first of
// them, and returns ten codes for the day the phone is lost, each good once,
// which are shown this time only. Only that person may ask.
//
// Errors: Unauthorized when the code is wrong; Busy after too many attempts.
func (s *Service) ConfirmSecondFactor(ctx context.Context, p cx.Principal, personID int64, code string, from From) (recovery []string, err error) {
	const op = "account.ConfirmSecondFactor"
	if p.ID != personObject(personID) {
		return nil, cx.Errorf(cx.Forbidden, op, "everybody sets up their own codes")
	}
	if err := s.attempts.take(s.clock.Now(), codeKey(personID), from.Address); err != nil {
		return nil, cx.Wrap(op, err)
	}
	err = s.change(ctx, op, p, personID, "person.codes-on", func(tx *sqldb.Tx) error {
		if err := s.useCode(ctx, tx, personID, code); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_recovery_codes WHERE person_id = $1`, personID); err != nil {
			return err
		}
		for range recoveryCodes {
			text := strings.ToLower(rand.Text()[:16]) // 80 bits
			if _, err := tx.Exec(ctx, `INSERT INTO account_recovery_codes (hash, person_id) VALUES ($1, $2)`, hash(text), personID); err != nil {
				return err
			}
			recovery = append(recovery, text[:4]+"-"+text[4:8]+"-"+text[8:12]+"-"+text[12:])
		}
		_, err := tx.Exec(ctx, `UPDATE account_people SET totp_since = $1 WHERE id = $2`, s.clock.Now(), personID)
		return err
	})
	if err != nil {
		return nil, err
	}
	s.attempts.forgive(codeKey(personID))
	return recovery, nil
}

// RemoveSecondFactor ends a person's one-time codes and all their sessions.
// Administrators do it for who has lost phone and recovery codes; who does it
// for themselves gives a code.
func (s *Service) RemoveSecondFactor(ctx context.Context, p cx.Principal, personID int64, code string, from From) error {
	const op = "account.RemoveSecondFactor"
	if err := checkSelf(p, personID); err != nil {
		return cx.Wrap(op, err)
	}
	self := p.ID == personObject(personID)
	if self {
		if err := s.attempts.take(s.clock.Now(), codeKey(personID), from.Address); err != nil {
			return cx.Wrap(op, err)
		}
	}
	return s.change(ctx, op, p, personID, "person.codes-off", func(tx *sqldb.Tx) error {
		if self {
			if err := s.useCodeOrRecovery(ctx, tx, personID, code); err != nil {
				return err
			}
		}
		if _, err := tx.Exec(ctx, `UPDATE account_people SET totp = '', totp_since = 0, totp_step = 0 WHERE id = $1`, personID); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `DELETE FROM account_recovery_codes WHERE person_id = $1`, personID); err != nil {
			return err
		}
		return s.signOutEverywhere(ctx, tx, personID)
	})
}

// RequireSecondFactor makes a person use one-time codes, or no longer, whatever
// the rules say of their role. Needs ManagePeople.
func (s *Service) RequireSecondFactor(ctx context.Context, p cx.Principal, personID int64, required bool) error {
	const op = "account.RequireSecondFactor"
	if err := Check(p, ManagePeople); err != nil {
		return cx.Wrap(op, err)
	}
	value, action := 0, "person.codes-optional"
	if required {
		value, action = 1, "person.codes-required"
	}
	return s.change(ctx, op, p, personID, action, func(tx *sqldb.Tx) error {
		_, err := tx.Exec(ctx, `UPDATE account_people SET totp_required = $1 WHERE id = $2`, value, personID)
		return err
	})
}

// CompleteSignIn makes a half session whole by a one-time code or a recovery
// code. The session's secret is another one: whoever knew the half knows
// nothing.
//
// Errors: Unauthorized when the half session is over or the code is wrong, also
// one that was used; Busy after too many attempts.
func (s *Service) CompleteSignIn(ctx context.Context, secret, code string, from From) (Session, string, error) {
	const op = "account.CompleteSignIn"
	half, err := s.Half(ctx, secret)
	if err == nil && half.Waits != ForCode {
		err = errNoSession(op)
	}
	if err == nil {
		err = s.attempts.take(s.clock.Now(), codeKey(half.Person.ID), from.Address)
	}
	if err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	var session Session
	var whole string
	err = s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		if err := s.useCodeOrRecovery(ctx, tx, half.Person.ID, code); err != nil {
			return err
		}
		session, whole, err = s.makeWhole(ctx, tx, half, from)
		return err
	})
	if cx.KindOf(err) == cx.Unauthorized && err != nil {
		if recordErr := s.Record(ctx, anonymous(), "sign-in.code-refused", personObject(half.Person.ID)); recordErr != nil {
			err = recordErr
		}
	}
	if err != nil {
		return Session{}, "", cx.Wrap(op, err)
	}
	s.attempts.forgive(codeKey(half.Person.ID))
	return session, whole, nil
}

// SetUpSignIn is ConfirmSecondFactor for who must set up one-time codes before
// coming in: it makes the half session whole.
func (s *Service) SetUpSignIn(ctx context.Context, secret, code string, from From) (session Session, whole string, recovery []string, err error) {
	const op = "account.SetUpSignIn"
	half, err := s.Half(ctx, secret)
	if err == nil && half.Waits != ForSetup {
		err = errNoSession(op)
	}
	if err != nil {
		return Session{}, "", nil, cx.Wrap(op, err)
	}
	if recovery, err = s.ConfirmSecondFactor(ctx, half.Principal(), half.Person.ID, code, from); err != nil {
		return Session{}, "", nil, cx.Wrap(op, err)
	}
	err = s.db.Write(ctx, func(tx *sqldb.Tx) (err error) {
		session, whole, err = s.makeWhole(ctx, tx, half, from)
		return err
	})
	return session, whole, recovery, cx.Wrap(op, err)
}

func (s *Service) makeWhole(ctx context.Context, tx *sqldb.Tx, half Session, from From) (Session, string, error) {
	const op = "account.makeWhole"
	if err := touch(tx.Exec(ctx, `DELETE FROM account_sessions WHERE id = $1 AND waits <> ''`, half.ID))(op, "sign in again"); err != nil {
		return Session{}, "", errNoSession(op)
	}
	person, err := readPerson(ctx, tx, half.Person.ID)
	if err != nil {
		return Session{}, "", err
	}
	return s.insertSession(ctx, tx, person, half.Way, ForNothing, from)
}

var errWrongCode = cx.Errorf(cx.Unauthorized, "account.useCode", "this code is wrong or was used already; wait for the next one")

// useCode accepts a one-time code of now, of the step before or the one after,
// unless it or a later one was accepted before.
func (s *Service) useCode(ctx context.Context, tx *sqldb.Tx, personID int64, code string) error {
	var sealed string
	var last int64
	if err := tx.QueryRow(ctx, `SELECT totp, totp_step FROM account_people WHERE id = $1`, personID).Scan(&sealed, &last); err != nil {
		return err
	}
	if sealed == "" {
		return errWrongCode
	}
	secret, err := s.open(sealed)
	if err != nil {
		return err
	}
	code = plain(code)
	now := s.clock.Now().Std().Unix() / codeStep
	if last > now+codeSkew {
		last = 0 // the clock was set back since: it must not lock anybody out
	}
	for step := now - codeSkew; step <= now+codeSkew; step++ {
		want, err := hotp.GenerateCodeCustom(secret, uint64(step), hotp.ValidateOpts{Digits: codeDigits, Algorithm: otp.AlgorithmSHA1})
		if err != nil {
			return cx.Wrap("account.useCode", err)
		}
		if subtle.ConstantTimeCompare([]byte(want), []byte(code)) == 1 && step > last {
			_, err := tx.Exec(ctx, `UPDATE account_people SET totp_step = $1 WHERE id = $2`, step, personID)
			return err
		}
	}
	return errWrongCode
}

// useCodeOrRecovery accepts a recovery code too, once.
func (s *Service) useCodeOrRecovery(ctx context.Context, tx *sqldb.Tx, personID int64, code string) error {
	if len(plain(code)) == codeDigits.Length() {
		return s.useCode(ctx, tx, personID, code)
	}
	err := touch(tx.Exec(ctx, `DELETE FROM account_recovery_codes WHERE hash = $1 AND person_id = $2`, hash(plain(code)), personID))("account.useRecovery", "used")
	if cx.KindOf(err) == cx.NotFound && err != nil {
		return errWrongCode
	}
	if err != nil {
		return err
	}
	return s.record(ctx, tx, cx.Principal{ID: personObject(personID)}, "person.recovery-code-used", personObject(personID))
}

// plain takes out what people type to read a code better.
func plain(code string) string {
	return strings.ToLower(strings.NewReplacer(" ", "", "-", "", "\u00a0", "").Replace(code))
}
