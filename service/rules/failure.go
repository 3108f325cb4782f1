package rules

import (
	"encoding/json"
	"errors"

	"telltale/service/rules/action"
)

// failure is what the error action is told of one action. (aws: iot/rule-error-handling#rule-error-message-format)
type failure struct {
	Action   string `json:"failedAction"`
	Resource string `json:"failedResource"`
	Text     string `json:"errorMessage"`
}

func newFailure(s *step, resources []action.Resource, err error) *failure {
	f := &failure{Action: s.kind.Name, Text: err.Error()}
	for i, r := range resources {
		if i == 0 || r.Name == s.kind.Target {
			f.Resource = r.Value
		}
	}
	return f
}

// failuresJSON is the message that the error action gets.
func (x *execution) failuresJSON() []byte {
	text, _ := json.Marshal(struct { // of texts and bytes: it cannot fail
		Rule     string    `json:"ruleName"`
		Topic    string    `json:"topic"`
		Trace    string    `json:"cloudwatchTraceId"`
		Client   string    `json:"clientId"`
		Original []byte    `json:"base64OriginalPayload"`
		Failures []failure `json:"failures"`
	}{x.rule.name, x.message.Topic, x.who.Trace.String(), x.who.ClientID, x.message.Payload, x.failures})
	return text
}

// metricOf is the metric that an error counts beside Failure, "" for none.
func metricOf(err error) string {
	if e, ok := errors.AsType[*action.Error](err); ok {
		return e.Metric
	}
	return ""
}
