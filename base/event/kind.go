// Package event is the customer's voice: typed facts that services record at each ending of an operation, and the recorder that hands
// them to the sinks which make log entries, metrics and event messages of them.
//
// A service knows nothing of logs, levels or metrics; a sink knows nothing of services.
package event

// Kind is a kind of fact: everything about it that does not change from one fact to the next. Kinds are package variables of the
// service that records them, made by NewKind and listed in its Kinds.
type Kind struct {
	Name      string // the entry's eventType, e.g. Publish-In; "" writes no entry
	Metric    string // stem of the metric, e.g. PublishIn gives PublishIn.Success; "" counts nothing of itself
	Component string // broker, shadow, rules, ... as in the entry catalogue
	Success   Level  // level of the entry when the outcome is Success
	OptIn     bool   // off unless an event or resource level turns it on

	metrics [outcomes]string
}

// NewKind completes a kind.
func NewKind(k Kind) *Kind {
	for o := range outcomes {
		k.metrics[o] = k.Metric + "." + o.String()
	}
	return &k
}

// MetricName is the metric that counts this kind's facts of an outcome, e.g. PublishIn.AuthError.
func (k *Kind) MetricName(o Outcome) string { return k.metrics[o] }

// Level is the level of an entry of this kind: Success's level, or ERROR for every other outcome.
func (k *Kind) Level(o Outcome) Level {
	if o == Success {
		return k.Success
	}
	return Error
}

// Outcome is how an operation ended. Its text is the suffix of the metric's name.
type Outcome uint8

// The outcomes.
const (
	Success Outcome = iota
	AuthError
	ClientError
	ServerError
	Throttle
	ClientIDThrottle

	outcomes
)

var outcomeNames = [outcomes]string{"Success", "AuthError", "ClientError", "ServerError", "Throttle", "ClientIDThrottle"}

func (o Outcome) String() string { return outcomeNames[o] }

// Status is the entry's status field.
func (o Outcome) Status() string {
	if o == Success {
		return "Success"
	}
	return "Failure"
}

// Level is the severity of an entry, and the threshold below which entries are not written. A higher level is more verbose.
type Level uint8

// The levels, from silent to verbose. (aws: iot/configure-logging#log-level)
const (
	Disabled Level = iota
	Error
	Warn
	Info
	Debug
)

var levelNames = [...]string{"DISABLED", "ERROR", "WARN", "INFO", "DEBUG"}

func (l Level) String() string { return levelNames[l] }

// ParseLevel reads a level as the API spells it.
func ParseLevel(s string) (Level, bool) {
	for l, name := range levelNames {
		if name == s {
			return Level(l), true
		}
	}
	return Disabled, false
}

// Admits reports whether an entry of level l passes the threshold t.
func (t Level) Admits(l Level) bool { return l != Disabled && l <= t }
