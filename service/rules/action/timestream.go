package action

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/timestreamwrite"
	"github.com/aws/aws-sdk-go-v2/service/timestreamwrite/types"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/timestream-rule-action)
var timestreamKind = newKind(Kind{
	Key: "timestream", Name: "TimestreamAction", Metric: "Timestream", Endpoint: "timestream",
	Templates: []string{"databaseName", "tableName", "dimensions.value", "timestamp.value", "timestamp.unit"},
	Text:      "Writes each attribute of the result as a measure to a table of Timestream, or all as one line to InfluxDB.",
}, func(a *iot.Action) *iot.TimestreamAction { return a.Timestream }, compileTimestream)

type timestreamAction struct {
	remote
	database, table value
	at, unit        value
	dimensions      []dimension
	write           func(*timestreamAction, context.Context, *measures) error

	// For InfluxDB.
	client              *http.Client
	influx              string // URL to write to
	databaseIsParameter bool   // the URL does not say where to write, so each request does
}

// dimension is a dimension of the measures; one is the same for all of a message.
type dimension struct {
	name  string
	value value
}

func compileTimestream(c *Compiler, p *iot.TimestreamAction) (Action, error) {
	a := &timestreamAction{client: c.Needs.client(), write: (*timestreamAction).writeRecords}
	var err error
	if a.remote, err = c.remote("timestream", p.RoleArn); err != nil {
		return nil, err
	}
	if strings.HasPrefix(a.endpoint.URL.Scheme, "influx+") {
		if err := a.useInflux(); err != nil {
			return nil, err
		}
	}
	at := iot.TimestreamTimestamp{Unit: "MILLISECONDS"}
	if p.Timestamp != nil {
		at = *p.Timestamp
	}
	if err := c.parameters(
		parameter{to: &a.database, name: "databaseName", text: p.DatabaseName},
		parameter{to: &a.table, name: "tableName", text: p.TableName},
		parameter{to: &a.at, name: "timestamp.value", text: at.Value, optional: p.Timestamp == nil, check: checkEpoch},
		parameter{to: &a.unit, name: "timestamp.unit", text: at.Unit, check: oneOf("SECONDS", "MILLISECONDS", "MICROSECONDS", "NANOSECONDS")}); err != nil {
		return nil, err
	}
	for i, x := range p.Dimensions {
		d := dimension{name: x.Name}
		if err := checkDimension(a.dimensions, x.Name); err != nil {
			return nil, fmt.Errorf("dimensions[%d].name %q is not allowed: %w", i, x.Name, err)
		}
		if err := c.parameters(parameter{to: &d.value, name: fmt.Sprintf("dimensions[%d].value", i), text: x.Value}); err != nil {
			return nil, err
		}
		a.dimensions = append(a.dimensions, d)
	}
	return a, nil
}

// checkDimension says why a name cannot be that of one more dimension. (aws: timestream/ts-limits#limits.naming)
func checkDimension(others []dimension, name string) error {
	switch {
	case name == "":
		return errEmpty
	case name == "measure_name" || name == "time" || strings.HasPrefix(name, "ts_") || strings.HasPrefix(name, "measure_value"):
		return errors.New("measure_name, time and names that begin with ts_ or measure_value are reserved")
	case strings.Contains(name, ":"):
		return errors.New("it has a colon")
	case slices.ContainsFunc(others, func(d dimension) bool { return d.name == name }):
		return errors.New("another dimension has it")
	}
	return nil
}

// measures are what a message gives.
type measures struct {
	database, table string
	dimensions      []types.Dimension
	at, unit        string
	list            []measure
}

// measure is an attribute of the payload as Timestream takes it.
type measure struct {
	name, value string
	kind        types.MeasureValueType
}

// Render makes the measures. They are of now unless the action says of when.
func (a *timestreamAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	m := &measures{database: f.text(a.database), table: f.text(a.table), at: f.text(a.at), unit: f.text(a.unit)}
	if m.at == "" {
		m.at, m.unit = strconv.FormatInt(time.Now().UnixMilli(), 10), "MILLISECONDS"
	}
	for _, d := range a.dimensions {
		m.dimensions = append(m.dimensions, types.Dimension{Name: aws.String(d.name), Value: aws.String(f.text(d.value))})
	}
	var err error
	m.list, err = readMeasures(r.Payload)
	f.object(err)
	return f.task(call{
		action: "timestream", failed: "Failed to write records to Timestream",
		resources:  []Resource{{"Database", m.database}, {"Table", m.table}},
		permission: a.may("timestream:WriteRecords", a.arn("timestream", "database/"+m.database+"/table/"+m.table)),
		explain:    explainRecords,
		run:        func(ctx context.Context) error { return a.write(a, ctx, m) },
	})
}

// readMeasures reads the attributes of a JSON object, by name. One that is null gives none. (aws: iot/timestream-rule-action)
func readMeasures(payload []byte) (list []measure, err error) {
	var attributes map[string]json.RawMessage
	if json.Unmarshal(payload, &attributes) != nil {
		return nil, errors.New("the payload is not a JSON object, whose attributes would be measures")
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		raw := attributes[name]
		m := measure{name, string(raw), types.MeasureValueTypeVarchar}
		switch raw[0] {
		case 'n':
			continue
		case 't', 'f':
			m.kind = types.MeasureValueTypeBoolean
		case '"':
			err = json.Unmarshal(raw, &m.value)
		case '{', '[':
			var text bytes.Buffer
			err = json.Compact(&text, raw)
			m.value = text.String()
		default:
			if m.kind = types.MeasureValueTypeDouble; !bytes.ContainsAny(raw, ".eE") {
				m.kind = types.MeasureValueTypeBigint
				_, err = strconv.ParseInt(m.value, 10, 64)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("the attribute %q cannot be a measure: %w", name, err)
		}
		list = append(list, m)
	}
	if len(list) == 0 {
		return nil, errors.New("the payload has no attribute that could be a measure")
	}
	return list, nil
}

// maxMeasures is how many records a call may write. (aws: timestream/API_WriteRecords)
const maxMeasures = 100

func (a *timestreamAction) writeRecords(ctx context.Context, m *measures) error {
	client := connect.Client(a.endpoint, a.scope.Region, timestreamwrite.NewFromConfig, func(o *timestreamwrite.Options) {
		o.EndpointDiscovery.EnableEndpointDiscovery = aws.EndpointDiscoveryDisabled // the operator said where it is
	})
	for part := range slices.Chunk(m.list, maxMeasures) {
		in := &timestreamwrite.WriteRecordsInput{DatabaseName: &m.database, TableName: &m.table,
			CommonAttributes: &types.Record{Dimensions: m.dimensions, Time: &m.at, TimeUnit: types.TimeUnit(m.unit)}}
		for _, x := range part {
			in.Records = append(in.Records, types.Record{MeasureName: &x.name, MeasureValue: &x.value, MeasureValueType: x.kind})
		}
		if _, err := client.WriteRecords(ctx, in); err != nil {
			return err
		}
	}
	return nil
}

// explainRecords adds why records were rejected.
func explainRecords(err error) string {
	text := received(err)
	if rejected, ok := errors.AsType[*types.RejectedRecordsException](err); ok {
		for _, r := range rejected.RejectedRecords {
			text += fmt.Sprintf("; record %d: %s", r.RecordIndex, aws.ToString(r.Reason))
		}
	}
	return text
}
