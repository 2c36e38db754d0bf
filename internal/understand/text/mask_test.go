package text

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestMask(t *testing.T) {
	t.Parallel()
	ana := Known{Names: []string{"Ana María", "Ana", "López Íñiguez", "x"}, IDs: []string{"PED-7731", "A-1"}}
	for _, c := range []struct {
		language string
		known    Known
		in, want string
	}{
		// Spanish
		{"es", Known{}, "llámame al 612 34 56 78 o al +34 912345678", "llámame al [teléfono] o al [teléfono]"},
		{"es", Known{}, "escribe a juan.perez+web@gmail.com.", "escribe a [correo]."},
		{"es", Known{}, "mi DNI es 12345678Z y el NIE X-1234567-L", "mi DNI es [documento] y el NIE [documento]"},
		{"es", Known{}, "dni 12.345.678-Z, NIF B12345678", "dni [documento], NIF [documento]"},
		{"es", Known{}, "tarjeta 4111 1111 1111 1111", "tarjeta [tarjeta]"},
		{"es", Known{}, "cuenta ES91 2100 0418 4502 0005 1332, por favor", "cuenta [cuenta], por favor"},
		{"es", Known{}, "pedido 100045678912345678901 del 22/11/2026 a las 10:30", "pedido [número] del 22/11/2026 a las 10:30"},
		{"es", Known{}, "pagué 1.234.567 pesos y 45,90 euros, 3 veces", "pagué 1.234.567 pesos y 45,90 euros, 3 veces"},
		{"es", Known{}, "@ana_98 mira https://tienda.example/r/abc?token=9 y www.x.com", "[usuario] mira tienda.example/[enlace] y www.x.com"},
		{"es", ana, "Soy ANA maria lópez iñiguez, pedido ped-7731. Anabel y mañana no.", "Soy [nombre] [nombre], pedido [referencia]. Anabel y mañana no."},
		{"es", ana, "ana, ana; ¡ana!", "[nombre], [nombre]; ¡[nombre]!"},
		// English
		{"en", Known{}, "call me on (555) 123-4567 or 07911 123456", "call me on [phone] or [phone]"},
		{"en", Known{}, "born 1990-05-21, flight 1234, gate 22", "born 1990-05-21, flight 1234, gate 22"},
		{"en", Known{}, "IBAN GB82WEST12345698765432 thanks", "IBAN [account] thanks"},
		{"en", Known{}, "card 5500-0000-0000-0004!", "card [card]!"},
		{"en", Known{}, "see https://shop.example/ or http://u:p@shop.example/x", "see https://shop.example/ or [link]"},
		{"en", Known{Names: []string{"Smith"}}, "Mr Smith's parcel, blacksmith", "Mr [name]'s parcel, blacksmith"},
		// Portuguese
		{"pt", Known{}, "meu CPF é 529.982.247-25, telefone (11) 98765-4321", "meu CPF é [documento], telefone [telefone]"},
		{"pt", Known{}, "CNPJ 11.444.777/0001-61", "CNPJ [documento]"},
		{"pt", Known{}, "e-mail maria@uol.com.br, conta PT50000201231234567890154", "e-mail [e-mail], conta [conta]"},
		{"pt", Known{Names: []string{"João"}}, "O joao atendeu, João!", "O [nome] atendeu, [nome]!"},
		// Another language speaks English; what is no UTF-8 goes.
		{"fr", Known{}, "mon numéro 0612345678\xff", "mon numéro [phone]"},
		{"", Known{}, "", ""},
	} {
		if got := Mask(c.in, c.language, c.known); got != c.want {
			t.Errorf("Mask(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// Whatever stands around it, what is known is gone; and masking twice is masking
// once.
func TestMaskLaws(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		around := rapid.StringOfN(rapid.RuneFrom([]rune("ab ñ,.é-:!@/\n1")), 0, 20, -1)
		before, after := around.Draw(t, "before"), around.Draw(t, "after")
		secret := rapid.SampledFrom([]string{"Zuleyka", "zoe@mail.example", "+34 600 11 22 33", "4111111111111111", "ES9121000418450200051332"}).Draw(t, "secret")
		masked := Mask(before+" "+secret+" "+after, "es", Known{Names: []string{"zuleyka"}})
		if strings.Contains(masked, secret) {
			t.Errorf("%q is still there: %q", secret, masked)
		}
		if again := Mask(masked, "es", Known{Names: []string{"zuleyka"}}); again != masked {
			t.Errorf("%q, masked again %q", masked, again)
		}
	})
}

func TestCheckDigits(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		what string
		is   func(string) bool
		good string
	}{
		{"Luhn", luhn, "4111111111111111"},
		{"IBAN", isIBAN, "ES9121000418450200051332"},
		{"CPF", isCPF, "52998224725"},
		{"CNPJ", isCNPJ, "11444777000161"},
	} {
		if !c.is(c.good) {
			t.Errorf("%s: %s is good", c.what, c.good)
		}
		for i := range c.good { // each single wrong digit is found
			if c.good[i] < '0' || c.good[i] > '9' {
				continue
			}
			bad := []byte(c.good)
			bad[i] = '0' + (bad[i]-'0'+1)%10
			if c.is(string(bad)) {
				t.Errorf("%s: %s is not good", c.what, bad)
			}
		}
	}
}
