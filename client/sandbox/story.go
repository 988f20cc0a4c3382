package sandbox

import "time"

const (
	minute = time.Minute
	hour   = time.Hour
	day    = 24 * time.Hour
)

// The story: Nordwind Versand sells by mail order, and has let many hands make keys for ten years.

type personStory struct {
	given, family, email, role string
	left                       bool
	editor, searcher           []string // workspaces; an admin needs none
}

var peopleStory = []personStory{
	{given: "Ida", family: "Krüger", email: "ida.krueger@nordwind-versand.example", role: roleAdmin},
	{
		given: "Ana", family: "Sousa", email: "ana.sousa@nordwind-versand.example", role: roleMember,
		editor: []string{"claims-search", "product-search", "playground"}, searcher: []string{"legal-archive"},
	},
	{given: "Jonas", family: "Petersen", email: "jonas.petersen@nordwind-versand.example", role: roleAdmin},
	{
		given: "Zoë", family: "Ó Briain", email: "zoe.obriain@nordwind-versand.example", role: roleMember, left: true,
		editor: []string{"claims-search", "playground"},
	},
	{
		given: "Mehmet", family: "Yıldız", email: "mehmet.yildiz@nordwind-versand.example", role: roleMember,
		editor: []string{"support-desk", "returns-assistant", "claims-search"},
	},
	{
		given: "Lena", family: "Fischer", email: "lena.fischer@nordwind-versand.example", role: roleMember,
		editor: []string{"legal-archive", "hr-handbook", "supplier-contracts"},
	},
	{
		given: "Tomasz", family: "Wójcik", email: "tomasz.wojcik@nordwind-versand.example", role: roleMember,
		editor: []string{"warehouse-manuals", "playground"}, searcher: []string{"claims-search"},
	},
	{
		given: "Priya", family: "Raman", email: "priya.raman@nordwind-versand.example", role: roleMember,
		editor: []string{"catalog-enrichment", "product-search", "size-advisor", "claims-search"},
	},
	{
		given: "Søren", family: "Holm", email: "soren.holm@nordwind-versand.example", role: roleMember,
		editor: []string{"fraud-signals", "invoice-extraction"},
	},
	{
		given: "Greta", family: "Vogt", email: "greta.vogt@nordwind-versand.example", role: roleMember,
		editor: []string{"marketing-copy"}, searcher: []string{"product-search", "claims-search"},
	},
	{
		given: "Paul", family: "Lindner", email: "paul.lindner@nordwind-versand.example", role: roleMember,
		editor: []string{"playground"}, searcher: []string{"hr-handbook"},
	},
	{
		given: "Fatima", family: "El-Amrani", email: "fatima@agentur-elbufer.example", role: roleExternal,
		searcher: []string{"marketing-copy"},
	},
}

// commuter belongs to the second organization, too.
const commuter = "tomasz.wojcik@nordwind-versand.example"

var workspaceStory = []string{
	"claims-search", "product-search", "returns-assistant", "legal-archive", "hr-handbook", "supplier-contracts",
	"size-advisor", "support-desk", "catalog-enrichment", "marketing-copy", "warehouse-manuals", "invoice-extraction",
	"fraud-signals", "playground",
}

type roleStory struct {
	name, description string
	permissions       []string
}

var rolesStory = []roleStory{
	{
		presetEditor, "write access to all assets of a workspace",
		[]string{"pipelines:write", "files:write", "search:run", "history:read", "keys:write"},
	},
	{presetSearchUser, "runs searches, changes nothing", []string{"search:run"}},
	{"Indexer", "uploads files and starts indexing", []string{"files:write", "indexes:run"}},
	{"Evaluator", "runs searches and evaluations, reads the history", []string{"search:run", "evaluation:run", "history:read"}},
	{"Support desk", "runs searches and reads the history", []string{"search:run", "history:read"}},
}

