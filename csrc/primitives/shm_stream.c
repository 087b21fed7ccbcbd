/*
 * A stream through shared memory.  One op copies one chunk of n bytes into a ring
 * while the peer, on another CPU, copies what is there out of it; nothing comes back.
 * Inside the timed region are one copy and the wait for room in the ring: once the
 * ring is full an op takes as long as the slower side needs for one chunk, so n over
 * its mean time is the bandwidth.
 */
#include "exchange.h"
#include "spsc.h"

struct shm_stream_state {
	struct pw_exchange exchange;
	struct pw_spsc ring;
};

static int shm_stream_open(void *state, const struct pw_trial *trial)
{
	struct shm_stream_state *s = state;
	int err = pw_exchange_open(&s->exchange, trial, "chunk");

	if (err)
		return err;
	err = pw_spsc_open(&s->ring, trial);
	if (err)
		pw_exchange_close(&s->exchange);
	return err;
}

static int shm_stream_drive(void *state, uint64_t ops)
{
	struct shm_stream_state *s = state;

	while (ops--)
		pw_spsc_put(&s->ring, s->exchange.out[PW_DRIVER], s->exchange.size);
	return 0;
}

static int shm_stream_serve(void *state, uint64_t ops)
{
	struct shm_stream_state *s = state;

	while (ops--)
		pw_spsc_take(&s->ring, s->exchange.in[PW_PEER], s->exchange.size);
	return 0;
}

static void shm_stream_close(void *state)
{
	struct shm_stream_state *s = state;

	pw_spsc_close(&s->ring);
	pw_exchange_close(&s->exchange);
}

const struct pw_primitive pw_shm_stream = {
	.name = "shm_stream",
	.state_size = sizeof(struct shm_stream_state),
	.open = shm_stream_open,
	.drive = shm_stream_drive,
	.serve = shm_stream_serve,
	.close = shm_stream_close,
};
