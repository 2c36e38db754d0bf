package simulate

// The names are hand-listed from what people of these ages are called; none
// stands for a real person.

var spanishWomen = []string{
	"María", "Carmen", "Lucía", "Ana", "Isabel", "Marta", "Laura", "Pilar", "Cristina", "Elena", "Rosario", "Teresa", "Paula", "Sara",
	"Raquel", "Beatriz", "Rocío", "Nuria", "Silvia", "Patricia", "Mercedes", "Inmaculada", "Irene", "Alba", "Noelia", "Consuelo", "Julia",
	"Ángela", "Eva", "Sonia", "Amparo", "Concepción", "Yolanda", "Inés", "Celia", "Montserrat", "Aitana", "Ainhoa", "Nerea", "Encarnación",
	"Verónica", "Miriam", "Begoña", "Carla", "Leire", "Lourdes", "Adela", "Olga", "Clara", "Noa", "Macarena", "Virginia", "Susana", "Estrella",
	"Catalina", "Uxía", "Gemma", "Martina", "Remedios", "Almudena",
}

var spanishMen = []string{
	"Antonio", "José", "Manuel", "Francisco", "David", "Juan", "Javier", "Daniel", "Carlos", "Jesús", "Alejandro", "Miguel", "Rafael",
	"Pedro", "Pablo", "Ángel", "Sergio", "Fernando", "Jorge", "Luis", "Alberto", "Álvaro", "Diego", "Adrián", "Raúl", "Enrique", "Ramón",
	"Vicente", "Iván", "Rubén", "Óscar", "Andrés", "Joaquín", "Ignacio", "Jaime", "Mario", "Eduardo", "Roberto", "Hugo", "Salvador", "Iker",
	"Marcos", "Xavier", "Jordi", "Gonzalo", "Tomás", "Emilio", "Agustín", "Íñigo", "Aitor", "Lorenzo", "Germán", "Julio", "Nicolás", "Bruno",
	"Martín", "Felipe", "Guillermo", "Santiago", "Brais",
}

var spanishFamilies = []string{
	"García", "Rodríguez", "González", "Fernández", "López", "Martínez", "Sánchez", "Pérez", "Gómez", "Martín", "Jiménez", "Hernández",
	"Ruiz", "Díaz", "Moreno", "Muñoz", "Álvarez", "Romero", "Gutiérrez", "Alonso", "Navarro", "Torres", "Domínguez", "Ramos", "Vázquez",
	"Ramírez", "Gil", "Serrano", "Morales", "Molina", "Blanco", "Suárez", "Castro", "Ortega", "Delgado", "Ortiz", "Marín", "Rubio", "Núñez",
	"Medina", "Sanz", "Castillo", "Iglesias", "Cortés", "Garrido", "Santos", "Guerrero", "Lozano", "Cano", "Cruz", "Méndez", "Flores", "Prieto",
	"Herrera", "Peña", "León", "Márquez", "Cabrera", "Gallego", "Calvo", "Vidal", "Campos", "Reyes", "Vega", "Fuentes", "Carrasco", "Aguilar",
	"Caballero", "Nieto", "Santana", "Pascual", "Herrero", "Montero", "Lorenzo", "Hidalgo", "Giménez", "Ibáñez", "Ferrer", "Duran", "Vicente",
	"Benítez", "Arias", "Mora", "Santiago", "Vargas", "Carmona", "Crespo", "Pastor", "Roca", "Soler", "Etxeberria", "Agirre", "Goikoetxea",
	"Puig", "Bosch", "Ferreiro", "Seoane", "Perdomo", "Llompart", "Zubiri",
}

var latinWomen = []string{"Valentina", "Camila", "Luciana", "Gabriela", "Daniela", "Ximena", "Mariana", "Fernanda", "Antonella", "Guadalupe", "Milagros", "Yesenia"}

var latinMen = []string{"Matías", "Santiago", "Joaquín", "Facundo", "Cristian", "Leonardo", "Mauricio", "Ezequiel", "Wilson", "Rodrigo", "Gerardo", "Camilo"}

