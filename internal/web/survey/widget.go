package survey

import (
	"encoding/json"

	"github.com/vivencia-cx/vivencia/internal/web/dist"
	"github.com/vivencia-cx/vivencia/internal/web/leaf"
)

// maxAbout is how many properties a site may say of what is answered.
const maxAbout = 20

// frame makes the page one that a widget shows on a site that the model names.
func (v *visit) frame() {
	v.Framed, v.Class, v.Loads = true, "frame", dist.URL("frame.js")
	v.Allow(leaf.Policy{Scripts: true, Framed: true, Sites: v.h.Sites()})
}

// visitor reads what a site's script says of its visitor, whom it names as it
// would with a write key; what cannot be read says nothing.
func visitor(said string) (userID, anonymousID string, about map[string]string) {
	var who struct {
		UserID      string         `json:"userId"`
		AnonymousID string         `json:"anonymousId"`
		Properties  map[string]any `json:"properties"`
	}
	if json.Unmarshal([]byte(said), &who) != nil {
		return "", "", nil
	}
	about = map[string]string{}
	for name, value := range who.Properties {
		if len(about) == maxAbout {
			break
		}
		switch value := value.(type) {
		case string:
			about[name] = value
		case float64, bool:
			text, err := json.Marshal(value)
			if err == nil {
				about[name] = string(text)
			}
		}
	}
	return who.UserID, who.AnonymousID, about
}

// loader is the script that other sites load.
func (v *visit) loader() error { return v.Script("widget.js", "public, max-age=3600", "cross-origin") }

// worker is the kiosk's part that answers when the network does not. It governs
// the addresses beside its own.
func (v *visit) worker() error { return v.Script("worker.js", "no-cache", "same-origin") }
