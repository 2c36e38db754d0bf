package cx

// NewDecision returns the event of a decision made by people or by the product
// itself at a time: the name is vivencia.…, the properties a JSON object. The
// same messageID is the same decision.
func NewDecision(name, messageID string, at Time, properties []byte) Event {
	head := `{"type":"decision","event":"` + name + `","properties":`
	body := append(append([]byte(head), properties...), '}')
	return Event{
		Kind: Decision, Name: name, Source: "vivencia", MessageID: messageID, At: at, ReceivedAt: at,
		Body: body, Properties: body[len(head) : len(body)-1],
	}
}
