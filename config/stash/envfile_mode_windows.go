package stash

const modesCount = false
