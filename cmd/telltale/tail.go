package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
)

// tailing is what the tail command was asked for.
type tailing struct {
	group, pattern, client string
	since                  time.Duration
	json, follow, colour   bool
}

func tailCommand() *cobra.Command {
	var t tailing
	cmd := &cobra.Command{
		Use:   "tail",
		Short: "Follow the event log live, one line an entry",
		Long: `Follow the event log live, one line an entry, oldest first. Without --since it begins now. The pattern is a CloudWatch Logs
filter pattern and is matched by the server.`,
		Example: "  telltale tail\n  telltale tail --client dev1 --since 10m\n  telltale tail --pattern '{ $.logLevel = \"ERROR\" }' --json",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if t.since < 0 {
				return fmt.Errorf("--since is %v; want how long ago to begin, for example 10m", t.since)
			}
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			return t.run(cmd.Context(), c, cmd.OutOrStdout(), cmd.ErrOrStderr())
		},
	}
	addTarget(cmd)
	cmd.Flags().StringVar(&t.group, "group", "AWSIotLogsV2", "log group")
	cmd.Flags().StringVar(&t.pattern, "pattern", "", "only entries that match this filter pattern")
	cmd.Flags().StringVar(&t.client, "client", "", "only entries of this client id")
	cmd.Flags().DurationVar(&t.since, "since", 0, "begin this long ago, for example 10m")
	cmd.Flags().BoolVar(&t.json, "json", false, "print the entries as they are stored, one JSON object a line")
	cmd.Flags().BoolVarP(&t.follow, "follow", "f", true, "go on with new entries; --follow=false ends with the last")
	cmd.Flags().BoolVar(&t.colour, "color", isTerminal(os.Stdout) && os.Getenv("NO_COLOR") == "", "colour the lines")
	return cmd
}

// New entries are asked for often while there are some, and less often while nothing happens: each question is a call in the audit
// trail. overlap is how far a question reaches back, for entries that were written out of order; ids tell which were shown already.
const (
	pollBusy = 200 * time.Millisecond
	pollIdle = time.Second
	overlap  = 3 * time.Second
)

func (t *tailing) run(ctx context.Context, c *client, w, notes io.Writer) error {
	from := time.Now().Add(-t.since)
	oldest := from
	pause, troubled := pollBusy, ""
	shown := map[string]int64{} // time by event id, of the last overlap
	for {
		before := len(shown)
		err := c.filter(ctx, t.group, t.pattern, from, func(e logEvent) error {
			if _, again := shown[e.EventID]; again {
				return nil
			}
			shown[e.EventID] = e.Timestamp
			if at := time.UnixMilli(e.Timestamp).Add(-overlap); at.After(from) && at.After(oldest) {
				from = at
			}
			return t.show(w, e)
		})
		if ctx.Err() != nil {
			return nil
		}
		_, gone := errors.AsType[*unreachable](err)
		if err != nil && !errors.Is(err, errNotFound) && !(gone && t.follow) {
			return err
		}
		if err != nil && err.Error() != troubled { // said once, and tried again
			fmt.Fprintln(notes, "telltale tail:", err)
		}
		troubled = ""
		if err != nil {
			troubled = err.Error()
		}
		if pause = min(2*pause, pollIdle); len(shown) > before {
			pause = pollBusy
		}
		for id, at := range shown {
			if at < from.UnixMilli() {
				delete(shown, id)
			}
		}
		if !t.follow {
			return nil
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(pause):
		}
	}
}

func (t *tailing) show(w io.Writer, e logEvent) error {
	var entry entry
	if err := json.Unmarshal([]byte(e.Message), &entry); err != nil {
		_, err = fmt.Fprintln(w, e.Message) // not an IoT entry: as it is
		return err
	}
	if t.client != "" && entry.ClientID != t.client {
		return nil
	}
	if t.json {
		_, err := fmt.Fprintln(w, e.Message)
		return err
	}
	_, err := fmt.Fprintln(w, entry.line(t.colour))
	return err
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
