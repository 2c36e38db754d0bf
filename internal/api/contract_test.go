package api_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/legacy"
	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/account"
	"github.com/vivencia-cx/vivencia/internal/api"
	"github.com/vivencia-cx/vivencia/internal/cx"
)

func document(t *testing.T) *openapi3.T {
	t.Helper()
	doc, err := openapi3.NewLoader().LoadFromData(api.Document())
	if err != nil {
		t.Fatal(err)
	}
	if err := doc.Validate(t.Context(), openapi3.IsOpenAPI31OrLater()); err != nil {
		t.Fatal(err)
	}
	return doc
}

// TestEveryRouteIsInTheDocument holds the mux against openapi.yaml, both ways.
func TestEveryRouteIsInTheDocument(t *testing.T) {
	t.Parallel()
	var written []string
	ids := map[string]bool{}
	for path, item := range document(t).Paths.Map() {
		for method, op := range item.Operations() {
			written = append(written, method+" "+path)
			if op.OperationID == "" || ids[op.OperationID] || op.Summary == "" || len(op.Tags) != 1 {
				t.Errorf("%s %s needs an operationId of its own, a summary and one tag", method, path)
			}
			ids[op.OperationID] = true
		}
	}
	slices.Sort(written)
	routes := api.Routes()
	slices.Sort(routes)
	if diff := cmp.Diff(routes, written); diff != "" {
		t.Errorf("routes (-) and openapi.yaml (+) differ:\n%s", diff)
	}
}

// judge checks requests and answers against the document, and keeps count of
// the operations that were used.
type judge struct {
	*instance
	router routers.Router
	unused map[string]bool
}

func newJudge(t *testing.T) *judge {
	t.Helper()
	doc := document(t)
	router, err := legacy.NewRouter(doc, openapi3.IsOpenAPI31OrLater())
	if err != nil {
		t.Fatal(err)
	}
	j := &judge{instance: newInstance(t), router: router, unused: map[string]bool{}}
	for _, item := range doc.Paths.Map() {
		for _, op := range item.Operations() {
			j.unused[op.OperationID] = true
		}
	}
	return j
}

// ask asks and fails when the request or the answer is not as the document
// says.
func (j *judge) ask(method, target string, body any) answer {
	j.Helper()
	return j.send(j.request(method, target, body))
}

