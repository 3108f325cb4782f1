package action

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/timestreamwrite/types"
	"github.com/influxdata/line-protocol/v2/lineprotocol"
)

// A timestream action can write to InfluxDB instead, and to what speaks its line protocol: a message is a line, its table the measurement, its
// dimensions the tags, its attributes the fields (decision 0010).

// influxTime is what a request may take, further tries included. It is less than what the engine gives to a task.
const influxTime = 8 * time.Second

// databaseTag holds the name of the database where the endpoint's URL says where to write.
const databaseTag = "database"

// useInflux reads an endpoint influx+http://host:port/…?….
func (a *timestreamAction) useInflux() error {
	u := *a.endpoint.URL
	u.Scheme = strings.TrimPrefix(u.Scheme, "influx+")
	query := u.Query()
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return fmt.Errorf("the endpoint timestream begins with %s: where influx+http: or influx+https: is wanted", a.endpoint.URL.Scheme)
	case query.Has("precision"):
		return errors.New("the endpoint timestream has a precision; leave it out: lines have nanoseconds")
	}
	if u.Path == "" || u.Path == "/" {
		u.Path = "/write"
	}
	a.databaseIsParameter = !query.Has("db") && !query.Has("bucket")
	a.influx, a.write = u.String(), (*timestreamAction).writeLine
	return nil
}

func (a *timestreamAction) writeLine(ctx context.Context, m *measures) error {
	line, err := a.line(m)
	if err != nil {
		return err
	}
	x := exchange{client: a.client, within: influxTime, request: func(ctx context.Context) (*http.Request, error) {
		req, err := http.NewRequestWithContext(ctx, http.MethodPost, a.influx, bytes.NewReader(line))
		if err != nil {
			return nil, err
		}
		if a.databaseIsParameter {
			query := req.URL.Query()
			query.Set("db", m.database)
			req.URL.RawQuery = query.Encode()
		}
		req.Header.Set("Content-Type", "text/plain; charset=utf-8")
		a.login(req)
		return req, nil
	}}
	return x.send(ctx)
}

// login shows the token of InfluxDB 2 and 3, which is the password of a user called token, or a user's password.
func (a *timestreamAction) login(req *http.Request) {
	switch user, password, ok := a.endpoint.Login(); {
	case ok && user == "token":
		req.Header.Set("Authorization", "Token "+password)
	case ok:
		req.SetBasicAuth(user, password)
	}
}

// line writes the measures in line protocol. (influxdata: line-protocol/v2)
func (a *timestreamAction) line(m *measures) ([]byte, error) {
	n, err := strconv.ParseInt(m.at, 10, 64)
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, d := range m.dimensions {
		tags[aws.ToString(d.Name)] = aws.ToString(d.Value)
	}
	if !a.databaseIsParameter {
		if _, taken := tags[databaseTag]; taken {
			return nil, fmt.Errorf("the dimension %s is taken by the name of the database", databaseTag)
		}
		tags[databaseTag] = m.database
	}
	var e lineprotocol.Encoder
	e.StartLine(m.table)
	for _, name := range slices.Sorted(maps.Keys(tags)) {
		e.AddTag(name, tags[name])
	}
	for _, x := range m.list {
		v, err := x.field()
		if err != nil {
			return nil, err
		}
		e.AddField(x.name, v)
	}
	e.EndLine(epochUnits[m.unit](n))
	return e.Bytes(), e.Err()
}

// field is the value of a measure in line protocol.
func (m *measure) field() (v lineprotocol.Value, err error) {
	var x any = m.value
	switch m.kind {
	case types.MeasureValueTypeBoolean:
		x = m.value == "true"
	case types.MeasureValueTypeBigint:
		x, err = strconv.ParseInt(m.value, 10, 64)
	case types.MeasureValueTypeDouble:
		x, err = strconv.ParseFloat(m.value, 64)
	}
	v, ok := lineprotocol.NewValue(x)
	if err == nil && !ok {
		err = errors.New("it is no number or text that line protocol can hold")
	}
	if err != nil {
		return v, fmt.Errorf("the attribute %q cannot be a field: %w", m.name, err)
	}
	return v, nil
}
