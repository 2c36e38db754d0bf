package main

import (
	"encoding/json"
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
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"json": func(ts *testscript.TestScript, neg bool, args []string) { // json FILE: it is JSON, or with ! it is not
				if json.Valid([]byte(ts.ReadFile(args[0]))) == neg {
					ts.Fatalf("%s: valid JSON is %v", args[0], !neg)
				}
			},
		},
		Condition: func(cond string) (bool, error) {
			return cond == "data" && os.Getenv("VIVENCIA_DATA") != "", nil
		},
	})
}
