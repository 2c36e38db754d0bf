// Command assets builds what the browser takes: it bundles the TypeScript and
// CSS of internal/web with esbuild, gathers the icons into one sprite, and
// writes the results under names that carry their content's hash, with the Go
// table that finds them.
//
//	go -C tools run ./assets            write internal/web/dist
//	go -C tools run ./assets -check     fail when internal/web/dist is stale
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"go/format"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	esbuild "github.com/evanw/esbuild/pkg/api"
)

func main() {
	root := flag.String("root", "..", "the repository")
	check := flag.Bool("check", false, "compare with what is there instead of writing")
	flag.Parse()
	if err := run(*root, *check); err != nil {
		fmt.Fprintln(os.Stderr, "assets:", err)
		os.Exit(1)
	}
}

func run(root string, check bool) error {
	web := filepath.Join(root, "internal", "web")
	tokens := exec.Command("go", "run", "./internal/web/tokens/gen", "internal/web/assets/tokens.css")
	tokens.Dir, tokens.Stderr = root, os.Stderr
	if err := tokens.Run(); err != nil {
		return fmt.Errorf("tokens: %w", err)
	}
	files, err := build(web, filepath.Join(root, "tools", "node_modules"))
	if err != nil {
		return err
	}
	dist := filepath.Join(web, "dist")
	if check {
		return compare(dist, files)
	}
	return write(dist, files)
}

// build returns every generated file of dist by its name.
func build(web, modules string) (map[string][]byte, error) {
	files, names := map[string][]byte{}, map[string]string{}
	icons, sprite, err := sprite(filepath.Join(web, "assets", "icons.txt"), filepath.Join(modules, "lucide-static", "icons"))
	if err != nil {
		return nil, err
	}
	logo, err := os.ReadFile(filepath.Join(web, "assets", "logo.svg"))
	if err != nil {
		return nil, err
	}
	for name, content := range map[string][]byte{"icons.svg": sprite, "logo.svg": logo} {
		sum := sha256.Sum256(content)
		names[name] = strings.TrimSuffix(name, "svg") + strings.ToUpper(hex.EncodeToString(sum[:4])) + ".svg"
		files[names[name]] = content
	}

	entries, err := entries(web)
	if err != nil {
		return nil, err
	}
	absolute, err := filepath.Abs(modules)
	if err != nil {
		return nil, err
	}
	work, err := filepath.Abs(web)
	if err != nil {
		return nil, err
	}
	result := esbuild.Build(esbuild.BuildOptions{
		EntryPointsAdvanced: entries,
		AbsWorkingDir:       work,
		NodePaths:           []string{absolute},
		Outdir:              filepath.Join(work, "dist"),
		EntryNames:          "[name].[hash]",
		AssetNames:          "[name].[hash]",
		Loader:              map[string]esbuild.Loader{".woff2": esbuild.LoaderFile},
		Bundle:              true,
		MinifyWhitespace:    true,
		MinifyIdentifiers:   true,
		MinifySyntax:        true,
		Format:              esbuild.FormatESModule,
		Target:              esbuild.ES2022,
		Engines: []esbuild.Engine{
			{Name: esbuild.EngineChrome, Version: "123"},
			{Name: esbuild.EngineFirefox, Version: "120"},
			{Name: esbuild.EngineSafari, Version: "17.5"},
		},
		LegalComments: esbuild.LegalCommentsNone,
		LogLevel:      esbuild.LogLevelWarning,
	})
	if len(result.Errors) > 0 {
		return nil, errors.New("esbuild found errors")
	}
	hashed := regexp.MustCompile(`^(.+)\.[A-Z0-9]{8}(\.\w+)$`)
	for _, f := range result.OutputFiles {
		name := filepath.Base(f.Path)
		files[name] = f.Contents
		if m := hashed.FindStringSubmatch(name); m != nil {
			names[m[1]+m[2]] = name
		}
	}
	table, err := table(names, icons)
	if err != nil {
		return nil, err
	}
	files["dist_gen.go"] = table
	return files, nil
}

