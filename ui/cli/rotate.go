package cli

import (
	"context"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"fob/client"
	"fob/ui/desk"
)

// rotateOptions are what fob rotate is told.
type rotateOptions struct {
	where
	bulkOptions
	status, finish, abandon, force bool

	kind, role, organizationRole string
	service, mine, all, replace  bool
	name, expires, overlap       string
	reach, to                    []string
	chosen                       string // --key

	places []desk.Place
	waits  time.Duration
}

func (a *app) rotateCommand() *cobra.Command {
	var o rotateOptions
	cmd := &cobra.Command{
		Use: "rotate KEY…", Short: "Replace a key by a new one without an outage", GroupID: groupKeys,
		Long: "Makes a new key like the old one, keeps it, and puts it where this machine knows the old one to be: env files and\n" +
			"commands are written again, each is said. The old key waits then, for a week unless --overlap says otherwise. fob\n" +
			"never revokes it by itself: --status tells whether the search history still sees it, and where, and --finish\n" +
			"revokes it. --abandon takes everything back. A rotation that was left or cut off is gone on with by --resume.\n\n" +
			keyArgument + "For --status, --resume, --finish and --abandon it may be the new key's as well, or the rotation's own id.\n\n" +
			"The new key has the type, role and workspaces of the old one, and a life as long, but no longer than the policy\n" +
			"allows. What the platform doesn't show of the old key is asked at a terminal; elsewhere a flag has to say it, and\n" +
			"--yes or --dry-run is needed. Somebody else's personal key can't be rotated, for the new one would be yours:\n" +
			"--service makes a service key in its place.\n\n" +
			"DEST is where the new key is kept: keyring, env-file:PATH or command:NAME; the keyring where nothing is said. The env\n" +
			"file of the old key will do; --resume takes what the rotation was begun with.\n\n" +
			"The output is the new key's id, once it is certain which one it is. If a place could not be given the new key, the\n" +
			"old one stays in force there, and the exit code is 3. --finish ends with 3 as well, and revokes nothing, while\n" +
			"something speaks against it; --force goes on.\n\n" +
			"With several KEYs, or - and whole ids on the input, one a line, each is rotated.\n" + bulkHelp,
		Example: "  fob rotate ci-eval --dry-run\n" +
			"  fob rotate qa-matrix --overlap 7d --yes\n" +
			"  fob rotate --status\n" +
			"  fob rotate --finish qa-matrix\n" +
			"  fob list --filter 'expires:<30d type:service' --csv --columns id --no-headers | fob rotate - --dry-run",
		Args: o.arguments, ValidArgsFunction: a.completeRotations,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(a); err != nil {
				return err
			}
			ctx := cmd.Context()
			switch {
			case o.status:
				return a.rotationStatus(ctx, &o, args)
			case o.finish:
				return a.finishRotation(ctx, &o, args[0])
			case o.abandon:
				return a.abandonRotation(ctx, &o, args[0])
			case o.resume && len(args) == 1:
				return a.resumeRotation(ctx, &o, args[0])
			case o.resume || len(args) > 1 || args[0] == "-":
				return a.rotateSeveral(ctx, &o, args)
			}
			return a.rotate(ctx, &o, args[0])
		},
	}
	o.flags(a, cmd)
	f := cmd.Flags()
	f.BoolVar(&o.status, "status", false, "show the rotations that are under way, or that of KEY")
	f.BoolVar(&o.finish, "finish", false, "revoke the old key: the rotation is over")
	f.BoolVar(&o.abandon, "abandon", false, "put the old key back everywhere, and revoke the new one")
	f.BoolVar(&o.force, "force", false, "with --finish and --abandon: go on whatever speaks against it")
	f.StringVar(&o.overlap, "overlap", "", "how long the old key waits: `TIME` such as 12h, 7d, 2w; 0 is not at all")
	f.StringVar(&o.expires, "expires", "", "`WHEN` the new key ends: 90d, 2027-01-31 (the end of that day), an instant, or never")
	f.StringArrayVar(&o.to, "to", nil, "`DEST`ination that keeps the new key; may be repeated")
	f.BoolVar(&o.replace, "replace", false, "an API_KEY that the env file of --to has already may be overwritten")
	f.StringVarP(&o.name, "name", "n", "", "the new key's `NAME`; otherwise the old one's with a number: ci-eval~2")
	f.BoolVar(&o.service, "service", false, "the new key is a service key, the same as --type service")
	f.StringVar(&o.kind, "type", "", "the new key's type: service or personal")
	f.StringVar(&o.role, "role", "", "what the new key may do: the `ROLE`'s name or id; own is your own role")
	f.StringVar(&o.organizationRole, "organization-role", "", "its `ROLE` in the organization: ADMIN, MEMBER or EXTERNAL")
	f.StringArrayVar(&o.reach, "reach", nil, "a workspace that the new key reaches, by its `NAME`; may be repeated")
	f.BoolVar(&o.all, "all-workspaces", false, "the new key reaches every workspace, future ones too")
	f.BoolVar(&o.mine, "mine", false, "a personal key whose person isn't shown is yours")
	f.StringVar(&o.chosen, "key", "", "with --abandon: the `ID` of the new key, where it isn't certain which one it is")
	o.plainFlags(cmd, "rotated")
	f.BoolVar(&o.resume, "resume", false, "go on with the rotation of KEY; without one, with what the last run for several keys left")
	f.BoolVar(&o.noHistory, "no-history", false, "don't read the search history first for when several keys were last seen")
	completeWords(cmd, "type", desk.Service, desk.Personal)
	completeWords(cmd, "organization-role", organizationRoles...)
	completeWords(cmd, "expires", "30d", "90d", "180d", "365d", "never")
	completeWords(cmd, "overlap", "12h", "1d", "7d", "14d", "30d")
	completeWords(cmd, "to", string(desk.InKeyring), string(desk.InEnvFile)+":.env", string(desk.InCommand)+":")
	a.completeWorkspaces(cmd, "reach")
	a.completeRoles(cmd, "role")
	return cmd
}

