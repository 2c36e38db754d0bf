package model

import (
	"slices"
	"strings"
)

// starts tells whether what a rule does can begin another with nobody in between:
// a message, an offer or a case that it makes, or a trait that moves somebody in
// or out of a segment. What a customer or a person must do first is no start.
func (m *Model) starts(a, b Rule) bool {
	for step := range a.Actions() {
		switch t := b.When; step.Kind {
		case DoMessage:
			if t.lives("Message Sent", m) {
				return true
			}
		case DoChoice:
			if t.lives("Choice Offered", m) || t.lives("Message Sent", m) {
				return true
			}
		case DoCase:
			if t.Kind == WhenCase && (t.Of == "" || t.Of == step.Of) && slices.Contains([]string{"opened", "due", "escalated"}, t.State) {
				return true
			}
		case DoTrait:
			if t.Kind == WhenSegment && m.reads(t.Of, step.Of) {
				return true
			}
		case DoSegment:
			if t.Kind == WhenSegment && m.reads(t.Of, SegmentTrait(step.Of)) {
				return true
			}
		}
	}
	return false
}

// lives tells whether an event of ours begins a trigger, or decides a promise
// whose state does.
func (t Trigger) lives(event string, m *Model) bool {
	if t.Kind != WhenPromise {
		return t.Kind == WhenEvent && t.Of == event
	}
	return slices.ContainsFunc(m.Promises, func(p Promise) bool {
		return p.Slug == t.Of && (p.From.Event == event || p.To.Event == event || p.Void.Event == event || p.At.Event == event || p.Risk.Event == event)
	})
}

// reads tells whether the condition of a segment reads a trait.
func (m *Model) reads(segment, trait string) bool {
	return slices.ContainsFunc(m.Segments, func(s Segment) bool {
		return s.Slug == segment && s.When != nil && strings.Contains(s.When.Source(), "traits."+trait)
	})
}

// Cycle returns the slugs of rules that start one another for ever, beginning and
// ending with the rule's own, the shortest way; nil when there is none. The rule
// takes the place of the model's of its slug.
func (m *Model) Cycle(r Rule) []string {
	rules := slices.DeleteFunc(slices.Clone(m.Rules), func(other Rule) bool { return other.Slug == r.Slug })
	rules = append(rules, r)
	return cycle(rules, m.chains(rules), len(rules)-1)
}

// chains lists for each rule which it starts.
func (m *Model) chains(rules []Rule) [][]int {
	out := make([][]int, len(rules))
	for i, a := range rules {
		for j, b := range rules {
			if m.starts(a, b) {
				out[i] = append(out[i], j)
			}
		}
	}
	return out
}

// cycle finds the shortest way from a rule back to itself.
func cycle(rules []Rule, chains [][]int, self int) []string {
	before := map[int]int{} // by rule: which starts it, on the shortest way
	for queue := []int{self}; len(queue) > 0; queue = queue[1:] {
		for _, next := range chains[queue[0]] {
			if _, reached := before[next]; !reached {
				before[next] = queue[0]
				queue = append(queue, next)
			}
		}
	}
	at, ok := before[self]
	if !ok {
		return nil
	}
	way := []string{rules[self].Slug}
	for ; at != self; at = before[at] {
		way = append(way, rules[at].Slug)
	}
	way = append(way, rules[self].Slug)
	slices.Reverse(way)
	return way
}

// acyclic faults each cycle of rules once, at the first of them.
func (p *parsing) acyclic(v value) {
	if len(p.m.Rules) == 0 {
		return
	}
	items, chains, told := v.list(), p.m.chains(p.m.Rules), map[string]bool{}
	for i, r := range p.m.Rules {
		way := cycle(p.m.Rules, chains, i)
		if way == nil || told[r.Slug] {
			continue
		}
		for _, slug := range way {
			told[slug] = true
		}
		items[i].fault("starts itself for ever: %s; let a customer or a person decide in between, or take one of them out", strings.Join(way, " → "))
	}
}
