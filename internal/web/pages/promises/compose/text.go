package compose

import (
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/model"
)

func languages() []string { return []string{"es", "en", "pt"} }

// Lang is the language of a reader ("es-419") that texts of the model have.
func Lang(lang string) string {
	base, _, _ := strings.Cut(lang, "-")
	return base
}

func othersFaulty(key, own string, fault func(string) string) bool {
	return slices.ContainsFunc(languages(), func(lang string) bool { return lang != own && fault(key+"."+lang) != "" })
}

// TextOf reads what Texts asks.
func TextOf(key string, get func(name string) string) model.Text {
	return model.Text{ES: get(key + ".es"), EN: get(key + ".en"), PT: get(key + ".pt")}
}
