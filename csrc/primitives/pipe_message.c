/*
 * A message through a pipe.  One op sends a message of n bytes to the peer and
 * gets it back through a second pipe; inside the timed region each side makes at
 * least one write and one blocking read, more where the pipe is smaller than the
 * message.
 */
#include "duplex.h"
#include "io.h"
#include "message.h"
#include "primitive.h"

struct pipe_message_state {
	struct pw_duplex duplex;
	struct pw_message driver;
	struct pw_message peer;
};

static void pipe_message_close(void *state)
{
	struct pipe_message_state *s = state;

	pw_duplex_close(&s->duplex);
	pw_message_close(&s->driver);
	pw_message_close(&s->peer);
}

static int pipe_message_open(void *state, const struct pw_trial *trial)
{
	struct pipe_message_state *s = state;
	int err = pw_duplex_open(&s->duplex);

	if (!err)
		err = pw_message_open(&s->driver, trial);
	if (!err)
		err = pw_message_open(&s->peer, trial);
	if (err)
		pipe_message_close(state);
	return err;
}

static int pipe_message_drive(void *state, uint64_t ops)
{
	struct pipe_message_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = pw_io_write_all(s->duplex.request[1], s->driver.sent, s->driver.size);
		if (!err)
			err = pw_io_read_all(s->duplex.reply[0], s->driver.received, s->driver.size);
	}
	return err;
}

static int pipe_message_serve(void *state, uint64_t ops)
{
	struct pipe_message_state *s = state;
	int err = 0;

	while (!err && ops--) {
		err = pw_io_read_all(s->duplex.request[0], s->peer.received, s->peer.size);
		if (!err)
			err = pw_io_write_all(s->duplex.reply[1], s->peer.received, s->peer.size);
	}
	return err;
}

const struct pw_primitive pw_pipe_message = {
	.name = "pipe_message",
	.state_size = sizeof(struct pipe_message_state),
	.open = pipe_message_open,
	.drive = pipe_message_drive,
	.serve = pipe_message_serve,
	.close = pipe_message_close,
};
