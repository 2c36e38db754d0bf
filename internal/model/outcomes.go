package model

import "strconv"

// Outcomes says what customers are worth, and who stays.
type Outcomes struct {
	Margin   float64 // share of the revenue that is left, in (0, 1]; 0: not told, and revenue stands for it
	Contract Contract
}

// Contract names the events by which customers begin and end one.
type Contract struct{ Start, End string }

// Declared tells whether customers have contracts.
func (c Contract) Declared() bool { return c.Start != "" }

func (p *parsing) outcomes(v value) Outcomes {
	f := v.fields("margin", "contract")
	var o Outcomes
	if m := f["margin"]; !m.absent() {
		n, ok := m.number()
		if !ok || !(n > 0 && n <= 1) {
			m.fault("must be a share above 0 and at most 1, such as 0.38")
		}
		o.Margin = n
	}
	if !f["contract"].absent() {
		c := f["contract"].fields("start", "end")
		o.Contract = Contract{c["start"].required("name the event"), c["end"].required("name the event")}
		if o.Contract.Start == o.Contract.End && o.Contract.Start != "" {
			c["end"].fault("is the event that starts the contract: name the one that ends it")
		}
	}
	return o
}

func (o Outcomes) parts() []part {
	margin := ""
	if o.Margin > 0 {
		margin = strconv.FormatFloat(o.Margin, 'g', -1, 64)
	}
	return []part{{"margin", margin}, {"start", o.Contract.Start}, {"end", o.Contract.End}}
}
