package main

import (
	"fmt"
	"strconv"
	"strings"
	"unicode"
)

// entry is the part of a log entry that people look at.
type entry struct {
	Timestamp        string         `json:"timestamp"`
	LogLevel         string         `json:"logLevel"`
	TraceID          string         `json:"traceId"`
	AccountID        string         `json:"accountId"`
	Status           string         `json:"status"`
	EventType        string         `json:"eventType"`
	Protocol         string         `json:"protocol"`
	TopicName        string         `json:"topicName"`
	ClientID         string         `json:"clientId"`
	PrincipalID      string         `json:"principalId"`
	SourceIP         string         `json:"sourceIp"`
	SourcePort       int            `json:"sourcePort"`
	Reason           string         `json:"reason"`
	Details          string         `json:"details"`
	DisconnectReason string         `json:"disconnectReason"`
	Authorization    *authorization `json:"authorization"`
	Payload          *string        `json:"payload"`
	PayloadEncoding  string         `json:"payloadEncoding"`
	PayloadSize      int            `json:"payloadSize"`
	PayloadTruncated bool           `json:"payloadTruncated"`
}

// ANSI colours by level.
const (
	red, yellow, green, grey, plain = "\x1b[31m", "\x1b[33m", "\x1b[32m", "\x1b[90m", "\x1b[0m"
)

var levelColours = map[string]string{"ERROR": red, "WARN": yellow, "INFO": green, "DEBUG": grey}

// line is the entry on one line: when, how bad, what, who, where, why.
func (e *entry) line(colour bool) string {
	level, trace := fmt.Sprintf("%-5s", e.LogLevel), e.TraceID
	if colour {
		level, trace = levelColours[e.LogLevel]+level+plain, grey+trace+plain
	}
	parts := []string{clock(e.Timestamp), level, fmt.Sprintf("%-11s", e.EventType)}
	add := func(format, value string) {
		if value != "" {
			parts = append(parts, fmt.Sprintf(format, value))
		}
	}
	add("%s", e.ClientID)
	add("on %s", e.TopicName)
	add("%s", e.DisconnectReason)
	add("%s", e.Reason)
	add("(%s)", e.Details)
	if e.Authorization != nil {
		add("%s", e.Authorization.short())
	}
	if e.Payload != nil {
		add("%s", e.payload())
	}
	return strings.Join(append(parts, trace), " ")
}

// payload is a captured payload in words, on one line.
func (e *entry) payload() string {
	text := strings.TrimRight(*e.Payload, "\r\n")
	if strings.ContainsFunc(text, unicode.IsControl) {
		text = strconv.Quote(text)
	}
	size := fmt.Sprintf("%d bytes", e.PayloadSize)
	if e.PayloadTruncated {
		size = "the beginning of " + size
	}
	return fmt.Sprintf("payload (%s, %s): %s", e.PayloadEncoding, size, text)
}

// clock is the time of day of a timestamp.
func clock(timestamp string) string {
	if _, t, ok := strings.Cut(timestamp, " "); ok {
		return t
	}
	return timestamp
}