// entries lists app.ts, app.css, each page's page.ts and page.css, which become
// <page>.js and <page>.css, and what customers' pages load.
func entries(web string) ([]esbuild.EntryPoint, error) {
	all := []esbuild.EntryPoint{
		{InputPath: "./assets/app.ts", OutputPath: "app"},
		{InputPath: "./assets/app.css", OutputPath: "app"},
		{InputPath: "./leaf/worker.ts", OutputPath: "worker"},
		{InputPath: "./pages/notices/push.ts", OutputPath: "push"},
	}
	for _, ext := range []string{"ts", "css"} {
		found, err := filepath.Glob(filepath.Join(web, "pages", "*", "page."+ext))
		if err != nil {
			return nil, err
		}
		for _, f := range found {
			page := filepath.Base(filepath.Dir(f))
			all = append(all, esbuild.EntryPoint{InputPath: "./pages/" + page + "/page." + ext, OutputPath: page})
		}
		for _, room := range []string{"survey", "yours"} {
			if found, err = filepath.Glob(filepath.Join(web, room, "*."+ext)); err != nil {
				return nil, err
			}
			for _, f := range found {
				name := filepath.Base(f)
				all = append(all, esbuild.EntryPoint{InputPath: "./" + room + "/" + name, OutputPath: strings.TrimSuffix(name, "."+ext)})
			}
		}
	}
	return all, nil
}

var (
	comment = regexp.MustCompile(`(?s)<!--.*?-->`)
	spaces  = regexp.MustCompile(`\s*\n\s*`)
)

// sprite gathers the icons named in the list, one a line, as symbols.
func sprite(list, folder string) ([]string, []byte, error) {
	src, err := os.ReadFile(list)
	if err != nil {
		return nil, nil, err
	}
	var icons []string
	for line := range strings.Lines(string(src)) {
		if name := strings.TrimSpace(line); name != "" && !strings.HasPrefix(name, "#") {
			icons = append(icons, name)
		}
	}
	slices.Sort(icons)
	icons = slices.Compact(icons)
	var b bytes.Buffer
	b.WriteString(`<svg xmlns="http://www.w3.org/2000/svg">`)
	for _, name := range icons {
		svg, err := os.ReadFile(filepath.Join(folder, name+".svg"))
		if err != nil {
			return nil, nil, fmt.Errorf("icons.txt: lucide has no icon %q", name)
		}
		inner := comment.ReplaceAllString(string(svg), "")
		inner = inner[strings.Index(inner, ">")+1 : strings.LastIndex(inner, "</svg>")]
		fmt.Fprintf(&b, `<symbol id="%s" viewBox="0 0 24 24">%s</symbol>`, name, strings.TrimSpace(spaces.ReplaceAllString(inner, "")))
	}
	b.WriteString("</svg>\n")
	return icons, b.Bytes(), nil
}

// table writes the Go code that finds a file by its plain name.
func table(names map[string]string, icons []string) ([]byte, error) {
	var b bytes.Buffer
	b.WriteString("// Code generated by tools/assets. DO NOT EDIT.\n\npackage dist\n\nfunc hashed(name string) string {\n\tswitch name {\n")
	for _, name := range slices.Sorted(maps.Keys(names)) {
		fmt.Fprintf(&b, "\tcase %q:\n\t\treturn %q\n", name, names[name])
	}
	b.WriteString("\t}\n\treturn \"\"\n}\n\n// Icons lists the sprite's icons.\nfunc Icons() []string {\n\treturn []string{\n")
	for _, name := range icons {
		fmt.Fprintf(&b, "\t\t%q,\n", name)
	}
	b.WriteString("\t}\n}\n")
	return format.Source(b.Bytes())
}

// generated tells whether a file of dist is this command's.
func generated(name string) bool {
	return name == "dist_gen.go" || filepath.Ext(name) != ".go"
}

func write(dist string, files map[string][]byte) error {
	old, err := os.ReadDir(dist)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range old {
		if _, kept := files[f.Name()]; !kept && generated(f.Name()) {
			if err := os.Remove(filepath.Join(dist, f.Name())); err != nil {
				return err
			}
		}
	}
	for name, content := range files {
		path := filepath.Join(dist, name)
		if there, err := os.ReadFile(path); err == nil && bytes.Equal(there, content) {
			continue
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func compare(dist string, files map[string][]byte) error {
	var stale []string
	for name, content := range files {
		if there, err := os.ReadFile(filepath.Join(dist, name)); err != nil || !bytes.Equal(there, content) {
			stale = append(stale, name)
		}
	}
	old, err := os.ReadDir(dist)
	if err != nil {
		return err
	}
	for _, f := range old {
		if _, kept := files[f.Name()]; !kept && generated(f.Name()) {
			stale = append(stale, f.Name())
		}
	}
	if len(stale) > 0 {
		slices.Sort(stale)
		return fmt.Errorf("internal/web/dist is stale (%s): run make generate", strings.Join(stale, ", "))
	}
	return nil
}
