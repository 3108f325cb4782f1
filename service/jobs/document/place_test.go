package document

import "testing"

func TestReadPlace(t *testing.T) {
	f := func(text, name, key string) {
		t.Helper()
		got, err := ReadPlace(text)
		if (err != nil) != (name == "") || got != (Place{name, key}) {
			t.Errorf("%s: got %+v, %v", text, got, err)
		}
	}
	f("https://s3.eu-central-1.amazonaws.com/b/k/l", "b", "k/l")
	f("https://s3.amazonaws.com/b/k%20l", "b", "k l")
	f("https://s3-eu-west-1.amazonaws.com/b/k", "b", "k")
	f("https://b.s3.eu-central-1.amazonaws.com/k/l", "b", "k/l")
	f("https://a.b.s3.amazonaws.com/k", "a.b", "k")
	f("https://b.s3-eu-west-1.amazonaws.com/k", "b", "k")
	f("http://s3.amazonaws.com/b/k", "", "")
	f("https://example.com/b/k", "", "")
	f("https://s3.amazonaws.com/b", "", "")
	f("https://b.s3.amazonaws.com/", "", "")
	f("s3://b/k", "", "")
	f("https://%", "", "")
	f("", "", "")
}
