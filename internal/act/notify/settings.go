package notify

import (
	"slices"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// Way is how somebody is told beside the screen, which shows every notice.
type Way string

// The ways.
const (
	Mail Way = "mail"
	Push Way = "push" // in the browsers that the person let us
	Hook Way = "hook" // to the webhook of the settings
)

// Ways lists the ways.
func Ways() []Way { return []Way{Mail, Push, Hook} }

// Settings are how a person wants to be told.
type Settings struct {
	Ways   map[Kind][]Way `json:"ways"`
	Quiet  model.Hours    `json:"quiet"`  // in company time: nothing but what is urgent leaves the screen; zero: never quiet
	Digest int            `json:"digest"` // the hour of the morning's digest, in company time; −1: none
	Hook   string         `json:"hook"`   // slug of one of the model's webhooks; "" for none
}

// usual are the settings of who has not chosen.
func usual() Settings {
	return Settings{
		Ways:  map[Kind][]Way{Promise: {Mail, Push}, Voice: {Mail, Push}, Case: {Mail, Push}, Rule: {Push}, Digest: {Mail}, System: {Mail}},
		Quiet: model.Hours{From: 21 * 60, To: 8 * 60}, Digest: 8,
	}
}

func (s Settings) validate(webhooks []string) []cx.Fault {
	var faults []cx.Fault
	fault := func(field, message string) { faults = append(faults, cx.Fault{Field: field, Message: message}) }
	for k, ways := range s.Ways {
		if !k.valid() {
			fault("ways", "there is no such kind of notice")
		}
		for _, w := range ways {
			if !slices.Contains(Ways(), w) {
				fault("ways", "the ways are mail, push and hook")
			}
		}
	}
	if s.Digest < -1 || s.Digest > 23 {
		fault("digest", "is an hour from 0 to 23, or −1 for none")
	}
	if min(s.Quiet.From, s.Quiet.To) < 0 || max(s.Quiet.From, s.Quiet.To) > 24*60 {
		fault("quiet", "is between 00:00 and 24:00")
	}
	if s.Hook != "" && !slices.Contains(webhooks, s.Hook) {
		fault("hook", "name one of the model's webhooks")
	}
	return faults
}
