// SPDX-License-Identifier: Apache-2.0

package member

import (
	"errors"
	"fmt"

	"github.com/octaviakit/octaviakit/internal/fault"
	"github.com/octaviakit/octaviakit/provider"
)

// abilities is what the planner may rely on.
type abilities struct {
	batch          bool // the exact batch PUT works
	additive       bool // ?additive_only=true, API 2.11
	emptyBatch     bool // a batch may empty a pool
	batchIntoEmpty bool // a batch may fill an empty pool
	batchRemove6   bool // a batch may remove IPv6 members
	createDisabled bool // a member created with admin_state_up false gets no traffic
	slowBatch      bool // a batch takes time for each member it names, changed or not
	tagsAlone      bool // a PUT of a member may carry nothing but tags
}

func (h How) known() bool { return h.Caps.Provider() != "" }

func (h How) abilities() abilities {
	if !h.known() {
		return abilities{batch: true, emptyBatch: true, batchIntoEmpty: true, batchRemove6: true, createDisabled: true, tagsAlone: true}
	}
	// The one defect that spares pools with members is worked around here: POST the first.
	c := h.Caps.WithoutQuirks(provider.QuirkOVNBatchEmptyPool)
	return abilities{
		batch:          c.BatchMembers(),
		additive:       c.BatchMembers() && c.Has(provider.MemberBatchAdditive),
		emptyBatch:     c.BatchEmpties(),
		batchIntoEmpty: !h.Caps.HasQuirk(provider.QuirkOVNBatchEmptyPool),
		batchRemove6:   c.BatchRemovesIPv6(),
		createDisabled: !h.Caps.HasQuirk(provider.QuirkOVNMemberCreatedDisabledGetsTraffic),
		slowBatch:      h.Caps.HasQuirk(provider.QuirkOVNBatchSlow),
		tagsAlone:      !h.Caps.HasQuirk(provider.QuirkTagUpdateError),
	}
}

// Validate is ValidateAll, and refuses what the driver is known to refuse or to
// accept without effect: a weight or backup that ovn never reads, a monitor
// address of a member's own, a missing subnet where the driver insists on one.
// Such errors satisfy errors.ErrUnsupported.
func (h How) Validate(want []Spec) error {
	errs := unjoin(ValidateAll(want))
	for i, s := range want {
		for _, n := range h.needs(s) {
			if err := h.Caps.Require(n.feature); err != nil && h.known() {
				errs = append(errs, fmt.Errorf("members[%d].%s: %w", i, n.path, err))
			}
		}
		if s.SubnetID == "" && h.Caps.HasQuirk(provider.QuirkOVNMemberRequiresSubnet) {
			errs = append(errs, &fault.FieldError{
				Path: fmt.Sprintf("members[%d].subnetID", i), Problem: "missing; this ovn driver needs the member's subnet",
			})
		}
	}
	return errors.Join(errs...)
}

type need struct {
	path    string
	feature provider.Feature
}

// needs lists the features behind the fields that are set to something that matters.
func (h How) needs(s Spec) []need {
	var out []need
	if s.Weight != nil && *s.Weight != 1 {
		out = append(out, need{"weight", provider.MemberWeight})
	}
	if deref(s.Backup, false) {
		out = append(out, need{"backup", provider.MemberBackup})
	}
	if s.MonitorAddress != nil && s.MonitorAddress.IsValid() {
		out = append(out, need{"monitorAddress", provider.MemberMonitorAddress})
	}
	if deref(s.MonitorPort, 0) != 0 {
		out = append(out, need{"monitorPort", provider.MemberMonitorAddress})
	}
	if deref(s.SRIOV, false) {
		out = append(out, need{"sriov", provider.MemberSRIOV})
	}
	if len(s.Tags) > 0 {
		out = append(out, need{"tags", provider.ResourceTags})
	}
	return out
}
