package doctor

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"fob/client"
	"fob/client/secret"
)

const (
	// endsSoon is how long before its end a certificate is spoken of.
	endsSoon = 14 * 24 * time.Hour
	// clockTolerance is how far apart two clocks may be.
	clockTolerance = time.Minute
)

// reach goes to the platform as nobody, and tells of the address, the certificate and the clock.
func (e *examination) reach(ctx context.Context) []Finding {
	if e.APIURL.Value == "" {
		why := "no address is set"
		return []Finding{
			warn(Address, why, "fob login asks which platform; or set FOB_API_URL, or try fob demo"),
			skip(Certificate, why), skip(Clock, why),
		}
	}
	source := e.APIURL.From.String()
	platform, err := client.New(client.Options{
		BaseURL: e.APIURL.Value, CAFile: e.CAFile, UserAgent: "fob/" + e.Version,
		Credential: func(context.Context) (secret.Value, error) { return secret.Value{}, nil }, // never asked for
		Timeout:    9 * time.Second, OnExchange: e.OnExchange,
	})
	if err != nil {
		return []Finding{
			fail(Address, brief(err.Error()), "look at "+source+caFile(e.CAFile)).with("from", source),
			skip(Certificate, "there is no address to go to"), skip(Clock, "there is no address to go to"),
		}
	}
	defer platform.Close()
	seen, err := platform.Reach(ctx)
	findings := []Finding{address(platform.Origin(), source, seen, err), e.certificate(platform.Origin(), seen, err), clock(seen, err)}
	return findings
}

func caFile(path string) string {
	if path == "" {
		return ""
	}
	return " and at the file of certificates, " + path
}

func address(origin, source string, r client.Reached, err error) Finding {
	f := ok(Address, fmt.Sprintf("%s (%s) answers in %s", origin, source, short(r.Took)))
	if err != nil {
		return unreached(origin, source, r, err)
	}
	switch {
	case r.Status >= 500:
		f = warn(Address, fmt.Sprintf("%s (%s) answers %d", origin, source, r.Status), "the platform, or what stands before it, is in trouble: try again in a while")
	case r.Foreign, r.Status >= 300 && r.Status < 400, r.Status == 404:
		f = warn(Address, fmt.Sprintf("%s (%s) answers %d, not as the platform does", origin, source, r.Status),
			"look at "+source+"; a proxy or a network that wants to be signed in to may answer in its place")
	}
	return f.with("origin", origin).with("from", source).with("status", r.Status).with("remote", r.Remote)
}

// unreached says at which step the way to the platform ended.
func unreached(origin, source string, r client.Reached, err error) Finding {
	host := origin
	if u, wrong := url.Parse(origin); wrong == nil {
		host = u.Hostname()
	}
	var seen, advice string
	why := reason(err)
	late := errors.Is(err, context.DeadlineExceeded)
	switch r.Step {
	case client.StepName:
		seen, advice = "no address is known for the name "+host, "look at "+source+", at the network and at its DNS"
		if late {
			seen = "nobody tells the address of the name " + host
		} else if refused, is := errors.AsType[*net.DNSError](err); is && refused.Name != host {
			seen, advice = "no address is known for the name of the proxy", "look at the proxy's variables; see the line proxy"
		}
	case client.StepConnect:
		seen, advice = "no connection to "+origin+": "+why, "look at "+source+", at the network, and at whether a proxy is needed"
	case client.StepTunnel:
		seen, advice = "the proxy doesn't let through to "+host+": "+why, "look at the proxy's variables, its name and password; see the line proxy"
	case client.StepTLS:
		seen, advice = origin+" can be connected to, and TLS fails", "see the line certificate"
	default:
		seen, advice = origin+" takes the connection and doesn't answer: "+why, "try again in a while; something on the way may hold it"
	}
	return fail(Address, seen, advice).with("origin", origin).with("from", source).with("step", string(r.Step))
}

