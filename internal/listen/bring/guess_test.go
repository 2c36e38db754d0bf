package bring_test

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/vivencia-cx/vivencia/internal/cx/cxtest"
	"github.com/vivencia-cx/vivencia/internal/listen/bring"
	"github.com/vivencia-cx/vivencia/internal/listen/importer"
	"github.com/vivencia-cx/vivencia/internal/model"
)

var vocabulary = bring.Vocabulary{
	Zone: "Europe/Madrid", Touchpoints: map[string]string{"caja": "till", "web": "site"}, Places: map[string]string{"centro": "downtown", "puerto": "harbour"},
}

func propose(t testing.TB, name, text string) bring.Proposal {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	head, err := importer.ReadHead(path, "", 20_000)
	if err != nil {
		t.Fatal(err)
	}
	return bring.Guess(name, head, vocabulary)
}

// told writes a proposal in a line: what a row is, then each column's role with
// its scale or format.
func told(p bring.Proposal) string {
	words := []string{string(p.Kind) + " " + p.Called}
	for _, c := range p.Columns {
		w := string(c.Role)
		if c.Role == bring.Score {
			w += " " + c.Metric + " " + c.Scale
		}
		if c.Role == bring.At && c.Format != "" {
			w += " " + c.Format
		}
		words = append(words, w)
	}
	return strings.Join(words, " | ")
}

func TestGuess(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"NPS in Spanish, European dates": {
			"Ola 2024.csv", "Cliente;Correo;Fecha;¿Nos recomendarías?;¿Por qué?\n17;ana@x.es;25/12/2024;10;Me atendieron muy bien en la tienda\n18;eva@x.es;03/04/2024;0;Tardaron una eternidad en responder\n",
			"answers nps | customer | email | at %d/%m/%Y | score nps 0-10 | text",
		},
		"American dates": {
			"a.csv", "user_id,date,rating\n1,12/25/2024,5\n2,03/04/2024,1\n",
			"answers csat | customer | at %m/%d/%Y | score csat 1-5",
		},
		"a date that reads either way, as the other date of the file does": {
			"a.csv", "id,order date,ship date,total\n1,03/04/2024,03/25/2024,12.5\n2,03/05/2024,03/26/2024,8\n",
			"orders Order Completed | id | at %m/%d/%Y | property | amount",
		},
		"words of a scale in Portuguese": {
			"p.csv", "id cliente,data,satisfação\n1,2024-03-04,Muito satisfeito\n2,2024-03-05,Insatisfeito\n",
			"answers csat | customer | at | score csat 1-5",
		},
		"ease in English, in words": {
			"p.csv", "customer,date,How easy was it?\nc1,2024-03-04,Very easy\nc2,2024-03-05,Difficult\n",
			"answers ces | customer | at | score ces 1-5",
		},
		"stars and words": {
			"reseñas.csv", "fecha,estrellas,reseña\n2024-03-04,★★★★☆,El café estaba frío y tardó mucho\n2024-03-05,★,No volveré nunca a este local\n",
			"reviews csat | at | score csat 1-5 | text",
		},
		"four of five": {"r.csv", "day,score\n2024-03-04,4/5\n2024-03-05,1/5\n", "answers csat | at | score csat 1-5"},
		"orders with decimal commas": {
			"pedidos.csv", "Nº pedido;Cliente;Fecha;Importe;Moneda\n1001;ana;2024-03-04;1.234,50;EUR\n1002;eva;2024-03-05;12,50;EUR\n",
			"orders Order Completed | id | customer | at | amount | currency",
		},
		"names of the model": {
			"a.csv", "cliente,fecha,nota,dónde,sede\n1,2024-03-04,5,Caja,Centro\n2,2024-03-05,1,Web,Puerto\n",
			"answers csat | customer | at | score csat 1-5 | touchpoint | place",
		},
		"a battery of questions": {
			"a.csv", "cliente,fecha,limpieza,comida,trato\n1,2024-03-04,5,4,1\n2,2024-03-05,1,5,2\n3,2024-03-05,2,1,5\n4,2024-03-05,4,3,3\n",
			"answers csat | customer | at | score rating 1-5 | score rating 1-5 | score rating 1-5",
		},
		"an empty column, codes with zeros, people of the company": {
			"a.csv", "cliente,fecha,nota,nada,cp,atendido por\n1,2024-03-04,5,,02139,Ana\n2,2024-03-05,1,,02140,Eva\n",
			"answers csat | customer | at | score csat 1-5 | skip | property | property",
		},
		"phones and names": {
			"a.csv", "Nombre y apellidos,Teléfono,Día,Comentario\nAna Ruiz,+34 600 111 222,2024-03-04,Todo estuvo bien en mi visita\nEva Sanz,600 111 223,2024-03-05,La espera se hizo larga de más\n",
			"answers csat | name | phone | at | text",
		},
		"no time": {"a.csv", "cliente,nota\n1,5\n2,3\n", "answers csat | customer | score csat 1-5"},
	} {
		p := propose(t, c.file, c.text)
		if got := told(p); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", name, got, c.want)
		}
		p = p.Correct(bring.Choice{Day: "2025-03-04"})
		text, err := p.Map()
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := importer.ParseMap(text, ".", os.Getenv); err != nil {
			t.Errorf("%s: its map: %v\n%s", name, err, text)
		}
	}
}

