package destination

import (
	"errors"
	"maps"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"telltale/base/caller"
	"telltale/lang/shape/iot"
	"telltale/store/state"
)

const hook = "https://hooks.example/iot?tenant=7"

// bubble runs a test with a running service under a clock of its own.
func bubble(t *testing.T, f func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, memory(t))
		defer w.start()()
		f(t, w)
	})
}

func TestConfirmation(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		arn := w.create(home, hook)
		if !regexp.MustCompile(`^arn:aws:iot:eu-central-1:123456789012:ruledestination/http/[0-9a-f-]{36}$`).MatchString(arn) {
			t.Errorf("the ARN is %s", arn)
		}
		w.is(arn, "IN_PROGRESS", "")
		synctest.Wait()
		asked := w.owner.take()
		if len(asked) != 1 || asked[0].err != nil {
			t.Fatalf("asked %+v", asked)
		}
		x := asked[0]
		token := x.body["confirmationToken"]
		if x.method != http.MethodPost || x.url != "https://hooks.example/iot/?confirmationToken="+token+"&tenant=7" {
			t.Errorf("asked with %s %s", x.method, x.url)
		}
		if h := x.header; h.Get("X-Amz-Rules-Engine-Message-Type") != "DestinationConfirmation" || h.Get("X-Amz-Rules-Engine-Destination-Arn") != arn || h.Get("Content-Type") != "application/json" {
			t.Errorf("asked with %v", h)
		}
		want := map[string]string{"arn": arn, "confirmationToken": token, "enableUrl": control + "/confirmdestination/" + token, "messageType": "DestinationConfirmation"}
		if !maps.Equal(x.body, want) {
			t.Errorf("asked with %v\nwant %v", x.body, want)
		}
		if err := w.Enabled(home, hook); err == nil || !strings.Contains(err.Error(), "not ENABLED but IN_PROGRESS") {
			t.Errorf("before it is confirmed: %v", err)
		}
		refused(t, home, w.UpdateTopicRuleDestination, &iot.UpdateTopicRuleDestinationInput{Arn: arn, Status: "ENABLED"}, "InvalidRequestException", "once it was confirmed")
		refused(t, caller.Scope{}, w.ConfirmTopicRuleDestination, &iot.ConfirmTopicRuleDestinationInput{ConfirmationToken: "x" + token}, "InvalidRequestException", "unknown or has expired")
		w.confirm(token)
		w.confirm(token)
		w.is(arn, "ENABLED", "")
		if err := w.Enabled(home, hook); err != nil {
			t.Errorf("confirmed: %v", err)
		}
		if err := w.Enabled(elsewhere, hook); err == nil {
			t.Error("it is enabled in another region")
		}
		w.update(arn, "DISABLED")
		w.is(arn, "DISABLED", "")
		w.confirm(token) // an old link does not enable what its owner disabled
		w.is(arn, "DISABLED", "")
		w.update(arn, "ENABLED")
		w.is(arn, "ENABLED", "")
		time.Sleep(tokenLife + time.Hour)
		w.is(arn, "ENABLED", "")
		if more := w.owner.take(); len(more) > 0 {
			t.Errorf("asked again: %+v", more)
		}
	})
}

func TestAskingAgain(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		arn := w.create(home, hook)
		synctest.Wait()
		first := w.token()
		w.update(arn, "IN_PROGRESS")
		synctest.Wait()
		second := w.token()
		refused(t, caller.Scope{}, w.ConfirmTopicRuleDestination, &iot.ConfirmTopicRuleDestinationInput{ConfirmationToken: first}, "InvalidRequestException", "unknown")
		w.confirm(second)
		w.is(arn, "ENABLED", "")
		w.update(arn, "IN_PROGRESS") // a new owner must confirm anew
		if err := w.Enabled(home, hook); err == nil {
			t.Error("it is enabled while it is confirmed anew")
		}
	})
}

func TestNobodyConfirms(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		arn := w.create(home, hook)
		synctest.Wait()
		token := w.token()
		time.Sleep(tokenLife - time.Second)
		w.is(arn, "IN_PROGRESS", "")
		time.Sleep(2 * time.Second)
		synctest.Wait()
		w.is(arn, "ERROR", "The confirmation timed out")
		refused(t, caller.Scope{}, w.ConfirmTopicRuleDestination, &iot.ConfirmTopicRuleDestinationInput{ConfirmationToken: token}, "InvalidRequestException", "unknown or has expired")
		w.update(arn, "IN_PROGRESS")
		synctest.Wait()
		w.confirm(w.token())
		w.is(arn, "ENABLED", "")
	})
}

