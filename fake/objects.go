// SPDX-License-Identifier: Apache-2.0

package fake

import "time"

// Provisioning and operating statuses, as the API spells them.
const (
	active        = "ACTIVE"
	pendingCreate = "PENDING_CREATE"
	pendingUpdate = "PENDING_UPDATE"
	pendingDelete = "PENDING_DELETE"
	inError       = "ERROR"

	online    = "ONLINE"
	offline   = "OFFLINE"
	degraded  = "DEGRADED"
	draining  = "DRAINING"
	noMonitor = "NO_MONITOR"
)

// Kinds of object, as [Latency], [Call] and quotas name them.
const (
	kindLB       = "loadbalancer"
	kindListener = "listener"
	kindPool     = "pool"
	kindMember   = "member"
	kindMonitor  = "healthmonitor"
	kindPolicy   = "l7policy"
	kindRule     = "l7rule"
	kindFailover = "failover"
)

// common is what every load-balancing object has.
type common struct {
	kind        string
	id          string
	name        string
	description string
	project     string
	prov, oper  string
	enabled     bool
	created     time.Time
	updated     time.Time
	tags        []string
	seq         int // order of creation, over all objects
	gone        bool
}

func (o *common) base() *common { return o }

// thing is any object with statuses.
type thing interface{ base() *common }

// unborn reports what no amphora has heard of: still being made, or failed to be.
func (o *common) unborn() bool {
	return o.prov == pendingCreate || o.prov == inError && o.oper == offline
}

func (o *common) pending() bool {
	return o.prov == pendingCreate || o.prov == pendingUpdate || o.prov == pendingDelete
}

type vip struct{ subnet, address, port string }

type loadBalancer struct {
	common
	vip        vip
	network    string
	qos        string
	vnic       string
	topology   string // SINGLE or ACTIVE_STANDBY, of amphorae
	groups     []string
	additional []vip
	ownPorts   []string // made by the provider, deleted with the load balancer
	group      string   // the amphora provider's security group, "" before there is one
	guarded    string   // what it lets pass
	provider   string   // as the caller spelt it: "octavia" stays "octavia"
	flavor     string
	zone       string
	driver     driver
	listeners  []*listener
	pools      []*pool
	amphorae   []*amphora
	probed     map[string]bool // subnets that ovn's monitors work from
	failedOver bool            // there are rows of deleted amphorae
	orphaned   []string        // protocols of monitors that ovn forgot to delete with their pools
	busyUntil  time.Time       // the driver's queue of work is empty then
	pendingFor *Span           // the PENDING span that is open, if any
}

type listener struct {
	common
	lb          *loadBalancer
	protocol    string
	port        int
	limit       *int // null only where a POST said so
	tlsRef      nullable
	sniRefs     []string
	defaultPool *pool
	policies    []*l7policy // by position
	headers     map[string]string
	clientData  int
	connect     int
	memberData  int
	inspect     int
	caRef       nullable
	clientAuth  string
	crlRef      nullable
	cidrs       []string
	ciphers     nullable
	versions    []string
	alpn        []string
	hstsAge     *int
	hstsSub     *bool // null is kept of a POST only
	hstsPreload *bool
	peer        int // the port where its amphorae meet, 0 before one is chosen
}

// persistence is a pool's session persistence.
type persistence struct {
	kind, cookie string
	timeout      *int
	granularity  string
}

type pool struct {
	common
	lb         *loadBalancer
	protocol   string
	algorithm  string
	session    *persistence
	monitor    *monitor
	members    []*member
	defaultOf  []*listener
	redirected []*l7policy // policies that name this pool, whether in force or not
	byAddress  map[endpoint]*member
	tlsRef     nullable
	caRef      nullable
	crlRef     nullable
	tls        bool
	ciphers    nullable
	versions   []string
	alpn       []string
	online     bool // what ovn remembers of one without members
	watched    bool // the ovn driver has made its monitor
}

// endpoint is what identifies a member within its pool. Octavia compares addresses as
// the strings they were sent as: 2001:DB8::1 and 2001:db8::1 are two members.
type endpoint struct {
	address string
	port    int
}

type member struct {
	common
	pool           *pool
	at             endpoint
	weight         *int
	backup         bool
	subnet         string
	monitorAddress string
	monitorPort    *int
	vnic           string
	down           bool // what its health monitor finds; set by tests
	probed         probed
	forgot         bool // the ovn driver has said NO_MONITOR, whatever it has noted
}

type monitor struct {
	common
	pool        *pool
	probe       string // the type
	delay       int
	timeout     int
	retries     int
	retriesDown int
	method      string
	path        string
	codes       string
	version     string
	domain      string
}

type l7policy struct {
	common
	listener *listener
	action   string
	pool     *pool
	url      string
	prefix   string
	code     *int
	rules    []*l7rule
}

type l7rule struct {
	common
	policy  *l7policy
	rule    string // the type
	compare string
	key     string
	value   string
	invert  bool
}

// inForce reports whether a policy counts: Octavia ignores disabled ones and those
// without rules when it asks which pools a listener uses.
func (p *l7policy) inForce() bool { return p.enabled && len(p.rules) > 0 }

// usedBy lists the listeners of a pool: those whose default it is, then those that
// redirect to it.
func (p *pool) usedBy() []*listener {
	users := make([]*listener, 0, len(p.defaultOf)+1)
	seen := make(map[*listener]bool, len(p.defaultOf))
	add := func(l *listener) {
		if !seen[l] {
			seen[l] = true
			users = append(users, l)
		}
	}
	for _, l := range p.defaultOf {
		add(l)
	}
	for _, r := range p.redirected {
		if r.inForce() {
			add(r.listener)
		}
	}
	return users
}

// uses lists the pools of a listener by the same rule.
func (l *listener) uses() []*pool {
	var pools []*pool
	seen := make(map[*pool]bool)
	add := func(p *pool) {
		if p != nil && !seen[p] {
			seen[p] = true
			pools = append(pools, p)
		}
	}
	add(l.defaultPool)
	for _, r := range l.policies {
		if r.inForce() {
			add(r.pool)
		}
	}
	return pools
}

// setDefault changes a listener's default pool, both ends.
func (l *listener) setDefault(p *pool) {
	if l.defaultPool != nil {
		l.defaultPool.defaultOf = drop(l.defaultPool.defaultOf, l)
	}
	l.defaultPool = p
	if p != nil {
		p.defaultOf = append(p.defaultOf, l)
	}
}

// setPool changes a policy's redirect pool, both ends.
func (p *l7policy) setPool(to *pool) {
	if p.pool != nil {
		p.pool.redirected = drop(p.pool.redirected, p)
	}
	p.pool = to
	if to != nil {
		to.redirected = append(to.redirected, p)
	}
}

func drop[T comparable](list []T, gone T) []T {
	for i, x := range list {
		if x == gone {
			return append(list[:i:i], list[i+1:]...)
		}
	}
	return list
}
