package cli

import (
	"bufio"
	"strings"

	"fob/client/visible"
	"fob/ui/desk/doctor"
)

// narrowest is the width below which lines are not broken: there would be a word in each.
const narrowest = 40

// writeFindings writes a line for each finding. On a terminal what doesn't fit into its width goes on under itself, and
// what to do stands below; elsewhere each is one line, whatever its length.
func (a *app) writeFindings(findings []doctor.Finding) error {
	out := bufio.NewWriter(a.Out)
	safe := visible.Line
	if !a.takesUTF8() {
		safe = func(text string) string { return visible.ASCII(strings.ReplaceAll(text, "·", "-")) }
	}
	width := 0
	if columns := outputWidth(a.Out); columns >= narrowest {
		width = columns
	}
	states, names := 0, 0
	for _, f := range findings {
		states, names = max(states, len(f.State)), max(names, len(f.Name))
	}
	for _, f := range findings {
		seen, advice := safe(f.Seen), safe(f.Advice)
		switch {
		case a.plainLines():
			line := f.Name + ": " + string(f.State) + ": " + seen
			if advice != "" {
				line += ". What to do: " + advice
			}
			_, _ = out.WriteString(line + "\n") // Flush tells of it
			continue
		case width == 0 && advice != "":
			seen += "; " + advice
		}
		head := visible.Cell(string(f.State), states+2) + visible.Cell(f.Name, names+2)
		if width == 0 {
			_, _ = out.WriteString(head + seen + "\n") // Flush tells of it
			continue
		}
		indent := strings.Repeat(" ", len(head))
		_, _ = out.WriteString(head + hanging(seen, width, indent) + "\n") // Flush tells of it
		if advice != "" {
			_, _ = out.WriteString(indent + hanging("- "+advice, width, indent+"  ") + "\n") // Flush tells of it
		}
	}
	return out.Flush()
}

// hanging breaks a text that begins after an indent between the words where a line of the width ends. A word that is
// longer than a line, such as a path, stays whole, to be copied.
func hanging(text string, width int, indent string) string {
	var out strings.Builder
	at := len(indent)
	for i, word := range strings.Fields(text) {
		n := visible.Width(word)
		switch {
		case i == 0:
		case at+1+n >= width:
			out.WriteString("\n" + indent)
			at = len(indent)
		default:
			out.WriteByte(' ')
			at++
		}
		out.WriteString(word)
		at += n
	}
	return out.String()
}
