package bench

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
)

// Report is what a run found.
type Report struct {
	Machine Machine  `json:"machine"`
	Events  int      `json:"events"` // stored for what depends on it
	Results []Result `json:"results"`
	Curve   []Point  `json:"curve,omitempty"`
}

// Result is one figure. Target and Met are there where a target is known; Met
// only when as many events were stored as the target is for.
type Result struct {
	Name     string   `json:"name"`
	Value    float64  `json:"value"`
	Unit     string   `json:"unit"`
	RatioTo  string   `json:"ratio_to,omitempty"` // a rate of the machine
	Ratio    *float64 `json:"ratio,omitempty"`
	Target   *float64 `json:"target,omitempty"`
	TargetAt int      `json:"target_at,omitempty"` // stored events that the target is for
	Met      *bool    `json:"met,omitempty"`
	Means    string   `json:"means"`
}

// add appends the figure called name, measured with that many events stored.
func (r *Report) add(name string, value float64, events int) {
	all := figures()
	i := slices.IndexFunc(all, func(f figure) bool { return f.Name == name })
	if i < 0 {
		panic("bench: a figure without a meaning: " + name)
	}
	f := all[i]
	out := Result{Name: name, Value: value, Unit: f.Unit, RatioTo: f.Rate, TargetAt: f.At, Means: f.Means}
	if rate := r.Machine.rate(f.Rate); rate > 0 {
		ratio := value * f.Per / rate
		out.Ratio = &ratio
	}
	if target := max(f.AtLeast, f.AtMost); target > 0 {
		out.Target = &target
		if met := f.AtLeast > 0 && value >= target || f.AtMost > 0 && value <= target; events >= f.At {
			out.Met = &met
		}
	}
	r.Results = append(r.Results, out)
}

// WriteTable writes the report for people.
func (r Report) WriteTable(w io.Writer) error {
	m := r.Machine
	fmt.Fprintf(w, "machine  %d cores, load %.1f, %s\n", m.Cores, m.Load, m.Go)
	fmt.Fprintf(w, "         %.0f fsyncs/s of 4 KB, %.0f/s of 64 bytes, writes 1-MB blocks at %.0f MB/s,\n", m.Fsync4K, m.Fsync64, m.Write1MB)
	fmt.Fprintf(w, "         scans JSON at %.0f MB/s and copies memory at %.0f MB/s, one core\n", m.JSONScan, m.Copy)
	fmt.Fprintf(w, "stored   %s events of about 1 KB\n\n", grouped(float64(r.Events)))
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, x := range r.Results {
		ratio, target := "", ""
		if x.Ratio != nil {
			ratio = fmt.Sprintf("%.3g × %s", *x.Ratio, x.RatioTo)
		}
		if x.Target != nil {
			target = "target " + grouped(*x.Target)
			switch {
			case x.Met == nil:
				target += " at " + grouped(float64(x.TargetAt))
			case *x.Met:
				target += ", met"
			default:
				target += ", MISSED"
			}
		}
		fmt.Fprintf(t, "%s\t%10s\t%s\t%s\t%s\n", x.Name, grouped(x.Value), x.Unit, target, ratio)
	}
	return t.Flush()
}

// grouped writes a number with three figures, or in full from a thousand on.
func grouped(v float64) string {
	if v < 1000 && v > -1000 {
		return fmt.Sprintf("%.3g", v)
	}
	digits := fmt.Sprintf("%.0f", v)
	first := 0
	if digits[0] == '-' {
		first = 1
	}
	for i := len(digits) - 3; i > first; i -= 3 {
		digits = digits[:i] + "," + digits[i:]
	}
	return digits
}
