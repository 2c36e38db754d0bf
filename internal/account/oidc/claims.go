package oidc

import (
	"bytes"
	"strings"
)

// claims are the standard claims that we read.
type claims struct {
	Email           string  `json:"email"`
	Verified        boolean `json:"email_verified"`
	Name            string  `json:"name"`
	GivenName       string  `json:"given_name"`
	FamilyName      string  `json:"family_name"`
	AuthorizedParty string  `json:"azp"`
}

// boolean is true, also as the word that some providers send.
type boolean bool

func (b *boolean) UnmarshalJSON(text []byte) error {
	*b = boolean(bytes.Equal(bytes.Trim(text, `"`), []byte("true")))
	return nil
}

// texts returns a claim's texts: a list's, or one with spaces or commas between.
func texts(claim any) (all []string) {
	switch v := claim.(type) {
	case string:
		return strings.FieldsFunc(v, func(r rune) bool { return r == ',' || r == ' ' })
	case []any:
		for _, item := range v {
			if s, ok := item.(string); ok {
				all = append(all, s)
			}
		}
	}
	return all
}
