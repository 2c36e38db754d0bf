package simulate

import "time"

// Truth is what was planted: the answer key. Its JSON is truth.json.
type Truth struct {
	Company   string          `json:"company"`
	Seed      uint64          `json:"seed"`
	From      time.Time       `json:"from"`
	Until     time.Time       `json:"until"`
	Causes    []TruthCause    `json:"causes"`
	Journeys  []TruthJourney  `json:"journeys"`
	Memory    TruthMemory     `json:"memory"`
	Surveys   []TruthSurvey   `json:"surveys"`
	Identity  TruthIdentity   `json:"identity"`
	Stories   []TruthStory    `json:"stories"`
	Team      TruthTeam       `json:"team"`
	Promises  []TruthPromise  `json:"promises,omitempty"` // once Run has come to its end
	Conflicts []TruthConflict `json:"conflicts"`
	Reports   []TruthReport   `json:"reports"` // what an area has to be told of at once

	// Once Run has come to its end:
	Initiatives []TruthInitiative `json:"initiatives,omitempty"`
	Club        *TruthClub        `json:"club,omitempty"`
	Chain       *TruthChain       `json:"chain,omitempty"`
	Campaigns   []TruthCampaign   `json:"campaigns,omitempty"`
	Referrals   *TruthReferrals   `json:"referrals,omitempty"`
}

// TruthPromise is what came of a promise in the past, to its end.
type TruthPromise struct {
	Slug string `json:"slug"`
	TruthKept
	By map[string]TruthKept `json:"by"` // by supplier, or by place
}

// TruthKept counts instances of a promise.
type TruthKept struct {
	Kept   int `json:"kept"`
	Broken int `json:"broken"`
	Void   int `json:"void"`
	Open   int `json:"open"`
}

// TruthConflict is a rule inside that contradicts a promise.
type TruthConflict struct {
	Promise   string         `json:"promise"`
	Kind      string         `json:"kind"` // policy or goal
	With      string         `json:"with"` // its slug
	Situation map[string]any `json:"situation"`
	Owner     string         `json:"owner"`
	Customers int            `json:"customers,omitempty"` // who were in it, once Run has come to its end
	Refused   int            `json:"refused,omitempty"`   // times
}

// TruthReport is what the area that answers for it has to know within seconds.
type TruthReport struct {
	Promise string `json:"promise"`
	Area    string `json:"area"`
	By      string `json:"by,omitempty"` // the supplier or place that breaks it most
	Cause   string `json:"cause,omitempty"`
}

// TruthCause is one planted cause (or a factor that causes nothing).
type TruthCause struct {
	Slug       string            `json:"slug"`
	What       string            `json:"what"`
	Since      time.Time         `json:"since"`
	Until      *time.Time        `json:"until,omitempty"`      // it lasts still when absent
	Where      map[string]string `json:"where,omitempty"`      // supplier, region, place, weekday, products (ids with commas)
	Touchpoint string            `json:"touchpoint,omitempty"` // where it is lived
	Property   string            `json:"property,omitempty"`   // the property, or model property, that shows it
	Share      float64           `json:"share"`                // of those exposed who live it; of a null factor: who has the one value
	Otherwise  float64           `json:"otherwise"`            // the share among the others
	Valence    float64           `json:"valence"`              // what it adds to how the episode feels, on average
	Null       bool              `json:"null"`                 // true: it changes nothing
}

// TruthJourney is one planted fault in how a journey is lived (or a difference
// that changes nothing).
type TruthJourney struct {
	Slug      string            `json:"slug"`
	What      string            `json:"what"`
	Journey   string            `json:"journey"`         // its slug in the model
	Kind      string            `json:"kind"`            // skipped, late, repeated, unexpected or disordered
	Step      string            `json:"step"`            // its slug; of an unexpected one event@touchpoint; of a late one the step that waits
	Also      []string          `json:"also,omitempty"`  // kind:step of what else it shows as
	Where     map[string]string `json:"where,omitempty"` // supplier, place, source
	Since     time.Time         `json:"since"`
	Until     *time.Time        `json:"until,omitempty"` // it lasts still when absent
	Share     float64           `json:"share"`           // of those exposed who live it
	Otherwise float64           `json:"otherwise"`       // the share among the others
	Valence   float64           `json:"valence"`         // what it adds to how the run feels there, on average
	Null      bool              `json:"null"`            // true: it changes nothing
}

