package main

import (
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"telltale/app"
)

// addSettings gives a command every setting of a mode as a flag, and --config.
func addSettings(cmd *cobra.Command, mode app.Mode) {
	defaults := app.NewConfig(mode)
	for _, s := range defaults.Settings() {
		switch {
		case defaults.IsBool(s.Key):
			cmd.Flags().Bool(s.Key, false, s.Doc)
		case defaults.IsMany(s.Key):
			cmd.Flags().StringArray(s.Key, nil, s.Doc)
		default:
			cmd.Flags().String(s.Key, s.Value, s.Doc)
		}
	}
	cmd.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		if _, name, ok := strings.Cut(err.Error(), "unknown flag: --"); ok {
			return fmt.Errorf("there is no flag --%s%s", name, defaults.Suggest(name))
		}
		return err
	})
	cmd.Flags().String("config", os.Getenv("TELLTALE_CONFIG"), "TOML file with the same settings, keys spelled as the flags")
}

// loadSettings reads file, environment and flags of a command, in rising order of strength.
func loadSettings(cmd *cobra.Command, mode app.Mode) (*app.Config, error) {
	c := app.NewConfig(mode)
	if file, _ := cmd.Flags().GetString("config"); file != "" {
		if err := c.LoadFile(file); err != nil {
			return nil, err
		}
	}
	if err := c.LoadEnvironment(os.Environ()); err != nil {
		return nil, err
	}
	var err error
	cmd.Flags().Visit(func(f *pflag.Flag) {
		if err != nil || f.Name == "config" || f.Name == "help" || f.Name == "mode" {
			return
		}
		text := f.Value.String()
		if list, many := f.Value.(pflag.SliceValue); many {
			text = strings.Join(list.GetSlice(), "\n")
		}
		err = c.Set(f.Name, text, "flag --"+f.Name)
	})
	return c, err
}
