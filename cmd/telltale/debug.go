package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

// debugging is what the debug command was asked for.
type debugging struct {
	last    time.Duration
	level   string
	payload string
	redact  []string
	limit   int
	stop    bool
}

// debugTarget is one sort of resource that can be debugged: its flag, its name in the API and in words, and how tail shows its entries.
type debugTarget struct{ flag, kind, words, tail string }

var debugTargets = []debugTarget{
	{"client", "CLIENT_ID", "Client", "telltale tail --client '%s'"},
	{"principal", "PRINCIPAL_ID", "Principal", `telltale tail --pattern '{ $.principalId = "%s" }'`},
	{"address", "SOURCE_IP", "Address", `telltale tail --pattern '{ $.sourceIp = "%s" }'`},
	{"group", "THING_GROUP", "Thing group", "telltale tail"},
}

// debugged is the one resource of a command line.
type debugged struct {
	debugTarget
	name string
}

func debugCommand() *cobra.Command {
	var d debugging
	cmd := &cobra.Command{
		Use:   "debug",
		Short: "Log more about a client, for a while",
		Long: `Log more about a client, certificate, address or thing group, for a while: it ends by itself, and what was set before comes back. With
--payload the entries show what messages carry, without what --redact names. Without any of them print what lasts now.`,
		Example: "  telltale debug --client dev1 --for 15m\n  telltale debug --client dev1 --payload text --redact '$.token' --limit 256\n  telltale debug --client dev1 --stop\n  telltale debug",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			on, err := debugTargetOf(cmd)
			if err == nil {
				err = d.check(on)
			}
			if err != nil {
				return err
			}
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			switch w := cmd.OutOrStdout(); {
			case on == nil:
				return listDebugged(cmd.Context(), c, w)
			case d.stop:
				return d.end(cmd.Context(), c, on, w)
			default:
				return d.begin(cmd.Context(), c, on, w)
			}
		},
	}
	addTarget(cmd)
	cmd.Flags().String("client", "", "client id")
	cmd.Flags().String("principal", "", "id or ARN of a certificate")
	cmd.Flags().String("address", "", "IP address that clients come from")
	cmd.Flags().String("group", "", "thing group, those below it included")
	cmd.Flags().DurationVar(&d.last, "for", 15*time.Minute, "how long, at most 168h")
	cmd.Flags().StringVar(&d.level, "level", "DEBUG", "the level: DEBUG, INFO, WARN, ERROR, DISABLED")
	cmd.Flags().StringVar(&d.payload, "payload", "", "show payloads: text, hex, or only their sha256")
	cmd.Flags().StringArrayVar(&d.redact, "redact", nil, "JSON path of what is not shown of a payload, for example $.token; may be given again")
	cmd.Flags().IntVar(&d.limit, "limit", 1024, "bytes of a payload that are shown at most, up to 32768")
	cmd.Flags().BoolVar(&d.stop, "stop", false, "end it now")
	return cmd
}

// debugTargetOf is what a command line names; nil if it names nothing.
func debugTargetOf(cmd *cobra.Command) (on *debugged, err error) {
	for _, t := range debugTargets {
		name, _ := cmd.Flags().GetString(t.flag)
		if name == "" {
			continue
		}
		if on != nil {
			return nil, fmt.Errorf("--%s and --%s: name only one", on.flag, t.flag)
		}
		if _, id, isARN := strings.Cut(name, ":cert/"); t.flag == "principal" && isARN {
			name = id
		}
		on = &debugged{t, name}
	}
	return on, nil
}

func (d *debugging) check(on *debugged) error {
	switch {
	case on == nil && (d.stop || d.payload != ""):
		return errors.New("name what to debug: --client, --principal, --address or --group")
	case d.last < time.Second || d.last > 7*24*time.Hour:
		return fmt.Errorf("--for is %v; want 1s to 168h", d.last)
	case d.payload == "" && len(d.redact) > 0:
		return errors.New("--redact needs --payload: payloads are not shown without it")
	}
	return nil
}

func (on *debugged) target() map[string]string {
	return map[string]string{"targetType": on.kind, "targetName": on.name}
}

