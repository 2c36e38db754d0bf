package text

// Candidate is a topic that a set of texts seems to be about.
type Candidate struct {
	Words    []string `json:"words"`    // that name it, the most telling first
	Examples []int    `json:"examples"` // indices of its most typical texts
	N        int      `json:"n"`        // texts about it
}

// Propose finds candidates for topics in texts that no topic is known of, the
// commonest first: at most limit. They are for people to name, merge or drop.
// The same texts give the same candidates.
func Propose(texts []string, limit int) []Candidate { return nil }
