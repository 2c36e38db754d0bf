package simulate

// verb is what happens: one for each event that Candil's systems send.
type verb uint8

const (
	none verb = iota
	// who it is
	registered // identify, by the web or the app
	synced     // identify, by the CRM at night
	aliased
	grouped
	// before
	pageSeen
	statusSeen
	screenSeen
	newsletterSubscribed
	newsletterOpened
	newsletterLeft
	searched
	viewed
	stockChecked
	wished
	appOpened
	switchboardCalled
	eventBooked
	eventAttended
	listRequested
	listQuoted
	specialPlaced
	specialAnswered
	// during
	entered
	browsed
	advised
	paid
	wrapped
	added
	checkoutStarted
	checkoutFailed
	ordered
	cancelled
	ready
	collected
	shipped
	notified
	deliveryFailed
	delivered
	specialReady
	listDelivered
	// after
	invoiced
	reminded
	invoicePaid
	returnRequested
	returnAccepted
	returnRefused
	refunded
	mailSent
	mailAnswered
	called
	complained
	complaintAnswered
	reviewed
	posted
	joined
	redeemed
	referred
	// what is not an event
	asked // a survey reaches the customer, who answers or not
	// the club with a fee, what Candil tries out, and who says who spoke of it;
	// later than what is above, whose numbers make messageIds
	memberStarted
	memberRenewed // or ended: who has to pay thinks of it
	memberEnded
	exposed
	shared  // the code is passed on
	claimed // who spoke of Candil, without a code
	tempted // comes back of itself: no event
	verbs
)

// device is what the customer has in hand.
type device uint8

const (
	noDevice device = iota
	firstDevice
	secondDevice
	phoneApp
)

// fact is one thing that will be lived: planned with its flow, lived at its
// time. Which of its fields mean something depends on the verb.
type fact struct {
	at       int64 // Unix ms
	due      int64 // what was promised, Unix ms; 0: nothing
	object   uint64
	parent   uint64  // the order, ticket or list that object is about; of a purchase the code that it names, and one; 0: none
	cents    int32   // money
	customer uint32  // index
	amount   float32 // minutes, hours or days
	feel     float32 // valence as lived, −2..+2; indifferent when nothing is felt
	title    uint16
	count    uint16
	verb     verb
	shop     uint8
	carrier  uint8
	device   device
	yes      bool // found, in stock, solved, greeted, helped, answered, …
	also     bool // bag checked, crashed, damaged, a gift, …
	survey   survey
	topic    theme // what it would be about, if words are found for it
	colour   uint8 // of the gift wrapping; 0: none
	promise  int8  // +1 kept, −1 broken
	parcel   bool  // parent is an order, not a ticket
	signed   bool  // the device knew who it was
	campaign bool  // of the launch, at its price
	claim    claim // of the code in parent
}

// indifferent is the valence of what leaves no trace.
const indifferent = float32(-128)

// theme is what customers have words for: a family of quotes.
type theme uint8

const (
	noTheme theme = iota
	neutral
	neutralShop
	courierLateTheme
	tillQueueTheme
	wrongStockTheme
	wrapColourTheme
	careTheme
	praiseBookseller
	praiseRecommendation
	praiseCollection
	praiseDelivery
	praiseGiftwrap
	themes
)

var themeFiles = [themes]string{
	neutral: "neutral", neutralShop: "neutral-shop", courierLateTheme: "courier-late", tillQueueTheme: "till-queue", wrongStockTheme: "wrong-stock",
	wrapColourTheme: "wrap-colour", careTheme: "care", praiseBookseller: "praise-bookseller",
	praiseRecommendation: "praise-recommendation", praiseCollection: "praise-collection", praiseDelivery: "praise-delivery", praiseGiftwrap: "praise-giftwrap",
}
