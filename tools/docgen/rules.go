package main

import (
	"bytes"
	"fmt"
	"strings"

	"telltale/lang/rulesql"
	"telltale/service/rules/action"
	"telltale/service/rules/connect"
)

// functions lists the functions of the rule SQL.
func functions(w *bytes.Buffer) {
	fmt.Fprint(w, generated, "# Functions of the rule SQL\n\nA function that asks another service makes a log entry, and an error action may not use it. `decode` asks one for the scheme proto only.\n\n",
		"| Function | Since | Asks a service | |\n|---|---|---|---|\n")
	for _, f := range rulesql.Functions() {
		fmt.Fprintf(w, "| `%s` | %s | %s | %s |\n", f.Signature, f.Since, map[bool]string{true: "yes"}[f.External], f.Text)
	}
}

// actions lists the actions of rules.
func actions(w *bytes.Buffer) {
	fmt.Fprint(w, generated, "# Rule actions\n\nAn action whose service is not configured is refused when the rule is made.\n",
		"Parameters that may hold `${…}` are filled in for each message; the others are taken as they are.\n\n",
		"| Key in the API | In log entries | Metric ActionType | | Parameters with `${…}` | To configure |\n|---|---|---|---|---|---|\n")
	var refused []string
	for _, k := range action.Kinds {
		if k.Name == "" {
			refused = append(refused, "`"+k.Key+"`")
			continue
		}
		configure := "nothing"
		if k.Endpoint != "" {
			configure = fmt.Sprintf("`%s`: %s", k.Endpoint, connect.Services[k.Endpoint])
		}
		templates := "none"
		if len(k.Templates) > 0 {
			templates = "`" + strings.Join(k.Templates, "`, `") + "`"
		}
		fmt.Fprintf(w, "| `%s` | %s | %s | %s | %s | %s |\n", k.Key, k.Name, k.Metric, k.Text, templates, configure)
	}
	if len(refused) > 0 {
		fmt.Fprintf(w, "\nThe API has these too, and a rule that uses one is refused: %s.\n", strings.Join(refused, ", "))
	}
}
