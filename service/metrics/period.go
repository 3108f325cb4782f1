package metrics

import (
	"time"

	"telltale/lang/shape/cloudwatch"
	"telltale/store/series"
)

const day = 24 * time.Hour

// validPeriod reports whether a query may ask for periods of so many seconds. aws: cloudwatch/GetMetricData#Period
func validPeriod(seconds int32) bool {
	switch seconds {
	case 1, 5, 10, 20, 30:
		return true
	}
	return seconds > 0 && seconds%60 == 0
}

// keptPeriod is the period in which a query is answered: data are kept by the minute.
func keptPeriod(seconds int32) time.Duration {
	return max(time.Minute, time.Duration(seconds)*time.Second)
}

// roundStart moves a start time down to where the resolution of data of that age lets periods begin. aws: cloudwatch/GetMetricStatistics#StartTime
func roundStart(start, now time.Time) time.Time {
	switch age := now.Sub(start); {
	case age > 63*day:
		return start.Truncate(time.Hour)
	case age >= 15*day:
		return start.Truncate(5 * time.Minute)
	}
	return start.Truncate(time.Minute)
}

// periodsBetween is the number of periods from a time to another, the last one possibly cut off. It cannot overflow as a Duration would.
func periodsBetween(from, to time.Time, seconds int32) int64 {
	return (to.Unix() - from.Unix() + int64(seconds) - 1) / int64(seconds)
}

// dimsOf is the dimensions of a metric as the store wants them.
func dimsOf(dims []cloudwatch.Dimension) []series.Dim {
	list := make([]series.Dim, len(dims))
	for i, d := range dims {
		list[i] = series.Dim{Name: d.Name, Value: d.Value}
	}
	return series.SortDims(list)
}
