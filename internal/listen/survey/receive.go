package survey

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/listen/intake"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// Receive keeps what was answered on a page and returns the next one, or the
// same page with a Fault at each question whose answer does not fit; then
// nothing was kept. What it acknowledges is in the log. The same post again
// changes nothing.
//
// What was answered to another version of the survey is kept by the ids of its
// questions; ids that the survey does not have any more are kept too, and named
// in the answer's "retired". Changing what was answered before, up to
// CorrectWithin after the end, makes a new answer that says which ones it
// "corrects": their scores do not count any more.
func (s *Service) Receive(ctx context.Context, ref Ref, page int, values Values, lang string) (Form, error) {
	const op = "survey.Receive"
	v, state, err := s.meet(ctx, ref, lang)
	if err == nil && (state == Asking || state == Answered) {
		release := s.hold(v.response.id)
		defer release()
		if v, state, err = s.meet(ctx, v.again(ref), lang); err == nil { // as whoever was held before left it
			f, err := s.receive(ctx, v, state, ref, page, values)
			return f, cx.Wrap(op, err)
		}
	}
	return v.told(state), cx.Wrap(op, err)
}

// again is the ref of a response that has just begun, so that it keeps its id.
func (v *visit) again(ref Ref) Ref {
	if v.token != "" {
		ref.Response = v.token
	}
	return ref
}

func (s *Service) receive(ctx context.Context, v *visit, state State, ref Ref, page int, values Values) (Form, error) {
	if !v.way.Personal() && s.crowded(v, ref) {
		return v.told(TooMany), nil
	}
	pages := v.pages()
	at := slices.IndexFunc(pages, func(p asked) bool { return p.number == page })
	r := reader{values, spoken(v.lang)}
	p := post{values: values, answers: given{}, version: v.survey.Version()}
	switch old := versionForm.MatchString(ref.Version) && ref.Version != p.version; {
	case old:
		p.version = ref.Version
		p.readOld(v, r)
	case at < 0 || at > v.reached(pages): // not a page that anybody was shown
		if state == Answered || v.response.completedAt != 0 {
			return v.told(Answered), nil
		}
		if len(pages) == 0 { // nothing is asked of them
			return v.told(Answered), nil
		}
		return v.form(pages, min(v.reached(pages), len(pages)-1)), nil
	default:
		if f, ok := p.readPage(v, r, pages, at); !ok {
			return f, nil
		}
	}
	changed := maps.Clone(p.answers)
	maps.DeleteFunc(changed, func(id string, a answer) bool { was, shown := v.response.given[id]; return shown && was.same(a) })
	if len(changed) > 0 || len(p.retired) > 0 {
		if state == Answered {
			return v.told(Answered), nil
		}
		f, ok, err := s.keep(ctx, v, ref, &p, changed, pages, at)
		if err != nil || !ok {
			return f, err
		}
	}
	pages = v.pages()
	if next := v.reached(pages); next < len(pages) {
		return v.form(pages, next), nil
	}
	return v.told(Thanks), nil
}

// post is what one post answers.
type post struct {
	values    Values
	version   string
	questions []model.Question // that it answers, in their order
	answers   given
	retired   []item // answers to what the survey does not ask any more
}

// readPage reads the answers to a page; ok is false when one does not fit, and
// the form tells.
func (p *post) readPage(v *visit, r reader, pages []asked, at int) (f Form, ok bool) {
	faults := map[string]string{}
	for _, q := range pages[at].questions {
		a, fault := r.read(q)
		p.questions, p.answers[q.ID] = append(p.questions, q), a
		if fault != "" {
			faults[q.ID] = fault
		}
	}
	if len(faults) == 0 {
		return Form{}, true
	}
	return v.faulty(pages, at, p.answers, faults), false
}

// faulty is a page with what was posted and what to do about it.
func (v *visit) faulty(pages []asked, at int, answers given, faults map[string]string) Form {
	f := v.form(pages, at)
	for i := range f.Questions {
		q := &f.Questions[i]
		q.Fault = faults[q.ID]
		q.put(answers[q.ID])
	}
	return f
}

// maxRetired is how many answers to what is not asked any more one post may
// have.
const maxRetired = 20

var versionForm = regexp.MustCompile(`^[0-9a-f]{10}$`)

var fieldForm = regexp.MustCompile(`^[a-z0-9]+([_-][a-z0-9]+)*(\.[a-z0-9]+([_-][a-z0-9]+)*)?$`)