// TestTheMapSaysWhatWasChosen holds the map of a file that needs most of what a
// map can say.
func TestTheMapSaysWhatWasChosen(t *testing.T) {
	t.Parallel()
	p := propose(t, "Ola 2024.csv", "Encuesta 2024\n\nCliente;Correo;Fecha;Satisfacción;Comentario;Importe;Sede;Ciudad cliente;Prometido;Entregado;Atendido por\n"+
		"17;ana@x.es;25/12/2024;Muy satisfecho;Me atendieron muy bien;12,50;Centro;Cádiz;2024-12-01;2024-12-03;Luis\n"+
		"18;eva@x.es;03/04/2024;Neutral;Tardaron una eternidad;1.234,5;Puerto;Lugo;2024-04-01;2024-03-30;Ana\n")
	p = p.Correct(bring.Choice{Called: "Ola 2024", Columns: map[string]bring.Correction{"Atendido por": {Role: bring.Skip}, "Fecha": {Format: "dmy"}}})
	got, err := p.Map()
	if err != nil {
		t.Fatal(err)
	}
	const want = `source: ola-2024
timezone: Europe/Madrid
decimal: ","
delimiter: ;
skip: 2
customer:
  userId: Cliente
  email: Correo
  traits:
    ciudad_cliente: Ciudad cliente
answers:
  - survey: ola-2024
    metric: csat
    scale: 1-5
    score:
      column: Satisfacción
      words:
        Muy satisfecho: "5"
        Neutral: "3"
    text: Comentario
    at:
      column: Fecha
      format: "%d/%m/%Y"
    properties:
      revenue:
        column: Importe
        type: number
      place:
        column: Sede
        words:
          Centro: downtown
          Puerto: harbour
      prometido:
        column: Prometido
        type: time
      entregado:
        column: Entregado
        type: time
      late:
        cel: row['Entregado'] > row['Prometido']
        when: row['Entregado'] != '' && row['Prometido'] != ''
`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
	if got := p.Command("Ola 2024.csv"); got != "vivencia import csv 'Ola 2024.csv' --map ola-2024.yaml" {
		t.Errorf("command %q", got)
	}
}

func TestCorrections(t *testing.T) {
	t.Parallel()
	const text = "cliente,día,valor,fecha alta,comentario\n1,03/04/2024,3,2020-01-01,no dice nada de interés aquí\n2,05/06/2024,7,2020-01-02,y esto tampoco dice gran cosa\n"
	p := propose(t, "a.csv", text)
	if c := p.Columns[1]; c.Why != bring.EitherWay || c.Certainty != bring.Probable {
		t.Errorf("a date that reads either way: %s %s", c.Why, c.Certainty)
	}
	p = p.Correct(bring.Choice{Kind: bring.Reviews, Columns: map[string]bring.Correction{
		"día": {Format: "mdy"}, "valor": {Role: bring.Score, Scale: "1-7"}, "fecha alta": {Role: bring.Property}, "nobody": {Role: bring.Text},
	}})
	if got, want := told(p), "reviews csat | customer | at %m/%d/%Y | score csat 1-7 | property | text"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	again := p.Correct(bring.Choice{Columns: map[string]bring.Correction{"comentario": {Role: bring.Customer}}})
	if got, want := told(again), "reviews csat | customer | at %m/%d/%Y | score csat 1-7 | property | object"; got != want {
		t.Errorf("two customers: got %s, want %s", got, want)
	}
	none := p.Correct(bring.Choice{Columns: map[string]bring.Correction{"día": {Role: bring.Skip}, "valor": {Role: bring.Skip}, "comentario": {Role: bring.Skip}}})
	if got := none.Problems(); !slices.Equal(got, []bring.Problem{bring.NoTime, bring.NothingIn}) {
		t.Errorf("problems %v", got)
	}
	if _, err := none.Map(); err == nil {
		t.Error("a map without a time")
	}
	none.Day = "yesterday"
	if got := none.Problems(); got[0] != bring.NotADay {
		t.Errorf("problems %v", got)
	}
}

