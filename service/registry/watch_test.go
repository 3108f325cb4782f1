package registry

import (
	"context"
	"testing"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/iot"
)

// watch collects n changes; what the registry tells at that moment must be the new status.
func (f *fixture) watch(n int) (got []string) {
	f.t.Helper()
	ctx, cancel := context.WithCancel(f.ctx)
	defer cancel()
	err := f.WatchCertificates(ctx, func(s caller.Scope, id, status string) {
		if c, err := f.Certificate(id); err != nil || c.Status != status || c.Scope != s {
			f.t.Errorf("while %s is told: got %+v, %v", status, c, err)
		}
		if got = append(got, id+" "+status); len(got) == n {
			cancel()
		}
	})
	if err != nil {
		f.t.Errorf("WatchCertificates: %v", err)
	}
	return got
}

func TestWatchCertificates(t *testing.T) {
	f := open(t)
	id, _ := f.certificate()
	other, _ := f.as(stranger).certificate()
	if c, err := f.Certificate(id); err != nil || c.Status != CertificateActive {
		t.Fatalf("got %+v, %v", c, err) // now cached
	}
	do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateInactive})
	do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateInactive}) // no change, not told
	o := f.as(stranger)
	do(o, o.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: other, NewStatus: CertificateRevoked})
	same(t, "changes", f.watch(2), []string{id + " INACTIVE", other + " REVOKED"})
}

func TestWatchWakes(t *testing.T) {
	f := open(t)
	id, _ := f.certificate()
	ctx, cancel := context.WithCancel(f.ctx)
	told, done := make(chan string, 1), make(chan error, 1)
	go func() { done <- f.WatchCertificates(ctx, func(_ caller.Scope, id, status string) { told <- status }) }()
	for _, status := range []string{CertificateRevoked, CertificateActive, CertificateInactive} {
		do(f, f.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: status})
		same(t, "told", <-told, status)
	}
	cancel()
	if err := <-done; err != nil {
		t.Errorf("WatchCertificates: %v", err)
	}
}

func TestCertificate(t *testing.T) {
	f := open(t)
	if _, err := f.Certificate("0000"); !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v, want not found", err)
	}
	id, _ := f.as(abroad).certificate()
	for range 2 {
		c, err := f.Certificate(id)
		if err != nil || *c != (Certificate{id, abroad, CertificateActive}) {
			t.Errorf("got %+v, %v", c, err)
		}
	}
	o := f.as(abroad)
	do(o, o.UpdateCertificate, iot.UpdateCertificateInput{CertificateId: id, NewStatus: CertificateRevoked})
	if c, err := f.Certificate(id); err != nil || c.Status != CertificateRevoked {
		t.Errorf("after the update: got %+v, %v", c, err)
	}
	do(o, o.DeleteCertificate, iot.DeleteCertificateInput{CertificateId: id})
	if c, err := f.Certificate(id); !fault.Is(err, fault.NotFound) {
		t.Errorf("after the deletion: got %+v, %v", c, err)
	}
}
