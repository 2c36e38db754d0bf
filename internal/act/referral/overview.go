package referral

// Overview tells who brings others, in groups.
type Overview struct{}
