package api_test

import (
	"context"
	"errors"
	"time"

	"github.com/vivencia-cx/vivencia/internal/cx"
	"github.com/vivencia-cx/vivencia/internal/jobs"
	"github.com/vivencia-cx/vivencia/internal/sqldb"
)

// failing puts a job into the queue that fails for good, and lets the queue run.
func failing(ctx context.Context, q *jobs.Queue, db *sqldb.DB, clock cx.Clock) error {
	q.Handle(jobs.Lane{Kind: "test", Work: func(context.Context, jobs.Job) (jobs.Done, error) { return nil, jobs.Dead(errors.New("never")) }})
	err := db.Write(ctx, func(tx *sqldb.Tx) error { return q.Put(ctx, tx, jobs.Job{Kind: "test", Key: "x", Due: clock.Now()}) })
	q.Start()
	return err
}

// asking walks what is asked and sent. Ana has an address, and nobody sends mail.
func (j *judge) asking(ana string) {
	j.Helper()
	send := map[string]any{"survey": "till-care", "segment": "waited", "preview": true}
	j.ask("POST", "/api/v1/asks/sends", map[string]any{"survey": "unheard-of", "segment": "waited", "preview": true}).status(404)
	j.ask("POST", "/api/v1/asks/sends", map[string]any{"survey": "till-care", "segment": "waited"}).status(400)
	j.ask("PUT", "/api/v1/customers/"+ana+"/contact", map[string]any{"unsubscribed": true}).status(204)
	j.ask("POST", "/api/v1/asks/sends", send).status(200).is("total", 1).is("asked", 0).is("skipped.unsubscribed", 1)
	j.ask("PUT", "/api/v1/customers/"+ana+"/contact", map[string]any{"unsubscribed": false}).status(204)
	j.ask("PUT", "/api/v1/customers/c_0000000000000/contact", map[string]any{"unsubscribed": true}).status(404)
	j.ask("POST", "/api/v1/asks/sends", send).status(200).is("asked", 1)
	j.ask("GET", "/api/v1/asks", nil).status(200).is("next", nil)
	send["preview"], send["name"] = false, "march"
	j.ask("POST", "/api/v1/asks/sends", send).status(200).is("asked", 1)
	j.ask("POST", "/api/v1/asks/sends", send).status(200).is("asked", 0)
	id := j.ask("GET", "/api/v1/asks?survey=till-care", nil).status(200).is("items.0.customer", ana).json("items.0.id").(string)
	j.ask("GET", "/api/v1/asks/rates?survey=till-care", nil).status(200).is("answered", 0)
	j.ask("GET", "/api/v1/asks/fatigue", nil).status(200).is("days", 30)
	j.ask("POST", "/api/v1/asks/preview", map[string]any{"survey": "till-care"}).status(200).is("asked", 0)
	j.ask("POST", "/api/v1/asks/preview", map[string]any{"survey": "unheard-of"}).status(404)

	for deadline := time.Now().Add(10 * time.Second); len(j.ask("GET", "/api/v1/deliveries?customer="+ana, nil).status(200).json("items").([]any)) == 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			j.Fatal("nothing to deliver")
		}
	}
	j.ask("GET", "/api/v1/deliveries/ask-"+id, nil).status(200).is("state", "waiting").is("to", "a•••@example.com")
	j.ask("GET", "/api/v1/deliveries/nothing", nil).status(404)
	j.ask("GET", "/api/v1/outbox", nil).status(200).is("ready", false).is("down_until", nil).is("count.waiting", 1)
	j.ask("GET", "/api/v1/jobs/dead", nil).status(200).is("items.0.key", "x").is("items.0.error", "never")
	j.ask("POST", "/api/v1/jobs/test/x/replay", nil).status(204)
	j.ask("POST", "/api/v1/jobs/test/y/replay", nil).status(404)
}
