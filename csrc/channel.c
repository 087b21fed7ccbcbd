/* Ends, their buffers, and the ops of those that are descriptors. */
#include "channel.h"

#include "duplex.h"
#include "io.h"
#include "setting.h"

const struct pw_reading pw_channel_readings[] = {
	[PW_CHANNEL_THERE] = { "there", PW_READING_TICKS },
	{ NULL, 0 },
};

static int allocate(struct pw_end *end, size_t size)
{
	*end = (struct pw_end){ .in = -1, .out = -1 };
	return pw_message_allocate(&end->message, size);
}

int pw_channel_allocate(struct pw_channel *channel, size_t size)
{
	int err = allocate(&channel->driver, size);

	if (err)
		return err;
	err = allocate(&channel->peer, size);
	if (err)
		pw_message_close(&channel->driver.message);
	return err;
}

int pw_channel_open(struct pw_channel *channel, const struct pw_trial *trial, size_t size,
		    int (*connect)(struct pw_channel *channel, const struct pw_trial *trial))
{
	int err = pw_channel_allocate(channel, size);

	if (err)
		return err;
	err = connect(channel, trial);
	if (err)
		pw_channel_close(channel);
	return err;
}

int pw_channel_open_message(struct pw_channel *channel, const struct pw_trial *trial,
			    int (*connect)(struct pw_channel *channel, const struct pw_trial *trial))
{
	return pw_channel_open(channel, trial, pw_setting_number(trial, "message", 0), connect);
}

static void close_end(struct pw_end *end)
{
	if (end->out == end->in)
		end->out = -1;
	pw_io_close(&end->in);
	pw_io_close(&end->out);
	pw_message_close(&end->message);
}

void pw_channel_close(void *state)
{
	struct pw_channel *channel = state;

	close_end(&channel->driver);
	close_end(&channel->peer);
}

int pw_channel_pipes(struct pw_channel *channel, const struct pw_trial *trial)
{
	struct pw_duplex duplex;
	int err = pw_duplex_open(&duplex);

	(void)trial;
	if (err)
		return err;
	channel->driver.out = duplex.request[1];
	channel->peer.in = duplex.request[0];
	channel->peer.out = duplex.reply[1];
	channel->driver.in = duplex.reply[0];
	return 0;
}

int pw_channel_drive(void *state, uint64_t ops)
{
	return pw_channel_drive_by(state, ops, pw_io_write_all, pw_io_read_all);
}

int pw_channel_serve(void *state, uint64_t ops)
{
	return pw_channel_serve_by(state, ops, pw_io_write_all, pw_io_read_all);
}
