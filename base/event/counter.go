package event

// MaxDims is the number of dimensions a fact's metric can have.
const MaxDims = 3

// Dim is one dimension of a metric.
type Dim struct{ Name, Value string }

// Sample is one datum of one metric.
type Sample struct {
	Name  string
	Value float64
	Times uint32       // how often
	Dims  [MaxDims]Dim // the first N are set
	N     int
}

// Counter collects the samples of one fact. A sink resets and reuses it.
type Counter struct{ samples []Sample }

// Reset empties c.
func (c *Counter) Reset() { c.samples = c.samples[:0] }

// List is the samples collected.
func (c *Counter) List() []Sample { return c.samples }

// Add adds a value to a metric. More than MaxDims dimensions are a mistake in the service and panic.
func (c *Counter) Add(name string, value float64, dims ...Dim) { c.AddTimes(name, value, 1, dims...) }

// AddTimes adds the same value several times.
func (c *Counter) AddTimes(name string, value float64, times uint32, dims ...Dim) {
	s := Sample{Name: name, Value: value, Times: times, N: len(dims)}
	if len(dims) > MaxDims {
		panic("event: metric " + name + " has too many dimensions")
	}
	copy(s.Dims[:], dims)
	c.samples = append(c.samples, s)
}
