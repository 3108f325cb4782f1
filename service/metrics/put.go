package metrics

import (
	"context"
	"fmt"
	"math"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"telltale/base/caller"
	"telltale/base/fault"
	"telltale/lang/shape/cloudwatch"
	"telltale/store/series"
)

// Limits of PutMetricData. aws: cloudwatch/PutMetricData
const (
	maxData      = 1000
	maxDims      = 30
	maxValues    = 150
	maxMagnitude = 0x1p360
	oldest       = 14 * day
	newest       = 2 * time.Hour
)

// PutMetricData stores data of the caller's own namespaces, all or none. When it succeeds they are durable. Data of entities are stored like
// all others; the entities are not kept. aws: cloudwatch/PutMetricData
func (m *Metrics) PutMetricData(ctx context.Context, in *cloudwatch.PutMetricDataInput) (*cloudwatch.PutMetricDataOutput, error) {
	const op = "PutMetricData"
	if err := checkNamespace(op, in.Namespace); err != nil {
		return nil, err
	}
	p := &putting{op: op, scope: caller.From(ctx).Scope, namespace: in.Namespace, now: time.Now()}
	if err := p.addAll("MetricData", in.MetricData); err != nil {
		return nil, err
	}
	for i, e := range in.EntityMetricData {
		if err := p.addAll(fmt.Sprintf("EntityMetricData.member.%d.MetricData", i+1), e.MetricData); err != nil {
			return nil, err
		}
	}
	switch {
	case len(p.data) == 0:
		return nil, missing(op, "At least one of the parameters MetricData and EntityMetricData must be specified.")
	case len(p.data) > maxData:
		return nil, invalidValue(op, "The collection MetricData must not have a size greater than %d.", maxData)
	}
	if err := m.series.Put(ctx, p.data); err != nil {
		return nil, fault.Wrap(op, fault.Internal, err)
	}
	return &cloudwatch.PutMetricDataOutput{}, nil
}

func checkNamespace(op, namespace string) error {
	switch {
	case namespace == "":
		return missing(op, "The parameter Namespace is required.")
	case len(namespace) > 255:
		return invalidValue(op, "The parameter Namespace must be shorter than 256 characters.")
	case strings.HasPrefix(namespace, "AWS/"):
		return invalidValue(op, "The value AWS/ for parameter Namespace is invalid: namespaces that begin with it are reserved.")
	case strings.HasPrefix(namespace, ":"):
		return invalidValue(op, "The value %s for parameter Namespace is invalid: it must not begin with a colon.", namespace)
	case !printable(namespace, utf8.MaxRune):
		return invalidValue(op, "The value %q for parameter Namespace is invalid: allowed are printable characters.", namespace)
	}
	return nil
}

// putting turns one request into data for the store.
type putting struct {
	op        string
	scope     caller.Scope
	namespace string
	now       time.Time
	data      []series.Datum
}

func (p *putting) addAll(name string, data []cloudwatch.MetricDatum) error {
	for i := range data {
		if err := p.add(fmt.Sprintf("%s.member.%d", name, i+1), &data[i]); err != nil {
			return err
		}
	}
	return nil
}

