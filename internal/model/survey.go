package model

import (
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"slices"
	"strings"

	"github.com/vivencia-cx/vivencia/internal/expr"
)

// The purposes of a survey.
const (
	Transactional = "transactional" // about something just lived
	Relationship  = "relationship"  // about the company as a whole
	Expectation   = "before"        // what is expected, asked before it is lived; see Pair
	TeamVoice     = "team"          // what the company's own people live at the touchpoints
	Quiz          = "quiz"          // what the company's own people hold for its promise
)

// The audiences of a survey.
const (
	ToCustomers = "customers"
	ToTeam      = "team"
)

// Survey is what the company asks. Its slug and the ids of its questions,
// options and rows keep their meaning in every version and language; its
// touchpoint is the one that names it under surveys.
type Survey struct {
	Slug      string
	Name      Text // for the company
	Purpose   string
	Audience  string // ToCustomers or ToTeam
	Anonymous bool   // answers are kept without who gave them, even through a personal link
	Pair      Pair
	Pages     []SurveyPage
	Thanks    Text   // said at the end, with piping; may be empty
	Redirect  string // where the end leads: an https address; may be empty
	Ask       *Ask   // nil: only who is given a link answers

	version string
}

// Version names the content of the survey: ten hexadecimal digits that change
// with whatever an answering person could notice.
func (s *Survey) Version() string { return s.version }

// Team tells whether the company's own people answer it.
func (s *Survey) Team() bool { return s.Audience == ToTeam }

// Questions lists the questions of all pages.
func (s *Survey) Questions() (all []Question) {
	for _, p := range s.Pages {
		all = append(all, p.Questions...)
	}
	return all
}

// Question returns the question of an id.
func (s *Survey) Question(id string) (q Question, ok bool) {
	all := s.Questions()
	if i := slices.IndexFunc(all, func(q Question) bool { return q.ID == id }); i >= 0 {
		return all[i], true
	}
	return Question{}, false
}

// Score returns the first question that gives a score.
func (s *Survey) Score() (q Question, ok bool) {
	all := s.Questions()
	if i := slices.IndexFunc(all, Question.Scored); i >= 0 {
		return all[i], true
	}
	return Question{}, false
}

// Metric returns what a score of the question counts as. What is expected is a
// rating of its own, and never satisfaction.
func (s *Survey) Metric(q Question) string {
	if s.Purpose == Expectation {
		return Rating
	}
	return q.Type
}

// Pair joins an expectation to what was lived: the survey that asks the same
// afterwards, and the object that both answers name.
type Pair struct {
	Survey string // slug; "" for a survey without a pair
	Object string // slug of an object; "": the customer's next answer to Survey
}

// SurveyPage is what is asked at once.
type SurveyPage struct {
	When      *expr.Program // of scope expr.Reply; nil: always
	Title     Text          // may be empty
	Questions []Question
}

// Limits of surveys, for whoever answers on a small screen.
const (
	MaxSurveys   = 200
	MaxPages     = 30
	MaxQuestions = 60 // of a survey
	MaxOptions   = 60 // of a question
)

var surveyKeys = []string{"slug", "name", "purpose", "audience", "anonymous", "pair", "pages", "thanks", "redirect", "ask"}

func (p *parsing) surveys(v value) (out []Survey) {
	if v.absent() {
		return nil
	}
	q, ok := p.asking(v)
	if !ok {
		return nil
	}
	seen, at := map[string]bool{}, []value{}
	for i, item := range v.list() {
		if i == MaxSurveys {
			item.fault("is one more than the %d surveys that a model may have: take out those that nobody answers", MaxSurveys)
			break
		}
		out, at = append(out, q.survey(item, seen)), append(at, item)
	}
	for i := range out {
		p.pairing(at[i], &out[i], out)
	}
	return out
}

// surveying is a survey on its way from YAML or JSON.
type surveying struct {
	*parsing
	reply, moment *expr.Compiler
	ids           map[string]bool     // of its questions
	before        map[string]Question // on pages before the one that is read
	questions     int
}

func (p *parsing) asking(v value) (s *surveying, ok bool) {
	s = &surveying{parsing: p}
	var err error
	zone := expr.Zone(p.m.Company.Zone())
	if s.reply, err = expr.NewCompiler(expr.Reply, zone); err == nil {
		s.moment, err = expr.NewCompiler(expr.Moment, zone)
	}
	if err != nil {
		v.fault("no condition can be read: %s", err)
	}
	return s, err == nil
}

