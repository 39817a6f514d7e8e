// file: lb/x.go
// Copyright someone // want licence: the first line must be

package lb // want doc: package lb has no package comment

import (
	"github.com/octaviakit/octaviakit/fake" // want layer: lb may not import
	_ "github.com/octaviakit/octaviakit/internal/octavia"
	_ "github.com/octaviakit/octaviakit/member"
)

type Spec struct{ Name string } // want doc: exported Spec has no comment

func (*Spec) Validate() {} // want doc: exported Validate has no comment

func (s Spec) String() string { return s.Name }

func (s Spec) Len() int { return len(s.Name) } // want doc: exported Len has no comment

// Add and Remove are a pair.
func Add()    {}
func Remove() {}

func Alone() {} // want doc: exported Alone has no comment

func New() fake.Cloud { panic(0) } // want doc: exported New has no comment

const Max = 1 // want doc: exported Max has no comment

const (
	A = iota // A is documented at the end of its line.
	// B is documented above.
	B

	C // want doc: exported C has no comment
)

// Kinds are documented as a group.
const (
	D = 1
	E = 2
)

type hidden struct{}

func (hidden) Exported() {}

func long() { // want length: func long has 63 lines, at most 60
	// filler
}
