package audit

// Bar is one bar of a chart.
type Bar struct {
	Label string
	Count int // keys
}

// Charts are the numbers of the two charts.
type Charts struct {
	// LastQuery counts keys by whole days since their last query: "0-1", "2-7", "8-30", "31-90", in a longer window
	// "91 and more", and "none" for those that were not seen. Those of which it can't be told are in none of them.
	LastQuery []Bar
	// Expiries counts the keys that end: "this week" (within 7 days), "this month" (30) and "3 months" (90), each key
	// once, and "never". Expired ones, later ends and ends that aren't shown are in none of them.
	Expiries []Bar
}

// numbers are the charts while they are counted.
type numbers struct {
	last     [6]int
	expiries [4]int
}

// charts counts a key.
func (j *judge) charts(s *subject) {
	n := &j.numbers
	switch s.judged.Verdict {
	case NotSeen:
		n.last[5]++
	case Seen:
		switch ago := int(j.in.Now.Sub(s.last) / day); {
		case ago <= 1:
			n.last[0]++
		case ago <= 7:
			n.last[1]++
		case ago <= 30:
			n.last[2]++
		case ago <= 90:
			n.last[3]++
		default:
			n.last[4]++
		}
	}
	end, ends := s.key.ExpiresAt.Get()
	switch in := end.Sub(j.in.Now); {
	case s.key.ExpiresAt.IsNull():
		n.expiries[3]++
	case !ends || s.ended != "":
	case in <= 7*day:
		n.expiries[0]++
	case in <= 30*day:
		n.expiries[1]++
	case in <= 90*day:
		n.expiries[2]++
	}
}

func (j *judge) chart() Charts {
	n := &j.numbers
	c := Charts{
		LastQuery: []Bar{{"0-1", n.last[0]}, {"2-7", n.last[1]}, {"8-30", n.last[2]}, {"31-90", n.last[3]}},
		Expiries:  []Bar{{"this week", n.expiries[0]}, {"this month", n.expiries[1]}, {"3 months", n.expiries[2]}, {"never", n.expiries[3]}},
	}
	if window(j.in.Reading) > 90 || n.last[4] > 0 {
		c.LastQuery = append(c.LastQuery, Bar{"91 and more", n.last[4]})
	}
	c.LastQuery = append(c.LastQuery, Bar{"none", n.last[5]})
	return c
}
