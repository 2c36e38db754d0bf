package api_test

import "strings"

// surveys tells the part of the story about what is asked.
func (j *judge) surveys(ana string) {
	j.Helper()
	before := j.ask("GET", "/api/v1/model", nil).status(200).json("yaml").(string)
	till := map[string]any{
		"slug": "till-care", "name": "The till", "purpose": "transactional", "thanks": "Gracias, {customer.name ?? de verdad}",
		"pages": []any{
			map[string]any{"questions": []any{map[string]any{"id": "score", "type": "csat", "text": "¿Cómo te fue?", "required": true}}},
			map[string]any{"when": "answers.score <= 3", "questions": []any{map[string]any{"id": "why", "type": "text", "text": "¿Por qué?", "required": true}}},
		},
	}
	const at = "/api/v1/surveys/till-care"
	version := j.ask("PUT", at, till).status(200).json("version")
	j.ask("PUT", at, till).status(200).is("version", version)
	after := j.ask("GET", "/api/v1/model", nil).status(200).json("yaml").(string)
	if !strings.HasPrefix(after, strings.TrimSuffix(before, "\n")) {
		j.Errorf("putting a survey changed other lines of the model:\n%s", after)
	}
	j.ask("PUT", "/api/v1/surveys/another", till).status(400).is("faults.0.field", "slug")
	j.ask("PUT", at, map[string]any{"slug": "till-care", "name": "The till", "purpose": "before", "pages": []any{map[string]any{"questions": []any{map[string]any{"id": "score", "type": "csat", "text": "{"}}}}}).
		status(400).is("faults.0.field", "pages[0].questions[0].text").is("faults.1.field", "pair")
	j.ask("GET", "/api/v1/surveys", nil).status(200).is("items.0.slug", "till-care").is("items.0.questions", 2).is("items.0.touchpoint", nil)
	j.ask("GET", at, nil).status(200).is("pages.1.when", "answers.score <= 3")
	j.ask("GET", "/api/v1/surveys/unheard-of", nil).status(404)

	link := j.ask("POST", at+"/links", map[string]any{"way": "link", "customer": ana, "about": map[string]any{"order_id": "77"}, "days": 3}).status(201)
	j.ask("DELETE", "/api/v1/surveys/links/"+link.json("id").(string), nil).status(204)
	j.ask("DELETE", "/api/v1/surveys/links/nothing", nil).status(404)
	j.ask("POST", at+"/links", map[string]any{"way": "anonymous"}).status(201).is("path", "/s/till-care").is("expires_at", nil)
	j.ask("POST", at+"/links", map[string]any{"way": "link"}).status(400).is("faults.0.field", "customer")
	j.ask("POST", "/api/v1/surveys/unheard-of/links", map[string]any{"way": "qr"}).status(404)

	const response = "8c1f0d0e-3c55-4f0e-9d0b-1f5a4b2c7d11"
	given := map[string]any{"response": response, "user_id": "ana", "about": map[string]any{"order_id": "77"}, "values": map[string]any{"score": []string{"2"}}}
	j.ask("POST", at+"/answers", given).status(400).is("faults.0.field", "values.why")
	given["values"] = map[string]any{"score": []string{"2"}, "why": []string{"Mucha cola"}}
	j.ask("POST", at+"/answers", given).status(200).is("state", "thanks").is("page", nil).is("response", response)
	j.ask("POST", at+"/answers", given).status(200).is("state", "thanks")
	j.ask("POST", "/api/v1/surveys/unheard-of/answers", given).status(404)
	j.ask("GET", at+"/results", nil).status(200).is("ways.0.completed", 1).is("ways.0.sent", 1).is("questions.0.score.value", 2).is("questions.1.n", 1)
	j.ask("GET", "/api/v1/surveys/unheard-of/results", nil).status(404)
}
