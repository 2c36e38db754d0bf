package collect

import (
	"net/http"

	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

// serveSettings answers Segment's browser client, which asks for its settings
// before anything else (analytics-next, src/browser/settings.ts): where to
// send, that there are no other destinations, and to keep its own metrics to
// itself. cdnURL in its options is our own origin.
func (h *handler) serveSettings(w http.ResponseWriter, hr *http.Request) {
	r := h.take(hr, "v1/settings")
	defer h.give(r)
	key := hr.PathValue("key")
	_, err := h.Source(hr.Context(), key)
	if err != nil {
		h.answer(w, r, intake.Receipt{}, err)
		return
	}
	protocol := "http"
	if hr.TLS != nil || hr.Header.Get("X-Forwarded-Proto") == "https" {
		protocol = "https"
	}
	out := append(r.out[:0], `{"integrations":{"Segment.io":{"apiKey":`...)
	out = appendQuoted(out, key)
	out = append(out, `,"apiHost":`...)
	out = appendQuoted(out, hr.Host+"/v1")
	out = append(out, `,"protocol":`...)
	out = appendQuoted(out, protocol)
	out = append(out, `,"unbundledIntegrations":[],"addBundledMetadata":false,"maybeBundledConfigIds":{},"retryQueue":true}},`+
		`"plan":{"track":{"__default":{"enabled":true,"integrations":{}}},"identify":{"__default":{"enabled":true}},"group":{"__default":{"enabled":true}}},`+
		`"edgeFunction":{},"analyticsNextEnabled":true,"middlewareSettings":{},"enabledMiddleware":{},"legacyVideoPluginsEnabled":false,`+
		`"remotePlugins":[],"metrics":{"sampleRate":0},"autoInstrumentationSettings":{"sampleRate":0}}`+"\n"...)
	r.out = out
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "max-age=120")
	w.Header().Set("Vary", "Host, X-Forwarded-Proto")
	h.settle(w, r, intake.Receipt{}, nil)
	_, _ = w.Write(r.out)
}
