package connect

// Configured reports whether there is any function.
func (f *Functions) Configured() bool { return f != nil && len(f.answerers) > 0 }

// Configured reports whether there is any model.
func (m *Models) Configured() bool { return m != nil && len(m.answerers) > 0 }
