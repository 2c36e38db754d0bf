package main

import (
	"context"
	"log"
	"os"

	"github.com/vivencia-cx/vivencia/internal/understand/text"
)

func main() {
	m, err := text.Ship(context.Background())
	if err != nil {
		log.Fatal(err)
	}
	b, err := m.MarshalBinary()
	if err != nil {
		log.Fatal(err)
	}
	if err := os.WriteFile("shipped.model", b, 0o644); err != nil { //nolint:gosec // it is read by all
		log.Fatal(err)
	}
}
