// Judges a log with the Merkle tree of Go's checksum database: tlog FOLDER VKEY.
//
// FOLDER holds checkpoint and tile/ as C2SP tlog-tiles serves them. Opens the signed checkpoint, reads the root out of the
// tiles, and checks an inclusion proof of every entry and the growth from every earlier size, or at most 200 of each.
package main

import (
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const most = 200

// folder reads tiles from disk under the names of C2SP tlog-tiles, which leave out the height.
type folder string

func (f folder) Height() int { return 8 }

func (f folder) path(t tlog.Tile) string {
	return filepath.Join(string(f), strings.Replace(t.Path(), "tile/8/", "tile/", 1))
}

func (f folder) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var data [][]byte
	for _, t := range tiles {
		b, err := os.ReadFile(f.path(t))
		if err != nil {
			return nil, err
		}
		data = append(data, b)
	}
	return data, nil
}

func (f folder) SaveTiles([]tlog.Tile, [][]byte) {}

func main() {
	if err := judge(folder(os.Args[1]), os.Args[2]); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
}

func judge(log folder, vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(string(log), "checkpoint"))
	if err != nil {
		return err
	}
	opened, err := note.Open(text, note.VerifierList(verifier))
	if err != nil {
		return err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != verifier.Name() {
		return fmt.Errorf("checkpoint of %q", lines[0])
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return err
	}
	root, err := base64.StdEncoding.DecodeString(lines[2])
	if err != nil {
		return err
	}
	tree := tlog.Tree{N: size}
	copy(tree.Hash[:], root)
	hashes := tlog.TileHashReader(tree, log)

	step := max(1, size/most)
	included := 0
	for i := int64(0); i < size; i += step {
		entry, err := entry(log, i, size)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveRecord(size, i, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckRecord(proof, size, tree.Hash, i, tlog.RecordHash(entry)); err != nil {
			return fmt.Errorf("entry %d: %w", i, err)
		}
		included++
	}
	grown := 0
	for older := int64(1); older < size; older += step {
		oldRoot, err := tlog.TreeHash(older, hashes)
		if err != nil {
			return err
		}
		proof, err := tlog.ProveTree(size, older, hashes)
		if err != nil {
			return err
		}
		if err := tlog.CheckTree(proof, size, tree.Hash, older, oldRoot); err != nil {
			return fmt.Errorf("growth from %d: %w", older, err)
		}
		grown++
	}
	fmt.Printf("accepted: %d entries, %d inclusion proofs, %d consistency proofs\n", size, included, grown)
	return nil
}

// entry reads one entry out of its bundle.
func entry(log folder, index, size int64) ([]byte, error) {
	bundle := index / 256
	width := min(256, size-bundle*256)
	t := tlog.Tile{H: 8, L: -1, N: bundle, W: int(width)}
	path := filepath.Join(string(log), strings.Replace(t.Path(), "tile/8/data/", "tile/entries/", 1))
	b, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	for i := bundle * 256; ; i++ {
		if len(b) < 2 {
			return nil, fmt.Errorf("bundle %d ends before entry %d", bundle, index)
		}
		n := int(binary.BigEndian.Uint16(b))
		if len(b) < 2+n {
			return nil, fmt.Errorf("bundle %d is cut", bundle)
		}
		if i == index {
			return b[2 : 2+n], nil
		}
		b = b[2+n:]
	}
}
