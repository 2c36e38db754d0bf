package deliver

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// aead encrypts what state.db keeps secret, under a key of its own that derives
// from the instance's.
func (s *Service) aead() (cipher.AEAD, error) {
	key, err := hkdf.Key(sha256.New, s.c.Key, nil, "deliver secrets", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// seal encrypts a text that belongs to a row: it opens for no other.
func (s *Service) seal(row, text string) (string, error) {
	if text == "" {
		return "", nil
	}
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	return base64.RawStdEncoding.EncodeToString(aead.Seal(nil, nil, []byte(text), []byte(row))), nil
}

// unseal decrypts what seal made; "" gives "".
func (s *Service) unseal(row, sealed string) (string, error) {
	if sealed == "" {
		return "", nil
	}
	aead, err := s.aead()
	if err != nil {
		return "", err
	}
	b, err := base64.RawStdEncoding.DecodeString(sealed)
	if err == nil {
		b, err = aead.Open(nil, nil, b, []byte(row))
	}
	if err != nil {
		return "", cx.Errorf(cx.Unavailable, "deliver.unseal", "the key file is not the one that this was encrypted with: make the secret anew: %w", err)
	}
	return string(b), nil
}
