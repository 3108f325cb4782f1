package scripts

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// ask TOPIC ENDING PAYLOAD [ANSWER] sends a request over MQTT as client asker, waits for what comes on TOPIC/ENDING and prints it. A
// payload @FILE is what the file holds. The answer must be exactly ANSWER, in which NOW stands for any time of the last hour.
func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 4 {
		ts.Fatalf("usage: ask TOPIC ENDING PAYLOAD [ANSWER]")
	}
	topic, ending, payload := args[0], args[1], []string{"-m", content(ts, args[2])}
	if args[2] == "" {
		payload = []string{"-n"}
	}
	flags := []string{"mosquitto_rr", "-V", "311", "-p", ts.Getenv("MQTT_PORT"), "-W", "10", "-i", "asker", "-q", "1", "-t", topic, "-e", topic + "/" + ending}
	out, err := command(ts, append(flags, payload...))
	if err != nil {
		ts.Fatalf("nothing came on %s/%s: %v\n%s", topic, ending, err, out)
	}
	same(ts, strings.TrimSuffix(out, "\n"), args[3:])
}

// fetch STATUS METHOD PATH [BODY [ANSWER]] makes an HTTP request without a signature, as dev mode allows, and prints the body of the
// response, which must have the status, and be exactly ANSWER, in which NOW stands for any time of the last hour.
func fetch(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 || len(args) > 5 {
		ts.Fatalf("usage: fetch STATUS METHOD PATH [BODY [ANSWER]]")
	}
	body := ""
	if len(args) > 3 {
		body = content(ts, args[3])
	}
	r, err := http.NewRequest(args[1], ts.Getenv("GATEWAY")+args[2], strings.NewReader(body))
	ts.Check(err)
	res, err := http.DefaultClient.Do(r)
	ts.Check(err)
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	ts.Check(err)
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("%s, want %s\n%s", res.Status, args[0], text)
	}
	same(ts, string(text), args[min(4, len(args)):])
}

// content is a text, or what a file holds whose name follows @.
func content(ts *testscript.TestScript, text string) string {
	if file, ok := strings.CutPrefix(text, "@"); ok {
		return ts.ReadFile(file)
	}
	return text
}

// same prints an answer and compares it with what is wanted, if anything is.
func same(ts *testscript.TestScript, got string, want []string) {
	got = timeless(got)
	fmt.Fprintln(ts.Stdout(), got)
	if len(want) > 0 && got != want[0] {
		ts.Fatalf("the answer is not as wanted\n got %s\nwant %s", got, want[0])
	}
}

var epoch = regexp.MustCompile(`\b\d{10}(\d{3})?\b`)

// timeless replaces the times of the last hour, in seconds or milliseconds, by NOW.
func timeless(text string) string {
	return epoch.ReplaceAllStringFunc(text, func(digits string) string {
		n, _ := strconv.ParseInt(digits[:10], 10, 64)
		if age := time.Since(time.Unix(n, 0)); age < -time.Second || age > time.Hour {
			return digits
		}
		return "NOW"
	})
}
