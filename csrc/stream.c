/* Transfers in chunks; the last one is smaller where they do not fit evenly. */
#include "stream.h"

#include <errno.h>

#include "io.h"
#include "setting.h"

int pw_stream_open(struct pw_stream *stream, const struct pw_trial *trial,
		   int (*connect)(struct pw_channel *channel, const struct pw_trial *trial))
{
	stream->transfer = pw_setting_number(trial, "transfer", 0);
	if (!stream->transfer)
		return -EINVAL;
	return pw_channel_open(&stream->channel, trial, pw_setting_number(trial, "chunk", 0), connect);
}

static size_t next(const struct pw_end *end, size_t left)
{
	return left < end->message.size ? left : end->message.size;
}

int pw_stream_drive(void *state, uint64_t ops)
{
	struct pw_stream *stream = state;
	struct pw_end *end = &stream->channel.driver;
	int err = 0;

	while (!err && ops--) {
		for (size_t left = stream->transfer; !err && left; left -= next(end, left))
			err = pw_io_write_all(end->out, end->message.sent, next(end, left));
		if (!err)
			err = pw_io_read_all(end->in, end->message.received, 1);
	}
	return err;
}

int pw_stream_serve(void *state, uint64_t ops)
{
	struct pw_stream *stream = state;
	struct pw_end *end = &stream->channel.peer;
	int err = 0;

	while (!err && ops--) {
		for (size_t left = stream->transfer; !err && left; left -= next(end, left))
			err = pw_io_read_all(end->in, end->message.received, next(end, left));
		if (!err)
			err = pw_io_write_all(end->out, end->message.sent, 1);
	}
	return err;
}

void pw_stream_close(void *state)
{
	struct pw_stream *stream = state;

	pw_channel_close(&stream->channel);
}
