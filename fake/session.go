// SPDX-License-Identifier: Apache-2.0

package fake

import "strings"

func (s *persistence) set(b body) {
	if b.sent("type") {
		s.kind = b.str("type")
	}
	b.setStr(&s.cookie, "cookie_name")
	b.setOptInt(&s.timeout, "persistence_timeout")
	b.setStr(&s.granularity, "persistence_granularity")
}

// checkSession checks the session persistence that a pool is to have.
func (p *pool) checkSession(sent body, family string) error {
	s := p.session
	if s == nil {
		return nil
	}
	if p.protocol == "UDP" || p.protocol == "SCTP" {
		return s.checkDatagram()
	}
	if sent.sent("persistence_timeout") || sent.sent("persistence_granularity") {
		return invalid("persistence_timeout and persistence_granularity is only for %s protocol pools.", family)
	}
	switch {
	case s.kind == "APP_COOKIE" && s.cookie == "":
		return invalid("Field \"cookie_name\" must be specified when using the \"APP_COOKIE\" session persistence type.")
	case s.kind == "APP_COOKIE" && strings.ContainsAny(s.cookie, "\"()/:<=>?@[\\]{}"):
		return invalid("Supplied \"cookie_name\" is invalid.")
	case s.kind != "APP_COOKIE" && s.cookie != "":
		return invalid("Field \"cookie_name\" can only be specified with session persistence of type \"APP_COOKIE\".")
	}
	return nil
}

func (s *persistence) checkDatagram() error {
	switch {
	case s.kind == "SOURCE_IP" && s.cookie != "":
		return invalid("session_persistence SOURCE_IP type for UDP and SCTP protocols only accepts: type, persistence_timeout, persistence_granularity.")
	case s.cookie != "":
		return invalid("Cookie names are not supported for UDP/SCTP pools.")
	case s.kind != "SOURCE_IP":
		return invalid("Session persistence of type %s is not supported for UDP/SCTP protocol pools.", s.kind)
	}
	return nil
}

// setSession: null removes, a missing type is taken from what is stored.
func (p *pool) setSession(b body) error {
	if !b.has("session_persistence") {
		return nil
	}
	sent := b.obj("session_persistence")
	if sent == nil {
		p.session = nil
		return nil
	}
	merged := persistence{} // all but the type is null when it is not sent
	if p.session != nil {
		merged.kind = p.session.kind
	}
	if p.protocol != "UDP" && p.protocol != "SCTP" && (sent.num("persistence_timeout") != 0 || sent.sent("persistence_granularity")) {
		return invalid("persistence_timeout and persistence_granularity is only for UDP protocol pools.")
	}
	if merged.kind == "" && !sent.has("type") {
		return invalid("Invalid session_persistence provided.")
	}
	merged.set(sent)
	p.session = &merged
	return p.checkSession(sent, "UDP")
}
