package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"
)

func policyCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "policy",
		Short:   "Ask what policies let a client do",
		Example: "  telltale policy why --client dev1 --action publish --topic lamps/1",
	}
	cmd.AddCommand(policyWhyCommand())
	return cmd
}

// policyAnswer is what the API tells about a client that wants to do something.
type policyAnswer struct {
	Decision, ClientID, ThingName  string
	Connected                      bool
	Note, Objection, Authorization string
}

// The actions that can be asked about, as people write them.
var policyActions = []string{"connect", "publish", "retain", "subscribe", "receive"}

func policyWhyCommand() *cobra.Command {
	var client, action, topic, certificate, thing string
	cmd := &cobra.Command{
		Use:   "why",
		Short: "Tell whether a client may do something now, and why",
		Long: `Tell whether a client may do something now, and why: the policies considered, the statement that decided or came nearest, what it
lacked, and a statement that would allow it. A client that is connected is asked about as it is, with its address and its thing. For any
other the certificate is needed: --certificate, or the thing it is attached to.`,
		Example: "  telltale policy why --client dev1 --action publish --topic lamps/1\n  telltale policy why --client dev1 --action connect --certificate 0a1b2c...",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			c, err := newClient(cmd)
			if err != nil {
				return err
			}
			if _, id, isARN := strings.Cut(certificate, ":cert/"); isARN {
				certificate = id
			}
			in := map[string]string{"action": strings.ToUpper(action)}
			for name, value := range map[string]string{"clientId": client, "topic": topic, "certificateId": certificate, "thingName": thing} {
				if value != "" {
					in[name] = value
				}
			}
			var out policyAnswer
			if err := c.rest(cmd.Context(), "iot", http.MethodPost, "/explain-authorization", nil, in, &out); err != nil {
				return err
			}
			return out.print(cmd.OutOrStdout())
		},
	}
	addTarget(cmd)
	cmd.Flags().StringVar(&client, "client", "", "client id; without it the name of --thing")
	cmd.Flags().StringVar(&action, "action", "", "what it wants to do: "+strings.Join(policyActions, ", "))
	cmd.Flags().StringVar(&topic, "topic", "", "the topic, or the filter to subscribe to; connect takes none")
	cmd.Flags().StringVar(&certificate, "certificate", "", "id or ARN of the certificate that a client that is not connected would use")
	cmd.Flags().StringVar(&thing, "thing", "", "thing whose certificate that is")
	_ = cmd.MarkFlagRequired("action") // the flag is there
	_ = cmd.RegisterFlagCompletionFunc("action", cobra.FixedCompletions(policyActions, cobra.ShellCompDirectiveNoFileComp))
	return cmd
}

// print writes the answer in words.
func (p *policyAnswer) print(w io.Writer) error {
	var a authorization
	if err := json.Unmarshal([]byte(p.Authorization), &a); err != nil {
		return fmt.Errorf("the explanation %q cannot be read: %w", p.Authorization, err)
	}
	who := p.ClientID
	if p.ThingName != "" {
		who += ", thing " + p.ThingName
	}
	if p.Connected {
		who += ", connected"
	}
	fmt.Fprintf(w, "%s: client %s.\n", p.Decision, who)
	if p.Objection != "" {
		fmt.Fprintf(w, "  Whatever policies say, it is refused: %s.\n", strings.TrimSuffix(p.Objection, "."))
	}
	if p.Note != "" {
		fmt.Fprintf(w, "  %s\n", p.Note)
	}
	a.tell(w)
	return nil
}
