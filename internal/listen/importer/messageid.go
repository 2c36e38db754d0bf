package importer

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/vivencia-cx/vivencia/internal/listen/intake"
)

var escapeID = strings.NewReplacer("%", "%25", ":", "%3A")

// messageID joins kind, name and the parts of an id, so that different ones
// never give the same: "track:Order Completed:8a94". Past 100 characters it is
// the hash of that.
func messageID(kind, name string, parts ...string) string {
	var b strings.Builder
	b.WriteString(kind)
	b.WriteByte(':')
	_, _ = escapeID.WriteString(&b, name)
	for _, p := range parts {
		b.WriteByte(':')
		_, _ = escapeID.WriteString(&b, p)
	}
	id := b.String()
	if utf8.RuneCountInString(id) <= intake.MaxMessageID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// lineID identifies a record that has no id of its own: by its file's name, its
// line and what stands there.
func lineID(kind, name, file string, line int, raw []byte) string {
	h := sha256.New()
	h.Write([]byte(file))
	h.Write([]byte{0})
	h.Write(strconv.AppendInt(nil, int64(line), 10))
	h.Write([]byte{0})
	h.Write(raw)
	return messageID(kind, name, "line "+strconv.Itoa(line), hex.EncodeToString(h.Sum(nil)[:16]))
}
