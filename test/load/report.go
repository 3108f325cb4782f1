package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
)

// printJSON prints a line for each result.
func printJSON(w io.Writer, results []result) error {
	for _, r := range results {
		line, err := json.Marshal(r)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s\n", line)
	}
	return nil
}

// printResults prints what there is to say about one load.
func printResults(w io.Writer, results []result) {
	for _, r := range results {
		if r.Wrong != "" {
			fmt.Fprintf(w, "%-28s %-10s failed: %s\n", r.load, r.Peer, r.Wrong)
			continue
		}
		fmt.Fprintf(w, "%-28s %-10s %9.2f %s", r.load, r.Peer, r.Figure, r.Unit)
		if r.Rate > 0 {
			fmt.Fprintf(w, "  %8.0f/s", r.Rate)
		}
		if r.P50 > 0 {
			fmt.Fprintf(w, "  p50 %.0f p99 %.0f p99.9 %.0f us", r.P50, r.P99, r.P999)
		}
		fmt.Fprintf(w, "  %.0f MiB", r.Resident)
		if r.Entries > 0 {
			fmt.Fprintf(w, "  %.0f%% of entries dropped", math.Ceil(100*r.Entries))
		}
		if r.Noisy > 0 {
			fmt.Fprintf(w, "  noisy (%d of %d rounds)", r.Noisy, r.Rounds)
		}
		fmt.Fprintln(w)
	}
}

const rowFormat = "%-26s %10s | %10s %10s %-12s %-7s| %10s %10s %-12s %s\n"

// printHead prints the head of the table.
func printHead(w io.Writer) {
	fmt.Fprintln(w, "CPU-seconds of the program per million deliveries; latency: p99 in us at half of its own saturation, evenlatency: at half of the slowest's; idle: KB each; connect: per CPU-second")
	fmt.Fprintf(w, rowFormat, "", "mosquitto", "DISABLED", "", "demand", "", "INFO", "", "demand", "")
}

// printRow prints one row of the table and reports whether its demands are met.
func printRow(w io.Writer, r row, results []result) bool {
	by := map[string]result{}
	mark := ""
	for _, one := range results {
		by[one.Peer] = one
		if one.Noisy > 0 {
			mark = " noisy"
		}
	}
	met := true
	cells := []any{r.load.String(), figure(by[mosquitto])}
	for _, side := range []struct {
		demand *demand
		ours   result
	}{{r.disabled, by[disabled]}, {r.info, by[info]}} {
		show, text, verdict := "", "-", ""
		if d := side.demand; d != nil {
			show, text, verdict = d.show(side.ours.Figure, by[mosquitto].Figure), d.text, "met"
			if side.ours.Wrong != "" || side.ours.Entries > 0 || by[mosquitto].Wrong != "" || !d.met(side.ours.Figure, by[mosquitto].Figure) {
				verdict, met = "MISSED", false
			}
		}
		cells = append(cells, figure(side.ours), show, text, verdict)
	}
	cells[len(cells)-1] = cells[len(cells)-1].(string) + mark
	fmt.Fprintf(w, rowFormat, cells...)
	for _, one := range results {
		if one.Wrong != "" {
			fmt.Fprintf(w, "    %s failed: %s\n", one.Peer, one.Wrong)
		}
		if one.Entries > 0 {
			fmt.Fprintf(w, "    %s dropped %.0f%% of the entries of %.0f deliveries a second: what it would cost to keep them is not in the figure\n", one.Peer, math.Ceil(100*one.Entries), one.Rate)
		}
	}
	return met
}

func figure(r result) string {
	switch {
	case r.Peer == "":
		return "-"
	case r.Wrong != "":
		return "failed"
	case r.Figure >= 1000:
		return fmt.Sprintf("%.0f", r.Figure)
	}
	return fmt.Sprintf("%.2f", r.Figure)
}
