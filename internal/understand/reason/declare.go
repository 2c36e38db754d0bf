package reason

import (
	"context"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/model"
)

// SetWhy declares what stands behind something, or says it otherwise: the model gets
// another version. It needs the right model.apply; the error is cx.Invalid with every
// fault when what it names is not declared.
func (s *Service) SetWhy(ctx context.Context, p cx.Principal, w model.Why) error {
	return cx.Wrap("reason.SetWhy", s.edit(ctx, p, func(yaml []byte) ([]byte, error) {
		at := model.IndexOf(yaml, "whys", w.Slug)
		if at < 0 {
			d, err := model.Read(yaml)
			if err != nil {
				return nil, err
			}
			at = len(d.Items("whys"))
		}
		because := model.Field{Key: w.Kind, Value: w.Name}
		if w.Kind == model.WhyCircumstance || w.Kind == model.WhySupplier || w.Kind == model.WhyPlace {
			because.Value = w.Ref
		}
		fields := model.Part{{Key: "slug", Value: w.Slug}, {Key: "of", Value: w.Of}, {Key: "because", Value: model.Part{because}}, {Key: "area", Value: nil}}
		if w.Area != "" {
			fields[3].Value = w.Area
		}
		return model.SetItem(yaml, "whys", at, fields)
	}))
}

// RemoveWhy takes a declared why back. It needs the right model.apply; the error is
// cx.NotFound when there is none, cx.Invalid when another why is of it.
func (s *Service) RemoveWhy(ctx context.Context, p cx.Principal, slug string) error {
	return cx.Wrap("reason.RemoveWhy", s.edit(ctx, p, func(yaml []byte) ([]byte, error) {
		at := model.IndexOf(yaml, "whys", slug)
		if at < 0 {
			return nil, cx.Errorf(cx.NotFound, "", "there is no such why")
		}
		return model.RemoveItem(yaml, "whys", at)
	}))
}

func (s *Service) edit(ctx context.Context, p cx.Principal, change func(yaml []byte) ([]byte, error)) error {
	if err := account.Check(p, account.ApplyModel); err != nil {
		return err
	}
	yaml, err := change(s.c.Models.Current().YAML)
	if err == nil {
		_, err = s.c.Models.Apply(ctx, p, yaml, "whys")
	}
	return err
}
