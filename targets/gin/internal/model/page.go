package model

// Page is the part of a list that is asked for. Numbers count from 1.
type Page struct {
	Number int
	Size   int
}

// Offset is how many rows come before the page.
func (p Page) Offset() int {
	return (p.Number - 1) * p.Size
}
