package mqtt

// Opt is a number or flag that may be absent. The zero value is absent.
type Opt[T byte | uint16 | uint32 | bool] struct {
	Value   T
	Present bool
}

// Some returns a present value.
func Some[T byte | uint16 | uint32 | bool](value T) Opt[T] {
	return Opt[T]{Value: value, Present: true}
}

// Or returns the value, or what the standard says it is when absent:
//
//	limit := p.ReceiveMaximum.Or(65535)
func (o Opt[T]) Or(absent T) T {
	if o.Present {
		return o.Value
	}
	return absent
}
