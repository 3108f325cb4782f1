package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"telltale/base/caller"
)

func explainCommand() *cobra.Command {
	var group string
	var since time.Duration
	cmd := &cobra.Command{
		Use:     "explain TRACEID",
		Short:   "Tell in words what happened under a trace id, and why",
		Long:    "Tell in words everything that was logged under one trace id: what happened, in order, and for a denial which policy statement\ndecided or came nearest, what it lacked, and a statement that would have allowed it.",
		Example: "  telltale explain 0f5a3c7e-1b2d-4e6f-8a9b-0c1d2e3f4a5b",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			trace, err := caller.ParseTrace(args[0])
			if err != nil {
				return err
			}
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			found := 0
			pattern := fmt.Sprintf(`{ $.traceId = "%s" }`, trace)
			err = c.filter(cmd.Context(), group, pattern, time.Now().Add(-since), func(e logEvent) error {
				found++
				var x entry
				if err := json.Unmarshal([]byte(e.Message), &x); err != nil {
					return err
				}
				x.tell(cmd.OutOrStdout())
				return nil
			})
			if err == nil && found == 0 {
				err = fmt.Errorf("no entry has trace id %s in the last %v of %s; entries below the log level are not kept", trace, since, group)
			}
			return err
		},
	}
	addTarget(cmd)
	cmd.Flags().StringVar(&group, "group", "AWSIotLogsV2", "log group")
	cmd.Flags().DurationVar(&since, "since", 30*24*time.Hour, "how far to look back")
	return cmd
}

// authorization is the explanation of a denial that an entry carries.
type authorization struct {
	Action    string `json:"action"`
	Resource  string `json:"resource"`
	Principal string `json:"principal"`
	Decision  string `json:"decision"`
	Policies  []struct {
		Name, Version, Source, Verdict string
	} `json:"policies"`
	Deciding   *statement      `json:"deciding"`
	Nearest    *statement      `json:"nearest"`
	Lacked     string          `json:"lacked"`
	Missing    []string        `json:"missing"`
	Suggestion json.RawMessage `json:"suggestion"`
}

type statement struct {
	Policy    string          `json:"policy"`
	Version   string          `json:"version"`
	Index     int             `json:"index"`
	Sid       string          `json:"sid"`
	Statement json.RawMessage `json:"statement"`
}

func (s *statement) String() string {
	name := fmt.Sprintf("statement %d", s.Index+1)
	if s.Sid != "" {
		name += fmt.Sprintf(" (%s)", s.Sid)
	}
	return fmt.Sprintf("%s of policy %s, version %s", name, s.Policy, s.Version)
}

// short is the reason of a denial on one line.
func (a *authorization) short() string {
	switch {
	case a.Deciding != nil:
		return "denied by " + a.Deciding.String()
	case a.Nearest != nil:
		return fmt.Sprintf("nearest is %s: %s", a.Nearest, a.Lacked)
	}
	return a.Lacked
}

// tell writes an entry in words.
func (e *entry) tell(w io.Writer) {
	who := "Client " + e.ClientID
	if e.ClientID == "" {
		who = "Principal " + e.PrincipalID
	}
	if e.SourceIP != "" {
		who += fmt.Sprintf(" (%s port %d)", e.SourceIP, e.SourcePort)
	}
	outcome := "succeeded"
	if e.Status != "Success" {
		outcome = "failed"
	}
	fmt.Fprintf(w, "%s  %s %s.\n", e.Timestamp, e.EventType, outcome)
	fmt.Fprintf(w, "  %s", who)
	if e.TopicName != "" {
		fmt.Fprintf(w, ", topic %s", e.TopicName)
	}
	fmt.Fprintln(w, ".")
	if e.DisconnectReason != "" {
		fmt.Fprintf(w, "  The connection ended with %s.\n", e.DisconnectReason)
	}
	switch {
	case e.Reason != "":
		fmt.Fprintf(w, "  Reason: %s. %s\n", e.Reason, e.Details)
	case e.Details != "":
		fmt.Fprintf(w, "  Details: %s.\n", e.Details)
	}
	if e.Payload != nil {
		fmt.Fprintf(w, "  With %s\n", e.payload())
	}
	if e.Authorization != nil {
		e.Authorization.tell(w)
	}
}

// tell writes why something was denied, and what would have allowed it.
func (a *authorization) tell(w io.Writer) {
	fmt.Fprintf(w, "  Asked: may %s\n    do %s on %s?\n", a.Principal, a.Action, a.Resource)
	for _, p := range a.Policies {
		fmt.Fprintf(w, "  Considered: policy %s, version %s, from %s: %s\n", p.Name, p.Version, p.Source, p.Verdict)
	}
	if len(a.Policies) == 0 {
		fmt.Fprintln(w, "  Considered: no policy; none is attached.")
	}
	if a.Deciding != nil {
		fmt.Fprintf(w, "  Decided by %s:\n    %s\n", a.Deciding, a.Deciding.Statement)
	}
	if a.Nearest != nil {
		fmt.Fprintf(w, "  Nearest was %s:\n    %s\n", a.Nearest, a.Nearest.Statement)
	}
	if a.Lacked != "" {
		fmt.Fprintf(w, "  What was lacking: %s.\n", a.Lacked)
	}
	if len(a.Missing) > 0 {
		fmt.Fprintf(w, "  Policies also look at what is not known here: %s.\n", strings.Join(a.Missing, ", "))
	}
	if len(a.Suggestion) > 0 {
		fmt.Fprintf(w, "  This statement would have allowed it:\n    %s\n", a.Suggestion)
	}
}
