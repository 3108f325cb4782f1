package policy_test

import (
	"fmt"

	"telltale/lang/policy"
)

func Example() {
	doc, err := policy.Parse([]byte(`{
	  "Version": "2012-10-17",
	  "Statement": [{
	    "Sid": "Own",
	    "Effect": "Allow",
	    "Action": "iot:Publish",
	    "Resource": "arn:aws:iot:eu-west-1:123456789012:topic/${iot:ClientId}/*"
	  }]
	}`), policy.IoT)
	if err != nil {
		fmt.Println(err)
		return
	}
	policies := []policy.Policy{{Name: "lamps", Version: "1", Source: "certificate", Doc: doc}}
	var keys policy.Keys
	keys.Set("iot:ClientId", "lamp-7")
	req := &policy.Request{
		Action:   "iot:Publish",
		Resource: "arn:aws:iot:eu-west-1:123456789012:topic/lamp-8/on",
		Context:  &keys,
	}
	if !policy.Evaluate(policies, req).Allowed() {
		why := policy.Explain(policies, req)
		fmt.Println(why.Effect)
		fmt.Println(why.Nearest)
		fmt.Println(why.Lacked)
		fmt.Println(why.Suggestion)
	}
	// Output:
	// IMPLICIT_DENY
	// statement 1 (Own) of policy lamps version 1 from certificate
	// resource arn:aws:iot:eu-west-1:123456789012:topic/lamp-8/on does not match arn:aws:iot:eu-west-1:123456789012:topic/${iot:ClientId}/*, here arn:aws:iot:eu-west-1:123456789012:topic/lamp-7/*
	// {"Effect":"Allow","Action":"iot:Publish","Resource":"arn:aws:iot:eu-west-1:123456789012:topic/lamp-8/on"}
}