var latinFamilies = []string{
	"Quispe", "Mamani", "Restrepo", "Ospina", "Sosa", "Ferreyra", "Benavides", "Villanueva", "Cárdenas", "Zambrano", "Paredes", "Bustamante",
	"Acosta", "Mejía", "Arango", "Pereyra", "Rojas", "Valdivia", "Espinoza", "Contreras",
}

var portugueseWomen = []string{
	"Maria", "Ana", "Joana", "Inês", "Mariana", "Beatriz", "Catarina", "Sofia", "Margarida", "Teresa", "Rita", "Filipa", "Leonor", "Carolina",
	"Helena", "Cristina", "Fátima", "Graça", "Luísa", "Matilde", "Madalena", "Raquel", "Susana", "Marta", "Isabel", "Conceição", "Lurdes",
	"Célia", "Vera", "Sílvia", "Patrícia", "Francisca", "Constança", "Alice",
}

var portugueseMen = []string{
	"João", "José", "António", "Pedro", "Francisco", "Manuel", "Tiago", "Miguel", "Rui", "Luís", "Paulo", "Nuno", "Ricardo", "Diogo", "Carlos",
	"Duarte", "Gonçalo", "Afonso", "Tomás", "Henrique", "Vasco", "Bernardo", "Martim", "Jorge", "Fernando", "Hugo", "Bruno", "André", "Rodrigo",
	"Sérgio", "Filipe", "Artur", "Simão", "Joaquim",
}

var portugueseFamilies = []string{
	"Silva", "Santos", "Ferreira", "Pereira", "Oliveira", "Costa", "Rodrigues", "Martins", "Jesus", "Sousa", "Fernandes", "Gonçalves", "Gomes",
	"Lopes", "Marques", "Alves", "Almeida", "Ribeiro", "Pinto", "Carvalho", "Teixeira", "Moreira", "Correia", "Mendes", "Nunes", "Soares",
	"Vieira", "Monteiro", "Cardoso", "Rocha", "Neves", "Coelho", "Cruz", "Cunha", "Pires", "Ramos", "Reis", "Simões", "Antunes", "Matos",
	"Fonseca", "Machado", "Araújo", "Barbosa", "Tavares", "Lourenço", "Castro", "Figueiredo", "Azevedo", "Freitas",
}

var englishWomen = []string{"Emily", "Charlotte", "Hannah", "Olivia", "Siobhan", "Fiona", "Rebecca", "Margaret", "Priya", "Aoife", "Grace", "Imogen"}

var englishMen = []string{"James", "Oliver", "Thomas", "Liam", "Declan", "Henry", "Callum", "Graham", "Nigel", "Arjun", "Patrick", "Edward"}

var englishFamilies = []string{
	"Whitfield", "Harrison", "O'Connor", "Murphy", "Bennett", "Clarke", "Sutherland", "Patel", "Hughes", "Fletcher", "Morgan", "Gallagher",
	"Ashworth", "Doyle", "Pemberton", "Reid", "Singh", "Walsh", "Hartley", "McKenna",
}

// schools and libraries that are accounts: the name's first part; its second
// is hand-listed too.
var schoolKinds = [...]struct{ spanish, portuguese, kind string }{
	{"CEIP", "Escola Básica", "school"},
	{"IES", "Escola Secundária", "school"},
	{"Colegio", "Colégio", "school"},
	{"Biblioteca", "Biblioteca", "library"},
}

var schoolNames = []string{
	"Los Olivos", "Miguel Hernández", "Rosalía de Castro", "Gloria Fuertes", "Río Duero", "La Alameda", "Ramón y Cajal", "Severo Ochoa",
	"Clara Campoamor", "El Mirador", "Lope de Vega", "San Isidro", "Emilia Pardo Bazán", "Carmen Laforet", "Antonio Machado", "La Salina",
	"Puerta del Sur", "Vista Alegre", "María Zambrano", "Los Almendros", "Tierno Galván", "Maestro Falla", "El Faro", "Concha Espina",
}

var portugueseSchoolNames = []string{
	"do Bairro Alto", "das Amoreiras", "Sophia de Mello Breyner", "da Estrela", "Almeida Garrett", "de Campo Grande", "do Castelo",
	"Fernão Lopes", "da Boa Hora", "das Descobertas", "Florbela Espanca", "do Tejo",
}
