package main

import (
	"github.com/spf13/cobra"

	"telltale/app"
)

func devCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dev",
		Short: "Run relaxed, for one developer on one machine",
		Long: `Run relaxed: any credentials are accepted for the default account, event logging is on from the start, anonymous
clients may use plain MQTT, and POST /_telltale/reset empties everything. Keys created in the product are really verified.
Listeners bind to loopback unless told otherwise. For anything but development, use telltale serve.`,
		Example: "  telltale dev\n  telltale dev --ephemeral --gateway 127.0.0.1:0 --mqtts 127.0.0.1:0 --mqtt off",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runServer(cmd, app.Dev) },
	}
	addSettings(cmd, app.Dev)
	return cmd
}