// keyStory is a key. Instants are relative to the start of the sandbox.
type keyStory struct {
	name     string
	personal bool
	role     string
	orgRole  string // "": MEMBER
	spaces   []string
	by       string        // a given name
	age      time.Duration // since it was made
	expires  time.Duration // from now, negative: ago; 0: never
	last     time.Duration // since the last query; 0: none
	weight   int           // how often it asks, compared with others
	seenIn   string        // the only workspace where it asks; "": anywhere in its scope
}

var claimsOnly = []string{"claims-search"}

// storyKeys are the keys that have a part in the story; the rest of the organization's are made up by extras.
var storyKeys = []keyStory{
	{name: "ingest-prod", role: "Editor", spaces: claimsOnly, by: "Ida", age: 266 * day, expires: 99 * day, last: 4 * minute, weight: 60},
	{name: "ci-eval", role: "Editor", spaces: claimsOnly, by: "Jonas", age: 78 * day, expires: 12 * day, last: 2 * hour, weight: 30},
	{name: "ida-notebook", personal: true, role: "Search user", spaces: claimsOnly, by: "Ida", age: 420 * day},
	{role: "Indexer", spaces: claimsOnly, by: "Ana", age: 203 * day, expires: -23 * day},
	{name: "search-all", role: "Search user", by: "Jonas", age: 400 * day, last: 31 * minute, weight: 40, seenIn: "product-search"},
	{name: "zoe-notebook", personal: true, role: "Editor", spaces: claimsOnly, by: "Zoë", age: 510 * day, last: 71 * day, weight: 3},
	{name: "export-2024", role: "Editor", by: "Jonas", age: 690 * day},
	{name: "terraform-admin", role: "Editor", orgRole: roleAdmin, by: "Ida", age: 150 * day, expires: 215 * day},
	{name: "claims-frontend-prod", role: "Search user", spaces: claimsOnly, by: "Priya", age: 300 * day, expires: 140 * day, last: minute, weight: 200},
	{name: "claims-frontend-prod", role: "Search user", spaces: claimsOnly, by: "Zoë", age: 702 * day, last: 95 * day, weight: 5},
	{name: "claims-frontend-pr0d", role: "Search user", spaces: claimsOnly, by: "Paul", age: 33 * day, expires: 57 * day},
	{name: "cl\u0430ims-frontend-prod", role: "Editor", spaces: claimsOnly, by: "Ana", age: 12 * day, expires: 78 * day, last: 9 * day, weight: 1}, // its third letter is Cyrillic
	{name: "claims-frontend-staging", role: "Search user", spaces: claimsOnly, by: "Priya", age: 298 * day, expires: 140 * day, last: 3 * hour, weight: 20},
	{name: "nightly-regression", role: "Evaluator", spaces: claimsOnly, by: "Ana", age: 64 * day, expires: 26 * day, last: 9 * hour, weight: 25},
	{name: "load-test-2025", role: "Search user", spaces: claimsOnly, by: "Jonas", age: 410 * day, expires: -120 * day, last: 131 * day, weight: 10},
	{name: "black-friday-spike", role: "Search user", spaces: claimsOnly, by: "Mehmet", age: 380 * day, expires: -351 * day},
	{name: "ana-notebook", personal: true, role: "Editor", spaces: claimsOnly, by: "Ana", age: 91 * day, last: 26 * hour, weight: 8},
	{name: "legacy-import-2016", role: "Indexer", spaces: claimsOnly, by: "Ida", age: 3653 * day, last: 6 * day, weight: 4},
	{name: "chat-widget-beta", role: "Search user", spaces: claimsOnly, by: "Mehmet", age: 26 * hour, expires: 89 * day, last: 20 * minute, weight: 15},
	{name: "temporary key for the claims handling migration of the northern regional offices including the archive of " +
		"scanned letters, requested by the project office, to be removed when the migration is done", role: "Indexer", spaces: claimsOnly, by: "Lena", age: 333 * day},
	{name: "prod\x1b[2J\x1b]0;gotcha\a\u202eyek-terces\u202c", role: "Search user", spaces: claimsOnly, by: "Paul", age: 45 * day, expires: 45 * day},
	{name: "索赔搜索·生产 🔑🧾", role: "Search user", spaces: claimsOnly, by: "Priya", age: 130 * day, expires: 235 * day, last: 15 * hour, weight: 12},
	{name: `=HYPERLINK("http://example.invalid","<b>Müller & Söhne</b>")`, role: "Search user", spaces: claimsOnly, by: "Greta", age: 222 * day},
	{name: "backup-admin", role: "Editor", orgRole: roleAdmin, by: "Jonas", age: 905 * day},
	{name: "ida-cli", personal: true, role: "Editor", orgRole: roleAdmin, by: "Ida", age: 30 * day, expires: 60 * day, last: 50 * minute, weight: 6, seenIn: "playground"},
	{name: "support-bundle", role: "Support desk", spaces: []string{"claims-search", "returns-assistant", "support-desk"}, by: "Mehmet", age: 240 * day, expires: 125 * day, last: 7 * minute, weight: 70},
	{name: "qa-matrix", role: "Evaluator", spaces: []string{"claims-search", "product-search", "playground"}, by: "Jonas", age: 85 * day, expires: 5 * day, last: 3 * day, weight: 14},
	{name: "catalog-sync", role: "Indexer", spaces: []string{"product-search", "catalog-enrichment"}, by: "Priya", age: 510 * day, last: 40 * day, weight: 6},
	{name: "legal-hr-bridge", role: "Search user", spaces: []string{"legal-archive", "hr-handbook"}, by: "Lena", age: 190 * day, expires: 175 * day, last: 5 * hour, weight: 9},
	{name: "warehouse-bot", role: "Search user", spaces: []string{"warehouse-manuals", "supplier-contracts", "returns-assistant"}, by: "Tomasz", age: 95 * day, expires: 270 * day, last: 12 * minute, weight: 35},
	{name: "finance-close", role: "Evaluator", spaces: []string{"invoice-extraction", "fraud-signals"}, by: "Søren", age: 93 * day, expires: -3 * day, last: 4 * day, weight: 10},
}

