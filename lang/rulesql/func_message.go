package rulesql

import (
	"encoding/base64"
	"strings"
)

// messageFunctions tell about the message and the rule. aws: iot/iot-sql-functions
var messageFunctions = []function{
	{name: "accountid", least: 0, most: 0, since: V20151008, doc: "The account of the rule.", run: func(e *Evaluator, _ []value) value {
		return e.present(e.env.Message().AccountID)
	}},
	{name: "clientid", least: 0, most: 0, since: V20151008, doc: "The MQTT client that sent the message, or n/a.", run: func(e *Evaluator, _ []value) value {
		if id := e.env.Message().ClientID; id != "" {
			return e.textOf(id)
		}
		return e.textOf("n/a")
	}},
	{name: "get_mqtt_property", parameters: "name", least: 1, most: 1, since: V20160323, run: mqttProperty,
		doc: "content_type, format_indicator, response_topic or correlation_data (in base64) of an MQTT 5 message."},
	{name: "get_user_properties", parameters: "[name]", least: 0, most: 1, since: V20160323, run: userProperties,
		doc: "The values of a user property as an Array, or all user properties as an Array of Objects."},
	{name: "newuuid", least: 0, most: 0, since: V20151008, doc: "A new random UUID.", run: func(e *Evaluator, _ []value) value {
		return e.textOf(e.env.UUID())
	}},
	{name: "principal", least: 0, most: 0, since: V20151008, doc: "Who sent the message: a certificate id, role id and session, or user id.", run: func(e *Evaluator, _ []value) value {
		return e.present(e.env.Message().Principal)
	}},
	{name: "sql_version", least: 0, most: 0, since: V20151008, doc: "The SQL version of the rule.", run: func(e *Evaluator, _ []value) value {
		return e.textOf(string(e.version))
	}},
	{name: "timestamp", least: 0, most: 0, since: V20151008, doc: "When the rules engine got the message, in Unix milliseconds.", run: func(e *Evaluator, _ []value) value {
		return intOf(whole(e.env.Message().Time.UnixMilli()))
	}},
	{name: "topic", parameters: "[n]", least: 0, most: 1, since: V20151008, doc: "The topic, or its level n from 1 on.", run: topic},
	{name: "traceid", least: 0, most: 0, since: V20151008, doc: "The trace id of an MQTT message, as in the logs.", run: func(e *Evaluator, _ []value) value {
		return e.present(e.env.Message().TraceID)
	}},
}

// present is a String, or Undefined for the empty one.
func (e *Evaluator) present(s string) value { return e.textIf(s, s != "") }

func topic(e *Evaluator, args []value) value {
	name := e.env.Message().Topic
	if len(args) == 0 {
		return e.textOf(name)
	}
	n, ok := toInt(args[0])
	if !ok || n.sign() <= 0 {
		return value{}
	}
	level, rest, more := "", name, true
	for range n.clamp(1, len(name)+2) {
		if !more {
			return value{}
		}
		level, rest, more = strings.Cut(rest, "/")
	}
	return e.textOf(level)
}

func mqttProperty(e *Evaluator, args []value) value {
	p := &e.env.Message().MQTT5
	name, _ := e.text(args[0])
	switch name {
	case "content_type":
		return e.present(p.ContentType)
	case "format_indicator":
		if p.UTF8 {
			return e.textOf("UTF8_DATA")
		}
		return e.textOf("UNSPECIFIED_BYTES")
	case "response_topic":
		return e.present(p.ResponseTopic)
	case "correlation_data":
		return e.present(base64.StdEncoding.EncodeToString(p.CorrelationData))
	}
	return value{}
}

func userProperties(e *Evaluator, args []value) value {
	var name string
	if len(args) == 1 {
		var ok bool
		if name, ok = e.text(args[0]); !ok {
			return value{}
		}
	}
	items := len(e.openItems)
	for _, p := range e.env.Message().MQTT5.User {
		v := e.textOf(p.Value)
		switch {
		case len(args) == 0:
			e.openMembers = append(e.openMembers, member{p.Name, v})
			e.openItems = append(e.openItems, e.object(len(e.openMembers)-1))
		case p.Name == name:
			e.openItems = append(e.openItems, v)
		}
	}
	if len(e.openItems) == items {
		return value{}
	}
	return e.array(items)
}
