package trail

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"strings"
	"time"
	"unicode/utf8"

	"telltale/base/caller"
)

// record is the text kept of a call. The members stand in the order of real records.
// aws: awscloudtrail/cloudtrail-event-reference-record-contents
type record struct {
	EventVersion       string          `json:"eventVersion"`
	UserIdentity       userIdentity    `json:"userIdentity"`
	EventTime          string          `json:"eventTime"`
	EventSource        string          `json:"eventSource"`
	EventName          string          `json:"eventName"`
	AWSRegion          string          `json:"awsRegion"`
	SourceIPAddress    string          `json:"sourceIPAddress"`
	UserAgent          string          `json:"userAgent,omitempty"`
	ErrorCode          string          `json:"errorCode,omitempty"`
	ErrorMessage       string          `json:"errorMessage,omitempty"`
	RequestParameters  json.RawMessage `json:"requestParameters"`
	ResponseElements   json.RawMessage `json:"responseElements"`
	RequestID          string          `json:"requestID,omitempty"`
	EventID            string          `json:"eventID"`
	ReadOnly           bool            `json:"readOnly"`
	EventType          string          `json:"eventType"`
	ManagementEvent    bool            `json:"managementEvent"`
	RecipientAccountID string          `json:"recipientAccountId"`
	EventCategory      string          `json:"eventCategory"`
	TLSDetails         *tlsDetails     `json:"tlsDetails,omitempty"`
}

type tlsDetails struct {
	TLSVersion               string `json:"tlsVersion"`
	CipherSuite              string `json:"cipherSuite"`
	ClientProvidedHostHeader string `json:"clientProvidedHostHeader,omitempty"`
}

const eventVersion = "1.11"

// accessDenied is how records spell a refusal by policy, whatever the service called it.
const accessDenied = "AccessDenied"

// maxText is the size of the texts of a record that a client controls, in bytes.
const maxText = 1 << 10

func newRecord(c *Call, at time.Time, readOnly bool) *record {
	r := &record{
		EventVersion:       eventVersion,
		UserIdentity:       identityOf(c.Caller),
		EventTime:          at.UTC().Format(time.RFC3339),
		EventSource:        c.Service.EventSource,
		EventName:          c.Name,
		AWSRegion:          c.Caller.Region,
		SourceIPAddress:    c.Caller.SourceIP,
		UserAgent:          cut(c.Caller.UserAgent),
		RequestID:          cut(c.Caller.RequestID),
		EventID:            caller.NewTrace().String(),
		ReadOnly:           readOnly,
		EventType:          "AwsApiCall",
		ManagementEvent:    true,
		RecipientAccountID: c.Caller.Account,
		EventCategory:      "Management",
	}
	switch {
	case c.Caller.Kind == caller.Service:
		r.SourceIPAddress, r.UserAgent = serviceName(c.Caller), serviceName(c.Caller)
	case r.SourceIPAddress == "":
		r.SourceIPAddress = "AWS Internal"
	}
	denied := false
	if c.Error != nil {
		r.ErrorCode, r.ErrorMessage = cut(c.Error.Shape), cut(c.Error.Message)
		if denied = r.ErrorCode == "AccessDeniedException" || r.ErrorCode == accessDenied; denied {
			r.ErrorCode = accessDenied
		}
	}
	if !denied {
		r.RequestParameters = inputTree(c)
	}
	if c.Error == nil && !readOnly {
		r.ResponseElements = outputTree(c)
	}
	if c.TLS != nil && c.Caller.Kind != caller.Service {
		r.TLSDetails = &tlsDetails{
			TLSVersion:               strings.ReplaceAll(tls.VersionName(c.TLS.Version), "TLS ", "TLSv"),
			CipherSuite:              tls.CipherSuiteName(c.TLS.CipherSuite),
			ClientProvidedHostHeader: cut(c.Host),
		}
	}
	return r
}

// encode writes the record in one line.
func (r *record) encode() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false) // records are not HTML; a policy name with & stays readable and findable
	if err := e.Encode(r); err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), nil
}

// cut shortens a text to what a record may hold, at the border of a character.
func cut(s string) string {
	if len(s) <= maxText {
		return s
	}
	end := maxText
	for end > maxText-utf8.UTFMax && !utf8.RuneStart(s[end]) {
		end--
	}
	return s[:end]
}
