/* The rings are shared with the kernel: tails and heads carry release and acquire. */
#include "uring.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "io.h"

#define FEATURES (IORING_FEAT_SINGLE_MMAP | IORING_FEAT_FAST_POLL)

static size_t larger(size_t a, size_t b)
{
	return a > b ? a : b;
}

static void *at(struct pw_uring *ring, uint32_t offset)
{
	return (char *)ring->rings + offset;
}

static int map(struct pw_uring *ring, const struct io_uring_params *params)
{
	const struct io_sqring_offsets *sq = &params->sq_off;
	const struct io_cqring_offsets *cq = &params->cq_off;
	const int prot = PROT_READ | PROT_WRITE;
	const int flags = MAP_SHARED | MAP_POPULATE;

	ring->rings_size = larger(sq->array + params->sq_entries * sizeof(uint32_t),
				  cq->cqes + params->cq_entries * sizeof(struct io_uring_cqe));
	ring->sqes_size = params->sq_entries * sizeof(struct io_uring_sqe);
	ring->rings = mmap(NULL, ring->rings_size, prot, flags, ring->fd, IORING_OFF_SQ_RING);
	if (ring->rings == MAP_FAILED) {
		ring->rings = NULL;
		return -errno;
	}
	ring->sqes = mmap(NULL, ring->sqes_size, prot, flags, ring->fd, IORING_OFF_SQES);
	if (ring->sqes == MAP_FAILED) {
		ring->sqes = NULL;
		return -errno;
	}
	ring->sq_tail = at(ring, sq->tail);
	ring->sq_mask = *(uint32_t *)at(ring, sq->ring_mask);
	ring->sq_index = at(ring, sq->array);
	ring->cq_head = at(ring, cq->head);
	ring->cq_tail = at(ring, cq->tail);
	ring->cq_mask = *(uint32_t *)at(ring, cq->ring_mask);
	ring->cqes = at(ring, cq->cqes);
	return 0;
}

int pw_uring_open(struct pw_uring *ring)
{
	struct io_uring_params params = { 0 };
	int err = 0;

	*ring = (struct pw_uring){ .fd = -1 };
	/* The kernel opens it with O_CLOEXEC. */
	ring->fd = (int)syscall(SYS_io_uring_setup, PW_URING_ENTRIES, &params);
	if (ring->fd < 0)
		return -errno;
	if ((params.features & FEATURES) != FEATURES)
		err = -EOPNOTSUPP;
	if (!err)
		err = map(ring, &params);
	if (err)
		pw_uring_close(ring);
	return err;
}

void pw_uring_close(struct pw_uring *ring)
{
	if (ring->sqes)
		munmap(ring->sqes, ring->sqes_size);
	if (ring->rings)
		munmap(ring->rings, ring->rings_size);
	ring->sqes = NULL;
	ring->rings = NULL;
	pw_io_close(&ring->fd);
}

static void prepare(struct pw_uring *ring, const struct pw_transfer *transfer, uint32_t number)
{
	/* Nobody else writes the tail; the kernel reads it in io_uring_enter. */
	uint32_t tail = atomic_load_explicit(ring->sq_tail, memory_order_relaxed);
	uint32_t index = tail & ring->sq_mask;

	ring->sqes[index] = (struct io_uring_sqe){
		.opcode = transfer->opcode,
		.fd = transfer->fd,
		.addr = (uintptr_t)transfer->at,
		.len = (uint32_t)(transfer->left < INT32_MAX ? transfer->left : INT32_MAX),
		.user_data = number,
	};
	ring->sq_index[index] = index;
	atomic_store_explicit(ring->sq_tail, tail + 1, memory_order_release);
}

static uint32_t completed(const struct pw_uring *ring)
{
	return atomic_load_explicit(ring->cq_tail, memory_order_acquire) -
	       atomic_load_explicit(ring->cq_head, memory_order_relaxed);
}

static int enter(struct pw_uring *ring, uint32_t submit, uint32_t wait)
{
	while (submit || completed(ring) < wait) {
		long done = syscall(SYS_io_uring_enter, ring->fd, submit, wait, IORING_ENTER_GETEVENTS, NULL, 0);

		if (done < 0 && errno != EINTR)
			return -errno;
		if (done > 0)
			submit -= (uint32_t)done;
	}
	return 0;
}

/* Take what is complete; *again counts what has to be submitted once more. */
static int reap(struct pw_uring *ring, struct pw_transfer *transfers, uint32_t *pending, uint32_t *again)
{
	uint32_t head = atomic_load_explicit(ring->cq_head, memory_order_relaxed);
	uint32_t count = completed(ring);
	int err = 0;

	for (; count--; head++, (*pending)--) {
		const struct io_uring_cqe *cqe = &ring->cqes[head & ring->cq_mask];
		struct pw_transfer *transfer = &transfers[cqe->user_data];

		if (cqe->res <= 0 && cqe->res != -EINTR) {
			err = cqe->res ? cqe->res : -EPIPE;
			continue;
		}
		if (cqe->res > 0) {
			transfer->at += cqe->res;
			transfer->left -= (size_t)cqe->res;
		}
		if (transfer->left) {
			prepare(ring, transfer, (uint32_t)cqe->user_data);
			(*again)++;
		}
	}
	atomic_store_explicit(ring->cq_head, head, memory_order_release);
	return err;
}

int pw_uring_transfer(struct pw_uring *ring, struct pw_transfer *transfers, uint32_t count)
{
	uint32_t submit = count;
	uint32_t pending = 0;
	int err = 0;

	for (uint32_t i = 0; i < count; i++)
		prepare(ring, &transfers[i], i);
	while (!err && (submit || pending)) {
		uint32_t again = 0;

		pending += submit;
		/* For all of them: the usual case is that none is short. */
		err = enter(ring, submit, pending);
		if (!err)
			err = reap(ring, transfers, &pending, &again);
		submit = again;
	}
	return err;
}
