package api_test

// team tells the part of the story about the team. That groups of five are
// shown, understand/team holds.
func (j *judge) team() {
	j.Helper()
	obstacle := map[string]any{"touchpoint": "till", "what": "roster", "words": "Una caja abierta y veinte personas"}
	j.ask("POST", "/api/v1/team/obstacles", obstacle).status(204)
	j.ask("POST", "/api/v1/team/obstacles", map[string]any{"touchpoint": "moon", "what": "roster"}).status(400).is("faults.0.field", "touchpoint")
	j.ask("POST", "/api/v1/team/ideas", map[string]any{"words": "Un timbre en la caja"}).status(204)
	j.ask("POST", "/api/v1/team/ideas", map[string]any{"words": " "}).status(400).is("faults.0.field", "words")
	_, last, err := j.config.Applied(j.Context())
	if err == nil {
		err = j.config.Team.WaitFor(j.Context(), last)
	}
	if err != nil {
		j.Fatal(err)
	}
	j.ask("GET", "/api/v1/team", nil).status(200).is("waiting", true).is("reports", 0)
	j.ask("GET", "/api/v1/team?format=csv", nil).status(200)
	j.ask("GET", "/api/v1/team/ideas", nil).status(200)
	j.ask("GET", "/api/v1/team/differences?format=csv", nil).status(200)
	j.ask("POST", "/api/v1/team/ideas/0000000000000000/answer", map[string]any{"state": "planned", "reply": "Gracias"}).status(404)

	before := map[string]any{
		"slug": "before", "name": "Before", "purpose": "before", "pair": map[string]any{"survey": "till-care"},
		"pages": []any{map[string]any{"questions": []any{map[string]any{"id": "score", "type": "csat", "text": "¿Qué esperas?"}}}},
	}
	j.ask("PUT", "/api/v1/surveys/before", before).status(200)
	j.ask("GET", "/api/v1/surveys/before/expectation", nil).status(200).is("after", "till-care").is("scale", "1-5").is("alone", 0)
	j.ask("GET", "/api/v1/surveys/till-care/expectation", nil).status(404)
}
