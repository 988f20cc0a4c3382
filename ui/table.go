package ui

import (
	"cmp"
	"slices"
	"strings"

	tea "github.com/charmbracelet/bubbletea"
	"github.com/charmbracelet/lipgloss"
)

// column is one column of a table over items of type T.
type column[T any] struct {
	title string
	width int              // cells; 0: takes what the others leave
	from  int              // the table's width from which it is shown
	wide  func() int       // the same, where it depends on what else is known; nil: it doesn't
	paned int              // the same, where the selected item's details stand beside the table and show it
	off   func() bool      // it isn't known yet, and not shown; nil: it is
	cell  func(T) string   // what stands there, from whoever
	ink   func(T) *ink     // nil: plain
	order func(a, b T) int // nil: can't be sorted by
}

// ink is a style taken apart into what stands before and after a text, because a table draws hundreds of cells for
// each key press and lipgloss measures every one of them.
type ink struct{ open, shut string }

func newInk(s lipgloss.Style) *ink {
	const mark = "\x00"
	open, shut, _ := strings.Cut(s.Inline(true).Render(mark), mark)
	return &ink{open, shut}
}

func (i *ink) on(s string) string {
	if i == nil || i.open == "" {
		return s
	}
	return i.open + s + i.shut
}

// table shows any number of items: it draws only what is on screen, keeps the selected item and the marks by id through
// every refresh, filter and sorting, and leaves filtering and sorting to arrange, which may run beside the screen.
type table[T any] struct {
	look    *look
	columns []column[T]
	id      func(T) string
	kept    func(T) bool // draws the sign of what this machine keeps

	items   []T
	order   []int32 // positions in items, as shown
	cursor  int     // position in order
	at      string  // the selected item's id
	awaited string  // the id to select once it is there, "" for none
	moved   bool    // a person has moved the cursor: it stays with its item
	offset  int
	marks   map[string]bool

	sortBy        int
	reverse       bool
	width, height int  // height with the head
	pane          bool // the selected item's details stand beside the table

	faint, accent, chosen, head *ink
}

func newTable[T any](l *look, id func(T) string, kept func(T) bool, columns []column[T]) *table[T] {
	return &table[T]{
		look: l, columns: columns, id: id, kept: kept, marks: map[string]bool{},
		faint: newInk(l.faint), accent: newInk(l.accent), chosen: newInk(l.selected), head: newInk(l.faint.Bold(true)),
	}
}

// arrange returns the positions of the items that match, in order. It reads only what it is given, so it may run in a
// command. A nil match takes all, a nil order leaves the platform's order; sorting is stable.
func arrange[T any](items []T, match func(T) bool, order func(a, b T) int, reverse bool) []int32 {
	out := make([]int32, 0, len(items))
	for i := range items {
		if match == nil || match(items[i]) {
			out = append(out, int32(i)) //nolint:gosec // a list of two thousand million keys doesn't fit into memory
		}
	}
	if order == nil {
		if reverse {
			slices.Reverse(out)
		}
		return out
	}
	slices.SortStableFunc(out, func(a, b int32) int {
		c := order(items[a], items[b])
		if reverse {
			c = -c
		}
		return cmp.Or(c, cmp.Compare(a, b))
	})
	return out
}

// arrangement returns what arrange needs for the order that was chosen.
func (t *table[T]) arrangement() (order func(a, b T) int, reverse bool) {
	return t.columns[t.sortBy].order, t.reverse
}

// show takes items and the order they stand in. The cursor stays with its item, or where it was if that is gone.
func (t *table[T]) show(items []T, order []int32) {
	t.items, t.order = items, order
	if t.awaited != "" {
		for i, p := range order {
			if t.id(items[p]) == t.awaited {
				t.cursor, t.moved, t.awaited = i, true, ""
				t.keep()
				return
			}
		}
	}
	if t.moved && t.at != "" {
		for i, p := range order {
			if t.id(items[p]) == t.at {
				t.cursor = i
				t.keep()
				return
			}
		}
	}
	if !t.moved {
		t.cursor = 0
	}
	t.keep()
}

// await puts the cursor on the item with that id as soon as it is shown.
func (t *table[T]) await(id string) { t.awaited = id }

// keep puts the cursor back into the list and the window around the cursor.
func (t *table[T]) keep() {
	t.cursor = min(max(t.cursor, 0), max(len(t.order)-1, 0))
	rows := t.rows()
	if t.cursor < t.offset {
		t.offset = t.cursor
	}
	if t.cursor >= t.offset+rows {
		t.offset = t.cursor - rows + 1
	}
	t.offset = min(max(t.offset, 0), max(len(t.order)-rows, 0))
	if item, ok := t.selected(); ok {
		t.at = t.id(item)
	}
}

func (t *table[T]) rows() int { return max(t.height-1, 1) }

// selected is the item under the cursor.
func (t *table[T]) selected() (T, bool) {
	if t.cursor < 0 || t.cursor >= len(t.order) {
		var none T
		return none, false
	}
	return t.items[t.order[t.cursor]], true
}

// marked are the marked items, in the order shown, then those that the filter hides.
func (t *table[T]) marked() []T {
	var shown, hidden []T
	if len(t.marks) == 0 {
		return nil
	}
	seen := make(map[string]bool, len(t.marks))
	for _, p := range t.order {
		if id := t.id(t.items[p]); t.marks[id] && !seen[id] {
			seen[id] = true
			shown = append(shown, t.items[p])
		}
	}
	for _, item := range t.items {
		if id := t.id(item); t.marks[id] && !seen[id] {
			seen[id] = true
			hidden = append(hidden, item)
		}
	}
	return append(shown, hidden...)
}

