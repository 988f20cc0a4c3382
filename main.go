// Command fob keeps the API keys of the deepset AI Platform in order.
package main

import (
	"os"

	// First, because it answers for the terminal before Bubble Tea's own init would ask it.
	_ "fob/ui/background"
	"fob/ui/cli"
)

// version is set by the linker.
var version = "unknown"

func main() {
	os.Exit(cli.Run(cli.System{Version: version, Args: os.Args[1:], In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
