package config

// What AppendProfile and RemoveProfile do to a text, without the disk.
var (
	WithProfile    = withProfile
	WithoutProfile = withoutProfile
)
