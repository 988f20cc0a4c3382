package cli

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

// versionOutput is what fob version --json writes. Fields are added, never renamed, while the schema stays.
type versionOutput struct {
	Schema  int    `json:"schema"`
	Version string `json:"version"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

func (a *app) versionCommand() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use: "version", Short: "Say which fob this is", GroupID: groupFob,
		Example: "  fob version --json", Args: a.noArguments,
		RunE: func(*cobra.Command, []string) error {
			v := versionOutput{1, a.Version, runtime.Version(), runtime.GOOS, runtime.GOARCH}
			if asJSON {
				return writeJSON(a.Out, v)
			}
			_, err := fmt.Fprintf(a.Out, "fob %s (%s, %s/%s)\n", v.Version, v.Go, v.OS, v.Arch)
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON, for scripts")
	return cmd
}
