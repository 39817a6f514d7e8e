// SPDX-License-Identifier: Apache-2.0

package waiter

import (
	"context"
	"time"

	"github.com/octaviakit/octaviakit/observe"
)

// Option configures a Waiter.
type Option interface{ apply(*Waiter) }

type option func(*Waiter)

func (o option) apply(w *Waiter) { o(w) }

// WithTimeout bounds how long a wait whose context has no deadline goes on without progress
// [30m]; 0 removes the bound. It is progress that something which was PENDING is seen
// settled or gone, each object once in a wait. So a batch that a slow driver takes an hour
// for is waited out, and what others change again and again holds nobody for ever, unless
// they make new objects all the time. A deadline of the context's is absolute.
func WithTimeout(d time.Duration) Option { return option(func(w *Waiter) { w.timeout = d }) }

// WithTolerance sets how many consecutive failed reads (5xx, 429, no answer) a wait survives [5].
func WithTolerance(n int) Option { return option(func(w *Waiter) { w.tolerance = max(n, 0) }) }

// WithStall sets how long objects may stay PENDING under an ACTIVE load balancer,
// with no change among them, before the wait ends with ErrStuck [2m]; 0 waits on. A driver
// that has shown itself to be slow is given longer: twice the longest pause that it made in
// this wait, and until such operations usually end (see [Op]).
func WithStall(d time.Duration) Option { return option(func(w *Waiter) { w.stall = d }) }

// WithObserver reports every read, repeat and outcome.
func WithObserver(o observe.Observer) Option {
	return option(func(w *Waiter) { w.observer = observe.Tee(w.observer, o) })
}

// WithRate limits the requests per second of the whole Waiter [50], in bursts of up
// to ten seconds' worth; 0 removes the limit. Waits are served in the order in which they ask.
func WithRate(perSecond float64) Option {
	return option(func(w *Waiter) { w.gate = newGate(perSecond) })
}

// WithExpectations seeds what the Waiter knows about durations, as Expectations
// returned it in an earlier life.
func WithExpectations(es ...Expectation) Option {
	return option(func(w *Waiter) {
		for _, e := range es {
			w.history.seed(e)
		}
	})
}

// WaitOption says more about one wait.
type WaitOption interface{ applyWait(*wait) }

type waitOption func(*wait)

func (o waitOption) applyWait(w *wait) { o(w) }

// wait is what the options of one wait say.
type wait struct {
	op        opKey
	also      []string
	later     func() []string
	leaving   func() []string
	slow      func() time.Duration
	assume    bool
	untilGone bool
	whole     bool
	tolerate  map[string]bool
	disregard map[string]bool
	touch     func(context.Context, Object) error
	touchSoon time.Duration
	confirm   func(context.Context) (bool, error)
	since     time.Time
}

func (w wait) slowFor() time.Duration {
	if w.slow == nil {
		return 0
	}
	return w.slow()
}

func settings(opts []WaitOption) wait {
	var w wait
	for _, o := range opts {
		if o != nil {
			o.applyWait(&w)
		}
	}
	return w
}

// Op names the kind of operation awaited ("loadbalancer create", "member batch"), for
// learned durations and events. Operations that take different times deserve different names.
func Op(name string) WaitOption { return waitOption(func(w *wait) { w.op.op = name }) }

// Provider names the provider driver ("amphora", "ovn"), whose durations are learned apart.
func Provider(name string) WaitOption { return waitOption(func(w *wait) { w.op.provider = name }) }

// Also names objects that the status tree omits (L7 policies, rules, pools without a
// listener), to be read themselves before the load balancer counts as settled: each
// must be ACTIVE or gone. Paths are as in "lbaas/l7policies/ID", "lbaas/pools/ID". A
// pool stands for its members and its monitor as well.
func Also(paths ...string) WaitOption {
	return waitOption(func(w *wait) { w.also = append(w.also, paths...) })
}

