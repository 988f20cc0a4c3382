package cli

// codeError is an error with an exit code of its own, in the place of the one that its cause has.
type codeError struct {
	error
	code  int
	quiet bool // it was somebody else's end, and is passed on without a word
}

// Unwrap returns the cause.
func (e *codeError) Unwrap() error { return e.error }
