/* The ring of bytes: order, wrap-around and back-pressure, whatever the sizes on both sides. */
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "rng.h"
#include "spsc.h"
#include "task.h"

#define LAPS 20

/* Puts or takes all bytes in random sizes of up to two rings; each byte is known by its place. */
static int move(struct pw_spsc *ring, int take, uint64_t seed)
{
	size_t total = LAPS * ring->capacity;
	char *bytes = malloc(2 * ring->capacity);
	int wrong = 0;

	for (size_t done = 0; done < total;) {
		size_t size = 1 + pw_rng_next(&seed) % (2 * ring->capacity);

		size = size < total - done ? size : total - done;
		for (size_t i = 0; !take && i < size; i++)
			bytes[i] = (char)((done + i) % 251);
		if (take)
			pw_spsc_take(ring, bytes, size);
		else
			pw_spsc_put(ring, bytes, size);
		for (size_t i = 0; take && i < size; i++)
			wrong += bytes[i] != (char)((done + i) % 251);
		done += size;
	}
	free(bytes);
	return wrong;
}

static void through(struct check *check, size_t capacity)
{
	struct pw_spsc *ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pw_trial trial = { 0 };
	pid_t parent = getpid();
	int status = -1;
	pid_t pid;

	fixture_set(&trial, "ring", capacity, "");
	if (!CHECK(check, ring != MAP_FAILED) || !CHECK_EQ(check, pw_spsc_open(ring, &trial), 0))
		return;
	CHECK_EQ(check, ring->capacity, capacity);
	pid = fork();
	if (pid == 0)
		_exit(pw_task_bind_to_parent(parent) || move(ring, 1, 2 * capacity + 1));
	move(ring, 0, 2 * capacity + 3);
	CHECK_EQ(check, waitpid(pid, &status, 0), pid);
	CHECK_EQ(check, status, 0);
	CHECK_EQ(check, ring->put, LAPS * capacity);
	CHECK_EQ(check, ring->taken, LAPS * capacity);
	pw_spsc_close(ring);
	munmap(ring, sizeof(*ring));
}

static void bytes_keep_their_order(struct check *check)
{
	static const size_t capacities[] = { 1, 3, 5, 64, 100, 4096, 65536 };

	for (size_t i = 0; i < sizeof(capacities) / sizeof(capacities[0]); i++)
		through(check, capacities[i]);
}

static void a_full_ring_holds_the_producer_back(struct check *check)
{
	struct pw_spsc *ring = mmap(NULL, sizeof(*ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	struct pw_trial trial = { 0 };
	char bytes[96] = { 0 };
	pid_t parent = getpid();
	pid_t pid;

	fixture_set(&trial, "ring", 64, "64B");
	if (!CHECK(check, ring != MAP_FAILED) || !CHECK_EQ(check, pw_spsc_open(ring, &trial), 0))
		return;
	pid = fork();
	if (pid == 0) {
		if (pw_task_bind_to_parent(parent))
			_exit(1);
		pw_spsc_put(ring, bytes, sizeof(bytes));
		_exit(0);
	}
	while (atomic_load(&ring->put) < 64)
		continue;
	CHECK_EQ(check, ring->put, 64);
	CHECK_EQ(check, waitpid(pid, NULL, WNOHANG), 0);
	pw_spsc_take(ring, bytes, sizeof(bytes));
	CHECK_EQ(check, waitpid(pid, NULL, 0), pid);
	CHECK_EQ(check, ring->put, sizeof(bytes));
	pw_spsc_close(ring);
	munmap(ring, sizeof(*ring));
}

static void a_ring_of_no_bytes_is_refused(struct check *check)
{
	struct pw_spsc ring = { .capacity = 7 };
	struct pw_trial trial = { 0 };

	fixture_set(&trial, "ring", 0, "0B");
	CHECK_EQ(check, pw_spsc_open(&ring, &trial), -EINVAL);
	CHECK_EQ(check, ring.capacity, 7);
}

static const struct check_test tests[] = {
	{ "bytes_keep_their_order", bytes_keep_their_order },
	{ "a_full_ring_holds_the_producer_back", a_full_ring_holds_the_producer_back },
	{ "a_ring_of_no_bytes_is_refused", a_ring_of_no_bytes_is_refused },
	{ NULL, NULL },
};

const struct check_suite suite_spsc = { "spsc", tests };
