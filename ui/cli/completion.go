package cli

import (
	"context"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/client/visible"
	"fob/ui/desk"
)

// completeWithin is how long the platform may be asked while somebody waits for the tab key.
const completeWithin = 2 * time.Second

// mostCompleted is how many completions are offered at once: a shell with a hundred thousand of them is of no use.
const mostCompleted = 500

func (a *app) completionCommand(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh|fish|powershell", Short: "Write the completion for a shell", GroupID: groupFob,
		Long: "Writes a script that completes fob's commands and flags, and the keys and workspaces of the platform that the\n" +
			"shell's FOB_API_URL and FOB_SESSION_TOKEN lead to. They are asked for while you wait, for two seconds at most;\n" +
			"without an answer nothing is offered.\n\n" +
			"Strangers choose the names of keys: one is offered only if it is made of letters, digits, '.', '_' and '-' and\n" +
			"begins with a letter or a digit. The others are offered by their ids.",
		Example: "  source <(fob completion bash)                                  in ~/.bashrc\n" +
			"  fob completion zsh > \"${fpath[1]}/_fob\"\n" +
			"  fob completion fish > ~/.config/fish/completions/fob.fish\n" +
			"  fob completion powershell | Out-String | Invoke-Expression     in $PROFILE",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return wrongUsage("fob completion bash, zsh, fish or powershell", "which shell is it for?")
			}
			switch args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			case "fish":
				return root.GenFishCompletion(a.Out, true)
			case "powershell":
				return root.GenPowerShellCompletionWithDesc(a.Out)
			}
			return wrongUsage("there are bash, zsh, fish and powershell", "no completion for a shell called %q", args[0])
		},
	}
}

// completeKeys offers the keys that begin with what was typed: ids, with the names as descriptions, and names where a
// shell can't mistake them for anything else.
func (a *app) completeKeys(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	none := cobra.ShellCompDirectiveNoFileComp
	if len(args) > 0 && !strings.HasSuffix(cmd.Use, "…") {
		return nil, none
	}
	d, ctx, cancel := a.completing(cmd)
	if d == nil {
		return nil, none
	}
	defer cancel()
	workspace := ""
	if f := cmd.Flags().Lookup("workspace"); f != nil && f.Value.Type() == "string" {
		workspace = f.Value.String()
	}
	list, err := d.Keys(ctx, client.Scope{Workspace: workspace}, nil)
	if err != nil {
		return nil, none
	}
	return keyCompletions(list.Rows, args, typed), none
}

func keyCompletions(rows []*desk.Row, given []string, typed string) []cobra.Completion {
	var offers []cobra.Completion
	seen := map[string]bool{}
	offer := func(text, about string) {
		if strings.HasPrefix(text, typed) && completable(text) && !seen[text] && !slices.Contains(given, text) && len(offers) < mostCompleted {
			seen[text] = true
			offers = append(offers, cobra.CompletionWithDesc(text, description(about)))
		}
	}
	names := map[string]int{}
	for _, r := range rows {
		names[r.Key.Name.Value]++
	}
	for _, r := range rows {
		if name := r.Key.Name.Value; r.Named && names[name] == 1 { // of several by that name none can be meant
			offer(name, r.Type+", "+r.Scope)
		}
	}
	for _, r := range rows {
		offer(r.Key.ID, r.Name)
	}
	return offers
}

// completable tells whether a shell can take the text for nothing but a word.
func completable(text string) bool {
	for i, r := range text {
		letter := r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9'
		if !letter && (i == 0 || r != '.' && r != '_' && r != '-') {
			return false
		}
	}
	return text != ""
}

// description is a text that says what a completion is. Nothing is left in it that any of the shells' scripts could act
// on, a colon included: one of them cuts its input there.
func description(text string) string {
	return visible.Truncate(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsLetter(r), unicode.IsDigit(r), strings.ContainsRune(" ._-,@+", r):
			return r
		}
		return '_'
	}, visible.Line(text)), widest)
}

