package bring

import (
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/vivencia-cx/vivencia/internal/model"
)

// fold brings a text to lower case, without accents, its words parted by one
// blank: "Id_Cliente" and "ID cliente" are the same.
func fold(s string) string {
	var b strings.Builder
	before := ' '
	for _, r := range norm.NFKD.String(s) {
		switch {
		case unicode.Is(unicode.Mn, r):
			continue
		case unicode.IsLetter(r), unicode.IsDigit(r):
			if unicode.IsUpper(r) && unicode.IsLower(before) {
				b.WriteByte(' ')
			}
			b.WriteRune(unicode.ToLower(r))
		default:
			b.WriteByte(' ')
		}
		before = r
	}
	return strings.Join(strings.Fields(b.String()), " ")
}

// said tells whether a folded text has one of the words; a word that ends in *
// is the beginning of one, one with a blank is a phrase.
func said(text string, words ...string) bool {
	padded := " " + text + " "
	for _, w := range words {
		if stem, open := strings.CutSuffix(w, "*"); open && strings.Contains(padded, " "+stem) || strings.Contains(padded, " "+w+" ") {
			return true
		}
	}
	return false
}

// What headers say, in Spanish, English and Portuguese.
var (
	saysCustomer = []string{"cliente", "clientes", "customer", "customers", "client", "usuario", "user", "userid", "socio", "abonado", "huesped", "paciente", "alumno", "pasajero", "consumidor", "member", "guest", "hospede", "usuaria", "dni", "nif", "cpf"}
	saysPhone    = []string{"telefono", "tel", "movil", "celular", "phone", "mobile", "whatsapp", "telefone", "tlf", "tfno"}
	saysName     = []string{"nombre", "nombres", "apellido", "apellidos", "name", "fullname", "nome", "sobrenome", "nombre completo"}
	saysAt       = []string{"fecha", "date", "data", "dia", "day", "hora", "time", "timestamp", "created", "creado", "marca temporal", "momento", "when"}
	saysAnswered = []string{"respuesta", "respuestas", "answer", "response", "resposta", "submitted", "review", "resena", "encuesta", "survey", "creation", "enviado", "marca temporal"}
	saysBought   = []string{"compra", "pedido", "purchase", "order", "ordered", "venta", "sale", "bought"}
	saysScore    = []string{"nota", "score", "puntuacion", "puntaje", "puntos", "rating", "calificacion", "valoracion", "estrellas", "stars", "star", "estrelas", "satisf*", "csat", "nps", "ces", "recomend*", "recommend*", "avaliacao", "esfuerzo", "effort", "facil*", "easy", "ease", "class", "sentiment", "experiencia"}
	saysText     = []string{"comentario", "comentarios", "comment", "comments", "opinion", "opiniao", "review", "resena", "texto", "text", "mensaje", "message", "mensagem", "observaciones", "feedback", "verbatim", "sugerencias", "suggestions", "por que", "motivo", "why", "depoimento", "reclamacion", "queja", "descripcion"}
	saysID       = []string{"id", "numero", "num", "no", "nro", "codigo", "code", "ref", "referencia", "folio", "ticket", "uuid", "key"}
	saysOrder    = []string{"pedido", "order", "compra", "factura", "invoice", "ticket", "venta", "purchase", "reserva", "booking"}
	saysAmount   = []string{"importe", "total", "amount", "revenue", "monto", "facturacion", "ingreso", "valor", "preco", "precio", "price", "paid", "pagado", "subtotal", "euros", "order products value", "dollar value", "gasto", "value"}
	saysCurrency = []string{"moneda", "currency", "divisa", "moeda"}
	saysPlace    = []string{"tienda", "local", "place", "store", "shop", "sede", "loja", "centro", "hotel", "oficina", "restaurante", "almacen"}
	saysSupplier = []string{"proveedor", "supplier", "carrier", "transportista", "mensajeria", "fornecedor", "transportadora"}
	saysPerson   = []string{"empleado", "empleada", "agente", "agent", "vendedor", "vendedora", "cajero", "cajera", "repartidor", "employee", "seller", "cashier", "asesor", "asesora", "camarero", "camarera", "atendido por", "driver", "conductor", "staff", "waiter", "funcionario", "atendente", "consultor", "gestor", "tecnico"}
	saysTrait    = []string{"ciudad", "city", "cidade", "provincia", "state", "estado", "region", "pais", "country", "zip", "postal", "cep", "tipo", "type", "segmento", "segment", "edad", "age", "idade", "sexo", "genero", "gender", "antiguedad", "alta", "nacimiento", "birth", "categoria", "category"}
	saysCounted  = []string{"votes", "votos", "confidence", "confianza", "count", "cantidad", "numero", "qty", "unidades", "retweet", "likes", "duration", "duracion", "minutes", "minutos"}
	saysTitle    = []string{"title", "titulo", "asunto", "subject"}
	saysOverall  = []string{"satisf*", "general", "overall", "global", "nps", "recomend*", "recommend*"}
	saysIndex    = []string{"unnamed", "rownames", "index", "indice", "columna a"}
	saysPromised = []string{"estimad*", "estimated", "promet*", "promised", "previst*", "due", "compromiso", "expected", "prevision"}
	saysArrived  = []string{"entreg*", "delivered", "recibid*", "recebid*", "llegada", "arrived"}
)

