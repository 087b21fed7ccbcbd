/* The acts. */
#include "act.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "attempt.h"
#include "clone3.h"
#include "io.h"

#define CHUNK (64ULL * 1024)

typedef void commit(struct pw_act *act);

PW_ATTEMPT_UNCHECKED static void dereference_null(struct pw_act *act)
{
	volatile unsigned char *volatile nowhere = NULL;

	(void)act;
	*nowhere = 1;
}

static void abort_program(struct pw_act *act)
{
	(void)act;
	abort();
}

static void exit_program(struct pw_act *act)
{
	(void)act;
	_exit(0);
}

/* The turns are counted where the caller sees them. */
static void loop(struct pw_act *act)
{
	for (;;)
		atomic_fetch_add_explicit(&act->count, 1, memory_order_relaxed);
}

static void eat_memory(struct pw_act *act)
{
	char *memory = mmap(NULL, PW_ACT_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED) {
		act->error = errno;
		return;
	}
	for (uint64_t at = 0; at < PW_ACT_BYTES; at += CHUNK) {
		/* Where that is allowed it may not be swapped out either. */
		mlock(memory + at, CHUNK);
		memset(memory + at, 1, CHUNK);
		atomic_store(&act->count, at + CHUNK);
	}
	munmap(memory, PW_ACT_BYTES);
}

PW_ATTEMPT_UNCHECKED static void read_secret(struct pw_act *act)
{
	const volatile unsigned char *from = (const volatile unsigned char *)(uintptr_t)act->secret;

	for (size_t i = 0; i < PW_ACT_SECRET; i++)
		act->loot[i] = from[i];
}

static void read_via_kernel(struct pw_act *act)
{
	const struct iovec here = { act->loot, PW_ACT_SECRET };
	const struct iovec there = { (void *)(uintptr_t)act->secret, PW_ACT_SECRET };

	if (process_vm_readv(act->caller, &here, 1, &there, 1, 0) < 0)
		act->error = errno;
}

PW_ATTEMPT_UNCHECKED static void write_neighbour(struct pw_act *act)
{
	volatile unsigned char *to = (volatile unsigned char *)(uintptr_t)act->neighbour;

	for (size_t i = 0; i < PW_ACT_SECRET; i++)
		to[i] = (unsigned char)~to[i];
}

static void open_file(struct pw_act *act)
{
	int fd = open(act->path, O_RDONLY | O_CLOEXEC);

	if (fd < 0 || read(fd, act->loot, PW_ACT_SECRET) < 0)
		act->error = errno;
	pw_io_close(&fd);
}

static void open_socket(struct pw_act *act)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = (in_port_t)act->port, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		act->error = errno;
	pw_io_close(&fd);
}

static void kill_caller(struct pw_act *act)
{
	if (kill(act->caller, SIGKILL) < 0)
		act->error = errno;
}

/* In bounds, whatever the limit is; none of them outlives its maker. */
static void fork_bomb(struct pw_act *act)
{
	pid_t made[PW_ACT_FORKS];
	uint64_t count = 0;

	while (count < PW_ACT_FORKS) {
		pid_t pid = pw_clone3(0, -1);

		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			for (;;)
				pause();
		}
		if (pid < 0) {
			act->error = -pid;
			break;
		}
		made[count++] = pid;
		atomic_store(&act->count, count);
	}
	while (count--) {
		kill(made[count], SIGKILL);
		waitpid(made[count], NULL, 0);
	}
}

static commit *const commits[PW_ACT_COUNT] = {
	[PW_ACT_NULL_DEREF] = dereference_null, [PW_ACT_ABORT] = abort_program,
	[PW_ACT_EXIT] = exit_program,           [PW_ACT_INFINITE_LOOP] = loop,
	[PW_ACT_EAT_MEMORY] = eat_memory,       [PW_ACT_READ_SECRET] = read_secret,
	[PW_ACT_READ_VIA_KERNEL] = read_via_kernel, [PW_ACT_WRITE_NEIGHBOUR] = write_neighbour,
	[PW_ACT_OPEN_FILE] = open_file,         [PW_ACT_OPEN_SOCKET] = open_socket,
	[PW_ACT_KILL_CALLER] = kill_caller,     [PW_ACT_FORK_BOMB] = fork_bomb,
};

void pw_act_commit(struct pw_act *act)
{
	atomic_store(&act->entered, 1);
	commits[act->kind](act);
	atomic_store(&act->returned, 1);
}

void pw_act_await(struct pw_act *act)
{
	atomic_store(&act->ready, 1);
	while (!atomic_load(&act->gate))
		sched_yield();
}

struct pw_act *pw_act_attach(int fd)
{
	void *memory = mmap(NULL, sizeof(struct pw_act), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	return memory == MAP_FAILED ? NULL : memory;
}
