package simulate

import (
	"time"
)

// Truth is what was planted: the answer key. Its JSON is truth.json.
type Truth struct {
	Company string        `json:"company"`
	Seed    uint64        `json:"seed"`
	From    time.Time     `json:"from"`
	Until   time.Time     `json:"until"`
	Causes  []TruthCause  `json:"causes"`
	Memory  TruthMemory   `json:"memory"`
	Answers []TruthSurvey `json:"surveys"`
	Stories []TruthStory  `json:"stories"`
}

// TruthCause is one planted cause (or a factor that causes nothing).
type TruthCause struct {
	Slug       string            `json:"slug"`
	What       string            `json:"what"`
	Since      time.Time         `json:"since"`
	Until      *time.Time        `json:"until,omitempty"`
	Where      map[string]string `json:"where,omitempty"`      // "supplier": "…", "place": "…", "region": "…", "product": "…"
	Touchpoint string            `json:"touchpoint,omitempty"` // where it is lived
	Property   string            `json:"property,omitempty"`   // the property or fact that shows it
	Share      float64           `json:"share"`                // of those exposed who live it
	Otherwise  float64           `json:"otherwise"`            // the share among the others
	Valence    float64           `json:"valence"`              // added to the episode's valence, on average
	Null       bool              `json:"null"`                 // true: it changes nothing
}

// TruthMemory is how what is lived becomes what is remembered.
type TruthMemory struct {
	Peak  float64 `json:"peak"`
	End   float64 `json:"end"`
	Mean  float64 `json:"mean"`
	Trust float64 `json:"trust"`
}

// TruthSurvey is how often a survey is answered.
type TruthSurvey struct {
	Slug     string  `json:"slug"`
	Response float64 `json:"response"`
}

// TruthStory is one of the hand-written customers.
type TruthStory struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	UserID string `json:"userId"`
	Events int    `json:"events"`
}

// Truth returns what is planted in this company.
func (s *Simulation) Truth() Truth { return Truth{} }
