package rulesql

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
)

// hashFunctions answer in lower-case hexadecimal.
var hashFunctions = []function{
	hash("md2", func(b []byte) []byte { sum := md2(b); return sum[:] }),
	hash("md5", func(b []byte) []byte { sum := md5.Sum(b); return sum[:] }),
	hash("sha1", func(b []byte) []byte { sum := sha1.Sum(b); return sum[:] }),
	hash("sha224", func(b []byte) []byte { sum := sha256.Sum224(b); return sum[:] }),
	hash("sha256", func(b []byte) []byte { sum := sha256.Sum256(b); return sum[:] }),
	hash("sha384", func(b []byte) []byte { sum := sha512.Sum384(b); return sum[:] }),
	hash("sha512", func(b []byte) []byte { sum := sha512.Sum512(b); return sum[:] }),
}

func hash(name string, f func([]byte) []byte) function {
	return function{name: name, parameters: "text", least: 1, most: 1, since: V20151008, doc: "The " + name + " hash of a text.", run: func(e *Evaluator, args []value) value {
		s, ok := e.texts(args)
		if !ok {
			return value{}
		}
		e.spend(len(s[0]) / 8)
		return e.textOf(hex.EncodeToString(f([]byte(s[0]))))
	}}
}
