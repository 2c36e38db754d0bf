package upgrade

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
)

// Answers asks the API of a product on the fixture's data everything that its
// data could change, and returns the answers by question. client reaches it at
// http://vivencia.
func Answers(ctx context.Context, client *http.Client) (map[string]json.RawMessage, error) {
	a := asker{ctx: ctx, client: client, out: map[string]json.RawMessage{}}
	for _, path := range []string{
		"/totals", "/model", "/model/versions", "/sources", "/tokens", "/people", "/audit",
		"/customers/lookup?userId=u-3", "/customers/lookup?email=u-4@candil.example", "/customers/lookup?anonymousId=a-5",
		"/customers/lookup?loyalty-card=C-2", "/customers?search=nunez",
	} {
		a.get(path)
	}
	for _, id := range a.all("/customers?limit=20") {
		a.get("/customers/" + id)
		a.get("/customers/" + id + "/identities")
		a.all("/customers/" + id + "/timeline?limit=25")
	}
	for _, id := range a.all("/organizations?limit=2") {
		a.get("/organizations/" + url.PathEscape(id))
		a.all("/organizations/" + url.PathEscape(id) + "/timeline?limit=50")
	}
	a.all("/suggestions?limit=100")
	a.all("/quarantine?limit=100")
	a.all("/events?limit=200")
	for _, metric := range []string{"csat", "nps", "ces"} {
		for _, by := range []string{"touchpoint", "stage", "channel", "area", "place", "source", "trait.city", "property.late"} {
			a.get("/scores?metric=" + metric + "&by=" + by)
		}
	}
	return a.out, a.err
}

type asker struct {
	ctx    context.Context
	client *http.Client
	out    map[string]json.RawMessage
	err    error
}

func (a *asker) get(path string) (body json.RawMessage) {
	if a.err != nil {
		return nil
	}
	body, a.err = Call(a.ctx, a.client, http.MethodGet, path, nil)
	a.out[path] = body
	return body
}

// all asks for every page of a list and returns the ids in it.
func (a *asker) all(path string) (ids []string) {
	for cursor := ""; a.err == nil; {
		var page struct {
			Items []struct{ ID any }
			Next  *string
		}
		if body := a.get(path + "&cursor=" + url.QueryEscape(cursor)); a.err == nil {
			a.err = json.Unmarshal(body, &page)
		}
		for _, i := range page.Items {
			ids = append(ids, fmt.Sprint(i.ID))
		}
		if page.Next == nil {
			break
		}
		cursor = *page.Next
	}
	return ids
}

// Call asks the API once.
func Call(ctx context.Context, client *http.Client, method, path string, body io.Reader) (json.RawMessage, error) {
	req, err := http.NewRequestWithContext(ctx, method, "http://vivencia/api/v1"+path, body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	answer, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode >= 300 {
		err = fmt.Errorf("%s %s: %s: %s", method, path, res.Status, answer)
	}
	return answer, err
}
