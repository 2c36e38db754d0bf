package survey

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"golang.org/x/text/language"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/expr"
	"github.com/vivencia-cx/vivencia/internal/model"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// visit is one request to a survey: what its ref leads to.
type visit struct {
	model    *model.Model
	survey   model.Survey
	link     link // zero at a survey's own address
	response response
	way      Way
	about    map[string]string
	token    string // of the response, where the link is not personal
	shown    cx.Time
	lang     string
	now      cx.Time

	person func() (Person, error) // of a personal link, asked once and only when needed
}

// meet finds what a ref leads to. State is Asking, or what to tell instead.
func (s *Service) meet(ctx context.Context, ref Ref, lang string) (v *visit, state State, err error) {
	version := s.Models.Current()
	v = &visit{model: version.Model, way: ref.Way, now: s.Clock.Now()}
	slug := ref.Survey
	if ref.Token != "" {
		id, ok := s.seals.linkID(ref.Token)
		if !ok {
			return v, Unknown, nil
		}
		known := false
		err = s.DB.Read(ctx, func(tx *sqldb.Tx) error {
			if v.link, known, err = readLink(ctx, tx, id); err != nil || !known {
				return err
			}
			v.response, _, err = readResponse(ctx, tx, id)
			return err
		})
		switch {
		case err != nil:
			return v, "", err
		case !known, v.link.revokedAt != 0: // of somebody forgotten, or taken back
			return v, Revoked, nil
		}
		slug, v.way, v.about = v.link.survey, v.link.way, v.link.about
	} else if v.way == "" {
		v.way = Anonymous
	}
	v.lang = s.language(v, ref, lang)
	survey, ok := v.model.Survey(slug)
	switch {
	case !ok && ref.Token == "":
		return v, Unknown, nil
	case !ok:
		return v, Closed, nil
	case ref.Token == "" && (survey.Team() != (ref.Speaker.ID != "") || !slices.Contains([]Way{Anonymous, ByWidget, ByAPI}, v.way)):
		return v, Unknown, nil
	}
	v.survey = survey
	if err := s.begin(ctx, v, ref); err != nil {
		return v, "", err
	}
	v.person = s.personOf(ctx, v.link.customer)
	switch {
	case v.response.completedAt != 0 && v.now >= v.correctUntil():
		return v, Answered, nil
	case v.link.completedAt != 0 && v.survey.Anonymous: // nobody can tell any more which answers were theirs
		return v, Answered, nil
	case v.response.completedAt != 0:
		return v, Asking, nil
	case v.link.expiresAt != 0 && v.now >= v.link.expiresAt:
		return v, Expired, nil
	}
	return v, Asking, nil
}

func (v *visit) correctUntil() cx.Time {
	if v.survey.Anonymous && v.way.Personal() {
		return v.response.completedAt
	}
	return v.response.completedAt.Add(CorrectWithin)
}

// unjoined is a time as it is kept beside a customer's link: of an anonymous
// survey the day alone, so that no time leads from the link to the answers.
func (v *visit) unjoined(t cx.Time) cx.Time {
	if !v.survey.Anonymous {
		return t
	}
	return cx.TimeOf(t.Std().UTC().Truncate(24 * time.Hour))
}

// begin finds the response, or makes what it will be.
func (s *Service) begin(ctx context.Context, v *visit, ref Ref) error {
	fresh := response{
		survey: v.survey.Slug, way: v.way, touchpoint: v.link.touchpoint, place: v.link.place, customer: v.link.customer,
		given: given{}, sent: map[string]cx.Seq{},
	}
	if v.way.asserts() && v.link.customer == "" && len(checkAbout(ref.About)) == 0 {
		v.about = ref.About
	}
	switch {
	case v.way.Personal() && ref.Token != "":
		fresh.id = v.link.id
		if v.survey.Anonymous {
			fresh.id, fresh.customer = s.seals.veiled(v.link.id), ""
		}
	case (v.way == ByKiosk || v.way == ByAPI) && uuidForm.MatchString(ref.Response):
		fresh.id, v.token = ref.Response, ref.Response
	default:
		id, shown, ok := s.seals.responseID(v.survey.Slug, ref.Response)
		v.token, v.shown = ref.Response, shown
		if !ok {
			v.token, v.shown = s.seals.response(v.survey.Slug, v.now), v.now
			id, _, _ = s.seals.responseID(v.survey.Slug, v.token)
		}
		fresh.id = id
	}
	if v.response.id == fresh.id {
		return nil
	}
	if v.token == "" && !v.survey.Anonymous { // it would have been found with its link
		v.response = fresh
		return nil
	}
	return s.DB.Read(ctx, func(tx *sqldb.Tx) error {
		kept, ok, err := readResponse(ctx, tx, fresh.id)
		if v.response = fresh; ok && kept.survey == fresh.survey {
			v.response = kept
		}
		return err
	})
}

func (s *Service) personOf(ctx context.Context, id cx.CustomerID) func() (Person, error) {
	var asked bool
	var p Person
	var err error
	return func() (Person, error) {
		if !asked && id != "" {
			p, err = s.Customers.Person(ctx, cx.System(), id)
			asked = true
		}
		return p, err
	}
}

