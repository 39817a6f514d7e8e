// SPDX-License-Identifier: Apache-2.0

// Command gen writes one constant per row of data/matrix.json and per entry of
// data/defects.json. Run it by `go generate ./provider` after editing the data; a
// test of package provider fails while they are out of step.
package main

import (
	"fmt"
	"os"

	"github.com/octaviakit/octaviakit/provider/internal/gen/constants"
)

func main() {
	files, err := constants.Generate(os.DirFS("."))
	if err != nil {
		fmt.Fprintln(os.Stderr, "gen:", err)
		os.Exit(1)
	}
	for _, f := range files {
		if err := os.WriteFile(f.Name, f.Source, 0o644); err != nil {
			fmt.Fprintln(os.Stderr, "gen:", err)
			os.Exit(1)
		}
	}
}
