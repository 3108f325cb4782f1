package main

import (
	"fmt"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"telltale/app"
)

func configCommand() *cobra.Command {
	var mode string
	cmd := &cobra.Command{
		Use:     "config",
		Short:   "Print every setting, its value and where it came from",
		Example: "  TELLTALE_REGION=eu-west-1 telltale config --gateway 127.0.0.1:0\n  telltale config --mode serve --config /etc/telltale.toml",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if mode != string(app.Dev) && mode != string(app.Serve) {
				return fmt.Errorf("--mode is %q; want dev or serve", mode)
			}
			config, err := loadSettings(cmd, app.Mode(mode))
			if err != nil {
				return err
			}
			table := tabwriter.NewWriter(cmd.OutOrStdout(), 0, 0, 2, ' ', 0)
			for _, s := range config.Settings() {
				fmt.Fprintf(table, "%s\t%q\t%s\t# %s\n", s.Key, s.Value, s.Origin, s.Doc)
			}
			return table.Flush()
		},
	}
	addSettings(cmd, app.Dev)
	cmd.Flags().StringVar(&mode, "mode", string(app.Dev), "whose settings to show: dev or serve")
	return cmd
}
