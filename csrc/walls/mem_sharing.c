/*
 * mem.shared_mapping, mem.clone_vm, mem.prefork_secret: memory that a child shares with
 * its parent, or had from it.
 *
 * A page holds random bytes.  The child copies what it finds to where the parent can see
 * it, then writes zeros; the parent counts what the child has seen, and what of the page
 * has changed for itself.  A pass says which memory the page is, how the child is made,
 * and whether the bytes are drawn before it is or after.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "keeper.h"
#include "successor.h"
#include "task.h"
#include "wall.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

#define STACK_SIZE (64 * 1024)

enum make { MAKE_FORK, MAKE_CLONE_VM, MAKE_VFORK };

struct pass {
	enum make make;
	int shared;                     /* the page is MAP_SHARED */
	int before;                     /* its bytes are drawn before the child is made */
};

/* What the child has to say; in shared memory. */
struct notes {
	unsigned char bytes[PW_SECRET_SIZE];
	int32_t written;
};

struct party {
	volatile unsigned char *page;
	volatile struct notes *notes;
	pid_t parent;
	int go[2];
};

struct outcome {
	int64_t seen;                   /* bytes of the page, by the child */
	int64_t written;                /* that the child overwrote, where it lives */
	int64_t changed;                /* for the parent */
};

/* No libc beyond system calls: two of the three children live in the parent's memory. */
static int child_body(void *argument)
{
	const struct party *party = argument;
	int32_t written = 0;
	char go;

	if (pw_task_bind_to_parent(party->parent) || pw_io_read_all(party->go[0], &go, 1))
		_exit(1);
	for (size_t i = 0; i < PW_SECRET_SIZE; i++) {
		party->notes->bytes[i] = party->page[i];
		party->page[i] = 0;
		written += party->page[i] == 0;
	}
	party->notes->written = written;
	_exit(0);
}

/* Unlike vfork, which waits for the child: this one runs beside us. */
static pid_t clone_vm(struct party *party, char *stack)
{
	pid_t pid = clone(child_body, stack + STACK_SIZE, CLONE_VM | SIGCHLD, party);

	return pid < 0 ? -errno : pid;
}

static pid_t make_child(enum make make, struct party *party, char *stack)
{
	pid_t pid;

	if (make == MAKE_CLONE_VM)
		return clone_vm(party, stack);
	pid = make == MAKE_VFORK ? vfork() : fork();
	if (pid == 0)
		child_body(party);
	return pid < 0 ? -errno : pid;
}

static int draw(struct party *party, unsigned char copy[PW_SECRET_SIZE])
{
	int err = pw_keeper_draw(copy, PW_SECRET_SIZE);

	for (size_t i = 0; i < PW_SECRET_SIZE; i++)
		party->page[i] = copy[i];
	return err;
}

static int run_with(const struct pass *pass, struct party *party, char *stack, struct outcome *outcome)
{
	unsigned char secret[PW_SECRET_SIZE];
	int err = 0;
	int ended;
	pid_t pid;

	if (pass->before)
		err = draw(party, secret);
	/* Whoever waits for the end of the child must have let it go before. */
	if (!err && pass->make == MAKE_VFORK)
		err = pw_io_write_all(party->go[1], "", 1);
	if (err)
		return err;
	pid = make_child(pass->make, party, stack);
	if (pid < 0)
		return pid;
	if (!pass->before)
		err = draw(party, secret);
	if (!err && pass->make != MAKE_VFORK)
		err = pw_io_write_all(party->go[1], "", 1);
	/* It waits for that word for ever. */
	if (err)
		kill(pid, SIGKILL);
	ended = pw_task_wait_exit(pid, 0);
	for (size_t i = 0; i < PW_SECRET_SIZE; i++) {
		outcome->seen += party->notes->bytes[i] == secret[i];
		outcome->changed += party->page[i] != secret[i];
	}
	outcome->written = party->notes->written;
	return err ? err : ended;
}

static void *map(int flags, size_t size)
{
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);

	return memory == MAP_FAILED ? NULL : memory;
}

static void unmap(volatile void *memory, size_t size)
{
	if (memory)
		munmap((void *)(uintptr_t)memory, size);
}

