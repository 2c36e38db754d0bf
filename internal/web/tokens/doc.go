// Package tokens is the one source of the look: colours, spaces, radii, type
// sizes. It owns no component. Out: CSS custom properties for the web (light,
// dark, either forced by data-theme), and the values themselves for e-mail and
// pictures, which know no custom properties.
package tokens
