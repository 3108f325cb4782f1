package page

// Position is where a listing stands in what it lists; zero is the end.
type Position interface{ IsZero() bool }

// List returns rows as a listing tells them, and the token with which it goes on after next.
func List[R, T any](purpose string, rows []*R, next Position, tell func(*R) T) (list []T, token string) {
	list = make([]T, len(rows))
	for i, row := range rows {
		list[i] = tell(row)
	}
	if next.IsZero() {
		return list, ""
	}
	return list, Token(purpose, next)
}
