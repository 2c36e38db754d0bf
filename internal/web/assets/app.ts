// What every page runs. htmx first: the event-stream extension and the rest
// find it at window.htmx.
import "htmx.org/dist/htmx.esm.min.js";
import "htmx.org/dist/ext/hx-sse.min.js";
import "./ago";
import "./chart";
import "./copy";
import "./dialog";
import "./keys";
import "./palette";
import "./picture";
import "./theme";
import "./toast";
