package survey

import (
	"encoding/json"

	"github.com/vivencia-cx/vivencia/internal/web/dist"
)

// maxAbout is how many properties a site may say of what is answered.
const maxAbout = 20

// frame makes the page one that a widget shows on a site that the model names.
func (v *visit) frame() {
	v.view.Framed, v.view.Class, v.view.Script = true, "frame", dist.URL("frame.js")
	v.headers(policy{scripts: true, framed: true, sites: v.h.Sites()})
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
func (v *visit) loader() error { return v.script("widget.js", "public, max-age=3600", "cross-origin") }

// worker is the kiosk's part that answers when the network does not. It governs
// the addresses beside its own.
func (v *visit) worker() error { return v.script("worker.js", "no-cache", "same-origin") }

func (v *visit) script(name, cache, resource string) error {
	h := v.w.Header()
	h.Set("Content-Security-Policy", "default-src 'none'; connect-src 'self'; frame-ancestors 'none'")
	h.Set("Content-Type", "text/javascript; charset=utf-8")
	h.Set("Cache-Control", cache)
	h.Set("Cross-Origin-Resource-Policy", resource)
	_, _ = v.w.Write(dist.Content(name)) // who asked may have left
	return nil
}