func (j *judge) send(req *http.Request) answer {
	j.Helper()
	route, params, err := j.router.FindRoute(req)
	if err != nil {
		j.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	delete(j.unused, route.Operation.OperationID)
	options := &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc, IncludeResponseStatus: true, SkipSettingDefaults: true}
	in := &openapi3filter.RequestValidationInput{Request: req, PathParams: params, Route: route, Options: options}
	var body []byte
	if req.Body != nil {
		if body, err = io.ReadAll(req.Body); err != nil {
			j.Fatal(err)
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	if !strings.HasSuffix(req.URL.Path, "/import") { // its lines are no JSON document
		if err := openapi3filter.ValidateRequest(j.Context(), in); err != nil {
			j.Errorf("%s %s is not as the document says: %v", req.Method, req.URL, err)
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
	}
	a := j.instance.send(req)
	err = openapi3filter.ValidateResponse(j.Context(), &openapi3filter.ResponseValidationInput{
		RequestValidationInput: in, Status: a.Code, Header: a.Header(), Body: io.NopCloser(bytes.NewReader(a.Body.Bytes())), Options: options,
	})
	if err != nil {
		j.Errorf("the answer to %s %s is not as the document says: %v\n%s", req.Method, req.URL, err, a.Body)
	}
	return a
}

func lines(messages ...string) string { return strings.Join(messages, "\n") + "\n" }

// TestAnswersAreAsTheDocumentSays tells the story of a small company, and uses
// every operation on the way.
func TestAnswersAreAsTheDocumentSays(t *testing.T) {
	t.Parallel()
	j := newJudge(t)

	j.ask("GET", "/healthz", nil).status(200)
	j.ask("GET", "/readyz", nil).status(200).is("status", "ready")
	j.ask("GET", "/metrics", nil).status(200)
	if got := j.ask("GET", "/openapi.yaml", nil).status(200); !bytes.Equal(got.Body.Bytes(), api.Document()) {
		t.Error("/openapi.yaml is another document")
	}

	// An empty company.
	j.ask("GET", "/api/v1/totals", nil).status(200).is("events", 0).is("customers", 0)
	j.ask("GET", "/api/v1/customers", nil).status(200).is("next", nil)
	j.ask("GET", "/api/v1/scores?metric=nps", nil).status(200).is("n", 0).is("value", nil)
	j.ask("GET", "/api/v1/model", nil).status(200).is("version", 0)

	// Its model.
	yaml := map[string]any{"yaml": companyYAML, "note": "the first"}
	j.ask("POST", "/api/v1/model/preview", yaml).status(200).is("changes.0.path", "company.slug").is("changes.0.kind", "added")
	j.ask("POST", "/api/v1/model", yaml).status(201).is("version", 1).is("applied_by", "token:1")
	j.ask("GET", "/api/v1/model", nil).status(200).is("yaml", companyYAML)
	j.ask("GET", "/api/v1/model/versions", nil).status(200).is("items.0.note", "the first")
	j.ask("POST", "/api/v1/model", map[string]any{"yaml": "company: 3"}).status(400)

	// What was lived.
	report := j.ask("POST", "/api/v1/import?source=caja&wait=true", lines(
		`{"type":"identify","messageId":"1","userId":"ana","traits":{"name":"Ana Gil","email":"ana@example.com","city":"Madrid","card":"4711"},"timestamp":"2026-03-01T10:00:00Z"}`,
		`{"type":"track","messageId":"2","userId":"ana","event":"Queue Waited","timestamp":"2026-03-01T10:05:00Z","properties":{"place":"goya","minutes":14,"order_id":"77"}}`,
		`{"type":"answer","messageId":"3","userId":"ana","survey":"csat","answers":[{"question":"score","metric":"csat","scale":"1-5","value":2},{"question":"text","text":"Mucha cola"}],"timestamp":"2026-03-01T10:20:00Z"}`,
		`{"type":"track","messageId":"4","anonymousId":"a-1","event":"Product Viewed","timestamp":"2026-03-01T11:00:00Z"}`,
		`{"type":"identify","messageId":"5","userId":"ana2","traits":{"email":"ana@example.com"},"timestamp":"2026-03-01T12:00:00Z"}`,
		`{"type":"group","messageId":"6","userId":"ana","groupId":"ies-1","traits":{"name":"IES Uno"},"timestamp":"2026-03-01T12:30:00Z"}`,
		`{"type":"answer","messageId":"7","userId":"luis","survey":"csat","answers":[{"metric":"csat","scale":"1-5","value":5}],"context":{"traits":{"city":"Lisboa"}},"timestamp":"2026-03-01T13:00:00Z"}`,
		`{"type":"track","messageId":"8","event":"Nobody's","timestamp":"2026-03-01T13:00:00Z"}`,
		`{"type":"track","messageId":"2","userId":"ana","event":"Queue Waited","timestamp":"2026-03-01T10:05:00Z"}`,
	)).status(200)
	report.is("read", 9).is("accepted", 7).is("duplicates", 1).is("quarantined", 1)
	j.ask("POST", "/api/v1/circumstances", map[string]any{
		"kind": "till-closed", "place": "goya", "touchpoint": "till", "from": "2026-03-01T09:00:00Z", "until": "2026-03-01T11:00:00Z", "value": 3,
	}).status(201)
	j.ask("GET", "/api/v1/totals", nil).status(200).is("events", 5).is("answers", 2).is("quarantined", 1)

	j.ask("POST", "/api/v1/mentions", map[string]any{"mentions": []any{
		map[string]any{"network": "google", "id": "r-1", "at": "2026-03-01T15:00:00Z", "text": "Qué cola", "rating": 2, "scale": "1-5"},
	}}).status(200).is("accepted", 1)

	wave := j.request("POST", "/api/v1/bring?name=ola+2025.csv", "Cliente,Nota,Comentario,Fecha\nana,5,Todo muy bien,2025-03-04\neva,1,Mucha cola,2025-03-05\n")
	wave.Header.Set("Content-Type", "text/csv")
	if got := j.send(wave).status(200).is("source", "ola-2025").is("columns.0.role", "customer").is("columns.3.role", "at").json("map").(string); !strings.Contains(got, "Cliente") {
		t.Errorf("the map is %q", got)
	}
	wave = j.request("POST", "/api/v1/bring", "Cliente\n")
	wave.Header.Set("Content-Type", "text/csv")
	j.send(wave).status(400)

	// One customer.
	ana := j.ask("GET", "/api/v1/customers/lookup?userId=ana", nil).status(200).is("name", "Ana Gil").is("traits.city.value", "Madrid").json("id").(string)
	at := "/api/v1/customers/" + ana
	j.ask("GET", "/api/v1/customers/lookup?card=4711", nil).status(200).is("id", ana)
	j.ask("GET", at, nil).status(200).is("organizations.0.id", "ies-1").is("merged_into", nil)
	j.ask("GET", "/api/v1/customers?search=gil", nil).status(200).is("items.0.id", ana)
	j.ask("GET", at+"/timeline?touchpoint=till&kind=event&from=2026-03-01T00:00:00Z", nil).status(200).
		is("items.0.kind", "event").is("items.0.type", "track").is("items.0.name", "Queue Waited").is("items.0.at", "2026-03-01T10:05:00Z").
		is("items.0.touchpoint", "till").is("items.0.stage", "during").is("items.0.valence", -1.5).is("items.0.properties.minutes", 14).
		is("items.0.circumstances.0.kind", "till-closed").is("items.0.objects.0.id", "77").is("next", nil)
	j.ask("GET", at+"/timeline?type=answer", nil).status(200).is("items.0.survey", "csat").is("items.0.answers.0.value", 2).is("items.0.answers.1.text", "Mucha cola")
	first := j.ask("GET", at+"/timeline?limit=1", nil).status(200)
	j.ask("GET", at+"/timeline?limit=1&cursor="+url.QueryEscape(first.json("next").(string)), nil).status(200)
	j.ask("GET", "/api/v1/customers/c_0000000000000", nil).status(404)

	// Two that may be one.
	found := j.ask("GET", "/api/v1/suggestions?customer="+ana, nil).status(200).is("items.0.evidence", "email")
	other := found.json("items.0.b.id").(string)
	if other == ana {
		other = found.json("items.0.a.id").(string)
	}
	j.ask("POST", at+"/merge", map[string]any{"from": other, "evidence": "lo dijo"}).status(200)
	j.ask("GET", "/api/v1/customers/"+other, nil).status(200).is("id", ana).is("merged_into", ana)
	merge := j.ask("GET", at+"/identities", nil).status(200).is("merges.0.evidence", "person").is("merges.0.value", "lo dijo").json("merges.0.id")
	j.ask("POST", at+"/unmerge", map[string]any{"merge_id": 99}).status(404)
	j.ask("POST", at+"/unmerge", map[string]any{"merge_id": merge}).status(200)
	j.ask("POST", at+"/unmerge", map[string]any{"merge_id": merge}).status(409)
	for _, s := range j.ask("GET", "/api/v1/suggestions", nil).status(200).json("items").([]any) {
		j.ask("POST", fmt.Sprintf("/api/v1/suggestions/%v/dismiss", s.(map[string]any)["id"]), nil).status(204)
	}
	j.ask("POST", "/api/v1/suggestions/999/dismiss", nil).status(404)

	// Everybody.
	j.ask("GET", "/api/v1/organizations?search=ies", nil).status(200).is("items.0.member_count", 1)
	j.ask("GET", "/api/v1/organizations/ies-1", nil).status(200).is("name", "IES Uno").is("members.0.id", ana)
	j.ask("GET", "/api/v1/organizations/ies-1/timeline", nil).status(200)
	j.ask("GET", "/api/v1/events?name=Queue+Waited&type=track", nil).status(200).is("items.0.customer.id", ana)
	j.ask("GET", "/api/v1/scores?metric=mean&survey=csat&by=trait.city", nil).status(200).is("n", 2).is("value", 3.5).is("groups.0.n", 1)
	j.ask("GET", "/api/v1/scores?metric=csat&where=touchpoint:till&where=trait.city:Madrid", nil).status(200).is("n", 1).is("value", 0)

	j.outcomes()

	// Segments.
	j.ask("GET", "/api/v1/segments", nil).status(200).is("items.0.slug", "waited").is("items.0.name.en", "Waited").is("items.0.n", 1)
	j.ask("GET", "/api/v1/segments/waited/customers?limit=1", nil).status(200).is("n", 1).is("items.0.id", ana).is("next", nil)
	j.ask("GET", "/api/v1/segments/unheard-of/customers", nil).status(404)
	j.ask("GET", "/api/v1/customers?segment=waited", nil).status(200).is("items.0.id", ana)
	j.ask("GET", "/api/v1/customers?segment=waited&search=ana", nil).status(400)
	j.ask("GET", "/api/v1/scores?metric=mean&survey=csat&segment=waited", nil).status(200)
	j.ask("GET", "/api/v1/scores?metric=nps&segment=unheard-of", nil).status(404)
	j.ask("POST", "/api/v1/segments/preview", map[string]any{"when": `visits("till") > 0`}).status(200).is("items.0.id", ana)
	j.ask("POST", "/api/v1/segments/preview", map[string]any{"when": `counts() > 0`}).status(400).is("faults.0.column", 7)

	// Journeys.
	j.journeys()

	// Reasons.
	j.reasons()
	j.led()
	j.stays(ana)
	j.promises(ana)
	j.policies()
	j.rules()
	j.cases()
	j.improvement()
	j.programme()
	j.referrals()

	// What is said.
	told := j.ask("GET", "/api/v1/voice?words=cola&touchpoint=till&kind=answer", nil).status(200).is("items.0.words", "Mucha cola").
		is("items.0.customer.id", ana).is("items.0.score.band", "low").is("items.0.name", "csat").is("next", nil).json("items.0.id").(string)
	j.ask("GET", "/api/v1/voice?kind=mention", nil).status(200).is("items.0.words", "Qué cola").is("items.0.customer", nil)
	j.ask("GET", "/api/v1/voice?words=%22*%20NEAR(", nil).status(200).is("next", nil)
	j.ask("GET", "/api/v1/voice?kind=team", nil).status(200).is("next", nil)
	j.ask("GET", "/api/v1/voice?format=csv", nil).status(200)
	j.ask("GET", "/api/v1/voice/quality", nil).status(200).is("elsewhere", nil)
	j.ask("GET", "/api/v1/voice/facets?by=touchpoint&by=band", nil).status(200).is("n", 2).is("facets.0.by", "touchpoint").is("facets.1.keys.0.n", 2)
	j.ask("GET", "/api/v1/voice/words", nil).status(200).is("n", 2).is("of", 2)
	j.ask("GET", "/api/v1/voice/quotes?kind=answer", nil).status(200).is("n", 1).is("representative.0.words", "Mucha cola")
	j.ask("PUT", "/api/v1/voice/topics/queue", map[string]any{
		"name": map[string]any{"es": "La cola", "en": "The queue", "pt": "A fila"}, "examples": map[string]any{"es": []string{"la cola era eterna", "mucha cola en la caja"}},
	}).status(204)
	j.ask("POST", "/api/v1/voice/topics/queue/split", map[string]any{"slug": "till", "name": map[string]any{"es": "La caja", "en": "The till", "pt": "A caixa"}, "examples": map[string]any{"es": []string{"mucha cola en la caja"}}}).status(204)
	j.ask("POST", "/api/v1/voice/"+told+"/labels", map[string]any{"polarity": "negative", "topics": []string{"till"}}).status(204)
	j.ask("POST", "/api/v1/voice/"+told+"/labels", map[string]any{"topics": []string{"weather"}}).status(400).is("faults.0.field", "topics[0]")
	j.ask("POST", "/api/v1/voice/999999/labels", map[string]any{"polarity": "negative"}).status(404)
	j.ask("GET", "/api/v1/voice?topic=till", nil).status(200).is("items.0.corrected", true).is("items.0.polarity", "negative")
	j.ask("POST", "/api/v1/voice/topics/queue/merge", map[string]any{"from": "till"}).status(204)
	j.ask("GET", "/api/v1/voice/topics", nil).status(200).is("items.0.slug", "queue").is("items.0.name.en", "The queue").is("items.0.n", 1)
	j.ask("GET", "/api/v1/voice/quality", nil).status(200).is("labels", 1).is("due", "topics")
	j.ask("POST", "/api/v1/voice/train", nil).status(202)

	// What is asked.
	j.surveys(ana)
	j.asking(ana)
	j.webhooks()

	// What the team says.
	j.team()

	// What was refused.
	refused := j.ask("GET", "/api/v1/quarantine", nil).status(200).is("items.0.source", "caja").json("items.0.id")
	item := fmt.Sprintf("/api/v1/quarantine/%v", refused)
	j.ask("GET", item, nil).status(200)
	j.ask("POST", item+"/mend", map[string]any{}).status(400)
	j.ask("POST", item+"/mend", map[string]any{"message": map[string]any{"type": "track", "userId": "luis", "event": "Somebody's"}}).status(200)
	j.ask("GET", item, nil).status(404)
	j.ask("GET", "/api/v1/events?name=Somebody%27s", nil).status(200).is("items.0.messageId", "8")
	j.ask("POST", "/api/v1/import?source=caja", lines(`{"type":"track"}`)).status(200).is("quarantined", 1)
	j.ask("DELETE", fmt.Sprintf("/api/v1/quarantine/%v", j.ask("GET", "/api/v1/quarantine", nil).json("items.0.id")), nil).status(204)

	// What they have a right to, and what grew too old.
	j.ask("GET", at+"/export", nil).status(200).is("customer", ana).is("sections.0.name", "profile").is("sections.0.items.email", "ana@example.com")
	j.ask("GET", "/api/v1/retention", nil).status(200)
	j.ask("POST", "/api/v1/retention", nil).status(200).is("receipt", nil)
	forgotten := j.ask("POST", "/api/v1/customers/"+other+"/forget", nil).status(200).is("customer", other).is("asked_by", "token:1")
	j.ask("GET", "/api/v1/customers/"+other, nil).status(410).is("kind", "gone")
	j.ask("POST", "/api/v1/customers/"+other+"/forget", nil).status(200).is("id", forgotten.json("id"))
	j.ask("GET", "/api/v1/forgotten", nil).status(200).is("items.0.sha256", forgotten.json("sha256"))
	j.ask("GET", fmt.Sprintf("/api/v1/forgotten/%v", forgotten.json("id")), nil).status(200).is("customer", other)
	j.ask("GET", "/api/v1/forgotten/99", nil).status(404)

	// Access.
	j.ask("POST", "/api/v1/sources", map[string]any{"name": "Tienda web"}).status(201).is("slug", "tienda-web")
	j.ask("GET", "/api/v1/sources", nil).status(200).is("items.0.name", "Tienda web")
	j.ask("DELETE", "/api/v1/sources/tienda-web", nil).status(204)
	token := j.ask("POST", "/api/v1/tokens", map[string]any{"name": "x", "role": "lead", "areas": []string{"tiendas"}}).status(201).json("id")
	j.ask("GET", "/api/v1/tokens", nil).status(200).is("items.0.areas.0", "tiendas").is("items.0.secret", nil)
	j.ask("DELETE", fmt.Sprintf("/api/v1/tokens/%v", token), nil).status(204)
	j.ask("DELETE", fmt.Sprintf("/api/v1/tokens/%v", token), nil).status(404)
	j.ask("POST", "/api/v1/people", map[string]any{"email": "admin@example.com", "name": "Admin", "role": "admin"}).status(201)
	person := j.ask("POST", "/api/v1/people", map[string]any{"email": "lola@example.com", "name": "Lola", "role": "lead", "password": "una frase larga"}).status(201).json("id")
	who := fmt.Sprintf("/api/v1/people/%v", person)
	j.ask("POST", who+"/password", map[string]any{"password": "otra frase larga"}).status(204)
	j.ask("POST", who+"/disable", nil).status(204)
	j.ask("GET", "/api/v1/people", nil).status(200).is("items.1.email", "lola@example.com")
	j.ask("POST", who+"/enable", nil).status(204)
	j.ask("PATCH", who, map[string]any{"name": "Lola Prieto", "external_id": "d-7", "areas": []string{}}).status(200).is("external_id", "d-7").is("areas", nil)
	j.ask("POST", who+"/recovery", nil).status(201)
	j.ask("POST", who+"/links", map[string]any{"hours": 2, "reusable": true}).status(201)
	link := j.ask("GET", who+"/links", nil).status(200).is("items.0.made_by", "token:1").json("items.0.id")
	j.ask("DELETE", fmt.Sprintf("/api/v1/links/%v", link), nil).status(204)
	session, _, err := j.config.Accounts.SignIn(j.Context(), "lola@example.com", "otra frase larga", account.From{Address: "192.0.2.7"})
	if err != nil {
		t.Fatal(err)
	}
	j.ask("GET", who+"/sessions", nil).status(200).is("items.0.network", "192.0.2.0/24")
	j.ask("DELETE", who+"/sessions/"+session.ID, nil).status(204)
	j.ask("DELETE", who+"/sessions", nil).status(204)
	j.ask("DELETE", who+"/codes", nil).status(204)
	j.ask("POST", who+"/enable", nil).status(204)
	j.ask("GET", "/api/v1/status", nil).status(200).is("level", "well").is("checks.0.code", "listening.flowing")
	made := j.ask("POST", "/api/v1/backups", map[string]any{}).status(201)
	j.ask("GET", "/api/v1/backups", nil).status(200).is("items.0.id", made.json("id"))
	j.ask("POST", "/api/v1/backups", map[string]any{"target": "/elsewhere"}).status(403)
	j.ask("GET", "/api/v1/audit/verify", nil).status(200).is("whole", true)
	j.ask("GET", "/api/v1/audit?principal=token:1&action=person&object=person:2", nil).status(200)
	log := j.ask("GET", "/api/v1/audit?limit=3", nil).status(200).is("items.0.action", "backup.made").is("items.0.principal", "token:1")
	j.ask("GET", "/api/v1/audit?cursor="+log.json("next").(string), nil).status(200)

	if len(j.unused) > 0 {
		t.Errorf("operations that the story does not use: %v", slices.Sorted(maps.Keys(j.unused)))
	}
}

func TestImportTakesGzipAndSystemNeedsNoToken(t *testing.T) {
	t.Parallel()
	i := newInstance(t)
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	_, _ = w.Write([]byte(lines(`{"type":"track","userId":"u","event":"E"}`)))
	_ = w.Close()
	req := i.request("POST", "/api/v1/import?source=x", zipped.String())
	req.Header.Del("Authorization")
	req.Header.Set("Content-Encoding", "gzip")
	i.handler = api.WithPrincipal(i.handler, cx.System())
	i.send(req).status(200).is("accepted", 1)
}
