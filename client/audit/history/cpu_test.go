package history
import ("testing";"syscall";"time";"net/http";"runtime")
func cpu() time.Duration { var r syscall.Rusage; syscall.Getrusage(0,&r); return time.Duration(r.Utime.Nano()+r.Stime.Nano()) }
func BenchmarkCPU(b *testing.B) {
	s := stage(b)
	for _, depth := range []Depth{Last, Full} {
		a := s.plan(depth)
		tr := &http.Transport{MaxIdleConnsPerHost: 6}
		s.request.Depth = depth
		for range 3 {
		runtime.GC()
		c0 := cpu(); t0 := time.Now(); s.plainly(&http.Client{Transport: tr}, a); c1 := cpu(); t1:=time.Now()
		runtime.GC()
		c2 := cpu(); t2 := time.Now(); r := &Reader{Platform: s.client, Store: &pocket{}, Now: func() time.Time { return noon }}
		read(b, r, s.request); c3 := cpu(); t3 := time.Now()
		b.Logf("%s plain cpu %v wall %v; ours cpu %v wall %v: cpu %.2f", depth, c1-c0, t1.Sub(t0), c3-c2, t3.Sub(t2), float64(c3-c2)/float64(c1-c0))
		}
		tr.CloseIdleConnections()
	}
}
