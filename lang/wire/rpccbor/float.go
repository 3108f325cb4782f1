package rpccbor

import "math"

// float gives the value of a half, single or double.
func (h head) float() float64 {
	switch h.info {
	case simpleHalf:
		return half(uint16(h.arg))
	case simpleSingle:
		return float64(math.Float32frombits(uint32(h.arg)))
	}
	return math.Float64frombits(h.arg)
}

// half reads the 16-bit format of IEEE 754.
func half(bits uint16) float64 {
	exponent, fraction := int(bits>>10&31), float64(bits&0x3ff)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 31:
		if f = math.Inf(1); fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(fraction+1024, exponent-25)
	}
	if bits&0x8000 != 0 {
		return -f
	}
	return f
}
