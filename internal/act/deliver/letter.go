package deliver

// Letter is the content of a mail, before it is laid out. All texts are plain.
type Letter struct {
	Language string `json:"language"` // es, en or pt
	Address  string `json:"address"`  // tu, usted or vos, in Spanish
	Company  string `json:"company"`
	Subject  string `json:"subject"`
	Preview  string `json:"preview,omitempty"` // what a list of mails shows beside the subject
	Greeting string `json:"greeting,omitempty"`
	Text     string `json:"text"` // paragraphs, parted by empty lines

	// Question is asked inside the mail, each option a link; empty: there is only
	// the button.
	Question string   `json:"question,omitempty"`
	Options  []Option `json:"options,omitempty"`
	Low      string   `json:"low,omitempty"` // what the first and the last option mean
	High     string   `json:"high,omitempty"`

	Button string `json:"button"` // what the link below says
	Link   string `json:"link"`
}

// Option is an answer to a mail's question.
type Option struct {
	Text string `json:"text"`
	Link string `json:"link"`
}
