package simulate

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// TruthFile is the answer key as it lies in a data directory. It names the
// customers of the stories, who may be forgotten like any other.
type TruthFile struct{ Path string }

// Holds names the file.
func (f TruthFile) Holds() []string { return []string{"truth.json"} }

// Export returns what the file says of the subject.
func (f TruthFile) Export(_ context.Context, s cx.Subject) ([]cx.Section, error) {
	t, err := f.Read()
	if err != nil {
		return nil, cx.Wrap("simulate.Export", err)
	}
	told := []TruthStory{}
	for _, story := range t.Stories {
		if story.about(s) {
			told = append(told, story)
		}
	}
	return []cx.Section{{Name: "demo", Items: told}}, nil
}

// Erase takes the subject's story out of the file.
func (f TruthFile) Erase(_ context.Context, s cx.Subject) (int, error) {
	const op = "simulate.Erase"
	t, err := f.Read()
	if err != nil {
		return 0, cx.Wrap(op, err)
	}
	before := len(t.Stories)
	t.Stories = slices.DeleteFunc(t.Stories, func(story TruthStory) bool { return story.about(s) })
	if len(t.Stories) == before {
		return 0, nil
	}
	return before - len(t.Stories), cx.Wrap(op, f.Write(t))
}

// Write replaces the file whole.
func (f TruthFile) Write(t Truth) error {
	b, err := json.MarshalIndent(t, "", "  ")
	if err != nil {
		return err
	}
	if err := os.WriteFile(f.Path+".new", append(b, '\n'), 0o600); err != nil {
		return err
	}
	return os.Rename(f.Path+".new", f.Path)
}

// Read returns nothing planted when there is no file: no demo.
func (f TruthFile) Read() (t Truth, err error) {
	src, err := os.ReadFile(f.Path)
	if errors.Is(err, os.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(src, &t)
	}
	return t, err
}

func (story TruthStory) about(s cx.Subject) bool {
	return s.Whole() && slices.ContainsFunc(s.Values, func(v string) bool {
		return v == story.UserID || strings.EqualFold(v, story.Name)
	})
}