// add checks a datum; at is where it is in the request.
func (p *putting) add(at string, d *cloudwatch.MetricDatum) error {
	if d.MetricName == "" {
		return missing(p.op, "The parameter %s.MetricName is required.", at)
	}
	if len(d.MetricName) > 255 {
		return invalidValue(p.op, "The parameter %s.MetricName must be shorter than 256 characters.", at)
	}
	if !printable(d.MetricName, utf8.MaxRune) {
		return invalidValue(p.op, "The value %q for parameter %s.MetricName is invalid: allowed are printable characters.", d.MetricName, at)
	}
	if err := p.checkDims(at, d.Dimensions); err != nil {
		return err
	}
	unit := d.Unit
	if unit == "" {
		unit = cloudwatch.StandardUnitNone
	}
	if !slices.Contains(units, unit) {
		return invalidValue(p.op, "The value %s for parameter %s.Unit is invalid; allowed are %s.", unit, at, strings.Join(units, ", "))
	}
	if d.StorageResolution != nil && *d.StorageResolution != 1 && *d.StorageResolution != 60 {
		return invalidValue(p.op, "The value %d for parameter %s.StorageResolution is invalid; allowed are 1 and 60.", *d.StorageResolution, at)
	}
	when, err := p.timeOf(at, d.Timestamp)
	if err != nil {
		return err
	}
	stat, err := p.statOf(at, d)
	if err != nil {
		return err
	}
	metric := series.Metric{Scope: p.scope, Namespace: p.namespace, Name: d.MetricName, Dims: dimsOf(d.Dimensions)}
	p.data = append(p.data, series.Datum{Metric: metric, Unit: unit, Time: when, Stat: stat})
	return nil
}

func (p *putting) checkDims(at string, dims []cloudwatch.Dimension) error {
	if len(dims) > maxDims {
		return invalidValue(p.op, "The collection %s.Dimensions must not have a size greater than %d.", at, maxDims)
	}
	for i, d := range dims {
		at := fmt.Sprintf("%s.Dimensions.member.%d", at, i+1)
		switch {
		case d.Name == "":
			return missing(p.op, "The parameter %s.Name is required.", at)
		case strings.TrimSpace(d.Value) == "":
			return invalidValue(p.op, "The parameter %s.Value must have at least one character that is not white space.", at)
		case len(d.Name) > 255 || strings.HasPrefix(d.Name, ":"):
			return invalidValue(p.op, "The value %s for parameter %s.Name is invalid; allowed are up to 255 characters of which the first is no colon.", d.Name, at)
		case !printable(d.Name+d.Value, unicode.MaxASCII):
			return invalidValue(p.op, "The dimension %q=%q in %s is invalid: allowed are printable ASCII characters.", d.Name, d.Value, at)
		case len(d.Value) > 1024:
			return invalidValue(p.op, "The parameter %s.Value must be shorter than 1025 characters.", at)
		case slices.ContainsFunc(dims[:i], func(o cloudwatch.Dimension) bool { return o.Name == d.Name }):
			return invalidValue(p.op, "The value %s for parameter %s.Name is invalid: a datum has each dimension once.", d.Name, at)
		}
	}
	return nil
}

// printable reports whether s is text without control characters, and without characters above last.
func printable(s string, last rune) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool { return unicode.IsControl(r) || r > last })
}

func (p *putting) timeOf(at string, t time.Time) (time.Time, error) {
	switch {
	case t.IsZero():
		return p.now, nil
	case t.After(p.now.Add(newest)):
		return t, invalidValue(p.op, "The parameter %s.Timestamp must specify a time no more than two hours in the future.", at)
	case t.Before(p.now.Add(-oldest)):
		return t, invalidValue(p.op, "The parameter %s.Timestamp must specify a time within the past two weeks.", at)
	}
	return t, nil
}

// statOf reads the one of Value, Values and StatisticValues that is given.
func (p *putting) statOf(at string, d *cloudwatch.MetricDatum) (series.Stat, error) {
	given := 0
	for _, is := range []bool{d.Value != nil, d.StatisticValues != nil, len(d.Values) > 0} {
		if is {
			given++
		}
	}
	switch {
	case given == 0:
		return series.Stat{}, missing(p.op, "At least one of the parameters %[1]s.Value, %[1]s.Values and %[1]s.StatisticValues must be specified.", at)
	case given > 1:
		return series.Stat{}, invalidCombination(p.op, "The parameters %[1]s.Value, %[1]s.Values and %[1]s.StatisticValues are mutually exclusive and you have specified more than one.", at)
	case d.StatisticValues != nil:
		return p.setOf(at+".StatisticValues", d.StatisticValues)
	case d.Value != nil:
		var s series.Stat
		if err := p.checkNumber(at+".Value", *d.Value); err != nil {
			return s, err
		}
		s.Add(*d.Value, 1)
		return s, nil
	}
	return p.valuesOf(at, d.Values, d.Counts)
}