// TruthMemory is how what is lived becomes what is remembered: the weights of
// the worst or best episode, the last one and the mean, and of trust, in points
// of valence for each point of trust.
type TruthMemory struct {
	Peak  float64 `json:"peak"`
	End   float64 `json:"end"`
	Mean  float64 `json:"mean"`
	Trust float64 `json:"trust"`
}

// TruthSurvey is how often a survey is answered by those who feel little;
// strong feelings answer more.
type TruthSurvey struct {
	Slug     string  `json:"slug"`
	Response float64 `json:"response"`
}

// TruthIdentity is what identity has to find out.
type TruthIdentity struct {
	Customers    int `json:"customers"`
	SharedMail   int `json:"shared_mail"`   // pairs of customers who may give one e-mail: never one customer
	SharedDevice int `json:"shared_device"` // pairs who use one device: never one customer
}

// TruthStory is one of the hand-written customers.
type TruthStory struct {
	Key    string `json:"key"`
	Name   string `json:"name"`
	UserID string `json:"userId"`
	Events int    `json:"events"`
}

// TruthTeam is what the company's people say: what keeps them from serving well,
// and where they are farthest from what customers live.
type TruthTeam struct {
	Obstacle   TruthObstacle   `json:"obstacle"`
	Difference TruthDifference `json:"difference"`
}

// TruthObstacle is the obstacle that most report.
type TruthObstacle struct {
	Touchpoint string `json:"touchpoint"`
	What       string `json:"what"`
	Place      string `json:"place"`
}

// TruthDifference is where the people believe that all is well, and it is not:
// their mean on a scale of five.
type TruthDifference struct {
	Touchpoint string  `json:"touchpoint"`
	Believed   float64 `json:"believed"`
}

// Truth returns what is planted in this company.
func (s *Simulation) Truth() Truth {
	w, err := newWorld(s.cfg)
	if err != nil {
		panic(err) // what is embedded is broken, as the tests would have said
	}
	all, err := stories()
	if err != nil {
		panic(err)
	}
	t := Truth{
		Company: "candil", Seed: s.cfg.Seed, From: utc(w.from), Until: utc(w.until),
		Memory: TruthMemory{Peak: weightPeak, End: weightEnd, Mean: weightMean, Trust: weightTrust},
		Identity: TruthIdentity{
			Customers:    s.cfg.Customers + lured(s.cfg.Customers) + len(all),
			SharedMail:   (s.cfg.Customers/2 + sharesMail - 1 - 3) / sharesMail,
			SharedDevice: (s.cfg.Customers/2 + sharesDevice - 1 - 5) / sharesDevice,
		},
	}
	t.Team = TruthTeam{
		Obstacle:   TruthObstacle{obstacles[0].touchpoint, obstacles[0].what, shops[0].slug},
		Difference: TruthDifference{believed[0].touchpoint, believed[0].score},
	}
	for _, c := range w.causes {
		if c.journey.Slug != "" {
			t.Journeys = append(t.Journeys, c.journey)
		} else {
			t.Causes = append(t.Causes, c.truth)
		}
	}
	for _, q := range surveyed[1:] {
		t.Surveys = append(t.Surveys, TruthSurvey{q.slug, q.response})
	}
	t.Conflicts = []TruthConflict{
		{Promise: "gift-exchange", Kind: "policy", With: "receipt-needed", Situation: map[string]any{"gift": true, "receipt": false}, Owner: "stores"},
		{Promise: "solved-first-time", Kind: "goal", With: "short-calls", Situation: map[string]any{"minutes": 4}, Owner: "customer-care"},
	}
	t.Reports = []TruthReport{
		{Promise: "delivery-on-date", Area: "logistics", By: "azahar", Cause: "courier-late"},
		{Promise: "till-under-5", Area: "tills", By: "madrid-fuencarral", Cause: "till-queue"},
	}
	if past := s.tally.Load(); past != nil {
		t.Promises = past.promises
		t.Conflicts[0].Customers, t.Conflicts[0].Refused = past.hit, past.refused
		if err := s.outcomes(&t, w, past.account); err != nil {
			panic(err) // the same company was lived before
		}
	}
	for _, s := range all {
		t.Stories = append(t.Stories, TruthStory{s.Key, s.Name, s.User, len(s.Events)})
	}
	return t
}
