// Package dist holds what the browser takes, as built by tools/assets from
// internal/web: bundles, the icons' sprite, the fonts, each under a name that
// carries its content's hash. It owns no source. In: nothing. Out: a handler
// for /assets/ and the address of each file.
package dist
