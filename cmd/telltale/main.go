// Command telltale speaks the AWS IoT Core APIs on your own machine and tells you why.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	stop()
	os.Exit(code)
}

// run executes one command line and returns the exit status.
func run(ctx context.Context, args []string) int {
	root := &cobra.Command{
		Use:           "telltale",
		Short:         "AWS IoT Core on your own machine, that tells you why",
		Long:          "telltale speaks the AWS IoT Core APIs - MQTT broker, registry, CloudWatch logs and metrics, CloudTrail - from one binary,\nand at every step tells you why.",
		SilenceUsage:  true,
		SilenceErrors: true,
	}
	root.AddCommand(devCommand(), serveCommand(), envCommand(), tailCommand(), explainCommand(), shadowCommand(), jobCommand(), ruleCommand(), debugCommand(), policyCommand(), configCommand(), versionCommand())
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	if err == nil {
		return 0
	}
	end := &ended{1, err}
	errors.As(err, &end)
	if end.err != nil {
		fmt.Fprintln(os.Stderr, "telltale:", end.err)
	}
	return end.status
}

// ended is an error of a command that has an exit status of its own. Without err all was said already.
type ended struct {
	status int
	err    error
}

func (e *ended) Error() string { return fmt.Sprintf("exit status %d: %v", e.status, e.err) }
func (e *ended) Unwrap() error { return e.err }
