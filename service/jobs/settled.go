package jobs

// settled is told of every execution that has come to its end, in the same change: the job may be at its end, too.
func (c *change) settled(j *job, e *execution) error { return nil }

// open reports whether a job rolls out now.
func (c *change) open(j *job) bool { return true }