func (p *surveying) survey(v value, seen map[string]bool) Survey {
	f := v.fields(surveyKeys...)
	s := Survey{
		Slug:      f["slug"].slug(seen),
		Name:      f["name"].words(),
		Purpose:   f["purpose"].oneOf(Transactional, Relationship, Expectation, TeamVoice, Quiz),
		Audience:  ToCustomers,
		Anonymous: f["anonymous"].boolean(),
	}
	if s.Purpose == TeamVoice || s.Purpose == Quiz {
		s.Audience = ToTeam
	}
	if !f["audience"].absent() {
		if told := f["audience"].oneOf(ToCustomers, ToTeam); told != "" && s.Purpose != "" && told != s.Audience {
			f["audience"].fault("a survey of purpose %s is answered by %s: leave the audience out, or choose another purpose", s.Purpose, s.Audience)
		}
	}
	if pair := f["pair"]; !pair.absent() {
		g := pair.fields("survey", "object")
		s.Pair.Survey = g["survey"].required("name the survey that asks the same afterwards")
		objects := slugs(p.m.Objects, func(o Object) string { return o.Slug })
		s.Pair.Object = g["object"].ref(g["object"].optional("name the object that both answers carry, such as order"), "object", "objects", objects)
	}
	p.ids, p.before, p.questions = map[string]bool{}, map[string]Question{}, 0
	pages := f["pages"].list()
	if len(pages) == 0 {
		f["pages"].fault("is missing: write at least one page with a question")
	}
	for i, page := range pages {
		if i == MaxPages {
			page.fault("is one more than the %d pages that a survey may have", MaxPages)
			break
		}
		s.Pages = append(s.Pages, p.page(page))
	}
	if !f["thanks"].absent() {
		s.Thanks = p.piped(f["thanks"])
	}
	if s.Redirect = f["redirect"].optional("write an https address"); s.Redirect != "" {
		if u, err := url.Parse(s.Redirect); err != nil || u.Scheme != "https" || u.Host == "" {
			f["redirect"].fault("%q is no https address: write one, such as https://candil.example/gracias", s.Redirect)
		}
	}
	if ask := f["ask"]; !ask.absent() {
		if s.Team() {
			ask.fault("is for customers: the team finds its surveys on its own page; leave it out")
		}
		s.Ask = p.ask(ask)
	}
	s.version = s.digest()
	return s
}

func (p *surveying) page(v value) SurveyPage {
	f := v.fields("title", "when", "questions")
	page := SurveyPage{When: p.reads(f["when"])}
	if !f["title"].absent() {
		page.Title = p.piped(f["title"])
	}
	items := f["questions"].list()
	if len(items) == 0 {
		f["questions"].fault("is missing: write at least one question")
	}
	for _, item := range items {
		if p.questions++; p.questions == MaxQuestions+1 {
			item.fault("is one more than the %d questions that a survey may have: fewer are answered better", MaxQuestions)
		}
		if p.questions > MaxQuestions {
			break
		}
		page.Questions = append(page.Questions, p.question(item))
	}
	for _, q := range page.Questions {
		p.before[q.ID] = q
	}
	return page
}

// pairing checks what needs all surveys: that the pair asks the same.
func (p *parsing) pairing(v value, s *Survey, all []Survey) {
	f := v.fields(surveyKeys...)["pair"]
	switch {
	case s.Purpose == Expectation && s.Pair.Survey == "" && f.absent():
		f.fault("is missing: name the survey that asks the same afterwards, such as {survey: csat-delivery, object: order}")
		return
	case s.Purpose != Expectation && !f.absent():
		f.fault("is for a survey of purpose before: leave it out, or change the purpose")
		return
	case s.Pair.Survey == "":
		return
	}
	declared := slugs(all, func(s Survey) string { return s.Slug })
	i := slices.Index(declared, s.Pair.Survey)
	if i < 0 || s.Pair.Survey == s.Slug {
		f.ref(s.Pair.Survey, "survey", "surveys", slices.DeleteFunc(declared, func(d string) bool { return d == s.Slug }))
		return
	}
	mine, scored := s.Score()
	theirs, _ := all[i].Score()
	if !scored || mine.Type != theirs.Type || mine.Scale != theirs.Scale {
		f.fault("%q and this survey cannot be compared: let the first score of both be of one type and scale", s.Pair.Survey)
	}
}

// digest hashes what an answering person could notice.
func (s *Survey) digest() string {
	part := slices.DeleteFunc(s.part(), func(f Field) bool { return f.Key == "name" || f.Key == "ask" })
	sum := sha256.Sum256(jsonOf(part))
	return hex.EncodeToString(sum[:5])
}

// surveyElements flattens surveys and their questions for a comparison.
func (m *Model) surveyElements() (out []element) {
	yes := func(b bool) string {
		if b {
			return "true"
		}
		return ""
	}
	for _, s := range m.Surveys {
		pages := make([]string, len(s.Pages))
		for i, p := range s.Pages {
			ids := make([]string, len(p.Questions))
			for j, q := range p.Questions {
				ids[j] = q.ID
			}
			pages[i] = strings.Join(ids, ", ")
			if title := p.Title.String(); title != "" {
				pages[i] = title + ": " + pages[i]
			}
			if p.When != nil {
				pages[i] += " when " + p.When.Source()
			}
		}
		out = append(out, element{s.Slug, s.Name.String(), []part{
			{"name", s.Name.String()},
			{"purpose", s.Purpose},
			{"audience", s.Audience},
			{"anonymous", yes(s.Anonymous)},
			{"pair", strings.TrimSpace(s.Pair.Survey + " " + s.Pair.Object)},
			{"pages", strings.Join(pages, "; ")},
			{"thanks", s.Thanks.String()},
			{"redirect", s.Redirect},
			{"ask", s.Ask.String()},
		}})
		for _, q := range s.Questions() {
			out = append(out, q.element(s.Slug+questionsPath))
		}
	}
	return out
}

// questionsPath stands between a survey's slug and a question's id in a Change.
const questionsPath = ".questions."
