package ui

import (
	"context"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Tone colours a part by what it means. Positive and Negative are feeling or
// outcome and always come with a word, a sign or an arrow.
type Tone string

// The tones.
const (
	Neutral  Tone = "neutral"
	Positive Tone = "positive"
	Negative Tone = "negative"
	Accent   Tone = "accent"
)

// MenuItem is one entry of the menu. Label is a message key.
type MenuItem struct {
	Href, Icon, Label string
	Group             MenuGroup
	Order             int    // within the group, ascending
	Key               string // the letter after g that goes there; optional
	Tab               bool   // also in the phone's bottom bar (at most four)
	Also              string // another address whose pages belong to it; optional
	Count             int64  // shown beside the label when above zero: what waits for someone
}

// MenuGroup is a block of the menu.
type MenuGroup string

// The groups, in the order they are shown. Main has no heading.
const (
	MenuMain     MenuGroup = "main"
	MenuServe    MenuGroup = "serve"    // what whoever serves does now
	MenuListen   MenuGroup = "listen"   // what is said, and why
	MenuPromises MenuGroup = "promises" // what we owe, and the rules by which we act
	MenuImprove  MenuGroup = "improve"  // what came of it, and what is made better
	MenuData     MenuGroup = "data"
	MenuSettings MenuGroup = "settings"
)

// MenuGroups lists the groups in order.
func MenuGroups() []MenuGroup {
	return []MenuGroup{MenuMain, MenuServe, MenuListen, MenuPromises, MenuImprove, MenuData, MenuSettings}
}

// Toast is a passing message.
type Toast struct {
	Tone Tone   `json:"t"`
	Text string `json:"x"`
}

// Frame is what the shell shows of a request: web fills it, pages read what
// they need of it.
type Frame struct {
	Path      string // of the request, to mark the current menu item
	CSRF      string // the session's token; "" before signing in
	Theme     string // light, dark or "" for the system's
	Company   string // its name; "" before a model is applied
	Person    string // the name of who is signed in; "" before signing in
	Role      string // its role's slug
	Menu      []MenuItem
	Toasts    []Toast
	RequestID string
}

type frameKey struct{}

// WithFrame returns a context that carries the frame.
func WithFrame(ctx context.Context, f *Frame) context.Context {
	return context.WithValue(ctx, frameKey{}, f)
}

// FrameOf returns the context's frame; an empty one when there is none.
func FrameOf(ctx context.Context) *Frame {
	if f, ok := ctx.Value(frameKey{}).(*Frame); ok {
		return f
	}
	return &Frame{}
}

// waiting returns what is counted beside a menu item.
func (f *Frame) waiting(href string) int64 {
	for _, i := range f.Menu {
		if i.Href == href {
			return i.Count
		}
	}
	return 0
}

func (f *Frame) group(g MenuGroup) (items []MenuItem) {
	for _, i := range f.Menu {
		if i.Group == g {
			items = append(items, i)
		}
	}
	return items
}

func (f *Frame) tabs() (items []MenuItem) {
	for _, i := range f.Menu {
		if i.Tab && len(items) < 4 {
			items = append(items, i)
		}
	}
	return items
}

// current tells whether the request is for the item's page or one below it.
// Among several that fit, the longest address wins.
func (f *Frame) current(item MenuItem) bool {
	best := ""
	for _, i := range f.Menu {
		if (below(f.Path, i.Href) || i.Also != "" && below(f.Path, i.Also)) && len(i.Href) > len(best) {
			best = i.Href
		}
	}
	return best != "" && best == item.Href
}

func (f *Frame) currentIsATab() bool {
	for _, i := range f.tabs() {
		if f.current(i) {
			return true
		}
	}
	return false
}

func below(path, href string) bool {
	return path == href || href != "/" && strings.HasPrefix(path, href+"/")
}

// Initials returns up to two letters for an avatar: "Ana Ruiz Gil" gives AR.
func Initials(name string) string {
	out := ""
	for _, word := range strings.Fields(name) {
		if r, _ := utf8.DecodeRuneInString(word); unicode.IsLetter(r) && utf8.RuneCountInString(out) < 2 {
			out += string(unicode.ToUpper(r))
		}
	}
	return out
}

// InMenu tells whether the reader has another page, parts of which may then stand
// on this one.
func InMenu(ctx context.Context, href string) bool {
	return slices.ContainsFunc(FrameOf(ctx).Menu, func(m MenuItem) bool { return m.Href == href })
}
