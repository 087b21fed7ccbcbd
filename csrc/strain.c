/* What is asked of the survivors is what the exhausted one is refused. */
#include "strain.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "faults/victim.h"
#include "io.h"
#include "task.h"

#define MEMORY (1024 * 1024)

int pw_strain_child(int (*body)(void *argument), void *argument, int *error, int *status)
{
	pid_t parent = getpid();
	pid_t pid = fork();

	*error = 0;
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		int err = pw_victim_enter(parent);

		if (!err)
			err = body(argument);
		*error = err;
		_exit(err ? 1 : 0);
	}
	return pw_task_wait(pid, status);
}

static int can_fork(void)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(0);
	return pid > 0 && pw_task_wait_exit(pid, 0) == 0;
}

static int can_open(void)
{
	int fd = memfd_create("partywall-strain", MFD_CLOEXEC);
	int opened = fd >= 0;

	pw_io_close(&fd);
	return opened;
}

static int can_allocate(void)
{
	void *memory = mmap(NULL, MEMORY, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (memory == MAP_FAILED)
		return 0;
	memset(memory, 1, MEMORY);
	return munmap(memory, MEMORY) == 0;
}

int pw_strain_report(struct pw_strain *strain)
{
	int err = pw_probe_facts(strain->probe, (const struct pw_found[]){
		{ "parent_forked", can_fork() },
		{ "parent_opened", can_open() },
		{ "parent_allocated", can_allocate() },
		{ NULL, 0 },
	});

	return err ? err : pw_scene_report(&strain->scene, strain->probe);
}

int pw_strain_run(struct pw_probe *probe, int (*exhaust)(struct pw_strain *strain), void *argument)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct pw_strain strain = { .probe = probe, .argument = argument };
	struct sigaction before;
	int err;

	if (sigaction(SIGPIPE, &ignore, &before) < 0)
		return -errno;
	err = pw_scene_open(&strain.scene, probe->trial);
	/* Of the pipe whose end is hidden only the sibling is to hold an end. */
	pw_scene_hide(&strain.scene);
	if (!err)
		err = exhaust(&strain);
	pw_scene_close(&strain.scene);
	sigaction(SIGPIPE, &before, NULL);
	return err;
}

int pw_strain_in_cgroup(struct pw_probe *probe, uint64_t bytes, uint64_t tasks,
			int (*run)(struct pw_probe *probe, struct pw_cgroup *cgroup))
{
	static const char *const words[] = { "cgroup", NULL };
	struct pw_cgroup cgroup;
	const char *why;
	int closed;
	int err = pw_probe_host(probe, words);

	if (err < 0)
		return err;
	err = pw_cgroup_open(&cgroup, bytes, tasks, &why);
	if (err)
		return pw_probe_refuse(probe, err, why);
	err = run(probe, &cgroup);
	closed = pw_cgroup_close(&cgroup);
	return err ? err : closed;
}