// completing opens the platform for a completion, silently; nil where there is none.
func (a *app) completing(cmd *cobra.Command) (*desk.Desk, context.Context, context.CancelFunc) {
	var c connection
	c.cmd = cmd
	for name, to := range map[string]*string{
		"profile": &c.profile, "api-url": &c.apiURL, "organization-id": &c.organizationID, "ca-file": &c.caFile, "session-file": &c.sessionFile,
	} {
		if f := cmd.Flags().Lookup(name); f != nil {
			*to = f.Value.String()
		}
	}
	parent := cmd.Context()
	if parent == nil {
		parent = context.Background()
	}
	ctx, cancel := context.WithTimeout(parent, completeWithin)
	d, err := a.connect(ctx, &c, nil)
	if err != nil {
		cancel()
		return nil, nil, nil
	}
	a.looks.Store(nil) // the shell waits, and shows nothing of it
	return d, ctx, cancel
}

// completeWorkspaces offers the names of workspaces to a flag.
func (a *app) completeWorkspaces(cmd *cobra.Command, flag string) {
	a.completeFlag(cmd, flag, func(cmd *cobra.Command, typed string) []cobra.Completion {
		d, ctx, cancel := a.completing(cmd)
		if d == nil {
			return nil
		}
		defer cancel()
		list, err := d.Workspaces(ctx)
		if err != nil {
			return nil
		}
		var offers []cobra.Completion
		for _, w := range list {
			if strings.HasPrefix(w.Name, typed) && completable(w.Name) && len(offers) < mostCompleted {
				offers = append(offers, w.Name)
			}
		}
		return offers
	})
}

// completeRoles offers the names of roles to a flag.
func (a *app) completeRoles(cmd *cobra.Command, flag string) {
	a.completeFlag(cmd, flag, func(cmd *cobra.Command, typed string) []cobra.Completion {
		d, ctx, cancel := a.completing(cmd)
		if d == nil {
			return nil
		}
		defer cancel()
		list, err := d.Roles(ctx)
		if err != nil {
			return nil
		}
		var offers []cobra.Completion
		for _, r := range list {
			switch {
			case strings.HasPrefix(r.Name, typed) && completable(r.Name):
				offers = append(offers, cobra.CompletionWithDesc(r.Name, description(r.Description)))
			case strings.HasPrefix(r.ID, typed) && completable(r.ID):
				offers = append(offers, cobra.CompletionWithDesc(r.ID, description(r.Name)))
			}
		}
		return offers
	})
}

func (a *app) completeListFlags(cmd *cobra.Command) {
	a.completeWorkspaces(cmd, "workspace")
	names := everyColumn()
	completeWords(cmd, "columns", names...)
	for _, name := range everyColumn() {
		names = append(names, "-"+name)
	}
	completeWords(cmd, "sort", names...)
}

// completeWords offers a fixed set of words to a flag.
func completeWords(cmd *cobra.Command, flag string, words ...string) {
	offers := make([]cobra.Completion, len(words))
	copy(offers, words)
	register(cmd, flag, cobra.FixedCompletions(offers, cobra.ShellCompDirectiveNoFileComp))
}

func (a *app) completeFlag(cmd *cobra.Command, flag string, offers func(*cobra.Command, string) []cobra.Completion) {
	register(cmd, flag, func(cmd *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return offers(cmd, typed), cobra.ShellCompDirectiveNoFileComp
	})
}

// register fails only for a flag that doesn't exist, which a test would see.
func register(cmd *cobra.Command, flag string, offers cobra.CompletionFunc) {
	if err := cmd.RegisterFlagCompletionFunc(flag, offers); err != nil {
		panic(err)
	}
}

// completeRotations offers the keys, and where a rotation is meant that is under way, those of rotations.
func (a *app) completeRotations(cmd *cobra.Command, args []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	under := false
	for _, name := range []string{"status", "resume", "finish", "abandon"} {
		under = under || cmd.Flags().Changed(name)
	}
	if !under {
		return a.completeKeys(cmd, args, typed)
	}
	none := cobra.ShellCompDirectiveNoFileComp
	if len(args) > 0 {
		return nil, none
	}
	d, _, cancel := a.completing(cmd)
	if d == nil {
		return nil, none
	}
	defer cancel()
	all, _ := d.Rotations()
	var offers []cobra.Completion
	for _, r := range all {
		if over(r) {
			continue
		}
		about := description(r.Name + ", " + string(r.Stage))
		for _, text := range []string{r.Name, r.KeyID} {
			if strings.HasPrefix(text, typed) && completable(text) && len(offers) < mostCompleted {
				offers = append(offers, cobra.CompletionWithDesc(text, about))
			}
		}
	}
	return offers, none
}
