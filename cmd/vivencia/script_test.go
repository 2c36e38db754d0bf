package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"vivencia": func() { os.Exit(run(os.Args[1:])) },
	})
}

// TestScripts runs the command as a user types it: test/script/*.txtar.
func TestScripts(t *testing.T) {
	t.Parallel()
	root, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "../../test/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root)
			env.Setenv("VIVENCIA_DATA", os.Getenv("VIVENCIA_DATA")) // where real data lies; scripts name --data themselves
			return nil
		},
		Condition: func(cond string) (bool, error) {
			return cond == "data" && os.Getenv("VIVENCIA_DATA") != "", nil
		},
	})
}