// readOld reads answers to another version of the survey, by the ids of its
// questions; what does not fit any more is asked again.
func (p *post) readOld(v *visit, r reader) {
	fields := map[string][]string{} // by question
	for _, name := range slices.Sorted(maps.Keys(r.values)) {
		if id, _, _ := strings.Cut(name, "."); name != TrapField && len(name) <= 129 && fieldForm.MatchString(name) {
			fields[id] = append(fields[id], name)
		}
	}
	for _, q := range v.survey.Questions() {
		if fields[q.ID] == nil {
			continue
		}
		delete(fields, q.ID)
		if a, fault := r.read(q); fault == "" {
			p.questions, p.answers[q.ID] = append(p.questions, q), a
		}
	}
	for _, id := range slices.Sorted(maps.Keys(fields)) {
		for _, name := range fields[id] {
			if text := cut(clean(strings.Join(r.values[name], ", ")), maxOther); text != "" && len(p.retired) < maxRetired {
				p.retired = append(p.retired, item{Question: name, Choice: text})
			}
		}
	}
}

// crowded tells whether more comes from there than people give.
func (s *Service) crowded(v *visit, ref Ref) bool {
	most := postsWindow
	if v.way == ByKiosk {
		most = kioskWindow
	}
	return s.from("post ", v, ref) > most ||
		s.limits.count("survey "+v.survey.Slug, v.now) > surveyWindow
}

// suspicious tells whether a post looks like a program's.
func (s *Service) suspicious(v *visit, ref Ref, values Values) bool {
	if v.way.Personal() || v.way == ByKiosk {
		return false
	}
	if len(values[TrapField]) > 0 && values[TrapField][0] != "" {
		return true
	}
	if v.response.begunAt != 0 {
		return v.response.suspect
	}
	return v.now.Sub(v.shown) < quickest || s.from("begin ", v, ref) > beginsWindow
}

// from counts one more of what comes from an address, and tells how many there
// were this minute.
func (s *Service) from(what string, v *visit, ref Ref) int {
	if ref.Address == "" {
		return 0
	}
	return s.limits.count(what+s.seals.address(ref.Address, v.now), v.now)
}

// keep appends the answer to the log and notes how far the response is. Ok is
// false when the answer is too long for the log; the form tells.
func (s *Service) keep(ctx context.Context, v *visit, ref Ref, p *post, changed given, pages []asked, at int) (Form, bool, error) {
	after := *v
	after.response.given = maps.Clone(v.response.given)
	maps.Copy(after.response.given, p.answers)
	next := after.pages()
	complete := after.reached(next) == len(next)
	suspect := v.response.suspect || s.suspicious(v, ref, p.values)

	body, err := s.body(ctx, v, ref, p, changed, complete, suspect)
	if err != nil {
		return Form{}, false, err
	}
	if body == nil {
		return v.told(Revoked), false, nil
	}
	kind := cx.Answer
	if v.survey.Team() {
		kind = cx.Team
	}
	event, err := intake.Decode(body, intake.Defaults{Source: Source, ReceivedAt: v.now, Kind: kind})
	if err != nil {
		if len(body) > intake.MaxMessageBytes && at >= 0 {
			return v.faulty(pages, at, p.answers, map[string]string{longest(p.answers): spoken(v.lang).together}), false, nil
		}
		return Form{}, false, err
	}
	ctx = context.WithoutCancel(ctx) // what is in the log is noted, whoever has left meanwhile
	seq, err := s.Log.Append(ctx, []cx.Event{event})
	if err != nil {
		return Form{}, false, err
	}
	r := &after.response
	r.revision++
	r.suspect = suspect
	r.sent = maps.Clone(r.sent)
	for id := range changed {
		r.sent[id] = seq
	}
	if r.begunAt == 0 {
		r.begunAt = event.At
	}
	if complete && r.completedAt == 0 {
		r.completedAt = v.now
	}
	err = s.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := r.store(ctx, tx); err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, `INSERT INTO survey_answers (seq, response) VALUES ($1, $2) ON CONFLICT (seq) DO NOTHING`, int64(seq), r.id); err != nil {
			return err
		}
		if complete && v.link.id != "" && v.way.Personal() {
			if _, err := tx.Exec(ctx, `UPDATE survey_links SET completed_at = $1 WHERE id = $2 AND completed_at = 0`, int64(v.unjoined(v.now)), v.link.id); err != nil {
				return err
			}
		}
		return s.noteOpened(ctx, tx)
	})
	*v = after
	return Form{}, true, err
}

// longest returns the question with the longest text.
func longest(answers given) (id string) {
	most := -1
	for q, a := range answers {
		if n := len(strings.Join(a.Values, "")); n > most || n == most && q < id {
			id, most = q, n
		}
	}
	return id
}

