package model

import "strings"

// orMean ends a fault's message: the nearest of the words that could have been
// meant, else (when list is not empty) all of them.
func orMean(w string, words []string, list string) string {
	best, least := "", 3
	for _, candidate := range words {
		if d := distance(strings.ToLower(w), strings.ToLower(candidate)); d < least && d < len([]rune(candidate)) {
			best, least = candidate, d
		}
	}
	switch {
	case best != "":
		return `; did you mean "` + best + `"?`
	case list != "":
		return list + strings.Join(words, ", ")
	}
	return ""
}

// distance counts the letters to change, add, drop or swap to make b of a
// (optimal string alignment); texts of more than 64 letters are far apart.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	if len(x) > 64 || len(y) > 64 {
		return 64
	}
	var before []int
	row := make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := range x {
		next := make([]int, len(y)+1)
		next[0] = i + 1
		for j := range y {
			cost := 1
			if x[i] == y[j] {
				cost = 0
			}
			next[j+1] = min(row[j+1]+1, next[j]+1, row[j]+cost)
			if i > 0 && j > 0 && x[i] == y[j-1] && x[i-1] == y[j] {
				next[j+1] = min(next[j+1], before[j-1]+1)
			}
		}
		before, row = row, next
	}
	return row[len(y)]
}
