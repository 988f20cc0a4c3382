package cli_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"fob/client"
	"fob/client/sandbox"
	"fob/client/secret"
	"fob/config"
	"fob/config/stash"
	"fob/ui/desk"
)

// BenchmarkFirstFrame is from the start of the process to its first frame on a terminal. The bound is a Bubble Tea program
// that draws one word, started in turns with fob.
func BenchmarkFirstFrame(b *testing.B) {
	word := filepath.Join(b.TempDir(), "oneword")
	if out, err := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", word, "./testdata/oneword").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	env := []string{
		"TERM=xterm-256color", "LANG=C.UTF-8", "HOME=" + b.TempDir(), "FOB_HOME=" + b.TempDir(),
		"FOB_API_URL=http://127.0.0.1:9", "FOB_SESSION_TOKEN=" + fmt.Sprint(time.Now().UnixNano()),
	}
	start := func(command, shows string) time.Duration {
		began := time.Now()
		o := startProgram(b, command, env)
		o.sees(shows, 0)
		took := time.Since(began)
		_ = o.cmd.Process.Kill()
		<-o.over
		return took
	}
	var ours, bound time.Duration
	for b.Loop() {
		bound += start(word, "one-word")
		ours += start(fob, "fob")
	}
	b.ReportMetric(float64(ours.Milliseconds())/float64(b.N), "ms_fob")
	b.ReportMetric(float64(bound.Milliseconds())/float64(b.N), "ms_one_word")
	b.ReportMetric(float64(ours)/float64(bound), "x_of_bound")
	b.ReportMetric(0, "ns/op")
}

// BenchmarkReadFromSandbox is what a screen waits for: every key of the organization as rows, read over a socket. The
// bound is a plain program that fetches the same pages with the same concurrency and only decodes the same fields.
func BenchmarkReadFromSandbox(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		b.Run(fmt.Sprintf("keys=%d", n), func(b *testing.B) {
			sb := sandbox.New(sandbox.Options{Seed: 1, Keys: n})
			server, err := sandbox.Listen("127.0.0.1:0", sb)
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() { _ = server.Close(context.Background()) })
			platform, err := client.New(client.Options{
				BaseURL: server.URL(), Credential: func(context.Context) (secret.Value, error) { return sb.SessionToken(), nil },
			})
			if err != nil {
				b.Fatal(err)
			}
			d, err := desk.Open(desk.Options{
				APIURL: server.URL(), Session: sb.SessionToken(), Journal: config.NewMemoryJournal(),
				Index: stash.NewMemoryIndex(), Keys: stash.NewMemory(),
			})
			if err != nil {
				b.Fatal(err)
			}
			plainRead(b, server.URL(), sb.SessionToken().Reveal()) // the sandbox's own caches are filled
			var ours, rows, bound time.Duration
			for b.Loop() {
				began := time.Now()
				total := plainRead(b, server.URL(), sb.SessionToken().Reveal())
				bound += time.Since(began)
				began = time.Now()
				list, err := platform.ListKeys(context.Background(), client.Scope{}, nil)
				ours += time.Since(began)
				if err != nil || !list.Complete || len(list.Items) != total {
					b.Fatalf("%d of %d keys, complete %v: %v", len(list.Items), total, list.Complete, err)
				}
				began = time.Now()
				if _, err := d.Keys(context.Background(), client.Scope{}, nil); err != nil {
					b.Fatal(err)
				}
				rows += time.Since(began)
			}
			b.ReportMetric(float64(bound.Milliseconds())/float64(b.N), "ms_plain")
			b.ReportMetric(float64(ours)/float64(bound), "x_client")
			b.ReportMetric(float64(rows)/float64(bound), "x_rows")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// plainRead fetches every page of the organization's keys, six at a time, and only decodes them.
func plainRead(b *testing.B, base, session string) int {
	b.Helper()
	type page struct {
		Data []struct {
			ID        string     `json:"api_token_id"`
			Name      *string    `json:"name"`
			Personal  bool       `json:"personal"`
			OrgRole   string     `json:"organization_role"`
			CreatedAt time.Time  `json:"created_at"`
			ExpiresAt *time.Time `json:"expires_at"`
			RoleID    *string    `json:"role_id"`
			Role      *struct {
				ID   string `json:"role_id"`
				Name string `json:"name"`
			} `json:"role"`
			Workspaces []struct {
				ID   string `json:"workspace_id"`
				Name string `json:"name"`
			} `json:"workspaces"`
			User *struct {
				ID         string `json:"user_id"`
				GivenName  string `json:"given_name"`
				FamilyName string `json:"family_name"`
				Email      string `json:"email"`
			} `json:"user"`
		} `json:"data"`
		Total int `json:"total"`
	}
	fetch := func(number int) page {
		req, err := http.NewRequest(http.MethodGet, fmt.Sprintf("%s/api/v1/token?limit=100&page_number=%d", base, number), nil)
		if err != nil {
			b.Error(err)
			return page{}
		}
		req.Header.Set("Authorization", "Bearer "+session)
		resp, err := plainClient.Do(req)
		if err != nil {
			b.Error(err)
			return page{}
		}
		defer resp.Body.Close()
		body, err := io.ReadAll(resp.Body)
		if err != nil {
			b.Error(err)
			return page{}
		}
		var p page
		if err := json.Unmarshal(body, &p); err != nil {
			b.Error(err)
		}
		return p
	}
	first := fetch(1)
	pages := (first.Total + 99) / 100
	counts := make([]int, pages+1)
	counts[1] = len(first.Data)
	numbers := make(chan int)
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			for n := range numbers {
				counts[n] = len(fetch(n).Data)
			}
		})
	}
	for n := 2; n <= pages; n++ {
		numbers <- n
	}
	close(numbers)
	wg.Wait()
	total := 0
	for _, c := range counts {
		total += c
	}
	return total
}

var plainClient = &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 6}}
