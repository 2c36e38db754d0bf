package api_test

import "strings"

// impact draws a customer for an initiative that runs, evaluates it, and tells what
// changed.
func (j *judge) impact(slug string) {
	who := map[string]any{"user_id": "luis"}
	arm := j.ask("POST", slug+"/assign", who).status(200).is("exposed", false).json("arm")
	j.ask("POST", slug+"/assign", map[string]any{"user_id": "luis", "customer": "c_1"}).status(400).is("faults.0.field", "customer")
	j.ask("POST", slug+"/assign", map[string]any{"anonymous_id": "nobody"}).status(404)
	j.ask("POST", slug+"/exposures", map[string]any{"user_id": "luis", "at": "2199-01-01T00:00:00Z"}).status(400).is("faults.0.field", "at")
	j.ask("POST", slug+"/exposures", who).status(200).is("exposed", true).is("arm", arm)
	found := j.ask("POST", slug+"/evaluations", nil).status(200).is("verdict", "cannot-tell").is("why", "too-early").is("sure", "unknown").is("final", false)
	number, _ := found.json("number").(float64)
	if number != 1 {
		j.Errorf("the first evaluation is number %v", number)
	}
	j.ask("GET", slug+"/evaluations", nil).status(200).is("items.0.why", "too-early")
	j.ask("GET", slug+"/evaluations/1", nil).status(200).is("said.en", "Nobody can tell yet: customers or days are missing.")
	j.ask("GET", slug+"/evaluations/9", nil).status(404)
	if got := j.ask("GET", slug+"/evaluations/1?format=csv", nil).status(200).Body.String(); !strings.HasPrefix(got, "what,of,") {
		j.Errorf("the figures are %s", got)
	}
	j.ask("POST", slug+"/evaluations/1/rerun", nil).status(200).is("same", true)
	texts := map[string]any{"es": "Hola", "en": "Hello", "pt": "Olá"}
	j.ask("PUT", slug+"/story", map[string]any{"said": texts, "did": texts}).status(200).is("public", false).is("said.pt", "Olá")
	j.ask("PUT", slug+"/story", map[string]any{"said": texts, "did": texts, "public": true}).status(409)
	j.ask("GET", slug+"/story", nil).status(200).is("told", 0.)
	j.ask("POST", slug+"/story/tell", nil).status(409)
}
