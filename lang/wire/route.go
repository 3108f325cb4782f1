package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"telltale/base/fault"
)

// Route finds the operation a request names. scope is the service of its credential scope, "" for an unsigned request. body is
// needed for the query protocol, which names the operation there.
//
// The order is: the Smithy-Protocol header and /service/X/operation/Y, then X-Amz-Target, then Action=, then the method and the raw
// escaped path, all within the services that sign with the scope.
//
// An error comes with a Match whose Codec, and Service if known, are set, so that it can be answered in the client's own protocol.
func (t *Table) Route(r *http.Request, body []byte, scope string) (Match, error) {
	if scope == "" {
		return t.route(r, body, t.services, "")
	}
	var signed []*Service
	for _, s := range t.services {
		if s.Signs(scope) {
			signed = append(signed, s)
		}
	}
	return t.route(r, body, signed, scope)
}

// RouteUnsigned is Route for an unsigned request to a listener that allows only the services named.
func (t *Table) RouteUnsigned(r *http.Request, body []byte, allowed ...string) (Match, error) {
	var among []*Service
	for _, s := range t.services {
		if slices.Contains(allowed, s.Name) {
			among = append(among, s)
		}
	}
	return t.route(r, body, among, "")
}

func (t *Table) route(r *http.Request, body []byte, among []*Service, scope string) (Match, error) {
	var m Match
	var err error
	if r.Header.Get("Smithy-Protocol") == string(RPCCBOR) {
		m, err = t.routeRPC(r)
	} else if target := r.Header.Get("X-Amz-Target"); target != "" {
		m, err = t.routeTarget(r, target)
	} else if len(among) == 0 {
		return Match{Codec: t.codec(RestJSON)}, unknown("no service here signs requests as %q", scope)
	} else if action, version, ok := findAction(r, body); ok && slices.ContainsFunc(among, func(s *Service) bool { return s.Speaks(Query) }) {
		m, err = t.routeAction(among, action, version)
	} else {
		m, err = t.routePath(r, among)
	}
	m.QueryErrors = strings.EqualFold(r.Header.Get("X-Amzn-Query-Mode"), "true")
	if m.Codec == nil {
		return Match{Codec: t.codec(RestJSON)}, unknown("no codec for the protocol of this request")
	}
	if err != nil {
		return m, err
	}
	if !slices.Contains(among, m.Service) {
		return m, wrongScope(m.Service, scope)
	}
	m.Handler, m.Refuser, m.Open = t.handlers[m.Op], t.refusals[m.Op], t.open[m.Op]
	return m, nil
}

// codec gives the codec of a protocol, or any other: an error has to be answered in some way.
func (t *Table) codec(p Protocol) Codec {
	if c, ok := t.codecs[p]; ok {
		return c
	}
	for _, other := range [...]Protocol{RestJSON, JSON11, JSON10, Query, RPCCBOR} {
		if c, ok := t.codecs[other]; ok {
			return c
		}
	}
	return nil
}

// routeRPC reads /service/<target prefix>/operation/<name>; a path before it is allowed.
func (t *Table) routeRPC(r *http.Request) (Match, error) {
	m := Match{Codec: t.codecs[RPCCBOR]}
	path := r.URL.EscapedPath()
	at := strings.LastIndex(path, "/service/")
	if at < 0 {
		return m, unknown("the path %.200q is not of the form /service/NAME/operation/NAME", path)
	}
	name, op, ok := strings.Cut(path[at+len("/service/"):], "/operation/")
	if !ok {
		return m, unknown("the path %.200q is not of the form /service/NAME/operation/NAME", path)
	}
	return t.byTarget(m, name, op, RPCCBOR)
}

// routeTarget reads the header X-Amz-Target: <target prefix>.<name>.
func (t *Table) routeTarget(r *http.Request, target string) (Match, error) {
	protocol := JSON11
	if strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-amz-json-1.0") {
		protocol = JSON10
	}
	dot := strings.LastIndexByte(target, '.')
	m := Match{Codec: t.codecs[protocol]}
	if dot < 0 {
		return m, unknown("the target %.200q is not of the form SERVICE.OPERATION", target)
	}
	return t.byTarget(m, target[:dot], target[dot+1:], protocol)
}

