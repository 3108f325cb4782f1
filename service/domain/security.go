package domain

import (
	"crypto/tls"
	"maps"
	"slices"
	"strings"
)

const defaultSecurity = "IotSecurityPolicy_TLS13_1_2_2022_10"

// security is a TLS policy.
type security struct {
	lowest, highest uint16
	suites          []uint16 // of TLS 1.2 and before; nil: those that Go prefers
}

// securities are AWS's TLS policies. Cipher suites that Go does not know are left out of the older ones.
// (aws: iot/transport-security#tls-policy-table)
var securities = map[string]security{
	"IotSecurityPolicy_TLS13_1_3_2022_10": {tls.VersionTLS13, tls.VersionTLS13, nil},
	defaultSecurity:                       {tls.VersionTLS12, tls.VersionTLS13, nil},
	"IotSecurityPolicy_TLS12_1_2_2022_10": {tls.VersionTLS12, tls.VersionTLS12, nil},
	"IotSecurityPolicy_TLS12_1_0_2016_01": {tls.VersionTLS10, tls.VersionTLS12, oldSuites},
	"IotSecurityPolicy_TLS12_1_0_2015_01": {tls.VersionTLS10, tls.VersionTLS12, oldSuites},
}

var oldSuites = []uint16{
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256,
	tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
	tls.TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA, tls.TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA,
	tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_RSA_WITH_AES_128_CBC_SHA256,
	tls.TLS_RSA_WITH_AES_128_CBC_SHA, tls.TLS_RSA_WITH_AES_256_CBC_SHA,
}

func securityNames() string { return strings.Join(slices.Sorted(maps.Keys(securities)), ", ") }
