package identity

import (
	"slices"
	"strings"

	"telltale/base/fault"
	"telltale/lang/policy"
	"telltale/lang/shape/iam"
)

// All inline policies of one user or role together are at most this large, white space not counted.
// aws: iam/reference_iam-quotas#reference_iam-quotas-entity-length
const (
	maxUserPolicies = 2048
	maxRolePolicies = 10240
)

// putInline adds a policy, or replaces the one of the same name.
func (h *holder) putInline(name, text string, limit int) error {
	if err := checkDocument(text, policy.IAMIdentity); err != nil {
		return err
	}
	total := policy.Size([]byte(text))
	for _, p := range h.Inline {
		if p.Name != name {
			total += policy.Size([]byte(p.Text))
		}
	}
	if total > limit {
		return fault.New("", fault.Limit, "Maximum policy size of %d bytes exceeded for %s: with this one, its inline policies have %d "+
			"characters that are not white space.", limit, h.Name, total).Named(iam.LimitExceededException)
	}
	at, found := h.findInline(name)
	if !found {
		h.Inline = slices.Insert(h.Inline, at, inline{Name: name})
	}
	h.Inline[at].Text = text
	return nil
}

func (h *holder) findInline(name string) (at int, found bool) {
	return slices.BinarySearchFunc(h.Inline, name, func(p inline, name string) int { return strings.Compare(p.Name, name) })
}

// dropInline removes a policy and reports whether there was one.
func (h *holder) dropInline(name string) bool {
	at, found := h.findInline(name)
	if found {
		h.Inline = slices.Delete(h.Inline, at, at+1)
	}
	return found
}

// inlineNames lists the names of the policies.
func (h *holder) inlineNames(l *listing) []string {
	names := []string{}
	for _, p := range pageOf(l, h.Inline, func(p *inline) string { return p.Name }) {
		names = append(names, p.Name)
	}
	return names
}
