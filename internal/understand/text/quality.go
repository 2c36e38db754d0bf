package text

// Quality says how well a model reads texts that it was not learned from.
type Quality struct {
	Polarity Report `json:"polarity"`
	Emotion  Report `json:"emotion"`
	Topics   Report `json:"topics"` // of the likeliest topic, among texts whose topic is known
}

// Report compares what a classifier said with what people said, text by text.
// Shares are 0 when N is 0.
type Report struct {
	N         int              `json:"n"`        // texts compared
	Accuracy  float64          `json:"accuracy"` // share that agrees
	Low       float64          `json:"low"`      // Accuracy's 95 % interval (Wilson 1927)
	High      float64          `json:"high"`
	MacroF1   float64          `json:"macro_f1"` // the classes' F1, each counting the same
	Majority  float64          `json:"majority"` // share that always saying the commonest class would reach
	Classes   []ClassReport    `json:"classes"`  // in order of name
	Languages []LanguageReport `json:"languages"`
}

// ClassReport is one class of a Report.
type ClassReport struct {
	Class     string  `json:"class"`
	Precision float64 `json:"precision"`
	Recall    float64 `json:"recall"`
	F1        float64 `json:"f1"`
	N         int     `json:"n"` // texts that people say are of it
}

// LanguageReport is a Report of the texts of one language.
type LanguageReport struct {
	Language string  `json:"language"` // "" for texts of none of es, en, pt
	Accuracy float64 `json:"accuracy"`
	MacroF1  float64 `json:"macro_f1"`
	Majority float64 `json:"majority"`
	N        int     `json:"n"`
}

// Judge returns how well the model reads examples that it was not learned from.
func (m *Model) Judge(examples []Example) Quality { return Quality{} }
