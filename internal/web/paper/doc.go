// Package paper draws sheets for a printer: filled shapes and letters in millimetres,
// written as SVG or as the pages of a PDF, without a font of its own. It owns no
// page and no words.
//
// In: texts, rectangles and paths. Out: files.
package paper
