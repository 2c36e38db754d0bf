package model

import "strings"

// Facts says in which properties of an event its place, region, product,
// supplier, revenue and currency stand: the first that is present wins. Text are
// those that hold what the customer says in words: all of them count.
type Facts struct{ Place, Region, Product, Supplier, Revenue, Currency, Text []string }

func defaultFacts() Facts {
	return Facts{
		Place:    []string{"place", "shop"},
		Region:   []string{"region"},
		Product:  []string{"product_id", "sku", "product"},
		Supplier: []string{"supplier", "carrier"},
		Revenue:  []string{"revenue", "total"},
		Currency: []string{"currency"},
		Text:     []string{"text", "comment", "comments", "message", "review", "feedback", "complaint", "body"},
	}
}

func (p *parsing) facts(v value) Facts {
	facts := defaultFacts()
	f := v.fields("place", "region", "product", "supplier", "revenue", "currency", "text")
	for key, names := range map[string]*[]string{
		"place": &facts.Place, "region": &facts.Region, "product": &facts.Product, "supplier": &facts.Supplier,
		"revenue": &facts.Revenue, "currency": &facts.Currency, "text": &facts.Text,
	} {
		if f[key].absent() {
			continue
		}
		*names = nil
		for _, n := range f[key].list() {
			*names = append(*names, n.required("write the name of a property"))
		}
	}
	return facts
}

func (f Facts) parts() []part {
	list := func(name string, props []string) part { return part{name, strings.Join(props, ", ")} }
	return []part{
		list("place", f.Place), list("region", f.Region), list("product", f.Product), list("supplier", f.Supplier),
		list("revenue", f.Revenue), list("currency", f.Currency), list("text", f.Text),
	}
}
