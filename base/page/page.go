// Package page writes and reads the opaque tokens with which list operations continue.
package page

import (
	"encoding/base64"
	"encoding/json"
	"hash/crc32"

	"telltale/base/fault"
)

// Token makes the opaque token that Parse reads back. The purpose (the operation's name) is mixed into its checksum, so that a token
// of one operation is refused by another instead of giving a silently wrong page.
func Token(purpose string, position any) string {
	body, err := json.Marshal(position)
	if err != nil {
		panic("page: position of " + purpose + " cannot be written: " + err.Error()) // a position is a plain struct of ours
	}
	sum := checksum(purpose, body)
	return base64.RawURLEncoding.EncodeToString(append([]byte{byte(sum >> 24), byte(sum >> 16), byte(sum >> 8), byte(sum)}, body...))
}

// Parse reads a token into position. An empty token leaves position as it is.
func Parse(purpose, token string, position any) error {
	if token == "" {
		return nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(token)
	if err == nil && len(raw) > 4 {
		sum := uint32(raw[0])<<24 | uint32(raw[1])<<16 | uint32(raw[2])<<8 | uint32(raw[3])
		if sum == checksum(purpose, raw[4:]) && json.Unmarshal(raw[4:], position) == nil {
			return nil
		}
	}
	return fault.New(purpose, fault.Invalid, "The specified nextToken is invalid: it was not returned by %s.", purpose)
}

func checksum(purpose string, body []byte) uint32 {
	return crc32.Update(crc32.ChecksumIEEE([]byte(purpose)), crc32.IEEETable, body)
}
