package main

import (
	"fmt"
	"os"

	"github.com/vivencia-cx/vivencia/internal/web/tokens"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: gen FILE.css")
		os.Exit(2)
	}
	if err := os.WriteFile(os.Args[1], []byte(tokens.CSS()), 0o644); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
