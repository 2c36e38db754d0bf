package voice_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/understand/text/remote"
	"github.com/vivencia-cx/vivencia/internal/understand/voice"
)

// Our model knows neither topic.
var ownTopics = strings.NewReplacer("slug: queue", "slug: fila", "slug: staff", "slug: gente").Replace(company)

// oracle is a language model on this machine that labels by one word, or wrongly.
type oracle struct {
	*httptest.Server
	asked atomic.Int32
	wrong atomic.Bool
	said  atomic.Value // the last question
}

func newOracle(t *testing.T) *oracle {
	o := &oracle{}
	o.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var in struct {
			Messages []struct{ Content string }
		}
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil || len(in.Messages) != 2 {
			http.Error(w, "bad", http.StatusBadRequest)
			return
		}
		question := in.Messages[1].Content
		o.said.Store(question)
		n := o.asked.Add(1)
		label := "none"
		switch {
		case o.wrong.Load():
			label = []string{"fila", "gente", "none"}[n%3]
		case strings.Contains(question, "cola"):
			label = "fila"
		case strings.Contains(question, "amable"):
			label = "gente"
		}
		answer, _ := json.Marshal(map[string]string{"label": label, "name": "Aparcar"})
		_ = json.NewEncoder(w).Encode(map[string]any{"choices": []any{map[string]any{"message": map[string]string{"content": string(answer)}}}})
	}))
	t.Cleanup(o.Close)
	return o
}

