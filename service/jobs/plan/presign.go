package plan

import "telltale/lang/shape/iot"

// Presign is how URLs in the document are signed.
type Presign struct {
	Role    string
	Expires int64 // seconds
}

// The seconds for which URLs may be good. (aws: iot/API_PresignedUrlConfig)
const (
	expiresLeast   = 60
	expiresMost    = 3600
	defaultExpires = 3600
)

func (x *Settings) applyPresign(in configs) error {
	if in.presign == nil {
		return nil
	}
	p := &Presign{Role: in.presign.RoleArn, Expires: defaultExpires}
	if e := in.presign.ExpiresInSec; e != nil {
		if *e < expiresLeast || *e > expiresMost {
			return invalid("The expiresInSec %d is not allowed: it must be %d to %d.", *e, expiresLeast, expiresMost)
		}
		p.Expires = *e
	}
	if p.Role == "" {
		return invalid("The presignedUrlConfig has no roleArn.")
	}
	x.Presign = p
	return nil
}

// Shape is the setting as answers show it, nil if there is none.
func (p *Presign) Shape() *iot.PresignedUrlConfig {
	if p == nil {
		return nil
	}
	return &iot.PresignedUrlConfig{RoleArn: p.Role, ExpiresInSec: &p.Expires}
}