// begin sets the capture and the level, and says what to do next. The capture comes first: it has more that may be refused.
func (d *debugging) begin(ctx context.Context, c *client, on *debugged, w io.Writer) error {
	in := map[string]any{"logTarget": on.target(), "durationSeconds": int(d.last / time.Second)}
	var out struct {
		ExpiresAt       seconds
		AllLogsDisabled bool
	}
	if d.payload != "" {
		in["encoding"], in["maximumBytes"], in["redact"] = strings.ToLower(d.payload), d.limit, d.redact
		if err := c.rest(ctx, "iot", http.MethodPost, "/payloadCapture", nil, in, nil); err != nil {
			return err
		}
	}
	in = map[string]any{"logTarget": on.target(), "durationSeconds": int(d.last / time.Second), "logLevel": strings.ToUpper(d.level)}
	if err := c.rest(ctx, "iot", http.MethodPost, "/temporaryLoggingLevel", nil, in, &out); err != nil {
		return err
	}
	fmt.Fprintf(w, "%s %s logs at %s until %s, from now on.\n", on.words, on.name, strings.ToUpper(d.level), clockDate(out.ExpiresAt))
	if out.AllLogsDisabled {
		fmt.Fprintln(w, "But nothing is logged while all logs of the account are disabled: aws iot set-v2-logging-options --no-disable-all-logs ends that.")
	}
	if d.payload != "" {
		fmt.Fprintf(w, "Its Publish-In and Publish-Out entries show payloads until then: %s.\n", captureWords(strings.ToLower(d.payload), d.limit, d.redact))
	}
	fmt.Fprintf(w, "\nFollow it:         %s\nAsk why:           telltale explain TRACEID\nEnd it before:     telltale debug --%s '%s' --stop\n",
		strings.ReplaceAll(on.tail, "%s", on.name), on.flag, on.name)
	return nil
}

// end ends level and capture.
func (d *debugging) end(ctx context.Context, c *client, on *debugged, w io.Writer) error {
	query := url.Values{"targetType": {on.kind}, "targetName": {on.name}}
	for _, path := range []string{"/temporaryLoggingLevel", "/payloadCapture"} {
		if err := c.rest(ctx, "iot", http.MethodDelete, path, query, nil, nil); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%s %s logs again as it did before, and shows no payloads.\n", on.words, on.name)
	return err
}

// debugItem is something that lasts now.
type debugItem struct {
	LogTarget    struct{ TargetType, TargetName string }
	LogLevel     string
	ExpiresAt    seconds
	Encoding     string
	MaximumBytes int
	Redact       []string
}

// listDebugged prints what lasts now.
func listDebugged(ctx context.Context, c *client, w io.Writer) error {
	var list []debugItem
	query := url.Values{}
	for {
		var levels struct {
			LogTargetConfigurations []debugItem
			NextToken               string
		}
		if err := c.get(ctx, "iot", "/v2LoggingLevel", query, &levels); err != nil {
			return err
		}
		list = append(list, levels.LogTargetConfigurations...)
		if levels.NextToken == "" {
			break
		}
		query.Set("nextToken", levels.NextToken)
	}
	var captures struct{ PayloadCaptures []debugItem }
	if err := c.get(ctx, "iot", "/payloadCapture", nil, &captures); err != nil {
		return err
	}
	list = slices.DeleteFunc(append(list, captures.PayloadCaptures...), func(x debugItem) bool { return x.ExpiresAt == 0 })
	for _, x := range list {
		fmt.Fprintln(w, x.line())
	}
	if len(list) == 0 {
		fmt.Fprintln(w, "Nothing is debugged now.")
	}
	return nil
}

func (x *debugItem) line() string {
	what := "logs at " + x.LogLevel
	if x.Encoding != "" {
		what = "shows payloads: " + captureWords(x.Encoding, x.MaximumBytes, x.Redact) + ","
	}
	return fmt.Sprintf("%s %s %s until %s", x.LogTarget.TargetType, x.LogTarget.TargetName, what, clockDate(x.ExpiresAt))
}

func captureWords(encoding string, limit int, redact []string) string {
	words := "as " + encoding
	if encoding != "sha256" {
		words += fmt.Sprintf(", at most %d bytes", limit)
	}
	if len(redact) > 0 {
		words += ", without " + strings.Join(redact, ", ")
	}
	return words
}

func clockDate(s seconds) string { return s.time().Format("2006-01-02 15:04:05 UTC") }
