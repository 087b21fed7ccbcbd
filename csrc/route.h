/*
 * The five ways that Linux has into the memory, or to the descriptors, of another process.
 * The same check of access stands before each (ptrace(2), "Ptrace access mode checking").
 */
#ifndef PW_ROUTE_H
#define PW_ROUTE_H

#include <stdint.h>
#include <sys/types.h>

#define PW_SECRET_SIZE 4096

/* Where the secret lies: numbers that are no secret themselves. */
struct pw_aim {
	pid_t pid;
	int32_t fd;                     /* behind which lies another secret */
	uint64_t address;
};

/* What came of an attempt.  Lies in shared memory, where the keeper of the secret can see it. */
struct pw_loot {
	int32_t tried;                  /* the kernel was asked, and answered */
	int32_t error;                  /* errno of the first refusal; 0: it came through */
	int32_t second;                 /* the same of another call to the same end; -1: there is none */
	unsigned char bytes[PW_SECRET_SIZE];    /* zero where nothing was read; no byte of a secret is */
};

struct pw_route {
	const char *name;
	int reads;
	int writes;
	int descriptor;                 /* what it reads is behind the descriptor */
	int refusal;                    /* the errno with which that check refuses */
	/* Read into loot->bytes, then write zeros; 0 or negative errno.  Async-signal-safe. */
	int (*take)(const struct pw_aim *aim, struct pw_loot *loot);
};

enum pw_route_number {
	PW_ROUTE_VM_READV,
	PW_ROUTE_VM_WRITEV,
	PW_ROUTE_PROC_MEM,
	PW_ROUTE_PTRACE,
	PW_ROUTE_PIDFD_GETFD,
	PW_ROUTE_COUNT
};

extern const struct pw_route pw_routes[PW_ROUTE_COUNT];

/* Go the way once, and note what came of it. */
void pw_route_try(const struct pw_route *route, const struct pw_aim *aim, struct pw_loot *loot);

/* kernel.yama.ptrace_scope, 0 to 3; -1 where there is no Yama. */
int pw_route_yama(void);

#endif
