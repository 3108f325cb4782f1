package action

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

// signature signs HTTP requests for a service.
type signature struct {
	credentials     aws.CredentialsProvider
	service, region string
}

// sign signs a request; a nil signature leaves it as it is.
func (s *signature) sign(ctx context.Context, req *http.Request, body []byte) error {
	if s == nil {
		return nil
	}
	keys, err := s.credentials.Retrieve(ctx)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	return v4.NewSigner().SignHTTP(ctx, keys, req, hex.EncodeToString(sum[:]), s.service, s.region, time.Now())
}
