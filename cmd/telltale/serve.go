package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"telltale/app"
)

func serveCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "serve",
		Short: "Run for real: signatures verified, policies enforced",
		Long: `Run for real: every request's signature is verified. The root key of the account is made at the first start and written to
DATA-DIR/credentials in the AWS shared-credentials format, readable by its owner only. There is no anonymous listener and no reset.`,
		Example: "  telltale serve --data-dir /var/lib/telltale --gateway 0.0.0.0:4566 --mqtts 0.0.0.0:8883",
		Args:    cobra.NoArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runServer(cmd, app.Serve) },
	}
	addSettings(cmd, app.Serve)
	return cmd
}

// runServer runs the program until the command's context ends.
func runServer(cmd *cobra.Command, mode app.Mode) error {
	config, err := loadSettings(cmd, mode)
	if err != nil {
		return err
	}
	return app.Run(cmd.Context(), config, func(r *app.Running) { announce(cmd.OutOrStdout(), r) })
}

// announce prints where the program listens, where its data are, and the lines to paste into a shell, in this order.
func announce(w io.Writer, r *app.Running) {
	fmt.Fprintf(w, "telltale %s is ready (%s mode, %d ms).\n\n", app.Version(), r.Mode, r.Startup.Milliseconds())
	if r.Permissive {
		fmt.Fprintf(w, "!!! PERMISSIVE: devices may do what no policy allows; their entries tell what would have been denied. For a while only.\n\n")
	}
	fmt.Fprintf(w, "AWS API            %s\n", r.Endpoint())
	fmt.Fprintf(w, "MQTT with TLS      mqtts://%s   CA: %s/_telltale/iot/ca.pem\n", r.MQTTS, r.Endpoint())
	if r.MQTT != "" {
		fmt.Fprintf(w, "MQTT, anonymous    mqtt://%s\n", r.MQTT)
	}
	if r.TLS != "" {
		fmt.Fprintf(w, "TLS, by ALPN       %s   MQTT, HTTPS and WebSocket, as on AWS's port 443\n", r.TLS)
	}
	if r.HTTPS != "" {
		fmt.Fprintf(w, "HTTPS, devices     https://%s/topics/TOPIC   with client certificates\n", r.HTTPS)
	}
	if r.Credentials != "" {
		fmt.Fprintf(w, "Credentials        https://%s/role-aliases/ALIAS/credentials   for devices with certificates\n", r.Credentials)
	}
	fmt.Fprintf(w, "Data               %s\n\n", r.DataPlace())
	fmt.Fprintf(w, "Paste this into a shell that runs AWS tools:\n\n")
	for _, line := range r.Env() {
		fmt.Fprintln(w, "  "+line)
	}
	if r.Mode == app.Dev {
		fmt.Fprintf(w, "\nDev mode is relaxed: any credentials are accepted. Use telltale serve for real work.\n")
	}
}
