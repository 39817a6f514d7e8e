// SPDX-License-Identifier: Apache-2.0

package lb

import (
	"context"
	"crypto/sha256"
	"encoding/hex"

	"github.com/octaviakit/octaviakit/floatingip"
	"github.com/octaviakit/octaviakit/internal/mark"
	"github.com/octaviakit/octaviakit/internal/octavia"
)

// observe reads the graph under a name, as far as it changed since the Engine last
// looked; nil if the owner has none.
func (e *Engine) observe(ctx context.Context, name string) (*Graph, error) {
	g, err := e.look(ctx, name, &e.memory, e.recentSurvey)
	return e.giveUp(g), err
}

func (e *Engine) look(ctx context.Context, name string, mem *memory, by surveyor) (*Graph, error) {
	name = StoredName(name)
	s, err := by(ctx, name)
	if err != nil {
		return nil, err
	}
	f, err := e.find(ctx, s, name)
	if err == nil {
		e.forgetGone(name, f)
	}
	if err != nil || f.root == nil {
		return nil, err
	}
	if f, err = e.inUse(ctx, s, f, name); err != nil {
		return nil, err
	}
	g, err := e.read(ctx, s, f.root, name, mem)
	if err != nil {
		return nil, err
	}
	if f.next != nil {
		if g.next, err = e.read(ctx, s, f.next, name, mem); err != nil {
			return nil, err
		}
	}
	for _, o := range f.extra {
		g.extra = append(g.extra, node(KindLoadBalancer, loadBalancerPath, o))
	}
	return g, nil
}

// read reads what is below a load balancer, and its floating IP.
func (e *Engine) read(ctx context.Context, s *survey, o octavia.Object, name string, mem *memory) (*Graph, error) {
	g, err := readGraph(ctx, reader{e.octavia, s.lists}, o, mem, s.at)
	if err != nil {
		return nil, err
	}
	g = g.scope(e.owner)
	g.floating, err = s.floatingOf(ctx, e, g.VIPPortID(), name)
	return g, err
}

func (e *Engine) mark(name string) floatingip.Mark {
	return floatingip.Mark{Owner: e.owner, Key: keyOf(e.owner, name)}
}

// hashed begins a key that stands for a name.
const hashed = "sha256-"

// keyOf is the load balancer's name as a mark can hold it: a name that is too long
// or has characters that no tag may have is stood for by its hash.
func keyOf(owner, name string) string {
	name = StoredName(name)
	if mark.Validate(owner, name) == nil {
		return name
	}
	sum := sha256.Sum256([]byte(name))
	return hashed + hex.EncodeToString(sum[:16])
}
