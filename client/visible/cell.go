package visible

import (
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// The signs that stand for what was cut off, one cell each.
const (
	cut      = "…"
	cutASCII = "~"
)

// Width returns how many cells of a terminal Line(s) takes.
func Width(s string) int {
	if plain(s) {
		return len(s)
	}
	return ansi.StringWidth(Line(s))
}

// Truncate returns Line(s), cut to at most width cells; where something was cut off it ends in "…". A width of 0 or less
// gives "".
func Truncate(s string, width int) string {
	text, _ := fit(s, width, cut)
	return text
}

// Cell returns Truncate(s, width) filled up with spaces to exactly width cells, so that columns stand below each other
// whatever is in them.
func Cell(s string, width int) string { return padded(s, width, cut) }

// CellASCII is Cell for a terminal that shows nothing but ASCII: see ASCII; what is cut off is marked by "~".
func CellASCII(s string, width int) string { return padded(ASCII(s), width, cutASCII) }

func padded(s string, width int, sign string) string {
	text, used := fit(s, width, sign)
	if used >= width {
		return text
	}
	return text + strings.Repeat(" ", width-used)
}

// fit returns Line(s) cut to width, and how many cells that takes.
func fit(s string, width int, sign string) (text string, used int) {
	if width <= 0 {
		return "", 0
	}
	if plain(s) {
		if len(s) <= width {
			return s, len(s)
		}
		return s[:width-1] + sign, width
	}
	// Every character takes a cell but those few that join their neighbour, hence the room to spare.
	text, whole := render(s, 4*width+16)
	if !whole {
		text += sign
	}
	if used = ansi.StringWidth(text); used > width {
		text = ansi.Truncate(text, width, sign)
		used = ansi.StringWidth(text)
	}
	return text, used
}
