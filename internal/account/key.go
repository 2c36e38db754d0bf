package account

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

const keySize = 32

// KeyFile returns the key that lies in a file of its own, readable to its owner
// only; it makes the file when there is none. Whoever has the database alone
// (a backup of it, a dump) cannot read what is encrypted with the key.
func KeyFile(path string) ([]byte, error) {
	const op = "account.KeyFile"
	text, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		key := make([]byte, keySize)
		_, _ = rand.Read(key) // never fails
		return key, cx.Wrap(op, writeNew(path, hex.EncodeToString(key)+"\n"))
	}
	if err != nil {
		return nil, cx.Wrap(op, err)
	}
	key, err := hex.DecodeString(strings.TrimSpace(string(text)))
	if err != nil || len(key) != keySize {
		return nil, cx.Errorf(cx.Invalid, op, "%s is not a key: bring it back from a backup, or move it away and let everybody set up their one-time codes again", path)
	}
	return key, nil
}

// writeNew writes a file that was not there, durably.
func writeNew(path, text string) error {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = f.WriteString(text)
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return errors.Join(err, os.Remove(path))
	}
	dir, err := os.Open(filepath.Dir(path))
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

// aead is AES-256-GCM with the key.
func (s *Service) aead() (cipher.AEAD, error) {
	if len(s.key) != keySize {
		return nil, cx.Errorf(cx.Unavailable, "account.aead", "one-time codes need the instance's key file; ask who operates Vivencia")
	}
	block, err := aes.NewCipher(s.key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal encrypts a text for the database.
func (s *Service) seal(text string) (string, error) {
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nil, nil, []byte(text), nil)), nil
}

// open decrypts what seal made; "" gives "".
func (s *Service) open(sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err == nil {
		b, err = aead.Open(nil, nil, b, nil)
	}
	if err != nil {
		return "", cx.Errorf(cx.Unavailable, "account.open", "the key file is not the one that this was encrypted with; ask an administrator to reset the one-time codes: %w", err)
	}
	return string(b), nil
}
