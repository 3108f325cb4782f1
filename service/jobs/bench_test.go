package jobs

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"telltale/base/message"
	"telltale/lang/shape/iot"
	"telltale/service/registry"
)

// teller counts notifications.
type teller chan string

func (l teller) Publish(_ context.Context, m *message.Message) error {
	if strings.HasSuffix(m.Topic, "/notify-next") {
		l <- m.Topic
	}
	return nil
}

// A job reaches 10,000 things: from CreateJob until each was told.
func BenchmarkTenThousandThings(b *testing.B) {
	db := onDisk(b, b.TempDir())
	told := make(teller, 20000)
	reg, err := registry.New(b.Context(), registry.Config{}, registry.Needs{State: db})
	if err != nil {
		b.Fatal(err)
	}
	s, err := New(b.Context(), Default(), Needs{State: db, Publisher: told, Registry: reg})
	if err != nil {
		b.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() { ended <- s.Run(ctx) }()
	fleet(b, reg, 10000)
	for n := 0; b.Loop(); n++ {
		in := &iot.CreateJobInput{JobId: fmt.Sprint("j", n), Targets: []string{"arn:aws:iot:eu-central-1:123456789012:thinggroup/fleet"}, Document: `{"do":"it"}`}
		begun := time.Now()
		ok(b, home, s.CreateJob, in)
		made := time.Since(begun)
		for range 10000 {
			<-told
		}
		b.ReportMetric(made.Seconds(), "s/create")
		b.StopTimer()
		ok(b, home, s.DeleteJob, &iot.DeleteJobInput{JobId: in.JobId, Force: new(true)})
		for begun := time.Now(); time.Since(begun) < time.Minute; time.Sleep(10 * time.Millisecond) {
			if _, err := s.DescribeJob(as(home), &iot.DescribeJobInput{JobId: in.JobId}); err != nil {
				break
			}
		}
		b.StartTimer()
	}
	cancel()
	<-ended
}

// fleet makes things of a group.
func fleet(b *testing.B, reg *registry.Registry, n int) {
	ok(b, home, reg.CreateThingGroup, &iot.CreateThingGroupInput{ThingGroupName: "fleet"})
	work := make(chan string)
	done := make(chan bool)
	for range 64 {
		go func() {
			for name := range work {
				ok(b, home, reg.CreateThing, &iot.CreateThingInput{ThingName: name})
				ok(b, home, reg.AddThingToThingGroup, &iot.AddThingToThingGroupInput{ThingName: name, ThingGroupName: "fleet"})
			}
			done <- true
		}()
	}
	for i := range n {
		work <- fmt.Sprintf("thing%05d", i)
	}
	close(work)
	for range 64 {
		<-done
	}
}