// byTarget finds a service by its target prefix. Some SDKs leave out the namespace of a prefix that has one.
func (t *Table) byTarget(m Match, prefix, name string, protocol Protocol) (Match, error) {
	for _, s := range t.services {
		if s.TargetPrefix == "" || baseName(s.TargetPrefix) != baseName(prefix) {
			continue
		}
		if !s.Speaks(protocol) {
			return m, unknown("service %s does not speak %s", s.Name, protocol)
		}
		return m.byName(s, name)
	}
	return m, unknown("no service here has the target %.200q", prefix)
}

func baseName(target string) string { return target[strings.LastIndexByte(target, '.')+1:] }

func (m Match) byName(s *Service, name string) (Match, error) {
	m.Service = s
	op, ok := s.Op(name)
	if !ok {
		return m, unknown("service %s has no operation %.200q", s.Name, name)
	}
	m.Op = op
	return m, nil
}

// routeAction finds the service that has the action, in the API version if one is given.
func (t *Table) routeAction(among []*Service, action, version string) (Match, error) {
	m := Match{Codec: t.codecs[Query]}
	for _, s := range among {
		if !s.Speaks(Query) || (version != "" && version != s.Version) {
			continue
		}
		m.Service = s
		if op, ok := s.Op(action); ok {
			m.Op = op
			return m, nil
		}
	}
	return m, fault.New("wire.Route", fault.NotFound, "Could not find operation %.200s for version %.40s", action, version).Named(InvalidAction)
}

func (t *Table) routePath(r *http.Request, among []*Service) (Match, error) {
	m := Match{Codec: t.codecs[RestJSON]}
	path := r.URL.EscapedPath()
	for _, s := range among {
		rs, ok := t.routes[s]
		if !ok {
			continue
		}
		op, labels, ok := rs.match(r.Method, path)
		if !ok {
			continue
		}
		if m.Op != nil {
			return Match{Codec: m.Codec}, unknown("%s %.200s is an operation of both %s and %s: sign the request to say which", r.Method, path, m.Service.Name, s.Name)
		}
		m.Service, m.Op, m.Labels = s, op, labels
	}
	if m.Op == nil {
		if len(among) == 1 {
			m.Service = among[0]
			m.Codec = t.codec(m.Service.Protocols[0])
		}
		if s := t.otherMethod(r.Method, path, among); s != nil {
			m.Service = s
			return m, fault.New("wire.Route", fault.Invalid, "The method %.20s is not allowed on %.200s.", r.Method, path).Named(methodNotAllowed)
		}
		return m, unknown("no operation of %s is called with %s %.200s", names(among), r.Method, path)
	}
	return m, nil
}

// methodNotAllowed is the error of services that tell a wrong method from an unknown path.
const methodNotAllowed = "MethodNotAllowedException"

// otherMethod finds a service that knows the path with another method and has an error for that.
func (t *Table) otherMethod(method, path string, among []*Service) *Service {
	for _, s := range among {
		if _, tells := s.Errors[methodNotAllowed]; !tells || t.routes[s] == nil {
			continue
		}
		for _, other := range [...]string{"GET", "POST", "PUT", "PATCH", "DELETE"} {
			if _, _, ok := t.routes[s].match(other, path); ok && other != method {
				return s
			}
		}
	}
	return nil
}

func names(services []*Service) string {
	var list []string
	for _, s := range services {
		list = append(list, s.Name)
	}
	return strings.Join(list, ", ")
}

// findAction looks for the parameters of the query protocol in a form body, or in the URL of a request without body (pre-signed).
func findAction(r *http.Request, body []byte) (action, version string, ok bool) {
	form := string(body)
	if len(body) == 0 {
		form = r.URL.RawQuery
	} else if !strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded") {
		return "", "", false
	}
	for form != "" && (action == "" || version == "") {
		var pair string
		pair, form, _ = strings.Cut(form, "&")
		key, value, _ := strings.Cut(pair, "=")
		switch key {
		case "Action":
			action, _ = url.QueryUnescape(value)
		case "Version":
			version, _ = url.QueryUnescape(value)
		}
	}
	return action, version, action != ""
}

func unknown(format string, args ...any) error {
	return fault.New("wire.Route", fault.NotFound, "%s", fmt.Sprintf(format, args...)).Named(UnknownOperation)
}

func wrongScope(s *Service, scope string) error {
	if scope == "" {
		return fault.New("wire.Route", fault.Denied, "Service %s does not take unsigned requests here.", s.Name).Named("MissingAuthenticationTokenException")
	}
	return fault.New("wire.Route", fault.Denied, "Credential should be scoped to correct service: '%s', not '%s'.", s.SigningNames[0], scope).Named("InvalidSignatureException")
}
