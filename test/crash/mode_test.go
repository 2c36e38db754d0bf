package crash

import (
	"io/fs"
	"net/http"
	"path/filepath"
	"syscall"
	"testing"
)

// TestFilesAreForTheirOwnerAlone walks what the product leaves on the disk, made
// by somebody whose files are everybody's unless told: no file of the data
// directory, of a backup or of a restored one is readable by another user.
func TestFilesAreForTheirOwnerAlone(t *testing.T) {
	defer syscall.Umask(syscall.Umask(0))
	h := newHouse(t, filepath.Join(t.TempDir(), "disk"))
	folder, restored := filepath.Join(t.TempDir(), "backups"), filepath.Join(t.TempDir(), "restored")
	s := h.start()
	s.ready()
	key, token := h.command("source", "create", "Tienda"), h.command("token", "create", "--role", "admin")
	for _, body := range []string{
		`{"batch":[{"type":"track","event":"Order Completed","messageId":"1","userId":"u-0"},{"type":"track","userId":"u-0"}]}`,
		`{"batch":[{"type":"track","event":"Order Completed","messageId":"2","userId":"u-1"}]}`,
	} {
		got, err := send(h, http.DefaultClient, key, request{path: "/v1/batch", body: []byte(body)})
		if err != nil || got.status != http.StatusOK {
			t.Fatalf("%+v, %v", got, err)
		}
	}
	h.settled(token)
	walk := func(dir string) {
		t.Helper()
		files := 0
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			info, err := entry.Info()
			if err == nil && info.Mode().Perm()&0o077 != 0 {
				t.Errorf("%s is %v", path, info.Mode())
			}
			files++
			return err
		})
		if err != nil || files < 5 {
			t.Errorf("%s has %d files, %v", dir, files, err)
		}
	}
	walk(h.dir)
	h.command("backup", folder)
	walk(folder)
	var customer struct{ ID string }
	if err := h.get(token, "/customers/lookup?userId=u-1", &customer); err != nil {
		t.Fatal(err)
	}
	h.command("forget", customer.ID, "--yes")
	walk(h.dir)
	s.end(syscall.SIGTERM)
	walk(h.dir)
	h.command("rebuild")
	walk(h.dir)
	h.command("restore", folder, "--only-state") // over what is there
	walk(h.dir)
	other := &house{t: t, dir: restored}
	other.command("restore", folder)
	walk(restored)
}
