/*
 * An io_uring by raw system calls: several transfers submitted and awaited in one
 * io_uring_enter.  What completes short is submitted again.
 */
#ifndef PW_URING_H
#define PW_URING_H

#include <linux/io_uring.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

struct pw_uring {
	int fd;
	uint32_t sq_mask;
	uint32_t cq_mask;
	_Atomic uint32_t *sq_tail;
	_Atomic uint32_t *cq_head;
	_Atomic uint32_t *cq_tail;
	uint32_t *sq_index;
	struct io_uring_sqe *sqes;
	struct io_uring_cqe *cqes;
	void *rings;
	size_t rings_size;
	size_t sqes_size;
};

/* A send or receive of `left` bytes on a stream socket; opcode IORING_OP_SEND or _RECV. */
struct pw_transfer {
	uint8_t opcode;
	int fd;
	char *at;
	size_t left;
};

#define PW_URING_ENTRIES 4

/* ENOSYS, EPERM (io_uring_disabled, seccomp), ENOMEM (RLIMIT_MEMLOCK) as the kernel says;
 * -EOPNOTSUPP before Linux 5.7, where a kernel thread would wait in our place.
 * On failure there is nothing to close. */
int pw_uring_open(struct pw_uring *ring);
void pw_uring_close(struct pw_uring *ring);
/* Submit them at once and return when all are complete; at most PW_URING_ENTRIES.  Among
 * several, a send must not come out short: the answer to its rest could not be there. */
int pw_uring_transfer(struct pw_uring *ring, struct pw_transfer *transfers, uint32_t count);

#endif