// language chooses among what is asked for, the link's, the browser's and the
// company's own.
func (s *Service) language(v *visit, ref Ref, asked string) string {
	for _, lang := range []string{asked, v.link.language} {
		if base, _, _ := strings.Cut(lang, "-"); slices.Contains([]string{"es", "en", "pt"}, base) {
			return base
		}
	}
	if tags, _, err := language.ParseAcceptLanguage(ref.Accept); err == nil && len(ref.Accept) < 200 {
		for _, tag := range tags {
			if base, _ := tag.Base(); slices.Contains([]string{"es", "en", "pt"}, base.String()) {
				return base.String()
			}
		}
	}
	base, _, _ := strings.Cut(append(slices.Clone(v.model.Company.Languages), "es")[0], "-")
	return base
}

// vars is what conditions see. The traits are asked for only when one reads
// them.
func (v *visit) vars(prog *expr.Program, known map[string]any) expr.Vars {
	vars := expr.Vars{Given: expr.ObjectOf(known), Properties: expr.ObjectOf(anyOf(v.about)), Now: v.now}
	if prog.NeedsTraits() {
		if p, err := v.person(); err == nil {
			vars.Traits = expr.NewObject(p.Traits)
		}
	}
	return vars
}

func anyOf(texts map[string]string) map[string]any {
	out := make(map[string]any, len(texts))
	for k, t := range texts {
		out[k] = t
	}
	return out
}

// holds evaluates a condition; one that cannot be said does not hold.
func (v *visit) holds(prog *expr.Program, known map[string]any) bool {
	if prog == nil {
		return true
	}
	ok, err := prog.Bool(v.vars(prog, known))
	return ok && err == nil
}

// asked is a page with the questions that are asked on it.
type asked struct {
	number    int // from 1, of the survey's pages
	title     model.Text
	questions []model.Question
}

// pages lists the pages that are asked as far as the answers tell, each with the
// questions that are: conditions read answers of pages before only, of those
// that are asked.
func (v *visit) pages() (all []asked) {
	known := map[string]any{}
	for i, p := range v.survey.Pages {
		if !v.holds(p.When, known) {
			continue
		}
		page := asked{number: i + 1, title: p.Title}
		for _, q := range p.Questions {
			if v.holds(q.When, known) {
				page.questions = append(page.questions, q)
			}
		}
		if len(page.questions) == 0 {
			continue
		}
		for _, q := range page.questions {
			if a, ok := v.response.given[q.ID]; ok {
				known[q.ID] = value(q, a)
			}
		}
		all = append(all, page)
	}
	return all
}

// reached returns where among pages the response is: the first with a question
// that was not shown yet; len(pages) when there is none.
func (v *visit) reached(pages []asked) int {
	i := slices.IndexFunc(pages, func(p asked) bool {
		return slices.ContainsFunc(p.questions, func(q model.Question) bool { _, shown := v.response.given[q.ID]; return !shown })
	})
	if i < 0 {
		return len(pages)
	}
	return i
}

// known tells texts what is known.
func (v *visit) known(path string) (any, bool) {
	root, name, _ := strings.Cut(path, ".")
	switch {
	case path == "customer.first_name" || path == "customer.name" || root == "traits":
		p, err := v.person()
		switch {
		case err != nil:
			return nil, false
		case path == "customer.first_name":
			first := PlainName(p.FirstName)
			return first, first != ""
		case path == "customer.name":
			whole := PlainName(p.Name)
			return whole, whole != ""
		}
		return expr.NewObject(p.Traits).Get(name)
	case root == "properties":
		t, ok := v.about[name]
		return t, ok
	case path == "event.at":
		return v.link.at, v.link.at != 0
	case path == "event.name":
		return v.link.event, v.link.event != ""
	case path == "place":
		p, ok := v.model.Place(v.link.place)
		return p.Name.In(v.lang), ok
	case path == "touchpoint":
		t, ok := v.touchpoint()
		return t.Name.In(v.lang), ok
	case path == "company":
		return v.model.Company.Name, v.model.Company.Name != ""
	case root == "answers":
		return v.answered(name)
	}
	return nil, false
}

func (v *visit) touchpoint() (model.Touchpoint, bool) {
	if v.link.touchpoint != "" {
		return v.model.Touchpoint(v.link.touchpoint)
	}
	return v.model.SurveyTouchpoint(v.survey.Slug)
}

// answered returns an answer in words.
func (v *visit) answered(id string) (any, bool) {
	q, ok := v.survey.Question(id)
	a := v.response.given[id]
	if !ok || len(a.Values) == 0 {
		return nil, false
	}
	texts := make([]string, len(a.Values))
	for i, value := range a.Values {
		texts[i] = value
		if at := slices.IndexFunc(q.Options, func(o model.Option) bool { return o.ID == value }); at >= 0 {
			texts[i] = q.Options[at].Text.In(v.lang)
		} else if value == OtherOption && q.Other {
			texts[i] = a.Other
		}
	}
	return strings.Join(texts, ", "), true
}

// order returns options as this response sees them: in the same order each time.
func (v *visit) order(q model.Question, options []model.Option) []model.Option {
	if !q.Randomise {
		return options
	}
	sum := sha256.Sum256([]byte(v.response.id + "\x00" + q.ID))
	out := slices.Clone(options)
	r := rand.New(rand.NewPCG(binary.LittleEndian.Uint64(sum[:]), binary.LittleEndian.Uint64(sum[8:])))
	r.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}
