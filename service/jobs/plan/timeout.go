package plan

import "telltale/lang/shape/iot"

// timeoutMost is how many minutes an execution may take at most: seven days. (aws: general/iot_device_management#job-limits)
const timeoutMost = 10080

func (x *Settings) applyTimeout(in configs) error {
	if in.timeout == nil || in.timeout.InProgressTimeoutInMinutes == nil {
		return nil
	}
	minutes := *in.timeout.InProgressTimeoutInMinutes
	if minutes < 1 || minutes > timeoutMost {
		return invalid("The inProgressTimeoutInMinutes %d is not allowed: it must be 1 to %d.", minutes, timeoutMost)
	}
	x.Timeout = minutes
	return nil
}

// TimeoutShape is the setting as answers show it, nil if there is none.
func (x *Settings) TimeoutShape() *iot.TimeoutConfig {
	if x.Timeout == 0 {
		return nil
	}
	return &iot.TimeoutConfig{InProgressTimeoutInMinutes: &x.Timeout}
}
