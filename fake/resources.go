// SPDX-License-Identifier: Apache-2.0

package fake

// resource is Octavia's URL map. What operators look at alone has a tree of its own.
func (c *Cloud) resource(name string, operators bool) (*resource, bool) {
	if operators != (name == "amphorae") {
		return nil, false
	}
	switch name {
	case "loadbalancers":
		return c.loadBalancers(), true
	case "listeners":
		return c.listenerResource(), true
	case "pools":
		return c.poolResource(), true
	case "healthmonitors":
		return c.monitorResource(), true
	case "l7policies":
		return c.policyResource(), true
	case "quotas":
		return c.quotaResource(), true
	case "providers":
		return c.providerResource(), true
	case "flavors":
		return c.flavorResource(), true
	case "flavorprofiles":
		return c.flavorProfileResource(), true
	case "availabilityzones":
		return c.zoneResource(), true
	case "availabilityzoneprofiles":
		return c.zoneProfileResource(), true
	case "amphorae":
		return c.amphoraResource(), true
	default:
		return nil, false
	}
}

// find looks an object up and asks whether the caller may do this to it. A missing one
// is 404 for everybody, another project's is 403.
func find[T thing](s *collection[T], v *view[T], id string, allow func(project string) error) (T, error) {
	o, found := s.get(id)
	if !found {
		return o, notFound(v.word, id)
	}
	return o, allow(o.base().project)
}

func (c *Cloud) reader(q *request) func(string) error {
	return func(project string) error { return c.read(q, project) }
}

func (c *Cloud) writer(q *request) func(string) error {
	return func(project string) error { return c.write(q, project) }
}

// getter answers a GET on an item.
func getter[T thing](c *Cloud, s *collection[T], v *view[T]) func(*request, string) (answer, error) {
	return func(q *request, id string) (answer, error) {
		o, err := find(s, v, id, c.reader(q))
		if err != nil {
			return answer{}, err
		}
		return ok(v.wrap(o, q))
	}
}

// lister answers a GET on a collection.
func lister[T thing](c *Cloud, s *collection[T], v *view[T]) func(*request) (answer, error) {
	return func(q *request) (answer, error) {
		seen, err := scoped(c, q, s.all())
		if err != nil {
			return answer{}, err
		}
		return list(v, q, seen, s.get)
	}
}

// decode reads the one wrapped object of a request.
func (q *request) decode(a arg, s schema) (body, error) {
	if err := q.media(); err != nil {
		return nil, err
	}
	v, err := a.decodeWrapped(q.body, nested(s))
	if err != nil {
		return nil, err
	}
	return v.(body), nil
}
