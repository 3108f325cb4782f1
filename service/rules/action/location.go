package action

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/location"
	"github.com/aws/aws-sdk-go-v2/service/location/types"

	"telltale/lang/shape/iot"
	"telltale/service/rules/connect"
)

// (aws: iot/location-rule-action)
var locationKind = newKind(Kind{
	Key: "location", Name: "LocationAction", Metric: "Location", Endpoint: "location",
	Templates: []string{"trackerName", "deviceId", "latitude", "longitude", "timestamp.value", "timestamp.unit"},
	Text:      "Tells a tracker of Amazon Location the position of a device.",
}, func(a *iot.Action) *iot.LocationAction { return a.Location }, compileLocation)

type locationAction struct {
	remote
	tracker, device, latitude, longitude, at, unit value
}

// epochUnits are the units of times since 1970.
var epochUnits = map[string]func(int64) time.Time{
	"SECONDS":      func(n int64) time.Time { return time.Unix(n, 0) },
	"MILLISECONDS": time.UnixMilli,
	"MICROSECONDS": time.UnixMicro,
	"NANOSECONDS":  func(n int64) time.Time { return time.Unix(0, n) },
}

func compileLocation(c *Compiler, p *iot.LocationAction) (Action, error) {
	a := &locationAction{}
	var err error
	if a.remote, err = c.remote("location", p.RoleArn); err != nil {
		return nil, err
	}
	at := iot.LocationTimestamp{}
	if p.Timestamp != nil {
		at = *p.Timestamp
	}
	if at.Unit == "" {
		at.Unit = "MILLISECONDS"
	}
	return a, c.parameters(
		parameter{to: &a.tracker, name: "trackerName", text: p.TrackerName},
		parameter{to: &a.device, name: "deviceId", text: p.DeviceId},
		parameter{to: &a.latitude, name: "latitude", text: p.Latitude, check: degrees(90)},
		parameter{to: &a.longitude, name: "longitude", text: p.Longitude, check: degrees(180)},
		parameter{to: &a.at, name: "timestamp.value", text: at.Value, optional: p.Timestamp == nil, check: checkEpoch},
		parameter{to: &a.unit, name: "timestamp.unit", text: at.Unit, check: oneOf("SECONDS", "MILLISECONDS", "MICROSECONDS", "NANOSECONDS")})
}

func degrees(most float64) func(string) error {
	return func(text string) error {
		if d, err := strconv.ParseFloat(text, 64); err != nil || !(math.Abs(d) <= most) {
			return fmt.Errorf("want degrees, %g to %g", -most, most)
		}
		return nil
	}
}

func checkEpoch(text string) error {
	if _, err := strconv.ParseInt(text, 10, 64); err != nil {
		return fmt.Errorf("want a whole number, the time since 1970 in the unit")
	}
	return nil
}

// Render makes the position. It is of now unless the action says of when.
func (a *locationAction) Render(r *Rendering) (Task, error) {
	f := filling{Rendering: r}
	tracker, device := f.text(a.tracker), f.text(a.device)
	latitude, _ := strconv.ParseFloat(f.text(a.latitude), 64) // checked
	longitude, _ := strconv.ParseFloat(f.text(a.longitude), 64)
	at, when := f.text(a.at), time.Now()
	if unit := epochUnits[f.text(a.unit)]; at != "" && unit != nil {
		n, _ := strconv.ParseInt(at, 10, 64)
		when = unit(n)
	}
	update := types.DevicePositionUpdate{DeviceId: &device, Position: []float64{longitude, latitude}, SampleTime: &when}
	return f.task(call{
		action: "location", failed: "Failed to update the position of the device",
		resources:  []Resource{{"TrackerName", tracker}, {"DeviceId", device}},
		permission: a.may("geo:BatchUpdateDevicePosition", a.arn("geo", "tracker/"+tracker)),
		run: func(ctx context.Context) error {
			out, err := connect.Client(a.endpoint, a.scope.Region, location.NewFromConfig).BatchUpdateDevicePosition(ctx,
				&location.BatchUpdateDevicePositionInput{TrackerName: &tracker, Updates: []types.DevicePositionUpdate{update}})
			if err != nil {
				return err
			}
			for _, e := range out.Errors {
				if e.Error != nil {
					return fmt.Errorf("%s (Service: Location; Error Code: %s)", aws.ToString(e.Error.Message), e.Error.Code)
				}
			}
			return nil
		},
	})
}
