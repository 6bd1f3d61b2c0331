// Judges a log with the check of Tessera, the log software of the transparency.dev project: fsck FOLDER VKEY.
//
// FOLDER holds checkpoint and tile/ as C2SP tlog-tiles serves them. This is Tessera's cmd/fsck without its screen, and with
// an end: it hangs when its worker stops at a bad tile while more are to come, so the check is given five seconds,
// which is hundreds of times what the log of a test needs.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/transparency-dev/merkle/rfc6962"
	"github.com/transparency-dev/tessera/api"
	"github.com/transparency-dev/tessera/client"
	"github.com/transparency-dev/tessera/fsck"
	"golang.org/x/mod/sumdb/note"
)

func main() {
	if err := judge(os.Args[1], os.Args[2]); err != nil {
		fmt.Println("refused:", err)
		os.Exit(1)
	}
	fmt.Println("accepted")
}

func judge(folder, vkey string) error {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	check := fsck.New(verifier.Name(), verifier, &client.FileFetcher{Root: folder}, leaves, fsck.Opts{N: 1})
	done := make(chan error, 1)
	go func() { done <- check.Check(ctx) }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return fmt.Errorf("the check stopped without an answer, as it does at a bad tile")
	}
}

// leaves gives the hashes of the entries of a bundle.
func leaves(bundle []byte) ([][]byte, error) {
	var entries api.EntryBundle
	if err := entries.UnmarshalText(bundle); err != nil {
		return nil, err
	}
	var hashes [][]byte
	for _, entry := range entries.Entries {
		hashes = append(hashes, rfc6962.DefaultHasher.HashLeaf(entry))
	}
	return hashes, nil
}
