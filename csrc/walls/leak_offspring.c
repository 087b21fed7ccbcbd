/*
 * leak.orphan: what the dead have started runs on, and is handed to whoever takes orphans.
 * leak.zombie: an entry in the table of processes stays of the dead until somebody waits.
 *
 * The victim of leak.orphan has two children when it crashes: one answers us before and
 * after, and says who its parent is; the other one is bound to the victim by PDEATHSIG.  Controls: the bound
 * one is dead as well afterwards, of SIGKILL; of leak.zombie, that the same look finds nothing
 * once the entry was waited for, nor where SIGCHLD is ignored.
 */
#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "casualty.h"
#include "futex.h"
#include "io.h"
#include "procfile.h"
#include "task.h"

/* Lies in memory that all share. */
struct family {
	struct pw_duplex duplex;        /* between us and the child that is not bound */
	pid_t loose;
	pid_t bound;
	_Atomic uint32_t settled;       /* 1: the one that is to be bound has tried */
};

/* Tells its parent's number each time it is asked, until nobody is there to ask. */
_Noreturn static void answer(struct pw_duplex *duplex)
{
	char request;

	pw_io_close(&duplex->request[1]);
	pw_io_close(&duplex->reply[0]);
	while (pw_io_read_all(duplex->request[0], &request, 1) == 0) {
		pid_t parent = getppid();

		if (pw_io_write_all(duplex->reply[1], &parent, sizeof(parent)))
			break;
	}
	_exit(0);
}

/* For whoever is bound to another one, and does nothing. */
_Noreturn static void stay(void)
{
	for (;;)
		pause();
}

static int take(void *argument)
{
	struct family *family = argument;
	struct pw_duplex duplex = family->duplex;
	pid_t self = getpid();

	family->loose = fork();
	if (family->loose == 0)
		answer(&duplex);
	if (family->loose < 0)
		return -errno;
	family->bound = fork();
	if (family->bound == 0) {
		int err = pw_task_bind_to_parent(self);

		pw_futex_post(&family->settled, 1);
		if (err)
			_exit(1);
		stay();
	}
	if (family->bound < 0)
		return -errno;
	/* A victim that fell before would leave nobody to be bound to. */
	return pw_futex_wait_while(&family->settled, 0);
}

/* Its parent's number; 0 where nobody answers. */
static pid_t ask(const struct pw_duplex *duplex)
{
	pid_t parent;

	if (pw_io_write_all(duplex->request[1], "", 1) || pw_io_read_all(duplex->reply[0], &parent, sizeof(parent)))
		return 0;
	return parent;
}