// forget takes the marks away of what isn't among the items any more: a whole list knows.
func (t *table[T]) forget(items []T) {
	if len(t.marks) == 0 {
		return
	}
	left := make(map[string]bool, len(t.marks))
	for _, item := range items {
		if id := t.id(item); t.marks[id] {
			left[id] = true
		}
	}
	t.marks = left
}

// setSize gives the table its space, its head included.
func (t *table[T]) setSize(width, height int) {
	t.width, t.height = width, height
	t.keep()
}

// key hears the keys that move and mark, and tells whether it was one of them.
func (t *table[T]) key(msg tea.KeyMsg) bool {
	switch {
	case matches(msg, keys.Up):
		t.move(-1)
	case matches(msg, keys.Down):
		t.move(1)
	case matches(msg, keys.PageUp):
		t.move(-t.rows())
	case matches(msg, keys.PageDown):
		t.move(t.rows())
	case matches(msg, keys.Top):
		t.move(-len(t.order))
	case matches(msg, keys.Bottom):
		t.move(len(t.order))
	case matches(msg, keys.Mark):
		if item, ok := t.selected(); ok {
			t.mark(t.id(item), !t.marks[t.id(item)])
			t.move(1)
		}
	case matches(msg, keys.MarkAll):
		t.markShown(nil)
	default:
		return false
	}
	return true
}

func (t *table[T]) move(by int) {
	t.moved = true
	t.cursor += by
	t.keep()
}

func (t *table[T]) mark(id string, on bool) {
	if on {
		t.marks[id] = true
		return
	}
	delete(t.marks, id)
}

// markShown marks everything that is shown and may be marked, or takes those marks away when all of it is marked. A nil
// may is that everything may be. It tells whether marks were taken away.
func (t *table[T]) markShown(may func(T) bool) (off bool) {
	all := true
	var ids []string
	for _, p := range t.order {
		if item := t.items[p]; may == nil || may(item) {
			ids = append(ids, t.id(item))
			all = all && t.marks[t.id(item)]
		}
	}
	for _, id := range ids {
		t.mark(id, !all)
	}
	return all && len(ids) > 0
}

// sortNext takes the next column that can be sorted by, among those on screen.
func (t *table[T]) sortNext() {
	for range t.columns {
		t.sortBy = (t.sortBy + 1) % len(t.columns)
		if c := t.columns[t.sortBy]; c.order != nil && !t.hides(c) {
			break
		}
	}
	t.reverse = false
}

// sortedBy names the column that is sorted by, with the direction, where the table is too narrow to show it.
func (t *table[T]) sortedBy() string {
	if c := t.columns[t.sortBy]; t.hides(c) {
		return c.title + " " + t.arrow()
	}
	return ""
}

func (t *table[T]) arrow() string {
	if t.reverse {
		return t.look.down
	}
	return t.look.up
}

// hides tells whether there is no room for a column.
func (t *table[T]) hides(c column[T]) bool {
	return t.width < c.from || c.wide != nil && t.width < c.wide() || t.pane && t.width < c.paned || c.off != nil && c.off()
}

// gutter is what stands before the first column: cursor, mark and the sign of a kept key.
const gutter = 5

// layout is the columns on screen and their widths.
func (t *table[T]) layout() []int {
	widths := make([]int, len(t.columns))
	left, flexible := t.width-gutter-1, 0
	for i, c := range t.columns {
		if t.hides(c) {
			widths[i] = -1
			continue
		}
		if widths[i] = c.width; c.width == 0 {
			flexible++
		}
		left -= c.width + 2
	}
	for i, c := range t.columns {
		if c.width == 0 && widths[i] == 0 {
			widths[i] = max(left/max(flexible, 1), 4)
		}
	}
	return widths
}

// view draws the head and the rows on screen, one line each.
func (t *table[T]) view() []string {
	widths := t.layout()
	lines := make([]string, 0, t.height)
	var b strings.Builder
	b.WriteString(spaces(gutter))
	for i, c := range t.columns {
		if widths[i] < 0 {
			continue
		}
		title := c.title
		if i == t.sortBy && c.order != nil {
			title += " " + t.arrow()
		}
		b.WriteString(t.head.on(t.look.cell(title, widths[i])))
		b.WriteString("  ")
	}
	lines = append(lines, b.String())
	for row := t.offset; row < min(t.offset+t.rows(), len(t.order)); row++ {
		lines = append(lines, t.line(row, widths))
	}
	return lines
}

func (t *table[T]) line(row int, widths []int) string {
	item := t.items[t.order[row]]
	selected := row == t.cursor
	var b strings.Builder
	b.WriteByte(' ')
	b.WriteString(t.sign(selected, t.look.cursor, t.chosen))
	b.WriteString(t.sign(t.marks[t.id(item)], t.look.mark, t.accent))
	b.WriteString(t.sign(t.kept != nil && t.kept(item), t.look.kept, t.accent))
	b.WriteByte(' ')
	for i, c := range t.columns {
		if widths[i] < 0 {
			continue
		}
		text := t.look.cell(c.cell(item), widths[i])
		switch {
		case selected && i == 0:
			text = t.chosen.on(text)
		case c.ink != nil:
			text = c.ink(item).on(text)
		}
		b.WriteString(text)
		b.WriteString("  ")
	}
	return b.String()
}

func (t *table[T]) sign(on bool, glyph string, i *ink) string {
	if !on {
		return " "
	}
	return i.on(glyph)
}