// TestGuessOnRealFiles holds what is guessed of files as companies have them.
func TestGuessOnRealFiles(t *testing.T) {
	t.Parallel()
	for path, want := range map[string]string{
		"olist/olist_order_reviews_dataset.csv": "reviews csat | object | object | score csat 1-5 | property | text | at | property",
		"olist/olist_orders_dataset.csv":        "orders Order Completed | id | customer | property | at | property | property | property | property",
		"reviews_es/hotels.csv.gz":              "reviews csat | property | text | score csat 1-5 | at %b %Y",
		"cdnow/CDNOW_master.txt":                "orders Order Completed | customer | at %Y%m%d | property | amount",
		"airline_tweets/tweets.csv":             "answers csat | object | score csat 1-5 | property | property | property | property | text | at",
	} {
		t.Run(path, func(t *testing.T) {
			t.Parallel()
			folder, file := filepath.Split(path)
			head, err := importer.ReadHead(filepath.Join(cxtest.Data(t, strings.Trim(folder, "/")), file), "", 20_000)
			if err != nil {
				t.Fatal(err)
			}
			if got := told(bring.Guess(file, head, bring.VocabularyOf(&model.Model{}))); got != want {
				t.Errorf("\n got %s\nwant %s", got, want)
			}
		})
	}
	t.Run("olist_classified", func(t *testing.T) {
		t.Parallel()
		head, err := importer.ReadHead(filepath.Join(cxtest.Data(t, "olist_classified"), "reviews.csv"), "", 20_000)
		if err != nil {
			t.Fatal(err)
		}
		p := bring.Guess("reviews.csv", head, vocabulary)
		if p.Late != [2]string{"order_estimated_delivery_date", "order_delivered_customer_date"} || p.Kind != bring.Reviews {
			t.Errorf("%s, late by %v", p.Kind, p.Late)
		}
	})
	t.Run("airline_satisfaction", func(t *testing.T) {
		t.Parallel()
		head, err := importer.ReadHead(filepath.Join(cxtest.Data(t, "airline_satisfaction"), "airline_satisfaction.csv"), "", 20_000)
		if err != nil {
			t.Fatal(err)
		}
		p := bring.Guess("airline_satisfaction.csv", head, vocabulary)
		scores := 0
		for _, c := range p.Columns {
			if c.Role == bring.Score {
				scores++
			}
		}
		if scores != 15 || !slices.Equal(p.Problems(), []bring.Problem{bring.NoTime}) || p.Called != "csat" {
			t.Errorf("%d scores, %v, %s", scores, p.Problems(), p.Called)
		}
	})
}

// FuzzBring guesses whatever comes: nothing panics, and what has no problem
// gives a map that parses and reads the file it was made of.
func FuzzBring(f *testing.F) {
	f.Add([]byte("cliente,fecha,nota\n1,2024-03-04,5\n"), "a.csv")
	f.Add([]byte("a;a;;_line\n\"x\ny\";1;2;3\n"), "b.csv")
	f.Add([]byte("PK\x03\x04"), "c.xlsx")
	f.Add([]byte("\xff\xfea\x00\n\x00"), "d.txt")
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, _ = io.WriteString(w, "día,★,texto\n2024-01-01,★★,hola\n")
	_ = w.Close()
	f.Add(z.Bytes(), "e.csv.gz")
	dir := f.TempDir()
	n := 0
	f.Fuzz(func(t *testing.T, raw []byte, name string) {
		n++
		path := filepath.Join(dir, fmt.Sprint(n))
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(path)
		head, err := importer.ReadHead(path, "", 100)
		if err != nil || len(head.Rows) == 0 {
			return
		}
		p := bring.Guess(name, head, vocabulary).Correct(bring.Choice{Day: "2025-01-01", Called: name})
		if len(p.Problems()) > 0 {
			return
		}
		text, err := p.Map()
		if err != nil {
			t.Fatal(err)
		}
		m, err := importer.ParseMap(text, ".", os.Getenv)
		if err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
		read := importer.CSV
		if head.Kind == "excel" {
			read = importer.Excel
		}
		if _, err := read(t.Context(), m, []string{path}, importer.Options{Sink: &kept{}, Clock: cxtest.NewClock()}); err != nil {
			t.Fatalf("%v\n%s", err, text)
		}
	})
}
