package metricmath

import (
	"cmp"
	"slices"
	"strings"
)

// metrics is METRICS() or METRICS("part"): all metrics of the request, or those whose id contains the part.
func metrics(c *call) (Value, *Error) {
	if len(c.node.args) == 0 {
		return arrayOf(c.env.Metrics), nil
	}
	part := c.word(0)
	if part == "" {
		return Value{}, c.fail("the argument is not a quoted part of an id")
	}
	var list []*Series
	for _, s := range c.env.Metrics {
		if strings.Contains(s.ID, part) {
			list = append(list, s)
		}
	}
	return arrayOf(list), nil
}

func metricCount(c *call) (Value, *Error) {
	list, err := c.arrayArg(0)
	return numberOf(float64(len(list))), err
}

// element takes one series out of an array; an empty array gives an empty series.
func element(which func(n int) int) func(*call) (Value, *Error) {
	return func(c *call) (Value, *Error) {
		list, err := c.arrayArg(0)
		if err != nil {
			return Value{}, err
		}
		if len(list) == 0 {
			return Of(&Series{}), nil
		}
		return Of(list[which(len(list))]), nil
	}
}

// slice is SLICE(array, start[, end]); without end it is the one series at start.
func slice(c *call) (Value, *Error) {
	list, err := c.arrayArg(0)
	if err != nil {
		return Value{}, err
	}
	var bounds [2]int
	for i := range c.node.args[1:] {
		v, err := c.numberArg(i + 1)
		if err != nil {
			return Value{}, err
		}
		bounds[i] = int(min(max(v, 0), float64(len(list))))
	}
	if len(c.node.args) == 3 {
		return arrayOf(list[bounds[0]:max(bounds[0], bounds[1])]), nil
	}
	if bounds[0] == len(list) {
		return Value{}, c.fail("the array has %d elements, there is none at %d", len(list), bounds[0])
	}
	return Of(list[bounds[0]]), nil
}

// sorted is SORT(array, AVG|MIN|MAX|SUM, ASC|DESC[, n]).
func sorted(c *call) (Value, *Error) {
	list, err := c.arrayArg(0)
	if err != nil {
		return Value{}, err
	}
	f, known := map[string]aggregator{"AVG": average, "MIN": smallest, "MAX": largest, "SUM": sum}[c.word(1)]
	if !known {
		return Value{}, c.fail("argument 2 is not one of AVG, MIN, MAX and SUM")
	}
	sign, known := map[string]int{"ASC": 1, "DESC": -1}[c.word(2)]
	if !known {
		return Value{}, c.fail("argument 3 is not one of ASC and DESC")
	}
	weight := make(map[*Series]float64, len(list))
	for _, s := range list {
		values := make([]float64, len(s.Points))
		for i, p := range s.Points {
			values[i] = p.Value
		}
		weight[s] = f(values, len(values))
	}
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b *Series) int { return sign * cmp.Compare(weight[a], weight[b]) })
	if len(c.node.args) == 4 {
		n, err := c.numberArg(3)
		if err != nil {
			return Value{}, err
		}
		list = list[:int(min(max(n, 0), float64(len(list))))]
	}
	return arrayOf(list), nil
}

func removeEmpty(c *call) (Value, *Error) {
	list, err := c.arrayArg(0)
	if err != nil {
		return Value{}, err
	}
	return arrayOf(slices.DeleteFunc(slices.Clone(list), func(s *Series) bool { return len(s.Points) == 0 })), nil
}