func TestOwnerIsDown(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.owner.answer(http.StatusBadGateway)
		arn, began := w.create(home, hook), time.Now()
		synctest.Wait()
		w.is(arn, "IN_PROGRESS", "will be sent again: the URL answered 502 Bad Gateway")
		first := w.owner.take()[0].body["confirmationToken"]
		w.owner.answer(http.StatusNoContent)
		time.Sleep(pauses[0])
		synctest.Wait()
		if again := w.token(); again != first {
			t.Error("the second try has another token")
		}
		w.is(arn, "IN_PROGRESS", "")

		w.owner.answer(0)
		w.update(arn, "IN_PROGRESS")
		time.Sleep(time.Hour)
		synctest.Wait()
		asked := w.owner.take()
		if len(asked) != len(pauses)+1 {
			t.Errorf("asked %d times, want %d", len(asked), len(pauses)+1)
		}
		w.is(arn, "ERROR", "could not be sent: Post \"https://hooks.example/iot/?confirmationToken=…&tenant=7\": unexpected EOF")
		if got := ok(t, home, w.GetTopicRuleDestination, &iot.GetTopicRuleDestinationInput{Arn: arn}).TopicRuleDestination; !got.CreatedAt.Equal(began) || !got.LastUpdatedAt.After(began) {
			t.Errorf("created %v, updated %v; began %v", got.CreatedAt, got.LastUpdatedAt, began)
		}
	})
}

// A redirect would hand the token to somebody who was not named.
func TestNoRedirects(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.owner.answer(http.StatusTemporaryRedirect)
		arn := w.create(home, hook)
		synctest.Wait()
		w.is(arn, "IN_PROGRESS", "307 Temporary Redirect")
		w.token()
	})
}

// What had to be sent when the process was killed is sent by the next one.
func TestRestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		db := memory(t)
		arn := newWorld(t, db).create(home, hook) // Run never ran
		w := newWorld(t, db)
		stop := w.start()
		synctest.Wait()
		token := w.token()
		stop()
		w = newWorld(t, db)
		defer w.start()()
		synctest.Wait()
		if more := w.owner.take(); len(more) > 0 {
			t.Errorf("asked again: %+v", more)
		}
		w.confirm(token)
		w.is(arn, "ENABLED", "")
	})
}

func TestManyOwners(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		for i := range 3 * together {
			w.create(home, "https://hooks.example/"+strings.Repeat("x", i))
		}
		synctest.Wait()
		if asked := w.owner.take(); len(asked) != 3*together {
			t.Errorf("%d owners were asked, want %d", len(asked), 3*together)
		}
	})
}

func TestRefusals(t *testing.T) {
	w := newWorld(t, memory(t))
	arn := w.create(home, hook)
	refused(t, home, w.CreateTopicRuleDestination, creation(hook), "ResourceAlreadyExistsException", "exists already")
	w.create(elsewhere, hook)
	refused(t, home, w.CreateTopicRuleDestination, creation("http://hooks.example/"), "InvalidRequestException", "must begin with https://")
	in := creation(hook)
	in.DestinationConfiguration = &iot.TopicRuleDestinationConfiguration{VpcConfiguration: &iot.VpcDestinationConfiguration{VpcId: "vpc-1"}}
	refused(t, home, w.CreateTopicRuleDestination, in, "NotImplementedException", "no virtual private clouds")
	in.DestinationConfiguration = &iot.TopicRuleDestinationConfiguration{}
	refused(t, home, w.CreateTopicRuleDestination, in, "InvalidRequestException", "must have a httpUrlConfiguration")
	for _, status := range []string{"ERROR", "DELETING"} {
		refused(t, home, w.UpdateTopicRuleDestination, &iot.UpdateTopicRuleDestinationInput{Arn: arn, Status: status}, "InvalidRequestException", "allowed are ENABLED, DISABLED and IN_PROGRESS")
	}
	for _, bad := range []struct{ arn, code, words string }{
		{"hooks", "InvalidRequestException", "is not the ARN"},
		{strings.Replace(arn, "/http/", "/vpc/", 1), "InvalidRequestException", "is not the ARN"},
		{arn + "0", "UnauthorizedException", "There is no"},
		{strings.Replace(arn, home.Account, "999999999999", 1), "UnauthorizedException", "There is no"},
	} {
		refused(t, home, w.GetTopicRuleDestination, &iot.GetTopicRuleDestinationInput{Arn: bad.arn}, bad.code, bad.words)
		refused(t, home, w.DeleteTopicRuleDestination, &iot.DeleteTopicRuleDestinationInput{Arn: bad.arn}, bad.code, bad.words)
		refused(t, home, w.UpdateTopicRuleDestination, &iot.UpdateTopicRuleDestinationInput{Arn: bad.arn, Status: "ENABLED"}, bad.code, bad.words)
	}
	refused(t, elsewhere, w.GetTopicRuleDestination, &iot.GetTopicRuleDestinationInput{Arn: arn}, "UnauthorizedException", "There is no")
	ok(t, home, w.DeleteTopicRuleDestination, &iot.DeleteTopicRuleDestinationInput{Arn: arn})
	refused(t, home, w.GetTopicRuleDestination, &iot.GetTopicRuleDestinationInput{Arn: arn}, "UnauthorizedException", "There is no")
	if err := w.Enabled(home, hook); err == nil || !strings.Contains(err.Error(), "there is no topic rule destination for "+hook) {
		t.Errorf("deleted: %v", err)
	}
}

