package ui

// production says on every question whose answer ends or lowers a key that the profile is a production one: its name, in
// its colour. It is "" for any other profile.
func (w world) production() string {
	p := w.Profile()
	if !p.Production {
		return ""
	}
	return w.look.coloured(p.Colour).Render(w.look.truncate(p.Name, 30)) + " is a production profile"
}

// stakes is production as the lines of a question, none where there is nothing to be said.
func (w world) stakes() []string {
	if text := w.production(); text != "" {
		return []string{text}
	}
	return nil
}
