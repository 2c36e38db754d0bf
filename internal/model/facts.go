package model

import "strings"

// Facts says in which properties of an event its place, region, product,
// supplier, revenue, refund, currency and campaign stand: the first that is present
// wins. Text are those that hold what the customer says in words: all of them count.
// Refunded are events whose revenue went back.
type Facts struct {
	Place, Region, Product, Supplier, Revenue, Refund, Currency, Campaign, Text, Refunded []string
}

func defaultFacts() Facts {
	return Facts{
		Place:    []string{"place", "shop"},
		Region:   []string{"region"},
		Product:  []string{"product_id", "sku", "product"},
		Supplier: []string{"supplier", "carrier"},
		Revenue:  []string{"revenue", "total"},
		Refund:   []string{"refund"},
		Currency: []string{"currency"},
		Campaign: []string{"campaign", "utm_campaign"},
		Text:     []string{"text", "comment", "comments", "message", "review", "feedback", "complaint", "body"},
		Refunded: []string{"Order Refunded", "Order Cancelled"},
	}
}

func (p *parsing) facts(v value) Facts {
	facts := defaultFacts()
	f := v.fields("place", "region", "product", "supplier", "revenue", "refund", "currency", "campaign", "text", "refunded")
	for key, names := range map[string]*[]string{
		"place": &facts.Place, "region": &facts.Region, "product": &facts.Product, "supplier": &facts.Supplier,
		"revenue": &facts.Revenue, "refund": &facts.Refund, "currency": &facts.Currency, "campaign": &facts.Campaign, "text": &facts.Text, "refunded": &facts.Refunded,
	} {
		if f[key].absent() {
			continue
		}
		*names = nil
		hint := "write the name of a property"
		if key == "refunded" {
			hint = "write the name of an event"
		}
		for _, n := range f[key].list() {
			*names = append(*names, n.required(hint))
		}
	}
	return facts
}

func (f Facts) parts() []part {
	list := func(name string, props []string) part { return part{name, strings.Join(props, ", ")} }
	return []part{
		list("place", f.Place), list("region", f.Region), list("product", f.Product), list("supplier", f.Supplier),
		list("revenue", f.Revenue), list("refund", f.Refund), list("currency", f.Currency), list("campaign", f.Campaign), list("text", f.Text), list("refunded", f.Refunded),
	}
}
