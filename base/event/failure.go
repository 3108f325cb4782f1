package event

// Failure is why an operation did not succeed; the zero Failure is success. Facts embed it.
type Failure struct {
	Outcome Outcome
	Reason  string // code, e.g. AUTHORIZATION_FAILURE
	Details string // one sentence
	Why     string // beyond AWS: the authorization explanation as a JSON object, "" if there is none
}

// Result is the outcome, as Fact asks for it.
func (f *Failure) Result() Outcome { return f.Outcome }

// Fields writes reason, details and authorization; nothing on success.
func (f *Failure) Fields(w *Writer) {
	w.OptStr("reason", f.Reason)
	w.OptStr("details", f.Details)
	if f.Why != "" {
		w.JSON("authorization", f.Why)
	}
}
