package app

import (
	"crypto/tls"
	"fmt"
	"strings"

	"telltale/service/registry/authority"
)

// serverCertificates are those that domains show: the operator's, and those of our own authority.
type serverCertificates struct {
	authority *authority.Authority
	own       map[string]*tls.Certificate // by ARN
}

// Known finds one of the operator's.
func (s serverCertificates) Known(arn string) (*tls.Certificate, bool) {
	c, found := s.own[arn]
	return c, found
}

// For is one of our own authority.
func (s serverCertificates) For(name string) (*tls.Certificate, error) {
	c, err := s.authority.ServerFor(name)
	if err != nil {
		return nil, err
	}
	return &c, nil
}

// readServerCertificates reads the operator's certificates: by ARN, a file in PEM form that holds certificate, chain and key.
func readServerCertificates(files map[string]string) (map[string]*tls.Certificate, error) {
	list := map[string]*tls.Certificate{}
	for arn, file := range files {
		if !strings.HasPrefix(arn, "arn:aws:acm:") {
			return nil, fmt.Errorf("server certificate %q: want the ARN of a certificate, arn:aws:acm:region:account:certificate/id", arn)
		}
		c, err := tls.LoadX509KeyPair(file, file)
		if err != nil {
			return nil, fmt.Errorf("server certificate %s: file %s: %w", arn, file, err)
		}
		list[arn] = &c
	}
	return list, nil
}

func checkServerCertificate(files map[string]string) error {
	_, err := readServerCertificates(files)
	return err
}