func (p *putting) valuesOf(at string, values, counts []float64) (s series.Stat, err error) {
	switch {
	case len(values) > maxValues:
		return s, invalidValue(p.op, "The collection %s.Values must not have a size greater than %d.", at, maxValues)
	case len(counts) > 0 && len(counts) != len(values):
		return s, invalidCombination(p.op, "The parameters %[1]s.Values and %[1]s.Counts must have the same size, and have %[2]d and %[3]d.", at, len(values), len(counts))
	}
	for i, v := range values {
		n := 1.0
		if len(counts) > 0 {
			n = counts[i]
		}
		if err := p.checkNumber(fmt.Sprintf("%s.Values.member.%d", at, i+1), v); err != nil {
			return s, err
		}
		if err := p.checkCount(fmt.Sprintf("%s.Counts.member.%d", at, i+1), n); err != nil {
			return s, err
		}
		s.Add(v, n)
	}
	return s, nil
}

func (p *putting) setOf(at string, set *cloudwatch.StatisticSet) (s series.Stat, err error) {
	if err := p.checkCount(at+".SampleCount", set.SampleCount); err != nil {
		return s, err
	}
	for _, v := range []struct {
		name  string
		value float64
	}{{"Sum", set.Sum}, {"Minimum", set.Minimum}, {"Maximum", set.Maximum}} {
		if err := p.checkNumber(at+"."+v.name, v.value); err != nil {
			return s, err
		}
	}
	if set.Minimum > set.Maximum {
		return s, invalidCombination(p.op, "The parameter %[1]s.Minimum must not be greater than the parameter %[1]s.Maximum.", at)
	}
	s.AddSet(set.Sum, set.SampleCount, set.Minimum, set.Maximum)
	return s, nil
}

func (p *putting) checkNumber(at string, v float64) error {
	if math.IsNaN(v) || math.Abs(v) > maxMagnitude {
		return invalidValue(p.op, "The value %v for parameter %s is invalid; allowed are numbers from -2^360 to 2^360.", v, at)
	}
	return nil
}

func (p *putting) checkCount(at string, v float64) error {
	if !(v > 0) || v > maxMagnitude {
		return invalidValue(p.op, "The value %v for parameter %s is invalid; allowed are numbers greater than 0, up to 2^360.", v, at)
	}
	return nil
}

// units lists what a value can be measured in.
var units = []string{
	cloudwatch.StandardUnitSeconds, cloudwatch.StandardUnitMicroseconds, cloudwatch.StandardUnitMilliseconds,
	cloudwatch.StandardUnitBytes, cloudwatch.StandardUnitKilobytes, cloudwatch.StandardUnitMegabytes, cloudwatch.StandardUnitGigabytes, cloudwatch.StandardUnitTerabytes,
	cloudwatch.StandardUnitBits, cloudwatch.StandardUnitKilobits, cloudwatch.StandardUnitMegabits, cloudwatch.StandardUnitGigabits, cloudwatch.StandardUnitTerabits,
	cloudwatch.StandardUnitPercent, cloudwatch.StandardUnitCount,
	cloudwatch.StandardUnitBytesSecond, cloudwatch.StandardUnitKilobytesSecond, cloudwatch.StandardUnitMegabytesSecond, cloudwatch.StandardUnitGigabytesSecond, cloudwatch.StandardUnitTerabytesSecond,
	cloudwatch.StandardUnitBitsSecond, cloudwatch.StandardUnitKilobitsSecond, cloudwatch.StandardUnitMegabitsSecond, cloudwatch.StandardUnitGigabitsSecond, cloudwatch.StandardUnitTerabitsSecond,
	cloudwatch.StandardUnitCountSecond, cloudwatch.StandardUnitNone,
}
