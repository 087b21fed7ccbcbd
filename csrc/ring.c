/* Opening and closing of rings, and the two system calls of a turn. */
#include "ring.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "io.h"
#include "setting.h"

int pw_ring_open(struct pw_ring *ring, const struct pw_trial *trial)
{
	uint64_t tasks = pw_setting_number(trial, "tasks", 2);

	if (tasks < 2 || tasks > PW_PARTIES_MAX)
		return -EINVAL;
	ring->trial = trial;
	ring->tasks = (uint32_t)tasks;
	for (uint32_t i = 0; i < ring->tasks; i++)
		ring->pipe[i][0] = ring->pipe[i][1] = -1;
	return 0;
}

int pw_ring_open_pipes(struct pw_ring *ring)
{
	for (uint32_t i = 0; i < ring->tasks; i++)
		if (pipe2(ring->pipe[i], O_CLOEXEC) < 0)
			return -errno;
	return 0;
}

void pw_ring_close(void *state)
{
	struct pw_ring *ring = state;
	int threads = ring->trial->peer != PW_PEER_PROCESS;

	for (uint32_t i = 0; i < ring->tasks; i++) {
		pw_io_close(&ring->pipe[i][0]);
		pw_io_close(&ring->pipe[i][1]);
		if (i == 0 || threads)
			pw_workset_close(&ring->set[i]);
	}
}

int pw_ring_send(const struct pw_ring *ring, uint32_t to, uint8_t token)
{
	return pw_io_write_all(ring->pipe[to][1], &token, sizeof(token));
}

int pw_ring_receive(const struct pw_ring *ring, uint32_t task, uint8_t *token)
{
	return pw_io_read_all(ring->pipe[task][0], token, sizeof(*token));
}
