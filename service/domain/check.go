package domain

import (
	"slices"
	"strings"

	"telltale/base/fault"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

// pairs are the protocols that each way to authenticate goes with. (aws: iot/protocols#protocol-mapping-auth)
var pairs = map[string][]string{
	iot.AuthenticationTypeDefault:        {iot.ApplicationProtocolDefault},
	iot.AuthenticationTypeAwsX509:        {iot.ApplicationProtocolSecureMqtt, iot.ApplicationProtocolHttps},
	iot.AuthenticationTypeCustomAuthX509: {iot.ApplicationProtocolSecureMqtt, iot.ApplicationProtocolHttps},
	iot.AuthenticationTypeAwsSigv4:       {iot.ApplicationProtocolMqttWss, iot.ApplicationProtocolHttps},
	iot.AuthenticationTypeCustomAuth:     {iot.ApplicationProtocolSecureMqtt, iot.ApplicationProtocolMqttWss, iot.ApplicationProtocolHttps},
}

// check refuses a configuration that contradicts itself or names what is not there.
func (d *Domains) check(tx *state.Tx, r *record) error {
	if _, known := securities[r.Security]; !known {
		return invalid("There is no securityPolicy %q; allowed are %s.", r.Security, securityNames())
	}
	if allowed := pairs[r.Authentication]; !slices.Contains(allowed, r.Protocol) {
		return invalid("The authenticationType %s does not go with the applicationProtocol %s; allowed with it: %s.", r.Authentication, r.Protocol, strings.Join(allowed, ", "))
	}
	if r.Authorizer == "" {
		return nil
	}
	exists, err := d.needs.Authorizers.Exists(tx, r.Scope, r.Authorizer)
	if err == nil && !exists {
		return invalid("The defaultAuthorizerName %q names no authorizer of account %s, region %s.", r.Authorizer, r.Account, r.Region)
	}
	return err
}

// checkOffered refuses what is not offered, rather than keep it and do nothing.
func checkOffered(server *iot.ServerCertificateConfig, client *iot.ClientCertificateConfig) error {
	switch {
	case server != nil && (isTrue(server.EnableOCSPCheck) || server.OcspLambdaArn != "" || server.OcspAuthorizedResponderArn != ""):
		return invalid("OCSP stapling (serverCertificateConfig) is not offered.")
	case client != nil && client.ClientCertificateCallbackArn != "":
		return invalid("A callback for client certificates (clientCertificateConfig) is not offered.")
	}
	return nil
}

// checkServerCertificate finds the certificate for the server name.
func (d *Domains) checkServerCertificate(r *record) error {
	if r.Certificate == "" {
		if _, err := d.needs.Certificates.For(r.ServerName); err != nil {
			return invalid("The domainName %q cannot have a certificate: %v.", r.ServerName, err)
		}
		return nil
	}
	certificate, known := d.needs.Certificates.Known(r.Certificate)
	if !known {
		return invalid("The certificate %s is not configured: start telltale with --server-certificate ARN=FILE, a file in PEM form with the certificate, its chain and "+
			"its key; or leave serverCertificateArns out, and this installation's own authority makes one.", r.Certificate)
	}
	if certificate.Leaf != nil {
		if err := certificate.Leaf.VerifyHostname(r.ServerName); err != nil {
			return refuse(fault.Invalid, "The certificate %s is not one for the domain: %v.", r.Certificate, err).Named(iot.CertificateValidationException)
		}
	}
	return nil
}

func isTrue(b *bool) bool { return b != nil && *b }
