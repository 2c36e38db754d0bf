// Package remote lets a language model elsewhere label texts or name topics: any
// endpoint that speaks OpenAI's chat completions, the company's own or one that it
// pays for. Nothing uses it unless somebody gives its address.
//
// What leaves is masked (text.Mask) here, and nowhere else; what comes back is one
// of the labels asked for or is refused, whatever a text tells the model to say.
// Audit holds such labels against those of people or of our own model before
// anybody relies on them. The package keeps nothing.
package remote