// arguments takes as many KEYs as what is wanted needs.
func (o *rotateOptions) arguments(cmd *cobra.Command, args []string) error {
	switch {
	case o.status || o.resume:
		if len(args) > 1 || slices.Contains(args, "-") {
			return wrongUsage("name one rotation", "--status and --resume take one KEY, or none")
		}
		return nil
	case o.finish || o.abandon:
		if len(args) != 1 || args[0] == "-" {
			return wrongUsage("fob rotate --status shows the rotations that are under way", "--finish and --abandon take one KEY")
		}
		return nil
	}
	return o.keysOrList(cmd, args)
}

// longestOverlap is how long an old key may be let wait: what waits for longer is no rotation.
const longestOverlap = 366 * 24 * time.Hour

var overlapForm = regexp.MustCompile(`^([0-9]{1,4})([hdw])$`)

// parseOverlap reads how long an old key waits. Below 0 is not at all, as the desk has it.
func parseOverlap(text string) (time.Duration, error) {
	if text == "" {
		return 0, nil
	}
	wrong := wrongUsage("for example 12h, 7d or 2w, a year at most; 0 is not at all", "--overlap can't be used: %q is not a length of time", text)
	if text == "0" || text == "none" {
		return -1, nil
	}
	parts := overlapForm.FindStringSubmatch(text)
	if parts == nil {
		return 0, wrong
	}
	n, err := strconv.Atoi(parts[1])
	at := time.Duration(n) * map[string]time.Duration{"h": time.Hour, "d": 24 * time.Hour, "w": 7 * 24 * time.Hour}[parts[2]]
	switch {
	case err != nil || at > longestOverlap:
		return 0, wrong
	case at == 0:
		return -1, nil
	}
	return at, nil
}

// newKeyFlags are those that say what the new key shall be.
var newKeyFlags = []string{
	"overlap", "expires", "to", "replace", "name", "service", "type", "role", "organization-role", "reach", "all-workspaces", "mine",
}