static int run(const struct pass *pass, struct outcome *outcome)
{
	struct party party = {
		.page = map(pass->shared ? MAP_SHARED : MAP_PRIVATE, PW_SECRET_SIZE),
		.notes = map(MAP_SHARED, sizeof(struct notes)),
		.parent = getpid(),
		.go = { -1, -1 },
	};
	char *stack = map(MAP_PRIVATE, STACK_SIZE);
	int err = 0;

	*outcome = (struct outcome){ 0 };
	if (!party.page || !party.notes || !stack)
		err = -ENOMEM;
	else if (pipe2(party.go, O_CLOEXEC) < 0)
		err = -errno;
	if (!err)
		err = run_with(pass, &party, stack, outcome);
#ifdef __SANITIZE_ADDRESS__
	/* The child never leaves its frames, and what is mapped here later would seem to be theirs. */
	if (stack)
		__asan_unpoison_memory_region(stack, STACK_SIZE);
#endif
	pw_io_close(&party.go[0]);
	pw_io_close(&party.go[1]);
	unmap(party.page, PW_SECRET_SIZE);
	unmap(party.notes, sizeof(struct notes));
	unmap(stack, STACK_SIZE);
	return err;
}

static int report(struct pw_probe *probe, const struct outcome *door, const struct outcome *control)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "secret_bytes", PW_SECRET_SIZE },
		{ "seen_bytes", door->seen },
		{ "written_bytes", door->written },
		{ "changed_bytes", door->changed },
		{ "control_seen", control->seen },
		{ "control_written", control->written },
		{ "control_changed", control->changed },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

static int compare(struct pw_probe *probe, const struct pass *door, const struct pass *control)
{
	struct outcome open;
	struct outcome shut;
	int err = run(door, &open);

	if (!err)
		err = run(control, &shut);
	return err ? err : report(probe, &open, &shut);
}

static int probe_shared_mapping(struct pw_probe *probe)
{
	static const char *const hosts[] = { "process", NULL };
	const struct pass shared = { .make = MAKE_FORK, .shared = 1 };
	const struct pass private = { .make = MAKE_FORK };
	int err = pw_probe_host(probe, hosts);

	return err ? err : compare(probe, &shared, &private);
}

static int probe_clone_vm(struct pw_probe *probe)
{
	static const char *const hosts[] = { "clone-vm", "vfork", NULL };
	int host = pw_probe_host(probe, hosts);
	/* While a vfork child runs nobody is there to draw anything. */
	const struct pass same_memory = { .make = host ? MAKE_VFORK : MAKE_CLONE_VM, .before = host };
	const struct pass copy = { .make = MAKE_FORK, .before = host };

	return host < 0 ? host : compare(probe, &same_memory, &copy);
}

/* What is at that address once another program runs: looked at from outside, as the control was. */
static int look_past_exec(struct pw_probe *probe)
{
	struct pw_loot *loot = calloc(1, sizeof(*loot));
	struct pw_successor *successor = calloc(1, sizeof(*successor));
	unsigned char *page = map(MAP_PRIVATE, PW_SECRET_SIZE);
	struct pw_aim aim = { .fd = -1, .address = (uint64_t)(uintptr_t)page };
	int64_t seen = 0;
	int err = loot && successor && page ? pw_keeper_draw(page, PW_SECRET_SIZE) : -ENOMEM;

	if (err)
		goto out;
	err = pw_successor_open(successor, probe->trial);
	aim.pid = successor->pid;
	if (!err) {
		pw_route_try(&pw_routes[PW_ROUTE_VM_READV], &aim, loot);
		err = pw_successor_end(successor);
	}
	for (size_t i = 0; !err && !loot->error && i < PW_SECRET_SIZE; i++)
		seen += loot->bytes[i] == page[i];
	if (!err)
		err = pw_probe_fact(probe, "exec_seen", seen);
	if (!err)
		err = pw_probe_fact(probe, "exec_errno", loot->error);
	pw_successor_close(successor);
out:
	free(loot);
	free(successor);
	unmap(page, PW_SECRET_SIZE);
	return err;
}

static int probe_prefork_secret(struct pw_probe *probe)
{
	static const char *const hosts[] = { "process", NULL };
	const struct pass before = { .make = MAKE_FORK, .before = 1 };
	const struct pass after = { .make = MAKE_FORK };
	int err = pw_probe_host(probe, hosts);

	if (!err)
		err = compare(probe, &before, &after);
	return err ? err : look_past_exec(probe);
}

const struct pw_wall pw_wall_mem_shared_mapping = { .name = "mem.shared_mapping", .probe = probe_shared_mapping };
const struct pw_wall pw_wall_mem_clone_vm = { .name = "mem.clone_vm", .probe = probe_clone_vm };
const struct pw_wall pw_wall_mem_prefork_secret = { .name = "mem.prefork_secret", .probe = probe_prefork_secret };
