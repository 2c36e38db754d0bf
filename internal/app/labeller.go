package app

import (
	"os"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/text/remote"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Labeller is a language model elsewhere that may read what ours does not
// understand. Without an address none is asked.
type Labeller struct {
	URL, Model string
	Secret     string
	SecretFile string
	Use        string // label, name, or both with a comma
	PerDay     int
}

const (
	mayLabel = "label"
	mayName  = "name"
)

func (c *Labeller) settings() []Setting {
	return []Setting{
		text("labeller-url", "the `URL` of a language model that speaks OpenAI's chat completions, before /chat/completions; empty: none is asked. What it is sent is masked", &c.URL),
		text("labeller-model", "the `name` of the model there", &c.Model),
		text("labeller-secret", "the `key` it is asked with; empty: none", &c.Secret),
		text("labeller-secret-file", "a `file` that holds that key", &c.SecretFile),
		text("labeller-use", "what it may do: label (say the topic of texts of which ours knows none), name (name topics that are proposed), or label,name", &c.Use),
		count("labeller-per-day", "questions a day at most", &c.PerDay),
	}
}

// uses are what the labeller may do.
func (c Labeller) uses() []string {
	all := strings.Split(c.Use, ",")
	for i := range all {
		all[i] = strings.TrimSpace(all[i])
	}
	return all
}

// validate reports what is wrong, by setting.
func (c Labeller) validate(fault func(field, format string, args ...any)) {
	if c.URL == "" {
		return
	}
	_, err := remote.New(remote.Config{URL: c.URL, Model: c.Model})
	for _, f := range cx.FaultsOf(err) {
		fault("labeller-"+f.Field, "%s", f.Message)
	}
	if c.Secret != "" && c.SecretFile != "" {
		fault("labeller-secret", "give it, or name its file in labeller-secret-file, not both")
	}
	for _, use := range c.uses() {
		if use != mayLabel && use != mayName {
			fault("labeller-use", "%q is neither label nor name", use)
		}
	}
	if c.PerDay < 1 {
		fault("labeller-per-day", "at least 1 is needed")
	}
}

// elsewhere returns what voice may ask; nil without an address.
func (c Labeller) elsewhere() (*voice.Elsewhere, error) {
	if c.URL == "" {
		return nil, nil
	}
	key := c.Secret
	if c.SecretFile != "" {
		secret, err := os.ReadFile(c.SecretFile)
		if err != nil {
			return nil, cx.Errorf(cx.Invalid, "app.labeller", "the file of labeller-secret-file cannot be read: %w", err)
		}
		key = strings.TrimSpace(string(secret))
	}
	l, err := remote.New(remote.Config{URL: c.URL, Model: c.Model, Key: key})
	if err != nil {
		return nil, err
	}
	return &voice.Elsewhere{
		Labeller: l, Model: c.Model, Label: slices.Contains(c.uses(), mayLabel), Name: slices.Contains(c.uses(), mayName), PerDay: c.PerDay,
	}, nil
}
