package app

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/history"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/remember"
)

// owners tells mentions whose an object is.
type owners struct{ a *App }

// Owner implements mention.Owners by history, which knows who shared the
// object, and memory, which knows them by name.
func (o owners) Owner(ctx context.Context, ref model.ObjectRef) (userID, anonymousID string, err error) {
	who := map[cx.CustomerNo]bool{}
	q := history.LivedQuery{Of: history.Events, Object: ref.Type, Objects: []uint64{ref.Number()}}
	_, err = history.Tell(ctx, o.a.History, cx.System(), q, func(l *history.Lived) error {
		for _, no := range l.Customer {
			who[no] = true
		}
		return nil
	})
	if err != nil || len(who) != 1 {
		return "", "", err
	}
	for no := range who {
		found, err := o.a.Memory.CustomersByNo(ctx, cx.System(), []cx.CustomerNo{no})
		if err != nil || len(found) != 1 {
			return "", "", err
		}
		g, err := o.a.Memory.Graph(ctx, cx.System(), found[0].ID)
		if err != nil {
			return "", "", err
		}
		return identifierOf(g, "userId"), identifierOf(g, "anonymousId"), nil
	}
	return "", "", nil
}

// identifierOf returns the newest identifier of a kind that is a customer's
// own; "" when there is none.
func identifierOf(g remember.Graph, kind string) (value string) {
	for _, p := range g.Profiles {
		for _, i := range p.Identifiers {
			if i.Kind == kind {
				value = i.Value
			}
		}
	}
	return value
}