// scaleWord returns what a word of a scale of five stands for: how satisfied,
// how much one agrees, how easy, how good.
func scaleWord(folded string) (score string, ok bool) {
	for i, words := range [5]string{
		"muy insatisfecho|muy insatisfecha|nada satisfecho|nada satisfecha|very dissatisfied|very unsatisfied|muito insatisfeito|muito insatisfeita|totalmente en desacuerdo|muy en desacuerdo|strongly disagree|discordo totalmente|muy dificil|very difficult|muito dificil|muy malo|muy mala|muy mal|very bad|very poor|terrible|pesimo|pesima|pessimo|muito ruim|nada probable|horrible|negative|negativo|negativa",
		"insatisfecho|insatisfecha|poco satisfecho|poco satisfecha|dissatisfied|unsatisfied|somewhat dissatisfied|insatisfeito|insatisfeita|en desacuerdo|disagree|discordo|dificil|difficult|malo|mala|mal|bad|poor|ruim|mau|poco probable|neutral or dissatisfied",
		"neutral|neutro|neutra|ni satisfecho ni insatisfecho|ni satisfecha ni insatisfecha|neither satisfied nor dissatisfied|indiferente|nem satisfeito nem insatisfeito|ni de acuerdo ni en desacuerdo|neither agree nor disagree|nem concordo nem discordo|regular|normal|average|fair|ok|algo satisfecho|ni facil ni dificil",
		"satisfecho|satisfecha|satisfied|somewhat satisfied|satisfeito|satisfeita|de acuerdo|agree|concordo|facil|easy|bueno|buena|bien|good|bom|boa|bem|probable|bastante satisfecho|bastante satisfecha",
		"muy satisfecho|muy satisfecha|totalmente satisfecho|very satisfied|extremely satisfied|muito satisfeito|muito satisfeita|totalmente de acuerdo|muy de acuerdo|strongly agree|concordo totalmente|muy facil|very easy|muito facil|muy bueno|muy buena|muy bien|very good|excelente|excellent|otimo|otima|muito bom|muy probable|perfecto|positive|positivo|positiva",
	} {
		for w := range strings.SplitSeq(words, "|") {
			if w == folded {
				return string(rune('1' + i)), true
			}
		}
	}
	return "", false
}

// Vocabulary is what the model calls things: names, folded, to slugs.
type Vocabulary struct {
	Zone                                  string
	Touchpoints, Places, Areas, Suppliers map[string]string
}

// VocabularyOf returns the words of a model.
func VocabularyOf(m *model.Model) Vocabulary {
	v := Vocabulary{Zone: m.Company.Timezone, Touchpoints: map[string]string{}, Places: map[string]string{}, Areas: map[string]string{}, Suppliers: map[string]string{}}
	add := func(to map[string]string, slug string, names model.Text) {
		to[fold(slug)] = slug
		for _, n := range []string{names.ES, names.EN, names.PT} {
			if f := fold(n); f != "" {
				to[f] = slug
			}
		}
	}
	for _, t := range m.Touchpoints {
		add(v.Touchpoints, t.Slug, t.Name)
	}
	for _, p := range m.Places {
		add(v.Places, p.Slug, p.Name)
	}
	for _, a := range m.Areas {
		add(v.Areas, a.Slug, a.Name)
	}
	for _, s := range m.Suppliers {
		add(v.Suppliers, s.Slug, s.Name)
	}
	return v
}
