package e2e_test

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/vivencia-cx/vivencia/e2e"
)

// wave writes a workbook as a company keeps one: a title above the header,
// dates as Excel has them, words instead of figures. Who waited long is less
// satisfied; nothing else matters.
func wave(t *testing.T, name string, rows int) string {
	t.Helper()
	f := excelize.NewFile()
	format := "dd/mm/yyyy"
	day, err := f.NewStyle(&excelize.Style{CustomNumFmt: &format})
	if err != nil {
		t.Fatal(err)
	}
	w, err := f.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	write := func(row int, values ...any) {
		cell, _ := excelize.CoordinatesToCellName(1, row)
		if err := w.SetRow(cell, values); err != nil {
			t.Fatal(err)
		}
	}
	write(1, "Encuesta de satisfacción 2025")
	write(3, "Nº respuesta", "ID cliente", "Nombre", "Correo", "Fecha", "Satisfacción", "Comentario", "Cola", "Tienda", "Atendido por")
	words := []string{"Muy insatisfecho", "Insatisfecho", "Neutral", "Satisfecho", "Muy satisfecho"}
	random := rand.New(rand.NewPCG(1, 2))
	from := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range rows {
		long := i%3 == 0
		felt, said := 2+random.IntN(3), "Todo bien, volveré pronto con mi familia"
		if long {
			felt, said = random.IntN(3), "Esperé cuarenta minutos en la cola y nadie me dijo nada"
		}
		if i%4 == 1 {
			said = ""
		}
		write(i+4, fmt.Sprintf("R-%05d", i), fmt.Sprintf("%s-%d", strings.TrimSuffix(name, ".xlsx"), i), "Marta Ruiz", fmt.Sprintf("c%d@%s.example", i, strings.TrimSuffix(name, ".xlsx")),
			excelize.Cell{StyleID: day, Value: from.AddDate(0, 0, i%300)}, words[felt], said, map[bool]string{true: "Más de 20 minutos", false: "Menos de 5 minutos"}[long],
			[]string{"Centro", "Puerto"}[i%2], []string{"Ana", "Luis", "Eva"}[random.IntN(3)])
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := f.SaveAs(path); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestBringAWorkbook brings a wave of a survey as a person does: chosen, looked
// at, let in, and its reason read.
func TestBringAWorkbook(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	everywhere(t, func(t *testing.T, width int, theme e2e.Theme) {
		name := fmt.Sprintf("encuesta-%s-%d.xlsx", theme, width)
		path := wave(t, name, 300)
		p := c.enter(t, width, theme)
		p.Go(c.URL + "/bring")
		p.Check()
		p.Picture("bring")
		p.Choose("#bring-file", path)
		p.WaitFor(`location.pathname.length > 8 && !!document.querySelector("#preview li")`)
		if got := p.Text("h1"); got != "300 respuestas listas para entrar" {
			t.Errorf("title %q", got)
		}
		if got := p.Text("#preview li"); !strings.HasPrefix(got, "Marta Ruiz puntuó ") || !strings.Contains(got, " de 5 el 1 ene 2025") {
			t.Errorf("the first row: %q", got)
		}
		p.Check()
		p.Picture("bring-columns")
		p.Submit("#preview .button-primary")
		p.WaitFor(`!!document.querySelector(".bring-lead")`)
		if got := p.Text("h1"); got != "Esto ya lo vivían tus clientes" {
			t.Errorf("title %q", got)
		}
		if got := p.Text(".bring-lead"); !strings.HasPrefix(got, "Cuando «Cola» es «Más de 20 minutos», la nota es ") {
			t.Errorf("the reason: %q", got)
		}
		if got := p.Text(".bring-quote"); !strings.Contains(got, "cuarenta minutos") {
			t.Errorf("the quote: %q", got)
		}
		p.Check()
		p.Picture("bring-done")
	})
}

// TestBringWhatIsNoTable is told what to do on the same page.
func TestBringWhatIsNoTable(t *testing.T) {
	t.Parallel()
	c := openProduct(t)
	p := c.enter(t, e2e.Phone, e2e.Light)
	p.Go(c.URL + "/bring")
	path := filepath.Join(t.TempDir(), "protegido.xlsx")
	if err := excelize.NewFile().SaveAs(path, excelize.Options{Password: "secreto"}); err != nil {
		t.Fatal(err)
	}
	p.Choose("#bring-file", path)
	p.WaitFor(`!!document.querySelector("[role=alert]")`)
	p.Forgive("422")
	if got := p.Text("[role=alert]"); !strings.Contains(got, "El archivo tiene contraseña") {
		t.Errorf("told %q", got)
	}
	p.Check()
	p.Picture("bring-protected")
}
