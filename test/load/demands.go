package main

import "fmt"

// demand is what a figure of telltale must be beside that of mosquitto.
type demand struct {
	text string
	show func(ours, theirs float64) string
	met  func(ours, theirs float64) bool
}

func ratio(over, under float64) float64 {
	if under <= 0 {
		return 0
	}
	return over / under
}

// timesLess demands that mosquitto's figure is at least n times ours.
func timesLess(n float64) *demand {
	return &demand{text: fmt.Sprintf(">= %gx less", n),
		show: func(ours, theirs float64) string { return fmt.Sprintf("%.1fx less", ratio(theirs, ours)) },
		met:  func(ours, theirs float64) bool { return ours > 0 && theirs/ours >= n }}
}

// timesMore demands that our figure is at least n times mosquitto's.
func timesMore(n float64) *demand {
	return &demand{text: fmt.Sprintf(">= %gx", n), show: times, met: func(ours, theirs float64) bool { return ours > 0 && ours >= n*theirs }}
}

// atMostTimes demands that our figure is at most n times mosquitto's.
func atMostTimes(n float64) *demand {
	return &demand{text: fmt.Sprintf("<= %gx", n), show: times, met: func(ours, theirs float64) bool { return ours > 0 && ours <= n*theirs }}
}

// atMost demands that our figure is at most n, and below mosquitto's if so said.
func atMost(n float64, below bool) *demand {
	text := fmt.Sprintf("<= %g", n)
	if below {
		text += ", <1x"
	}
	return &demand{text: text, show: times,
		met: func(ours, theirs float64) bool { return ours > 0 && ours <= n && (!below || ours < theirs) }}
}

func times(ours, theirs float64) string { return fmt.Sprintf("%.2fx", ratio(ours, theirs)) }

// row is a load with what is demanded of telltale without and with entries; nil demands nothing.
type row struct {
	load
	disabled, info *demand
}

// rows are all loads with demands. A short list leaves out the larger payload and the even latency.
func rows(short bool) (all []row) {
	sizes := []int{64, 1024}
	if short {
		sizes = sizes[:1]
	}
	for _, tls := range []bool{false, true} {
		without, with := timesLess(8), timesLess(4)
		if tls {
			without, with = timesLess(6), timesLess(3)
		}
		for _, scenario := range []string{"pairs", "fanin"} {
			for _, size := range sizes {
				for _, qos := range []byte{0, 1} {
					all = append(all, row{load{scenario, qos, size, tls}, without, with})
				}
			}
		}
		for _, qos := range []byte{0, 1} {
			all = append(all, row{load{"fanout", qos, 64, tls}, timesLess(6), timesLess(3)})
		}
	}
	if !short {
		all = append(all,
			row{load{"evenlatency", 0, 64, false}, atMostTimes(1), atMostTimes(1)},
			row{load{"evenlatency", 1, 64, false}, atMostTimes(1), atMostTimes(1)})
	}
	return append(all,
		row{load{"thin", 0, 64, false}, atMostTimes(0.9), atMostTimes(1)},
		row{load{"thin", 1, 64, false}, atMostTimes(0.9), atMostTimes(1)},
		row{load{"subs", 0, 64, false}, timesLess(4), timesLess(2)},
		row{load{"subs", 1, 64, false}, timesLess(4), timesLess(2)},
		row{load{"latency", 0, 64, false}, atMostTimes(1), atMostTimes(1)},
		row{load{"latency", 1, 64, false}, atMostTimes(1), atMostTimes(1)},
		row{load{"idle", 0, 0, false}, atMost(5, false), atMost(5, false)},
		row{load{"idle", 0, 0, true}, atMost(20, true), atMost(20, true)},
		row{load{"connect", 0, 0, false}, nil, nil},
		row{load{"connect", 0, 0, true}, timesMore(2), timesMore(2)},
	)
}
