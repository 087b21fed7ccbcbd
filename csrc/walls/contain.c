/*
 * contain.*: what a guest does to the one that called it, in each mechanism that may hold it.
 *
 * In a sacrificial process a guest is made by the mechanism, which is the wall's host; the
 * process fills in what the act is after, lets the guest go on, and sees afterwards what it lost:
 * itself, control, its secret, its memory, or what the machine has.  That the guest is confined
 * is said by the guest, which tries, and by the kernel.
 *
 * Control: the same act by the same routine in a function that another such process calls.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "caller.h"
#include "clock.h"
#include "decimal.h"
#include "guardian.h"
#include "io.h"
#include "wall.h"

/* Bytes that agree by chance are few. */
#define LEAK 8

static const char *const hosts[] = {
	"function", "thread", "process", "sandbox", "container", "bubblewrap", NULL,
};
enum { FIRST_PROCESS = 2 };

struct contain {
	struct pw_probe *probe;
	struct pw_act *act;
	int act_fd;
	char number[PW_DECIMAL_MAX];    /* of that descriptor, for a program */
	const char *arguments[2];
	struct pw_guardian guardian;
	char path[PW_PATH_MAX];
	int file;
};

static int remove_file(const void *what)
{
	return unlink(what) < 0 && errno != ENOENT ? -errno : 0;
}

static int open_act(struct contain *contain)
{
	contain->act_fd = pw_io_lift(memfd_create("partywall-act", MFD_CLOEXEC));
	if (contain->act_fd < 0 || ftruncate(contain->act_fd, sizeof(struct pw_act)) < 0)
		return -errno;
	contain->act = pw_act_attach(contain->act_fd);
	if (!contain->act)
		return -errno;
	pw_decimal_write(contain->number, (uint64_t)contain->act_fd);
	contain->arguments[0] = contain->number;
	return 0;
}

