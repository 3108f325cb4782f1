package connect

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secretAge is how long a secret is remembered at most. (aws: iot/iot-sql-functions#iot-sql-function-get-secret)
const secretAge = 15 * time.Minute

// maxSecrets limits what is remembered: the text of a message may name any secret.
const maxSecrets = 1000

// secrets remembers values. Errors are not remembered.
type secrets struct {
	mu     sync.Mutex
	values map[secretKey]secretValue
}

type secretKey struct{ region, id string }

type secretValue struct {
	text   *string
	binary []byte
	until  time.Time
}

// Secret is the current value of a secret, as it is stored. kind is SecretString or SecretBinary.
func (o *Outside) Secret(ctx context.Context, region, id, kind string) ([]byte, error) {
	key := secretKey{RegionOf(id, region), id}
	v, ok := o.secrets.get(key)
	if !ok {
		var err error
		if v, err = o.readSecret(ctx, key); err != nil {
			return nil, err
		}
		o.secrets.put(key, v)
	}
	switch {
	case kind == "SecretString" && v.text != nil:
		return []byte(*v.text), nil
	case kind == "SecretBinary" && v.binary != nil:
		return v.binary, nil
	}
	return nil, fmt.Errorf("secret %s has no %s; a secret has a SecretString or a SecretBinary", id, kind)
}

func (o *Outside) readSecret(ctx context.Context, key secretKey) (secretValue, error) {
	e, err := o.Endpoints.Need("secretsmanager")
	if err != nil {
		return secretValue{}, err
	}
	asked := time.Now()
	out, err := Client(e, key.region, secretsmanager.NewFromConfig).GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: &key.id})
	if err != nil {
		return secretValue{}, fmt.Errorf("secret %s: %s", key.id, Reason(err))
	}
	return secretValue{text: out.SecretString, binary: out.SecretBinary, until: asked.Add(secretAge)}, nil
}

func (s *secrets) get(key secretKey) (secretValue, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	v, ok := s.values[key]
	return v, ok && time.Now().Before(v.until)
}

func (s *secrets) put(key secretKey, v secretValue) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.values == nil || len(s.values) >= maxSecrets {
		s.values = map[secretKey]secretValue{}
	}
	s.values[key] = v
}
