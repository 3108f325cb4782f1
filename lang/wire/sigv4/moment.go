package sigv4

import (
	"net/http"
	"strconv"
	"time"

	"telltale/base/fault"
)

// parseStamp reads the one form of time that is signed.
func parseStamp(stamp string) (time.Time, error) {
	// The length is checked because time.Parse would take fractions of a second, too.
	at, err := time.Parse(stampForm, stamp)
	if err != nil || len(stamp) != len(stampForm) {
		return time.Time{}, incomplete("Date must be in ISO-8601 'basic format' YYYYMMDDTHHMMSSZ (UTC). Got '%s'.", clip(stamp, maxQuoted))
	}
	return at, nil
}

// headerStamp is the time of a request signed in its header: X-Amz-Date, or else Date as HTTP or as AWS writes it.
func headerStamp(h http.Header) (string, error) {
	stamp, err := single(h, headerDate)
	if err != nil || stamp != "" {
		return stamp, err
	}
	date, err := single(h, "Date")
	if err != nil {
		return "", err
	}
	if date == "" {
		return "", incomplete("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header; the request has neither.")
	}
	at, err := http.ParseTime(date)
	if err != nil {
		at, err = time.Parse(time.RFC1123Z, date) // botocore writes -0000 for GMT
	}
	if err != nil {
		return date, nil // YYYYMMDDTHHMMSSZ, or parseStamp says what is wrong
	}
	return at.UTC().Format(stampForm), nil
}

// checkTime refuses a signature that is too old or from the future. A presigned request with a lifetime is good until that
// ends, to the second; any other must have been signed within skew of now.
func (s *Signature) checkTime(now time.Time, skew time.Duration) error {
	now = now.UTC()
	clock := now.Format(time.RFC3339)
	if newest := now.Add(skew); s.at.After(newest) {
		return invalid("Signature not yet current: %s is still later than %s (%s + %s). This server's clock reads %s, %s before the time of "+
			"signing; correct the client's clock.", s.stamp, newest.Format(stampForm), now.Format(stampForm), minutes(skew), clock, s.at.Sub(now).Round(time.Second))
	}
	if s.lifetime > 0 {
		if end := s.at.Add(s.lifetime); now.After(end) {
			return fault.New("sigv4.Verify", fault.Denied, "Request has expired: it was presigned at %s for %d seconds, until %s. This server's "+
				"clock reads %s, %s too late; presign it again.", s.at.Format(time.RFC3339), s.lifetime/time.Second, end.Format(time.RFC3339),
				clock, now.Sub(end).Round(time.Second)).Named(CodeExpired)
		}
		return nil
	}
	if oldest := now.Add(-skew); s.at.Before(oldest) {
		return invalid("Signature expired: %s is now earlier than %s (%s - %s). This server's clock reads %s, %s after the time of "+
			"signing; correct the client's clock or sign again.", s.stamp, oldest.Format(stampForm), now.Format(stampForm), minutes(skew), clock, now.Sub(s.at).Round(time.Second))
	}
	return nil
}

// minutes spells a tolerance as AWS does, "5 min.", where it is one of whole minutes.
func minutes(d time.Duration) string {
	if d%time.Minute != 0 {
		return d.String()
	}
	return strconv.Itoa(int(d/time.Minute)) + " min."
}
