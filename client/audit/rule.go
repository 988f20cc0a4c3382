package audit

// RuleID names a rule. It never changes: policies, reports and tickets hold it.
type RuleID string

// The rules.
const (
	RuleNotSeen            RuleID = "not-seen"
	RuleNeverSeen          RuleID = "never-seen"
	RuleNeverExpires       RuleID = "never-expires"
	RuleExpiresSoon        RuleID = "expires-soon"
	RuleLifetimeOverPolicy RuleID = "lifetime-over-policy"
	RuleExpired            RuleID = "expired"
	RulePersonalAsService  RuleID = "personal-as-service"
	RuleOwnerLeft          RuleID = "owner-left"
	RuleWiderThanUsed      RuleID = "wider-than-used"
	RuleAdminRole          RuleID = "admin-role"
	RuleUnnamed            RuleID = "unnamed"
	RuleDuplicateName      RuleID = "duplicate-name"
	RuleLookAlikeName      RuleID = "look-alike-name"
	RuleReplacedStillAlive RuleID = "replaced-still-alive"
	RuleUnknownOrigin      RuleID = "unknown-origin"
	RuleExceptionEnded     RuleID = "exception-ended"
)

// Severity says how much a finding matters.
type Severity string

// The severities.
const (
	Low    Severity = "low"
	Medium Severity = "medium"
	High   Severity = "high"
)

// Rank orders severities: 3 for high, 2, 1, and 0 for what isn't one.
func (s Severity) Rank() int {
	switch s {
	case High:
		return 3
	case Medium:
		return 2
	case Low:
		return 1
	default:
		return 0
	}
}

// Rule is a rule as it is without a policy.
type Rule struct {
	ID       RuleID
	Title    string // "owner has left": what is said of a key that it finds
	Help     string // what it finds, and what can be done, in a sentence or two
	Severity Severity
	On       bool // it is judged unless the policy says otherwise
}

// Rules returns all rules, in the order of reports.
func Rules() []Rule { return append([]Rule(nil), catalog...) }

// RuleOf returns the rule with an id, and whether there is one.
func RuleOf(id RuleID) (Rule, bool) {
	n, ok := position[id]
	if !ok {
		return Rule{}, false
	}
	return catalog[n], true
}

var position = func() map[RuleID]int {
	at := make(map[RuleID]int, len(catalog))
	for n, r := range catalog {
		at[r.ID] = n
	}
	return at
}()

var catalog = []Rule{
	{RuleNotSeen, "not seen", "The search history shows no query of the key for as long as the policy looks back. Ask its owner, then revoke it.", High, true},
	{RuleNeverSeen, "never seen", "The key was made inside the window, and the search history shows no query of it since. Ask whoever made it, then revoke it.", Medium, true},
	{RuleNeverExpires, "never expires", "The key has no end. An expiry can't be added to a key: issue one that has it, and revoke this one.", Medium, true},
	{RuleExpiresSoon, "expires soon", "The key ends soon; what works with it will stop. The busiest come first. Rotate it in time.", Medium, true},
	{RuleLifetimeOverPolicy, "lives longer than the policy allows", "From making to expiry the key lives longer than the policy allows. Issue one with a shorter life, and revoke this one.", Low, true},
	{RuleExpired, "expired and still there", "The key has ended and does nothing but fill the list. Revoke it.", Low, true},
	{RulePersonalAsService, "a personal key that works like a service", "A personal key queries on most days and at all hours, as programs do, and stops working when its person leaves. Change it into a service key.", High, true},
	{RuleOwnerLeft, "owner has left", "The person that the key belongs to has left the organization. Replace it where it is still needed, and revoke it.", High, true},
	{RuleWiderThanUsed, "wider than used", "The key reaches more workspaces than it was seen in. Issue one for those workspaces, and revoke this one.", Medium, true},
	{RuleAdminRole, "a role beyond the policy", "The key has the organization's admin role, or one that the policy doesn't allow. Give it a role that is just enough.", High, true},
	{RuleUnnamed, "no name that says what it is for", "The key has no name, or one that doesn't follow the policy's pattern. Name it after what works with it.", Low, true},
	{RuleDuplicateName, "shares its name", "Several keys have the same name, and the search history may not tell them apart. Rename one of them.", Low, true},
	{RuleLookAlikeName, "looks like another's name", "The name can be taken for that of another key. See who made it, then rename or revoke it.", Medium, true},
	{RuleReplacedStillAlive, "replaced, and still alive", "The key was replaced by another on this machine, and still works. Revoke it.", High, true},
	{RuleUnknownOrigin, "not made on this machine", "The key was made in your name after this machine's journal began, and not by it. If you don't remember it, revoke it.", Medium, false},
	{RuleExceptionEnded, "its exception has ended", "An exception of the policy has ended. Set a new end, or remove it and mend the finding.", Medium, true},
}
