package connect

// Functions are the functions and models that rules call by name.
type Functions struct{}