/* Whoever is killed, it does not stay. */
static int open_file(struct contain *contain)
{
	char name[PW_IO_NAME_SIZE];
	int err = pw_io_fresh_name(name);

	if (!err)
		err = pw_cgroup_path(contain->path, contain->probe->trial->directory, name);
	if (!err)
		err = pw_guardian_start(&contain->guardian, remove_file, contain->path);
	if (err)
		return err;
	contain->file = open(contain->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	return contain->file < 0 ? -errno : 0;
}

static void tell(struct contain *contain, enum pw_act_kind kind)
{
	memset(contain->act, 0, sizeof(*contain->act));
	contain->act->kind = kind;
	memcpy(contain->act->path, contain->path, sizeof(contain->path));
}

static int harmed(const struct pw_act *act)
{
	switch ((enum pw_act_kind)act->kind) {
	case PW_ACT_INFINITE_LOOP:
		return !act->back || !act->stopped;
	case PW_ACT_EAT_MEMORY:
		return act->count >= PW_ACT_BYTES;
	case PW_ACT_READ_SECRET:
	case PW_ACT_READ_VIA_KERNEL:
	case PW_ACT_OPEN_FILE:
		return act->leaked >= LEAK;
	case PW_ACT_WRITE_NEIGHBOUR:
		return act->changed > 0;
	case PW_ACT_OPEN_SOCKET:
		return act->connected;
	case PW_ACT_FORK_BOMB:
		return act->count >= PW_ACT_FORKS;
	default:
		return !act->back;
	}
}

static int attack(struct contain *contain, const struct pw_caller *caller)
{
	const struct pw_act *act = contain->act;
	int err = pw_caller_run(caller, contain->act);

	return err ? err : pw_probe_facts(contain->probe, (const struct pw_found[]){
		{ "entered", act->entered },
		{ "confined", act->confined && act->seen },
		{ "returned", act->returned },
		{ "error", act->error },
		{ "count", (int64_t)act->count },
		{ "leaked", (int64_t)act->leaked },
		{ "harm", harmed(act) },
		{ "caller_back", act->back },
		{ "caller_changed", (int64_t)act->changed },
		{ NULL, 0 },
	});
}

/* The act where nothing holds it.  One that is forbidden to everybody here proves nothing of mechanisms. */
static int control(struct contain *contain, enum pw_act_kind kind)
{
	const struct pw_caller caller = {
		.act = contain->act, .act_fd = contain->act_fd, .file = contain->file, .host = PW_CALLER_FUNCTION,
	};
	int err;

	tell(contain, kind);
	err = pw_caller_run(&caller, contain->act);
	if (err)
		return err;
	if (!harmed(contain->act) && contain->act->error)
		return pw_probe_refuse(contain->probe, -contain->act->error,
				       "what is to be tried is refused here to everybody, whatever holds them");
	return pw_probe_facts(contain->probe, (const struct pw_found[]){
		{ "control_entered", contain->act->entered }, { "control_harm", harmed(contain->act) }, { NULL, 0 },
	});
}

/* Processes whose maker is gone come to us, so that none is left to others. */
static int reap_rest(void)
{
	while (waitpid(-1, NULL, 0) > 0 || errno == EINTR)
		continue;
	return errno == ECHILD ? 0 : -errno;
}

static int probe_in(struct contain *contain, enum pw_act_kind kind, int host)
{
	struct pw_confinement confinement;
	struct pw_confinement_wish wish = {
		.program = contain->probe->trial->target, .arguments = contain->arguments,
		.bytes = PW_CONTAINER_BYTES, .tasks = PW_CONTAINER_TASKS,
	};
	struct pw_caller caller = {
		.act = contain->act, .act_fd = contain->act_fd, .file = contain->file, .host = (enum pw_caller_host)host,
	};
	const char *why = NULL;
	int closed;
	int err;

	tell(contain, kind);
	if (host < FIRST_PROCESS)
		return attack(contain, &caller);
	wish.kind = pw_confinement_kinds[host - FIRST_PROCESS];
	err = pw_confinement_open(&confinement, &wish, &why);
	if (err)
		return why ? pw_probe_refuse(contain->probe, err, why) : err;
	caller.host = PW_CALLER_PROCESS;
	caller.confinement = &confinement;
	err = attack(contain, &caller);
	if (err == -EPERM && wish.kind->forbidden)
		pw_probe_refuse(contain->probe, err, wish.kind->forbidden);
	closed = pw_confinement_close(&confinement);
	return err ? err : closed;
}

static int probe_contain(struct pw_probe *probe, enum pw_act_kind kind)
{
	struct contain contain = { .probe = probe, .act_fd = -1, .file = -1, .guardian = { .lifeline = -1 } };
	int host = pw_probe_host(probe, hosts);
	int cleared;
	int err;

	if (host < 0)
		return host;
	err = prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) < 0 ? -errno : 0;
	if (!err)
		err = open_act(&contain);
	if (!err && kind == PW_ACT_OPEN_FILE)
		err = open_file(&contain);
	if (!err)
		err = pw_clock_anchor(probe->trial->clock, &probe->result->begin);
	if (!err)
		err = probe_in(&contain, kind, host);
	if (!err)
		err = control(&contain, kind);
	pw_io_close(&contain.file);
	cleared = pw_guardian_end(&contain.guardian);
	if (!err)
		err = cleared ? cleared : reap_rest();
	if (contain.act)
		munmap(contain.act, sizeof(*contain.act));
	pw_io_close(&contain.act_fd);
	return err ? err : pw_clock_anchor(probe->trial->clock, &probe->result->end);
}

#define CONTAIN_WALL(act, kind)                                         \
	static int probe_##act(struct pw_probe *probe)                  \
	{                                                               \
		return probe_contain(probe, kind);                      \
	}                                                               \
	const struct pw_wall pw_wall_contain_##act = {                  \
		.name = "contain." #act,                                \
		.probe = probe_##act,                                   \
	}

CONTAIN_WALL(null_deref, PW_ACT_NULL_DEREF);
CONTAIN_WALL(abort, PW_ACT_ABORT);
CONTAIN_WALL(exit, PW_ACT_EXIT);
CONTAIN_WALL(infinite_loop, PW_ACT_INFINITE_LOOP);
CONTAIN_WALL(eat_memory, PW_ACT_EAT_MEMORY);
CONTAIN_WALL(read_secret, PW_ACT_READ_SECRET);
CONTAIN_WALL(read_via_kernel, PW_ACT_READ_VIA_KERNEL);
CONTAIN_WALL(write_neighbour, PW_ACT_WRITE_NEIGHBOUR);
CONTAIN_WALL(open_file, PW_ACT_OPEN_FILE);
CONTAIN_WALL(open_socket, PW_ACT_OPEN_SOCKET);
CONTAIN_WALL(kill_caller, PW_ACT_KILL_CALLER);
CONTAIN_WALL(fork_bomb, PW_ACT_FORK_BOMB);
