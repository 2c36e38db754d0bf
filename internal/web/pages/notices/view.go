package notices

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/act/notify"
	"github.com/vivencia-cx/vivencia/internal/web/i18n"
	"github.com/vivencia-cx/vivencia/internal/web/ui"
)

func tabs(ctx context.Context, current notify.Kind) []ui.Tab {
	all := []ui.Tab{{Href: kindHref(""), Text: i18n.T(ctx, "notices.all"), Current: current == ""}}
	for _, k := range notify.Kinds() {
		all = append(all, ui.Tab{Href: kindHref(k), Text: i18n.T(ctx, "notices.kind."+string(k)), Current: k == current})
	}
	return all
}

func label(ctx context.Context, i notify.Item) string {
	if i.Href == "" {
		return i18n.T(ctx, "notices.read")
	}
	return i18n.T(ctx, "notices.open")
}

func paragraphs(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, "\n\n")
}

// hours are when the digest may come.
func hours(ctx context.Context) []ui.Option {
	all := []ui.Option{{Value: "", Text: i18n.T(ctx, "notices.digest.none")}}
	for h := 5; h <= 12; h++ {
		all = append(all, ui.Option{Value: strconv.Itoa(h), Text: fmt.Sprintf("%02d:00", h)})
	}
	return all
}

func hooks(ctx context.Context, slugs []string) []ui.Option {
	all := []ui.Option{{Value: "", Text: i18n.T(ctx, "notices.hook.none")}}
	for _, s := range slugs {
		all = append(all, ui.Option{Value: s, Text: s})
	}
	return all
}