// check tells what is wrong with the flags, before anything is asked of anybody.
func (o *rotateOptions) check(a *app) error {
	if err := o.where.check(); err != nil {
		return err
	}
	changed := o.cmd.Flags().Changed
	for _, flags := range [][]string{{"status", "finish", "abandon", "resume"}, {"service", "type"}, {"reach", "all-workspaces"}} {
		if err := oneAtMost(changed, flags...); err != nil {
			return err
		}
	}
	given := slices.IndexFunc(newKeyFlags, changed)
	o.kind, o.organizationRole = strings.ToLower(o.kind), strings.ToUpper(o.organizationRole)
	if o.service {
		o.kind = desk.Service
	}
	switch {
	case o.force && !o.finish && !o.abandon:
		return wrongUsage("leave it out", "--force is for --finish and --abandon")
	case changed("key") && !o.abandon:
		return wrongUsage("leave it out", "--key is for --abandon")
	case given >= 0 && (o.status || o.finish || o.abandon):
		return wrongUsage("leave it out", "--%s is for a new rotation", newKeyFlags[given])
	case o.dryRun && o.status:
		return wrongUsage("leave it out", "--status changes nothing anyway")
	case changed("type") && o.kind != desk.Service && o.kind != desk.Personal:
		return wrongUsage("it is service or personal", "no type of key is called %q", o.kind)
	case changed("organization-role") && !slices.Contains(organizationRoles, o.organizationRole):
		return wrongUsage("there are ADMIN, MEMBER and EXTERNAL", "no organization role is called %q", o.organizationRole)
	case changed("role") && o.role == "":
		return wrongUsage("leave it out to take the old key's", "--role is empty")
	case slices.Contains(o.reach, ""):
		return wrongUsage("--all-workspaces is every one", "--reach is empty")
	}
	var err error
	if o.waits, err = parseOverlap(o.overlap); err != nil {
		return err
	}
	if o.places, err = a.placesFor(o.to, o.replace, false); err != nil {
		return err
	}
	for _, p := range o.places {
		if p.Kind == desk.OnClipboard || p.Kind == desk.OnOutput {
			return wrongUsage("take keyring, env-file:PATH or command:NAME; fob env and fob exec hand it out afterwards",
				"a rotation needs a place that keeps the new key, and --to %s keeps nothing", p.Kind)
		}
	}
	return nil
}

// rotation is what the flags come to. Roles and workspaces are asked for only where a flag names one.
func (o *rotateOptions) rotation(ctx context.Context, d *desk.Desk) (desk.RotationOptions, error) {
	r := desk.RotationOptions{Overlap: o.waits, Home: o.places}
	changed := o.cmd.Flags().Changed
	if changed("name") {
		r.Answers.Name = &o.name
	}
	if o.kind != "" {
		personal := o.kind == desk.Personal
		r.Answers.Personal = &personal
	}
	if o.organizationRole != "" {
		r.Answers.OrganizationRole = &o.organizationRole
	}
	r.Answers.Mine = o.mine
	if o.role != "" {
		roles, err := d.Roles(ctx)
		if err != nil && !client.IsNotFound(err) { // a platform without roles has one's own
			return r, err
		}
		role, err := findRole(o.role, roles)
		if err != nil {
			return r, err
		}
		r.Answers.RoleID = &role.ID
	}
	if len(o.reach) > 0 {
		known, err := d.Workspaces(ctx)
		if err != nil {
			return r, err
		}
		if err := eachKnown(o.reach, known); err != nil {
			return r, err
		}
		r.Answers.Workspaces = o.reach
	}
	if o.all {
		r.Answers.AllWorkspaces = &o.all
	}
	if o.expires != "" {
		at, err := d.ParseExpiry(o.expires)
		if err != nil {
			return r, wrongUsage("for example --expires 90d, 2027-01-31 or never", "--expires can't be used: %w", err)
		}
		r.Answers.Expiry = &desk.Expiry{At: at}
	}
	return r, nil
}

func eachKnown(names []string, all []client.Workspace) error {
	var err error
	for _, name := range names {
		err = errors.Join(err, knownWorkspace(name, all))
	}
	return err
}
