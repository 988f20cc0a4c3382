//go:build !windows

package stash

const modesCount = true
