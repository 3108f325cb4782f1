package authorizer

import (
	"crypto/sha256"
	"encoding/binary"
	"sync"
	"time"
)

// mostAnswers is how many grants are remembered.
const mostAnswers = 4096

// answers remember grants of authorizers that allow it, for the HTTP requests of one connection. The zero answers are ready to use.
type answers struct {
	mu   sync.Mutex
	list map[answerKey]remembered
}

type answerKey [sha256.Size]byte

type remembered struct {
	grant *Grant
	until time.Time
}

// answerKeyOf tells apart what may be answered differently: the authorizer as it is now, the connection, and what identifies the client.
func answerKeyOf(r *record, req *Request, token, signature string) (key answerKey) {
	h := sha256.New()
	for _, part := range []string{r.arn(), r.Modified.String(), req.Connection, req.ServerName, token, signature, req.HTTP.Header.Get("Authorization")} {
		var size [8]byte
		binary.BigEndian.PutUint64(size[:], uint64(len(part)))
		h.Write(size[:])
		h.Write([]byte(part))
	}
	h.Sum(key[:0])
	return key
}

func (a *answers) get(key answerKey, now time.Time) *Grant {
	a.mu.Lock()
	defer a.mu.Unlock()
	if found, ok := a.list[key]; ok && now.Before(found.until) {
		return found.grant
	}
	return nil
}

func (a *answers) keep(key answerKey, g *Grant, now time.Time) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.list) >= mostAnswers {
		for k, old := range a.list {
			if !now.Before(old.until) {
				delete(a.list, k)
			}
		}
	}
	if a.list == nil || len(a.list) >= mostAnswers {
		a.list = map[answerKey]remembered{}
	}
	a.list[key] = remembered{g, now.Add(g.RefreshAfter)}
}
