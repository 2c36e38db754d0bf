package stream

import (
	"encoding/binary"
	"errors"
	"hash/crc32"
	"os"
	"path/filepath"

	"github.com/vivencia-cx/vivencia/internal/cx"
)

// mark is what the file "mark" beside the log says: that everything up to last
// was acknowledged. It is written after each frame and synced only at the
// end, so after a power cut it may be half a minute old, never too new.
type mark struct {
	last  cx.Seq
	clean bool // the log was closed; nobody was killed
}

const markSize = 8 + 1 + 4

// markFile is the mark, open.
type markFile struct {
	file *os.File
	buf  [markSize]byte
}

// openMark opens the mark, or makes one, and returns what it says; nothing when
// it cannot be read.
func openMark(dir string) (*markFile, mark, error) {
	f, err := os.OpenFile(filepath.Join(dir, "mark"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, mark{}, cx.Wrap("stream.openMark", err)
	}
	m := &markFile{file: f}
	n, _ := f.ReadAt(m.buf[:], 0)
	b := m.buf[:]
	if n < markSize || crc32.Checksum(b[:9], castagnoli) != binary.LittleEndian.Uint32(b[9:]) {
		return m, mark{}, nil
	}
	return m, mark{last: cx.Seq(binary.LittleEndian.Uint64(b)), clean: b[8] == 1}, nil
}

// write notes v. The disk need not take it: the mark only helps to tell damage.
func (m *markFile) write(v mark) error {
	b := m.buf[:]
	binary.LittleEndian.PutUint64(b, uint64(v.last))
	b[8] = 0
	if v.clean {
		b[8] = 1
	}
	binary.LittleEndian.PutUint32(b[9:], crc32.Checksum(b[:9], castagnoli))
	_, err := m.file.WriteAt(b, 0)
	return err
}

// close notes that everything ended well.
func (m *markFile) close(v mark) error {
	return errors.Join(m.write(v), m.file.Sync(), m.file.Close())
}
