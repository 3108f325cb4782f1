package trail

import (
	"strings"
	"unicode/utf8"

	"telltale/base/fault"
	"telltale/lang/predicate"
	"telltale/lang/shape/cloudtrail"
)

// attribute is one way of looking for events.
type attribute struct {
	// narrow is true of every record that matches, and of few others: the store reads no more than that.
	narrow func(value string) *predicate.Expr
	// matches decides.
	matches func(e *cloudtrail.Event, value string) bool
}

// attributes are the ways of looking for events. aws: awscloudtrail/API_LookupAttribute
var attributes = map[string]attribute{
	cloudtrail.LookupAttributeKeyAccessKeyId: {
		narrow: func(v string) *predicate.Expr {
			return equal(v, predicate.Key("userIdentity"), predicate.Key("accessKeyId"))
		},
		matches: func(e *cloudtrail.Event, v string) bool { return e.AccessKeyId == v },
	},
	cloudtrail.LookupAttributeKeyEventId: {
		narrow:  func(v string) *predicate.Expr { return equal(v, predicate.Key("eventID")) },
		matches: func(e *cloudtrail.Event, v string) bool { return e.EventId == v },
	},
	cloudtrail.LookupAttributeKeyEventName: {
		narrow:  func(v string) *predicate.Expr { return equal(v, predicate.Key("eventName")) },
		matches: func(e *cloudtrail.Event, v string) bool { return e.EventName == v },
	},
	cloudtrail.LookupAttributeKeyEventSource: {
		narrow:  func(v string) *predicate.Expr { return equal(v, predicate.Key("eventSource")) },
		matches: func(e *cloudtrail.Event, v string) bool { return e.EventSource == v },
	},
	cloudtrail.LookupAttributeKeyReadOnly: {
		narrow: func(v string) *predicate.Expr {
			if v == "true" {
				return predicate.Ask(predicate.Path{predicate.Key("readOnly")}, predicate.OpIsTrue)
			}
			return predicate.Ask(predicate.Path{predicate.Key("readOnly")}, predicate.OpIsFalse)
		},
		matches: func(e *cloudtrail.Event, v string) bool { return e.ReadOnly == v },
	},
	cloudtrail.LookupAttributeKeyResourceName: {
		narrow: namesResource,
		matches: func(e *cloudtrail.Event, v string) bool {
			return hasResource(e, func(r cloudtrail.Resource) bool { return r.ResourceName == v })
		},
	},
	cloudtrail.LookupAttributeKeyResourceType: {
		narrow: namesType,
		matches: func(e *cloudtrail.Event, v string) bool {
			return hasResource(e, func(r cloudtrail.Resource) bool { return r.ResourceType == v })
		},
	},
	cloudtrail.LookupAttributeKeyUsername: {
		narrow:  calledBy,
		matches: func(e *cloudtrail.Event, v string) bool { return e.Username == v },
	},
}

// checkAttribute refuses a value that no event can have.
func checkAttribute(a *cloudtrail.LookupAttribute) error {
	const op, maxValue = "trail.LookupEvents", 2000
	switch {
	case attributes[a.AttributeKey].matches == nil:
		return fault.New(op, fault.Invalid, "The lookup attribute %q is not one of AccessKeyId, EventId, EventName, EventSource, ReadOnly, "+
			"ResourceName, ResourceType, Username.", a.AttributeKey).Named(cloudtrail.InvalidLookupAttributesException)
	case a.AttributeValue == "" || utf8.RuneCountInString(a.AttributeValue) > maxValue:
		return fault.New(op, fault.Invalid, "The value of the lookup attribute %s has %d characters; 1 to %d are allowed.", a.AttributeKey,
			utf8.RuneCountInString(a.AttributeValue), maxValue).Named(cloudtrail.InvalidLookupAttributesException)
	case a.AttributeKey == cloudtrail.LookupAttributeKeyReadOnly && a.AttributeValue != "true" && a.AttributeValue != "false":
		return fault.New(op, fault.Invalid, "The value of the lookup attribute ReadOnly is %q; true and false are allowed.",
			a.AttributeValue).Named(cloudtrail.InvalidLookupAttributesException)
	}
	return nil
}

// calledBy is true of records that may have the Username name (see userIdentity.lookupName).
func calledBy(name string) *predicate.Expr {
	who := predicate.Key("userIdentity")
	either := []*predicate.Expr{
		equal(name, who, predicate.Key("userName")),
		equal(name, who, predicate.Key("invokedBy")),
		like("*:"+name, who, predicate.Key("principalId")),
	}
	if name == rootName {
		return predicate.Or(append(either, equal("Root", who, predicate.Key("type")))...)
	}
	if plain(name) {
		return predicate.And(predicate.Contains(name), predicate.Or(either...))
	}
	return predicate.Or(either...)
}

func equal(text string, path ...predicate.Step) *predicate.Expr {
	return predicate.Compare(path, predicate.OpEqual, predicate.Value{Kind: predicate.KindText, Text: text})
}

func like(pattern string, path ...predicate.Step) *predicate.Expr {
	return predicate.Compare(path, predicate.OpEqual, predicate.Value{Kind: predicate.KindGlob, Text: pattern})
}

// plain reports whether a record holds s as it stands, without a JSON escape.
func plain(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(c rune) bool {
		return c < ' ' || c == '"' || c == '\\' || c == '\u2028' || c == '\u2029'
	})
}

func hasResource(e *cloudtrail.Event, is func(cloudtrail.Resource) bool) bool {
	for _, r := range e.Resources {
		if is(r) {
			return true
		}
	}
	return false
}
