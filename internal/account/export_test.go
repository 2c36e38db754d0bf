package account

import "io/fs"

// Migrations returns the texts of the migrations by file name.
func Migrations() map[string]string {
	all := map[string]string{}
	files, _ := fs.Glob(migrations, "migrations/*.sql")
	for _, name := range files {
		text, _ := migrations.ReadFile(name)
		all[name[len("migrations/"):]] = string(text)
	}
	return all
}
