package importer

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

func tags(r io.Reader) (out []string, err error) {
	x := newXMLReader(r)
	for {
		tag, err := x.next()
		if err != nil {
			if errors.Is(err, io.EOF) {
				err = nil
			}
			return out, err
		}
		s := "/" + tag.name
		if tag.start {
			s = tag.name
			for _, a := range tag.attrs {
				s += fmt.Sprintf(" %s=%q", a.name, a.value)
			}
		}
		out = append(out, s)
	}
}

func TestXMLReader(t *testing.T) {
	t.Parallel()
	in := "<?xml version='1.0'?><!-- <no> --><xes:log a='1 &lt; 2' >\n<![CDATA[<x>]]>text<e b = \"&#233;&amp;&#x1F600; > \"/>\n</xes:log >\n<!-- end -->\n"
	want := []string{`log a="1 < 2"`, `e b="é&😀 > "`, "/e", "/log"}
	for name, r := range map[string]io.Reader{"whole": strings.NewReader(in), "byte by byte": iotest.OneByteReader(strings.NewReader(in))} {
		got, err := tags(r)
		if err != nil || strings.Join(got, "|") != strings.Join(want, "|") {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for in, want := range map[string]string{
		"<!DOCTYPE log [<!ENTITY a \"aaaa\"><!ENTITY b \"&a;&a;\">]><log/>": "line 1: a DOCTYPE",
		"<log a='&b;'/>":          "&b;, which is no character",
		"<log>\n<a></b>\n</log>":  "line 2: </b> closes what is not open",
		"<log":                    "unexpected EOF",
		"<log><a>":                "unexpected EOF",
		"<log/><log/>":            "something follows",
		"<log a=1/>":              "has no quotes",
		"<log a='1'b='2'/>":       "need a blank",
		"<log a='&#0;'/>":         "no character",
		"<log a='\xff'/>":         "not UTF-8",
		strings.Repeat("<a>", 70): "deeper than 64",
		"<log a='" + strings.Repeat("x", 2<<20) + "'/>": "longer than 1 MB",
	} {
		_, err := tags(strings.NewReader(in))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.40q: %v, want %s", in, err, want)
		}
	}
}

// FuzzXMLReader holds the reader against encoding/xml: what that one reads as
// elements, ours reads alike or refuses; what ours reads, its strictness aside,
// has the same tags.
func FuzzXMLReader(f *testing.F) {
	for _, s := range []string{"<log a='1'><b c=\"&amp;\"/></log>", "<a:b><!-- x --><?p q?></a:b>", "<a><![CDATA[]]></a>", "<a b='\n&#10;\n'>\n</a>", "<a", "<!DOCTYPE a><a/>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		ours, err := tags(strings.NewReader(in))
		half, errHalf := tags(iotest.HalfReader(strings.NewReader(in)))
		if fmt.Sprint(ours, err) != fmt.Sprint(half, errHalf) {
			t.Fatalf("depends on how it is read: %v %v, %v %v", ours, err, half, errHalf)
		}
		if err != nil || !utf8.ValidString(in) {
			return
		}
		var theirs []string
		dec := xml.NewDecoder(strings.NewReader(in))
		for {
			tok, err := dec.RawToken()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return
			}
			switch e := tok.(type) {
			case xml.StartElement:
				s := e.Name.Local
				for _, a := range e.Attr {
					s += fmt.Sprintf(" %s=%q", a.Name.Local, a.Value)
				}
				theirs = append(theirs, s)
			case xml.EndElement:
				theirs = append(theirs, "/"+e.Name.Local)
			}
		}
		if strings.ContainsRune(in, '\r') {
			return // theirs turns it into \n
		}
		if fmt.Sprint(ours) != fmt.Sprint(theirs) {
			t.Fatalf("%q, encoding/xml has %q", ours, theirs)
		}
	})
}