static int64_t signal_that_killed(pid_t pid)
{
	int status;
	int err = pw_task_wait(pid, &status);

	if (err)
		return err;
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static int watch_orphan(struct pw_probe *probe, struct family *family, struct pw_casualty *casualty)
{
	static const struct pw_deed deed = { take, NULL };
	struct pw_duplex *duplex = &family->duplex;
	pid_t victim;
	pid_t before;
	pid_t after;
	int err = pw_casualty_start(casualty, &deed, family);

	if (err)
		return err;
	/* From here on an end of file says that it is gone, and ours tells it to end. */
	pw_io_close(&duplex->request[0]);
	pw_io_close(&duplex->reply[1]);
	victim = casualty->pid;
	before = ask(duplex);
	err = pw_casualty_end(casualty, 0);
	if (err)
		return err;
	after = ask(duplex);
	err = pw_probe_facts(probe, (const struct pw_found[]){
		{ "control_parent_was_victim", before == victim },
		{ "orphan_ended", after == 0 },
		{ "orphan_adopted_by_us", after == getpid() },
		/* Reaped here, as it is ours now. */
		{ "control_bound_signal", signal_that_killed(family->bound) },
		{ "crashes", casualty->crashes },
		{ NULL, 0 },
	});
	pw_duplex_close(duplex);
	return err ? err : pw_task_wait_exit(family->loose, 0);
}

/* What a failed probe leaves: the end of our pipes and of the victim ends them both. */
static void reap_adopted(void)
{
	while (waitpid(-1, NULL, WNOHANG) > 0)
		;
}

static int probe_orphan(struct pw_probe *probe)
{
	struct pw_casualty casualty;
	struct family *family;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	if (prctl(PR_SET_CHILD_SUBREAPER, 1) < 0)
		return -errno;
	family = mmap(NULL, sizeof(*family), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (family == MAP_FAILED)
		return -errno;
	err = pw_casualty_open(&casualty, probe->trial);
	if (!err)
		err = pw_duplex_open(&family->duplex);
	if (!err)
		err = watch_orphan(probe, family, &casualty);
	pw_casualty_close(&casualty);
	pw_duplex_close(&family->duplex);
	if (err)
		reap_adopted();
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	munmap(family, sizeof(*family));
	return err;
}

static int take_nothing(void *argument)
{
	(void)argument;
	return 0;
}

static int is_listed(pid_t pid)
{
	return kill(pid, 0) == 0;
}

/* The state that /proc tells: a zombie is a Z. */
static int is_zombie(pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	char text[512];
	const char *end;

	pw_procfile_path(path, pid, "stat");
	if (pw_io_read_file(path, text, sizeof(text)))
		return 0;
	/* After the name, which may hold anything. */
	end = strrchr(text, ')');
	return end && end[1] == ' ' && end[2] == 'Z';
}

/* With SIGCHLD ignored a wait returns when there is nothing left to wait for. */
static int entry_of_ignored(struct pw_casualty *casualty, const struct pw_deed *deed, int *listed)
{
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	struct sigaction before;
	pid_t pid;
	int err;

	if (sigaction(SIGCHLD, &ignore, &before) < 0)
		return -errno;
	err = pw_casualty_start(casualty, deed, NULL);
	if (!err)
		err = pw_casualty_post(casualty, 0);
	pid = casualty->pid;
	if (!err && pw_casualty_await(casualty) != -ECHILD)
		err = -EPROTO;
	if (!err) {
		casualty->pid = 0;
		*listed = is_listed(pid);
	}
	sigaction(SIGCHLD, &before, NULL);
	return err;
}

static int watch_zombie(struct pw_probe *probe, struct pw_casualty *casualty)
{
	static const struct pw_deed deed = { take_nothing, NULL };
	int ignored = 1;
	int err = pw_casualty_start(casualty, &deed, NULL);
	pid_t pid = casualty->pid;

	if (!err)
		err = pw_casualty_post(casualty, 0);
	if (!err)
		err = pw_casualty_await(casualty);
	if (!err)
		err = pw_probe_facts(probe, (const struct pw_found[]){
			{ "entry_left", is_listed(pid) },
			{ "zombie", is_zombie(pid) },
			{ NULL, 0 },
		});
	if (!err)
		err = pw_casualty_reap(casualty);
	if (!err)
		err = pw_probe_fact(probe, "control_entry_after_wait", is_listed(pid));
	if (!err)
		err = entry_of_ignored(casualty, &deed, &ignored);
	return err ? err : pw_probe_facts(probe, (const struct pw_found[]){
		{ "control_entry_ignored", ignored },
		{ "crashes", casualty->crashes },
		{ NULL, 0 },
	});
}

static int probe_zombie(struct pw_probe *probe)
{
	struct pw_casualty casualty;
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	err = pw_casualty_open(&casualty, probe->trial);
	if (!err)
		err = watch_zombie(probe, &casualty);
	pw_casualty_close(&casualty);
	return err;
}

const struct pw_wall pw_wall_leak_orphan = {
	.name = "leak.orphan",
	.probe = probe_orphan,
};

const struct pw_wall pw_wall_leak_zombie = {
	.name = "leak.zombie",
	.probe = probe_zombie,
};
