package client

// Field is a value that the platform may leave out. Absent (the platform doesn't show it), null and present are three
// different facts, and so are null and empty.
type Field[T any] struct {
	Value T
	state fieldState
}

type fieldState uint8

const (
	absent fieldState = iota
	null
	present
)

// Some returns a Field that the platform sent with the value v.
func Some[T any](v T) Field[T] { return Field[T]{Value: v, state: present} }

// Null returns a Field that the platform sent as null.
func Null[T any]() Field[T] { return Field[T]{state: null} }

// Shown tells whether the platform sent the field at all, be it null.
func (f Field[T]) Shown() bool { return f.state != absent }

// IsNull tells whether the platform sent null.
func (f Field[T]) IsNull() bool { return f.state == null }

// Get returns the value, and whether there is one (neither absent nor null).
func (f Field[T]) Get() (T, bool) { return f.Value, f.state == present }