func TestURLs(t *testing.T) {
	f := func(plain bool, url, words string) {
		t.Helper()
		err := CheckURL(url, plain)
		if (err == nil) != (words == "") || err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("%.100s, plain %v\n got %v\nwant %q", url, plain, err, words)
		}
	}
	for _, plain := range []bool{false, true} {
		f(plain, "https://hooks.example", "")
		f(plain, "https://hooks.example:8443/a?b=c", "")
		f(plain, "https://192.0.2.1:443/", "")
		f(plain, "http://hooks.example/", "must begin with https://")
		f(plain, "ftp://127.0.0.1/", "must begin with https://")
		f(plain, "hooks.example", "must begin with https://")
		f(plain, "https://", "names no host")
		f(plain, "https:///a", "names no host")
		f(plain, "https://[2001:db8::1]/", "IPv6")
		f(plain, "https://[::1]:443/", "IPv6")
		f(plain, "https://a:b@hooks.example/", "user name or password")
		f(plain, "https://hooks.example/#top", "fragment")
		f(plain, "https://hooks.example:80/", "names port 80; allowed are 443 and 8443")
		f(plain, "https://hooks.example/"+strings.Repeat("x", 2000), "allowed are 2000")
		f(plain, "https://hooks.example/\x7f", "cannot be read")
	}
	f(true, "http://127.0.0.1:9000/", "")
	f(true, "http://localhost:80/", "")
	f(true, "https://127.0.0.1:9000/", "")
	f(false, "http://127.0.0.1:9000/", "must begin with https://")
	f(false, "https://127.0.0.1:9000/", "names port 9000")
}

func TestList(t *testing.T) {
	w := newWorld(t, memory(t))
	want := map[string]string{}
	for _, name := range []string{"a", "b", "c"} {
		want[w.create(home, "https://hooks.example/"+name)] = "https://hooks.example/" + name
	}
	w.create(elsewhere, hook)
	got, pages, token := map[string]string{}, 0, ""
	for {
		out := ok(t, home, w.ListTopicRuleDestinations, &iot.ListTopicRuleDestinationsInput{MaxResults: new(int32(2)), NextToken: token})
		for _, x := range out.DestinationSummaries {
			got[x.Arn] = x.HttpUrlSummary.ConfirmationUrl
		}
		if pages++; out.NextToken == "" {
			break
		}
		token = out.NextToken
	}
	if !maps.Equal(got, want) || pages != 2 {
		t.Errorf("listed %v on %d pages\nwant %v on 2", got, pages, want)
	}
	refused(t, home, w.ListTopicRuleDestinations, &iot.ListTopicRuleDestinationsInput{NextToken: "x"}, "InvalidRequestException", "not returned by ListTopicRuleDestinations")
}

func TestEnsure(t *testing.T) {
	w := newWorld(t, memory(t))
	for range 2 {
		if err := w.Ensure(t.Context(), home, hook); err != nil {
			t.Fatal(err)
		}
	}
	if out := ok(t, home, w.ListTopicRuleDestinations, &iot.ListTopicRuleDestinationsInput{}); len(out.DestinationSummaries) != 1 {
		t.Errorf("ensured %+v", out)
	}
	if err := w.Ensure(t.Context(), home, "http://hooks.example"); err == nil {
		t.Error("ensured a URL that is not allowed")
	}
}

func TestLimit(t *testing.T) {
	db := memory(t)
	w := newWorld(t, db)
	err := db.Update(t.Context(), func(tx *state.Tx) error {
		var errs []error
		for i := range maxDestinations {
			errs = append(errs, records.Insert(tx, &record{Scope: home, ID: strings.Repeat("x", i/26+1) + string(rune('a'+i%26)), URL: strings.Repeat("y", i), Status: iot.TopicRuleDestinationStatusError}))
		}
		return errors.Join(errs...)
	})
	if err != nil {
		t.Fatal(err)
	}
	refused(t, home, w.CreateTopicRuleDestination, creation(hook), "LimitExceededException", "There are 1000 topic rule destinations already; allowed are 1000")
	w.create(elsewhere, hook)
}

// The same over real sockets.
func TestPlainHTTP(t *testing.T) {
	asked := make(chan string, 1)
	owner := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { asked <- r.URL.Query().Get("confirmationToken") }))
	defer owner.Close()
	w := newWorld(t, memory(t))
	var err error
	w.Destinations, err = New(t.Context(), Config{Endpoint: func() string { return control }, PlainHTTP: true}, Needs{State: w.needs.State})
	if err != nil {
		t.Fatal(err)
	}
	defer w.start()()
	arn := w.create(home, owner.URL)
	w.confirm(<-asked)
	w.is(arn, "ENABLED", "")
}