// claimsExtras complete the 42 keys of claims-search.
var claimsExtras = []string{
	"claims-ios", "claims-android", "letter-scanner", "ocr-batch", "fax-gateway", "triage-bot", "claims-export",
	"crm-bridge", "sap-connector", "reply-drafts", "translation-relay", "dealer-portal", "insurer-gateway",
	"warranty-lookup", "claims-dashboard", "metrics-scraper", "canary-probe", "demo-stand", "trainee-sandbox",
	"mehmet-laptop", "priya-notebook", "paul-tests",
}

var otherExtras = []string{"%s-prod", "%s-staging", "%s-ci"}

// laptopExtras are personal keys, each in a workspace of its own.
var laptopExtras = []string{"lena-laptop", "soren-notebook", "greta-laptop", "jonas-scratch", "zoe-scratch", "tomasz-tests"}

// goneKey was revoked before the sandbox began; the history remembers it.
const goneKey = "old-chat-widget"

type question struct{ query, answer string }

// questions are JSON texts: what customers and clerks ask.
var questions = []question{
	{`"Wo bleibt die Sendung von Frau Behrens, Auftrag 4711-22?"`, `"Sie liegt seit gestern in der Packstation am Bahnhof Altona."`},
	{`"Wie lange darf ein Wintermantel zurückgegeben werden?"`, `"30 Tage nach der Lieferung, ungetragen und mit Etikett."`},
	{`"Which size is 40R in the Danish catalogue?"`, `"Size 50 in the Danish table."`},
	{`"Gilt die Garantie auch für den reparierten Reißverschluss?"`, `"Ja, zwei Jahre ab der Reparatur."`},
	{`"Kundin Aylin Demir fragt zum dritten Mal nach der Gutschrift."`, `"Die Gutschrift wurde heute angewiesen."`},
	{`"Summarise the complaint of 3 November in two sentences."`, `"The parcel arrived wet. The customer wants a refund, not a replacement."`},
	{`"Welche Lieferanten haften für Transportschäden?"`, `"Alle mit einem Rahmenvertrag ab 2022, Abschnitt 7."`},
	{`"return label broken \"404\""`, `"The label service was down from 10:02 to 10:40."`},
}
