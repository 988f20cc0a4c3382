package doctor

import (
	"context"
	"net/url"
	"strings"

	"golang.org/x/net/http/httpproxy"

	"fob/client/visible"
)

// proxy tells which of the environment's variables apply to the address, as net/http reads them.
func (e *examination) proxy(context.Context) []Finding {
	httpName, httpValue := e.variable("HTTP_PROXY")
	httpsName, httpsValue := e.variable("HTTPS_PROXY")
	noName, noValue := e.variable("NO_PROXY")
	allName, _ := e.variable("ALL_PROXY")
	if httpValue == "" && httpsValue == "" {
		seen := "none is set"
		if allName != "" {
			seen = allName + " is set, and not used"
			return one(warn(Proxy, seen, "if the platform is reached through a proxy, set HTTPS_PROXY").with("used", false))
		}
		return one(ok(Proxy, seen).with("used", false))
	}
	for _, v := range [][2]string{{httpName, httpValue}, {httpsName, httpsValue}} {
		if v[1] != "" && !readable(v[1]) {
			// The value itself stays out of it: it may have a password.
			return one(fail(Proxy, v[0]+" is no address of a proxy", "set it to one such as http://proxy.example:3128").with("variable", v[0]).with("used", false))
		}
	}
	if e.APIURL.Value == "" {
		return one(skip(Proxy, "set, and there is no address to go to"))
	}
	to, err := url.Parse(strings.TrimSpace(e.APIURL.Value))
	if err != nil || to.Host == "" {
		return one(skip(Proxy, "there is no address to go to"))
	}
	name := httpsName
	if to.Scheme == "http" {
		name = httpName
	}
	config := httpproxy.Config{HTTPProxy: httpValue, HTTPSProxy: httpsValue, NoProxy: noValue, CGI: e.Getenv("REQUEST_METHOD") != ""}
	through, err := config.ProxyFunc()(to)
	switch {
	case err != nil:
		return one(fail(Proxy, "HTTP_PROXY is refused where REQUEST_METHOD is set", "unset REQUEST_METHOD").with("used", false))
	case through != nil:
		seen := name + " applies: " + shown(through)
		return one(ok(Proxy, seen).with("used", true).with("variable", name).with("proxy", shown(through)))
	case name == "":
		return one(ok(Proxy, httpName+httpsName+" is set, and not for addresses of "+to.Scheme).with("used", false))
	case noValue != "" && e.without(to, config):
		return one(ok(Proxy, noName+" makes an exception of this address; "+name+" is not used").with("used", false).with("variable", noName))
	}
	return one(ok(Proxy, "this machine itself is reached without one; "+name+" is not used").with("used", false))
}

// without tells whether the address would go through the proxy if NO_PROXY were not set.
func (e *examination) without(to *url.URL, config httpproxy.Config) bool {
	config.NoProxy = ""
	through, err := config.ProxyFunc()(to)
	return err == nil && through != nil
}

// variable finds a variable in upper or lower case.
func (e *examination) variable(name string) (found, value string) {
	for _, name := range []string{name, strings.ToLower(name)} {
		if value := e.Getenv(name); value != "" {
			return name, value
		}
	}
	return "", ""
}

// readable tells whether a proxy can be reached at a value: one without a scheme is taken for http. net/http tries to use
// what is no address, too.
func readable(value string) bool {
	if !strings.Contains(value, "://") {
		value = "http://" + value
	}
	u, err := url.Parse(value)
	return err == nil && u.Hostname() != ""
}

// shown is a proxy's address without its name and password.
func shown(u *url.URL) string {
	text := u.Scheme + "://" + visible.Line(u.Host)
	if u.User != nil {
		text += " (with a name and password, not shown)"
	}
	return text
}