func (o *oracle) elsewhere(t *testing.T, perDay int) *voice.Elsewhere {
	t.Helper()
	l, err := remote.New(remote.Config{URL: o.URL, Model: "oráculo", Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return &voice.Elsewhere{Labeller: l, Model: "oráculo", Label: true, Name: true, PerDay: perDay}
}

// corrected lets people say the topics of 24 texts.
func (w *world) corrected() {
	w.t.Helper()
	for i := range 24 {
		words, topics := []string{"vaya cola", "gente amable", "ni fu ni fa"}[i%3], [][]string{{"fila"}, {"gente"}, {}}[i%3]
		seq := w.live(w.said(fmt.Sprintf("c%d", i), fmt.Sprintf("%s %d", words, i), 0))
		e := cx.Event{
			Kind: cx.Decision, Name: "vivencia.label.corrected", Source: "vivencia", MessageID: fmt.Sprint("label", i), At: w.clock.Now(), ReceivedAt: w.clock.Now(),
		}
		properties, _ := json.Marshal(map[string]any{"text": fmt.Sprintf("%d.0", seq), "topics": topics, "by": "person:1"})
		e.Body = fmt.Appendf(nil, `{"type":"decision","event":%q,"properties":%s}`, e.Name, properties)
		e.Properties = e.Body[len(e.Body)-1-len(properties) : len(e.Body)-1]
		w.live(e)
	}
}

func (w *world) consult(want int) {
	w.t.Helper()
	if n, err := w.Consult(w.t.Context()); err != nil || n != want {
		w.t.Errorf("labelled %d texts, want %d: %v", n, want, err)
	}
	w.hear()
}

func (w *world) quality() voice.Standing {
	w.t.Helper()
	q, err := w.Quality(w.t.Context(), cx.System())
	if err != nil {
		w.t.Fatal(err)
	}
	return q
}

// What ours does not understand is asked elsewhere, once, masked, after an audit and
// within the day's questions; people come first, and a rebuild asks nothing again.
func TestWhatIsNotUnderstoodIsAskedElsewhere(t *testing.T) {
	t.Parallel()
	each(t, func(t *testing.T, w *world) {
		o := newOracle(t)
		w.elsewhere = o.elsewhere(t, 24+3)
		w.again()
		w.apply(ownTopics)
		w.corrected()
		first := w.live(w.said("ana", "otra vez cola, escribidme a ana@correo.example", 1), w.said("luz", "una cola de aúpa", 1), w.said("eva", "qué amable", 5), w.said("sol", "pasaba por allí", 3))
		if q := w.quality().Elsewhere; q == nil || q.Audit != nil || q.Trusted || q.Model != "oráculo" || q.Today != 0 {
			t.Fatalf("before anything was asked: %+v", q)
		}
		w.following()
		w.consult(3) // of four: the day's questions are over
		q := w.quality().Elsewhere
		if q.Today != 27 || !q.Trusted || q.Audit.Labeller.N != 24 || q.Audit.Labeller.Kappa != 1 || q.Audit.Between.N != 24 || q.Labelled != 2 || o.asked.Load() != 27 {
			t.Errorf("%+v", q)
		}
		w.consult(0)
		w.clock.Advance(24 * time.Hour)
		w.consult(1)
		w.consult(0) // nothing is left that was not asked
		if said := o.said.Load().(string); strings.Contains(said, "correo.example") || !strings.Contains(said, "otra vez cola") {
			t.Errorf("asked of %s", said)
		}
		told := func(topic string) []string { return w.search(by(voice.ByTopic, topic)) }
		queue := []string{"una cola de aúpa", "otra vez cola, escribidme a ana@correo.example"}
		if diff := cmp.Diff(queue, told("fila")[:2]); diff != "" {
			t.Error(diff)
		}
		page, err := w.Search(t.Context(), cx.System(), voice.Query{Filter: voice.Filter{Seqs: []cx.Seq{first}}})
		if err != nil || !page.Lines[0].Elsewhere || page.Lines[0].Corrected {
			t.Errorf("%+v, %v", page.Lines, err)
		}

		none := []string{}
		if err := w.Correct(t.Context(), cx.System(), voice.Ref{Seq: first + 1, Item: 1}, voice.Label{Topics: &none}); err != nil {
			t.Fatal(err)
		}
		before := [][]string{told("fila"), told("gente"), told("")}
		if n := len(before[0]); n != 9 || before[0][0] != queue[1] {
			t.Errorf("after a person said otherwise: %q", before[0])
		}
		asked := o.asked.Load()
		w.on(w.fresh())
		w.hear()
		if diff := cmp.Diff(before, [][]string{told("fila"), told("gente"), told("")}); diff != "" || o.asked.Load() != asked {
			t.Errorf("made again from the log, %d questions:\n%s", o.asked.Load()-asked, diff)
		}
		w.apply(strings.Replace(ownTopics, "slug: fila", "slug: espera", 1))
		if got := told("fila"); slices.Contains(got, queue[1]) {
			t.Errorf("a topic that is gone: %q", got)
		}
	})
}

// Who labels at random is asked for an audit only, and who does not answer delays
// and changes nothing.
func TestWhoDisagreesOrIsDownLabelsNothing(t *testing.T) {
	t.Parallel()
	w, o := newWorld(t, nil), newOracle(t)
	w.elsewhere = o.elsewhere(t, 100)
	w.again()
	w.apply(ownTopics)
	w.corrected()
	w.live(w.said("ana", "otra vez cola", 1))
	o.wrong.Store(true)
	w.consult(0)
	if q := w.quality().Elsewhere; q.Trusted || q.Audit == nil || q.Audit.Labeller.Kappa >= .4 || q.Today != 24 || q.AuditedAt != w.clock.Now() {
		t.Errorf("%+v", q)
	}
	w.consult(0)
	if o.asked.Load() != 24 {
		t.Errorf("audited again: %d questions", o.asked.Load())
	}
	o.wrong.Store(false)
	w.apply(ownTopics + "# other topics are audited anew\n")
	w.apply(strings.Replace(ownTopics, "la cola era eterna", "la cola no acababa", 1))
	o.Close()
	if _, err := w.Consult(t.Context()); cx.KindOf(err) != cx.Unavailable {
		t.Errorf("down: %v", err)
	}
	w.live(w.said("luz", "una cola de aúpa", 1))
	if got := w.search(words("aúpa")); len(got) != 1 {
		t.Errorf("heard while it was down: %q", got)
	}
}

// Topics that are proposed get a name, later; nothing waits for it.
func TestProposedTopicsAreNamedElsewhere(t *testing.T) {
	t.Parallel()
	w, o := newWorld(t, nil), newOracle(t)
	w.elsewhere = o.elsewhere(t, 100)
	w.elsewhere.Label = false
	w.again()
	var events []cx.Event
	for i := range 40 {
		events = append(events, w.said(fmt.Sprintf("u%d", i), fmt.Sprintf("imposible aparcar el coche cerca %d", i), 0), w.said(fmt.Sprintf("v%d", i), fmt.Sprintf("la aplicación del móvil se cierra sola %d", i), 0))
	}
	w.live(events...)
	names := func() (all []string) {
		t.Helper()
		found, err := w.Taxonomy(t.Context(), cx.System(), voice.Filter{})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range found.Candidates {
			all = append(all, c.Name)
		}
		return all
	}
	if got := names(); len(got) == 0 || got[0] != "" || o.asked.Load() != 0 {
		t.Fatalf("candidates %q before anything was asked", got)
	}
	w.consult(0)
	for _, name := range names() {
		if name != "Aparcar" {
			t.Errorf("a candidate is called %q", name)
		}
	}
}
