/*
 * mem.cow_child, mem.cow_parent: after fork, what one side writes the other does
 * not see, wherever in its private memory that is.
 *
 * Every region holds random bytes.  After the fork (or in a thread, where the
 * host is one) the writer changes each byte to another random one, and the reader
 * counts what differs from the old content.  A shared mapping goes through the
 * same code and must be seen: that is the control of the write and of the count.
 * The second pass is the control of the host: a thread, seen everywhere; for the
 * host thread a process, seen nowhere.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"
#include "regions.h"
#include "task.h"
#include "wall.h"

static const char *const leak_names[PW_REGION_PRIVATE] = {
	[PW_REGION_DATA] = "leaked_data",
	[PW_REGION_BSS] = "leaked_bss",
	[PW_REGION_HEAP] = "leaked_heap",
	[PW_REGION_STACK] = "leaked_stack",
	[PW_REGION_TLS] = "leaked_tls",
	[PW_REGION_ENVIRONMENT] = "leaked_environment",
	[PW_REGION_ANONYMOUS] = "leaked_anonymous",
	[PW_REGION_FILE] = "leaked_file",
};

enum host { HOST_PROCESS, HOST_THREAD };

static const char *const hosts[] = { [HOST_PROCESS] = "process", [HOST_THREAD] = "thread", NULL };

/* Lies in memory that both sides share. */
struct seen {
	uint64_t by_reader[PW_REGION_COUNT];
	uint64_t by_writer;             /* in private regions */
};

struct cow {
	struct pw_regions regions;
	struct seen *seen;
	uint64_t seed;
	int parent_writes;
	int pipe[2];
};

static void read_side(struct cow *cow)
{
	for (int region = 0; region < PW_REGION_COUNT; region++)
		cow->seen->by_reader[region] = pw_regions_changed(&cow->regions, region);
}

/* The seed is drawn after the fork, so no side can know what the other writes. */
static void write_side(struct cow *cow)
{
	cow->seen->by_writer = pw_regions_rewrite(&cow->regions, cow->seed ^ pw_clock_raw_ns());
}

/* The child or the thread. */
static int other_side(struct cow *cow)
{
	char go;
	int err;

	if (!cow->parent_writes) {
		write_side(cow);
		return 0;
	}
	err = pw_io_read_all(cow->pipe[0], &go, 1);
	if (!err)
		read_side(cow);
	return err;
}

static void *other_thread(void *argument)
{
	return (void *)(intptr_t)other_side(argument);
}

static int this_side(struct cow *cow)
{
	if (!cow->parent_writes)
		return 0;
	write_side(cow);
	return pw_io_write_all(cow->pipe[1], "", 1);
}

static int pass_in_thread(struct cow *cow)
{
	pthread_t thread;
	void *result;
	int err = -pthread_create(&thread, NULL, other_thread, cow);
	int joined;

	if (err)
		return err;
	err = this_side(cow);
	joined = -pthread_join(thread, &result);
	if (!err)
		err = joined;
	return err ? err : (int)(intptr_t)result;
}

static int pass_in_process(struct cow *cow)
{
	pid_t parent = getpid();
	pid_t pid = fork();
	int err;
	int ended;

	if (pid < 0)
		return -errno;
	if (pid == 0) {
		if (pw_task_bind_to_parent(parent))
			_exit(1);
		_exit(other_side(cow) ? 1 : 0);
	}
	err = this_side(cow);
	ended = pw_task_wait_exit(pid, 0);
	return err ? err : ended;
}

/* Old content, one side writes, the other one looks. */
static int run_pass(struct cow *cow, int host)
{
	int err;

	pw_regions_fill(&cow->regions);
	memset(cow->seen, 0, sizeof(*cow->seen));
	err = host == HOST_THREAD ? pass_in_thread(cow) : pass_in_process(cow);
	if (!err && !cow->parent_writes)
		read_side(cow);
	return err;
}

static int64_t leaked(const struct cow *cow)
{
	uint64_t sum = 0;

	for (int region = 0; region < PW_REGION_PRIVATE; region++)
		sum += cow->seen->by_reader[region];
	return (int64_t)sum;
}

static int report_pass(struct cow *cow, struct pw_probe *probe)
{
	const struct seen *seen = cow->seen;
	int err = pw_probe_fact(probe, "regions", PW_REGION_PRIVATE);

	if (!err)
		err = pw_probe_fact(probe, "bytes", (int64_t)PW_REGION_PRIVATE * PW_REGION_SIZE);
	if (!err)
		err = pw_probe_fact(probe, "leaked_bytes", leaked(cow));
	for (int region = 0; !err && region < PW_REGION_PRIVATE; region++)
		err = pw_probe_fact(probe, leak_names[region], (int64_t)seen->by_reader[region]);
	if (!err)
		err = pw_probe_fact(probe, "writer_changed", (int64_t)seen->by_writer);
	if (!err)
		err = pw_probe_fact(probe, "control_shared", (int64_t)seen->by_reader[PW_REGION_SHARED]);
	if (!err)
		err = pw_probe_fact(probe, "control_shared_expected", PW_REGION_SIZE);
	return err;
}

static int report_control(struct cow *cow, struct pw_probe *probe, int host)
{
	const int64_t bytes = (int64_t)PW_REGION_PRIVATE * PW_REGION_SIZE;
	int thread = host == HOST_THREAD;
	int err = pw_probe_fact(probe, thread ? "control_thread" : "control_process", leaked(cow));

	if (err)
		return err;
	return pw_probe_fact(probe, thread ? "control_thread_expected" : "control_process_expected",
			     thread ? bytes : 0);
}

static int open_cow(struct cow *cow, unsigned char *stack, uint64_t seed)
{
	void *memory;

	cow->seed = seed;
	cow->pipe[0] = -1;
	cow->pipe[1] = -1;
	memory = mmap(NULL, sizeof(*cow->seen), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	cow->seen = memory;
	if (pipe2(cow->pipe, O_CLOEXEC) < 0)
		return -errno;
	return pw_regions_open(&cow->regions, stack, seed);
}

static void close_cow(struct cow *cow)
{
	pw_regions_close(&cow->regions);
	pw_io_close(&cow->pipe[0]);
	pw_io_close(&cow->pipe[1]);
	if (cow->seen)
		munmap(cow->seen, sizeof(*cow->seen));
}

static int probe_cow(struct pw_probe *probe, int parent_writes)
{
	unsigned char stack[PW_REGION_SIZE] = { 0 };
	struct cow cow = { .parent_writes = parent_writes };
	int host = pw_probe_host(probe, hosts);
	int control = host == HOST_THREAD ? HOST_PROCESS : HOST_THREAD;
	int err;

	if (host < 0)
		return host;
	err = open_cow(&cow, stack, probe->trial->seed);
	if (!err)
		err = run_pass(&cow, host);
	if (!err)
		err = report_pass(&cow, probe);
	if (!err)
		err = run_pass(&cow, control);
	if (!err)
		err = report_control(&cow, probe, control);
	close_cow(&cow);
	return err;
}

static int probe_child(struct pw_probe *probe)
{
	return probe_cow(probe, 0);
}

static int probe_parent(struct pw_probe *probe)
{
	return probe_cow(probe, 1);
}

const struct pw_wall pw_wall_mem_cow_child = {
	.name = "mem.cow_child",
	.probe = probe_child,
};

const struct pw_wall pw_wall_mem_cow_parent = {
	.name = "mem.cow_parent",
	.probe = probe_parent,
};