// reason is why there was no answer, without what stands in other lines.
func reason(err error) string {
	if errors.Is(err, context.DeadlineExceeded) {
		return "no answer in time"
	}
	if failed, is := errors.AsType[*client.Error](err); is {
		_, text, found := strings.Cut(failed.Message, ": ")
		if found && strings.HasPrefix(failed.Message, "no answer from ") {
			return brief(text)
		}
		return brief(failed.Message)
	}
	return brief(err.Error())
}

func (e *examination) certificate(origin string, r client.Reached, err error) Finding {
	if strings.HasPrefix(origin, "http://") {
		return ok(Certificate, "none: plain http, which is fine to this machine itself").with("tls", "none")
	}
	c := r.Certificate
	if c == nil {
		if r.Step == client.StepTLS {
			return fail(Certificate, "TLS can't be agreed on: "+reason(err), "look at the address's port, and at what stands on the way")
		}
		return skip(Certificate, "none was seen")
	}
	now := time.Now()
	days := int(c.NotAfter.Sub(now).Hours() / 24)
	ends := fmt.Sprintf("ends %s, in %d days", c.NotAfter.Format(time.DateOnly), days)
	if now.After(c.NotAfter) {
		ends = fmt.Sprintf("ended %s", c.NotAfter.Format(time.DateOnly))
	}
	by := "issued by " + c.Issuer
	if c.OwnIssuer {
		by = "signed by itself"
	}
	seen := ends + " · " + by
	if r.TLS != "" {
		seen = r.TLS + " · " + seen
	}
	f := ok(Certificate, seen)
	switch {
	case err != nil && r.Step == client.StepTLS:
		f = untrusted(seen, c, now, err)
	case c.NotAfter.Sub(now) < endsSoon:
		f = warn(Certificate, seen, "whoever runs the platform has to renew it")
	}
	return f.with("tls", r.TLS).with("issuer", c.Issuer).with("not_after", c.NotAfter.Format(time.RFC3339)).with("days_left", days)
}

func untrusted(seen string, c *client.Certificate, now time.Time, err error) Finding {
	look := "look at this machine's clock (" + now.UTC().Format("2006-01-02 15:04") + " UTC); if it is right, "
	if invalid, is := errors.AsType[x509.CertificateInvalidError](err); is && invalid.Reason == x509.Expired {
		if now.Before(c.NotBefore) {
			return fail(Certificate, "not valid before "+c.NotBefore.Format(time.DateOnly)+" · "+seen, look+"whoever runs the platform has to mend it")
		}
		return fail(Certificate, seen, look+"whoever runs the platform has to renew it")
	}
	if _, is := errors.AsType[x509.HostnameError](err); is {
		return fail(Certificate, "for another name: "+orNone(c.Subject)+" · "+seen, "look at the address; something on the way may answer in its place")
	}
	if _, is := errors.AsType[x509.UnknownAuthorityError](err); is {
		return fail(Certificate, "not trusted by this machine · "+seen, "if it is your company's own, give its authority with --ca-file; otherwise don't go on")
	}
	return fail(Certificate, reason(err)+" · "+seen, "look at who runs the platform, and at what stands on the way")
}

func clock(r client.Reached, err error) Finding {
	switch {
	case err != nil:
		return skip(Clock, "the platform did not answer")
	case !r.Dated:
		return skip(Clock, "the platform doesn't tell its own")
	}
	seconds := int(r.Skew.Round(time.Second).Seconds())
	apart := fmt.Sprintf("%s apart from the platform's", r.Skew.Abs().Round(time.Second))
	if r.Skew.Abs() < 2*time.Second {
		apart = "the platform's and this machine's agree"
	}
	f := ok(Clock, apart)
	if r.Skew.Abs() > clockTolerance {
		word := "behind"
		if r.Skew < 0 {
			word = "ahead of"
		}
		f = warn(Clock, fmt.Sprintf("this machine's is %s %s the platform's", r.Skew.Abs().Round(time.Second), word), "set it right: certificates and sessions depend on it; fob itself goes by the platform's")
	}
	return f.with("skew_seconds", seconds)
}
