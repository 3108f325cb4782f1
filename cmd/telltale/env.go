package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"telltale/app"
)

func envCommand() *cobra.Command {
	var dataDir string
	cmd := &cobra.Command{
		Use:     "env",
		Short:   "Print the environment that points AWS tools here",
		Long:    "Print shell lines that point the AWS CLI and SDKs at the telltale that runs (or last ran) on a data directory.",
		Example: "  eval \"$(telltale env)\"\n  aws iot list-things",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			running, err := app.LastRun(dataDir)
			if err != nil {
				return err
			}
			for _, line := range running.Env() {
				fmt.Fprintln(cmd.OutOrStdout(), line)
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&dataDir, "data-dir", "./data", "data directory of the telltale to use")
	return cmd
}
