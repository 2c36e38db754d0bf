package model

import "github.com/vivencia-cx/vivencia/internal/cx"

// Version is one applied model.
type Version struct {
	Number    int // from 1; 0 is Empty
	Model     *Model
	YAML      []byte
	AppliedBy string
	AppliedAt cx.Time
	Seq       cx.Seq // of its record in the log
	Note      string
}
