package main

import (
	"fmt"
	"io"
	"net/url"
	"time"

	"github.com/spf13/cobra"
)

func shadowCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "shadow",
		Short:   "Look into the past of device shadows",
		Example: "  telltale shadow get lamp --at 2026-11-01T10:00Z\n  telltale shadow log lamp",
	}
	cmd.AddCommand(shadowGetCommand(), shadowLogCommand())
	return cmd
}

// shadowChange is what the API tells of one change.
type shadowChange struct {
	Sequence, Time, Version                   int64
	Deleted                                   bool
	Protocol, ClientID, PrincipalID, SourceIP string
	TraceID, Request                          string
}

func shadowGetCommand() *cobra.Command {
	var name, at string
	cmd := &cobra.Command{
		Use:     "get THING",
		Short:   "Print a shadow as it was at some time",
		Example: "  telltale shadow get lamp --at 2026-11-01T10:00Z\n  telltale shadow get lamp --name colour --at 2026-11-01T10:00:30Z",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			when, err := parseTime(at)
			if err != nil {
				return err
			}
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			var out struct {
				Change   shadowChange
				Document string
			}
			query := shadowQuery(name, "at", when.UnixMilli())
			if err := c.get(cmd.Context(), "iotdata", "/things/"+url.PathEscape(args[0])+"/shadow/at", query, &out); err != nil {
				return err
			}
			if out.Change.Deleted {
				return fmt.Errorf("the shadow was deleted at %s", time.UnixMilli(out.Change.Time).UTC().Format(time.RFC3339))
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), out.Document)
			return err
		},
	}
	addTarget(cmd)
	cmd.Flags().StringVar(&name, "name", "", "the named shadow; without it the classic one")
	cmd.Flags().StringVar(&at, "at", "", "the time, for example 2026-11-01T10:00Z; without it now")
	return cmd
}

func shadowLogCommand() *cobra.Command {
	var name string
	var limit int
	cmd := &cobra.Command{
		Use:     "log THING",
		Short:   "Print who changed a shadow, the newest change first",
		Example: "  telltale shadow log lamp\n  telltale shadow log lamp --name colour --limit 10",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			var out struct{ Changes []shadowChange }
			query := shadowQuery(name, "maxResults", int64(limit))
			if err := c.get(cmd.Context(), "iotdata", "/things/"+url.PathEscape(args[0])+"/shadow/changes", query, &out); err != nil {
				return err
			}
			for _, x := range out.Changes {
				x.print(cmd.OutOrStdout())
			}
			return nil
		},
	}
	addTarget(cmd)
	cmd.Flags().StringVar(&name, "name", "", "the named shadow; without it the classic one")
	cmd.Flags().IntVar(&limit, "limit", 100, "how many changes, 1 to 1000")
	return cmd
}

func shadowQuery(name, key string, value int64) url.Values {
	query := url.Values{key: {fmt.Sprint(value)}}
	if name != "" {
		query.Set("name", name)
	}
	return query
}

// print writes a change on one line: when, what, who, by which message.
func (x *shadowChange) print(w io.Writer) {
	who := first(x.ClientID, x.PrincipalID, "a service")
	what := x.Request
	if x.Deleted {
		what = "deleted"
	}
	fmt.Fprintf(w, "%s version %d by %s (%s %s) %s %s\n", time.UnixMilli(x.Time).UTC().Format("2006-01-02 15:04:05.000"), x.Version, who, x.Protocol, x.SourceIP, what, x.TraceID)
}

// parseTime reads a time as people write it; an empty one is now.
func parseTime(text string) (time.Time, error) {
	if text == "" {
		return time.Now(), nil
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02T15:04:05", "2006-01-02T15:04", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, nil
		}
	}
	return time.Time{}, fmt.Errorf("--at is %q; want a time such as 2026-11-01T10:00Z", text)
}