// message is an answer as it goes to the log.
type message struct {
	Type        string         `json:"type"`
	Survey      string         `json:"survey"`
	Answers     []item         `json:"answers"`
	Touchpoint  string         `json:"touchpoint,omitzero"`
	MessageID   string         `json:"messageId,omitzero"`
	UserID      string         `json:"userId,omitzero"`
	AnonymousID string         `json:"anonymousId,omitzero"`
	Timestamp   string         `json:"timestamp,omitzero"`
	Properties  map[string]any `json:"properties"`
	Context     any            `json:"context,omitzero"`
}

// body writes the answer; nil when its customer is not known any more.
func (s *Service) body(ctx context.Context, v *visit, ref Ref, p *post, changed given, complete, suspect bool) ([]byte, error) {
	r := &v.response
	m := message{
		Type: "answer", Survey: v.survey.Slug, Touchpoint: v.link.touchpoint,
		Properties: map[string]any{"response_id": r.id, "survey_version": p.version, "complete": complete, "way": string(v.way)},
	}
	traits := map[string]bool{}
	var corrects []cx.Seq
	for _, q := range p.questions {
		a, is := changed[q.ID]
		if !is {
			continue
		}
		m.Answers = append(m.Answers, items(v.survey.Metric(q), q, a)...)
		if seq := r.sent[q.ID]; seq != 0 && !slices.Contains(corrects, seq) {
			corrects = append(corrects, seq)
		}
		if q.Type == model.Consent && q.Trait != "" && len(a.Values) > 0 {
			traits[q.Trait] = a.Values[0] == "true"
		}
	}
	m.Answers = append(m.Answers, p.retired...)
	retired := make([]string, len(p.retired))
	for i, it := range p.retired {
		retired[i] = it.Question
	}
	if !v.survey.Anonymous { // an order's number would tell whose it is
		for name, value := range v.about {
			m.Properties[name] = value
		}
	}
	if v.link.place != "" {
		name := append(slices.Clone(v.model.Facts.Place), "place")[0]
		if v.survey.Team() {
			name = "place"
		}
		m.Properties[name] = v.link.place
	}
	if len(corrects) > 0 {
		m.Properties["corrects"] = corrects
	}
	if len(retired) > 0 {
		m.Properties["retired"] = retired
	}
	if suspect {
		m.Properties["suspect"] = true
	}
	if v.survey.Team() {
		m.Type = "team"
		if err := s.standing(ctx, v, ref, m.Properties); err != nil {
			return nil, err
		}
	} else if known, err := v.names(ref, &m); err != nil || !known {
		return nil, err
	}
	if len(traits) > 0 && !v.survey.Anonymous && !v.survey.Team() {
		m.Context = map[string]any{"traits": traits}
	}
	content, err := json.Marshal(m, json.Deterministic(true))
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(content) // the same post after a crash is the same message
	m.Timestamp = v.at(ref).String()
	m.MessageID = "answer:" + r.id + ":" + itoa(r.revision) + ":" + hex.EncodeToString(sum[:4])
	return json.Marshal(m, json.Deterministic(true))
}

// standing says in the message of the team what may be said of who answers.
func (s *Service) standing(ctx context.Context, v *visit, ref Ref, properties map[string]any) error {
	if s.Team != nil && ref.Speaker.ID != "" {
		about, err := s.Team.Standing(ctx, v.survey.Slug, v.link.touchpoint, v.link.place, ref.Speaker)
		if err != nil {
			return err
		}
		maps.Copy(properties, about)
	}
	if v.response.revision > 0 { // an earlier page of the same person
		properties["again"] = true
	}
	return nil
}

// names says in the message whose answer it is; known is false when the customer
// is not there any more.
func (v *visit) names(ref Ref, m *message) (known bool, err error) {
	switch {
	case v.link.customer != "" && !v.survey.Anonymous:
		p, err := v.person()
		if cx.KindOf(err) == cx.NotFound || cx.KindOf(err) == cx.Gone {
			return false, nil
		}
		m.UserID, m.AnonymousID = p.UserID, p.AnonymousID
		return true, err
	case v.way.asserts() && !v.survey.Anonymous && (ref.UserID != "" || ref.AnonymousID != ""):
		m.UserID, m.AnonymousID = cut(clean(ref.UserID), intake.MaxText), cut(clean(ref.AnonymousID), intake.MaxText)
	default:
		m.AnonymousID = v.response.id
	}
	return true, nil
}

// at is when it was answered: now, or when a kiosk says, if that can be.
func (v *visit) at(ref Ref) cx.Time {
	if v.way == ByKiosk && ref.At != 0 && ref.At < v.now && ref.At > v.now.Add(-latestArrival) {
		return ref.At
	}
	return v.now
}
