// Package notices is Avisos: what one must know now, live, with the way there;
// and how one wants to be told (what by mail, what in the browser with the page
// closed, when not to, the morning's digest). Everybody has their own. The bell
// of every page counts what is unread here.
package notices
