package account

import (
	"net/netip"
	"strings"
)

// From is where a request comes from: an IP address, with or without a port,
// and how the browser names itself. Of both only what a person needs to know a
// session again is kept: see device and network.
type From struct{ Address, Agent string }

// device says in two words what somebody signed in with ("Firefox · Android"),
// "" when it is nothing known.
func (f From) device() string {
	browser := firstIn(f.Agent, "Edg/", "Edge", "OPR/", "Opera", "SamsungBrowser/", "Samsung Internet", "Firefox/", "Firefox", "FxiOS/", "Firefox",
		"CriOS/", "Chrome", "Chrome/", "Chrome", "Safari/", "Safari")
	system := firstIn(f.Agent, "Android", "Android", "iPhone", "iPhone", "iPad", "iPad", "CrOS", "ChromeOS", "Windows", "Windows", "Mac OS X", "Mac", "Linux", "Linux")
	return strings.Trim(browser+" · "+system, " ·")
}

// firstIn returns the name that follows the first mark found in s.
func firstIn(s string, marksAndNames ...string) string {
	for i := 0; i < len(marksAndNames); i += 2 {
		if strings.Contains(s, marksAndNames[i]) {
			return marksAndNames[i+1]
		}
	}
	return ""
}

// network returns the network that the address is of, which tells an office
// from a home and no house from another: 24 bits of IPv4, 48 of IPv6. "" when
// the address is none.
func (f From) network() string {
	ip, err := netip.ParseAddr(hostOf(f.Address))
	if err != nil {
		return ""
	}
	ip, bits := ip.Unmap(), 48
	if ip.Is4() {
		bits = 24
	}
	net, err := ip.WithZone("").Prefix(bits)
	if err != nil {
		return ""
	}
	return net.String()
}

func hostOf(address string) string {
	if ap, err := netip.ParseAddrPort(address); err == nil {
		return ap.Addr().String()
	}
	return address
}