// AlsoMade is Also for objects whose IDs are known only once Mutate's fn has made
// them: paths is called when each wait begins.
func AlsoMade(paths func() []string) WaitOption {
	return waitOption(func(w *wait) { w.later = paths })
}

// AlsoGone is AlsoMade for objects that were deleted: each must be gone before the load
// balancer counts as settled, whatever its status. An ovn pool that has members reads
// ACTIVE from the moment the first of them is gone until it vanishes itself.
func AlsoGone(paths func() []string) WaitOption {
	return waitOption(func(w *wait) { w.leaving = paths })
}

// Whole is Also for whatever the status tree omits at the time when it has settled: the
// pools without a listener, with their members and monitors, and the L7 policies with
// their rules. It costs two reads more, and one or two for each such object; waits that
// know what was changed name it with Also instead.
func Whole() WaitOption { return waitOption(func(w *wait) { w.whole = true }) }

// Tolerate names objects (by ID) whose ERROR does not end the wait: they were in ERROR
// before. If it names the load balancer, that counts as settled when in ERROR.
func Tolerate(ids ...string) WaitOption {
	return waitOption(func(w *wait) {
		if w.tolerate == nil {
			w.tolerate = map[string]bool{}
		}
		for _, id := range ids {
			w.tolerate[id] = true
		}
	})
}

// Disregard names objects (by ID) that are not waited for: they stay PENDING, as is known.
func Disregard(ids ...string) WaitOption {
	return waitOption(func(w *wait) {
		if w.disregard == nil {
			w.disregard = map[string]bool{}
		}
		for _, id := range ids {
			w.disregard[id] = true
		}
	})
}

// Touch frees children that stay PENDING under an ACTIVE load balancer: fn makes a
// harmless change to the object, as [EmptyPut] does where one is known. It is called
// after a while without progress (a quarter of the stall limit, 15s at most, and longer as
// that is, see [WithStall]), for one object at a time, parents first, at most once per
// object; each gets as long again to come free. An errors.ErrUnsupported of fn says that it
// can do nothing for the object as it is, and the next one is tried at once. Other errors
// are reported to the Observer; none ends the wait.
func Touch(fn func(context.Context, Object) error) WaitOption {
	return waitOption(func(w *wait) { w.touch = fn })
}

// TouchAfter makes a [Touch] due after so long without progress, where it is known that
// none is to be expected, or twice the longest pause in this wait, or as the provider's
// driver makes them lately.
func TouchAfter(d time.Duration) WaitOption { return waitOption(func(w *wait) { w.touchSoon = d }) }

// SlowFor is for an operation that is known to go on for some time without visible progress:
// nothing is taken for stuck sooner, nor does the Waiter's own bound end the wait. d is called
// when a wait begins, in Mutate after fn.
func SlowFor(d func() time.Duration) WaitOption { return waitOption(func(w *wait) { w.slow = d }) }

// AssumeSettled lets Mutate skip the first wait: the caller has just seen the load balancer settled.
func AssumeSettled() WaitOption { return waitOption(func(w *wait) { w.assume = true }) }

// UntilGone is for a Mutate that deletes the load balancer: before, it need only not be
// PENDING (ERROR will do), and after, it is to be gone. That fn finds nothing is success.
func UntilGone() WaitOption { return waitOption(func(w *wait) { w.untilGone = true }) }

// Confirm lets Mutate survive an unknown outcome (reply lost, 502, 504) or a passing
// failure of fn: once the load balancer has settled, confirm says whether the change
// is there. Only if it is not, fn is called again. Without Confirm such an error is returned.
func Confirm(confirm func(context.Context) (done bool, err error)) WaitOption {
	return waitOption(func(w *wait) { w.confirm = confirm })
}

// Since tells Check when the operation began, which makes its advice better [when
// this Waiter first saw the load balancer unsettled], and that nothing older counts.
func Since(t time.Time) WaitOption { return waitOption(func(w *wait) { w.since = t }) }
