package main

import (
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"github.com/spf13/cobra"
)

func jobCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "job",
		Short:   "Look into what happened to jobs on things",
		Example: "  telltale job why update-firmware lamp",
	}
	cmd.AddCommand(jobWhyCommand())
	return cmd
}

// jobTimeline is what the API tells of an execution.
type jobTimeline struct {
	Status          string
	ExecutionNumber int64
	Events          []jobEvent
}

type jobEvent struct {
	Time                                      int64
	What, Actor, From, To, Code               string
	Reason, Topic                             string
	DeliveredTo                               []string
	FurtherReceivers                          int64
	Protocol, ClientID, PrincipalID, SourceIP string
	TraceID                                   string
}

func jobWhyCommand() *cobra.Command {
	var execution int64
	cmd := &cobra.Command{
		Use:     "why JOB THING",
		Short:   "Print what happened to a job on a thing, and why",
		Example: "  telltale job why update-firmware lamp\n  telltale job why update-firmware lamp --execution 2",
		Args:    cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			query := url.Values{}
			if execution > 0 {
				query.Set("executionNumber", fmt.Sprint(execution))
			}
			var out jobTimeline
			path := "/things/" + url.PathEscape(args[1]) + "/jobs/" + url.PathEscape(args[0]) + "/timeline"
			if err := c.get(cmd.Context(), "iot-jobs-data", path, query, &out); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "execution %d of job %s on %s: %s\n", out.ExecutionNumber, args[0], args[1], out.Status)
			for i := range out.Events {
				out.Events[i].print(cmd.OutOrStdout())
			}
			return nil
		},
	}
	addTarget(cmd)
	cmd.Flags().Int64Var(&execution, "execution", 0, "the number of the execution; without it the newest")
	return cmd
}

// print writes an event on one line: when, what, why, by whom, and the trace that leads to its log entries.
func (e *jobEvent) print(w io.Writer) {
	line := fmt.Sprintf("%s %s%s %s", time.UnixMilli(e.Time).UTC().Format("2006-01-02 15:04:05.000"), strings.TrimSuffix(e.sentence(), "."), e.by(), e.TraceID)
	fmt.Fprintln(w, strings.TrimRight(line, " "))
}

func (e *jobEvent) sentence() string {
	switch {
	case e.What == "REFUSED":
		return fmt.Sprintf("%s refused %s -> %s: %s", e.Code, e.From, e.To, e.Reason)
	case e.What == "MESSAGE" && len(e.DeliveredTo) == 0:
		return fmt.Sprintf("sent %s, but nobody listened (%s)", e.Topic, e.Reason)
	case e.What == "MESSAGE":
		more := ""
		if e.FurtherReceivers > 0 {
			more = fmt.Sprintf(" and %d more", e.FurtherReceivers)
		}
		return fmt.Sprintf("sent %s to %s%s (%s)", e.Topic, strings.Join(e.DeliveredTo, ", "), more, e.Reason)
	case e.From == e.To || e.From == "":
		return fmt.Sprintf("%s: %s", first(e.To, e.What), e.Reason)
	}
	return fmt.Sprintf("%s -> %s: %s", e.From, e.To, e.Reason)
}

// by is who it was, as far as it is known.
func (e *jobEvent) by() string {
	who := first(e.ClientID, e.PrincipalID)
	if who == "" {
		return ""
	}
	return fmt.Sprintf(", by %s (%s %s)", who, e.Protocol, e.SourceIP)
}
