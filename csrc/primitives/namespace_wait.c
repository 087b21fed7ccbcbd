/*
 * A child in namespaces of its own.  One op is clone3 with the flags of the factor
 * namespace, a child in the new namespace or namespaces that calls _exit at once, and
 * waitpid for it; inside the timed region are their making and as much of their end as
 * the kernel does not leave for later, which for net it does.
 *
 * Before anything is timed the kernel is asked, once for each worker, whether a child
 * made so is in new namespaces of the kinds asked for and in no other.
 */
#include "child.h"
#include "clone3.h"
#include "namespaces.h"
#include "setting.h"

struct namespace_state {
	struct pw_child child;
	uint64_t flags;
};

/* In the order of the table, then all of it. */
static const char *const words[PW_NAMESPACES_COUNT + 2] = {
	"user", "pid", "net", "mnt", "ipc", "uts", "cgroup", "time", "all", NULL,
};

static int in_new_ones(struct pw_child *child, pid_t pid)
{
	const struct namespace_state *s = (void *)child;

	for (size_t i = 0; i < PW_NAMESPACES_COUNT; i++) {
		int wanted = (s->flags & pw_namespaces[i].flag) != 0;
		int shared = pw_namespaces_shared(pid, &pw_namespaces[i]);

		/* A kind that this kernel does not have can only be asked for in vain. */
		if (shared < 0 ? wanted : shared == wanted)
			return -EPROTO;
	}
	return 0;
}

static pid_t namespace_wait_create(struct pw_child *child, struct pw_birth birth)
{
	const struct namespace_state *s = (void *)child;
	pid_t pid = pw_clone3(s->flags, -1);

	if (pid == 0) {
		pw_child_begin(child, birth);
		pw_child_exit(child, birth);
	}
	/* So the kernel answers to a flag that it does not know. */
	return pid == -EINVAL ? -EOPNOTSUPP : pid;
}

static int namespace_wait_open(void *state, const struct pw_trial *trial)
{
	const struct pw_creation creation = {
		.create = namespace_wait_create, .inspect = in_new_ones, .readings = pw_child_exit_readings,
	};
	struct namespace_state *s = state;
	int kind = pw_setting_word(trial, "namespace", words);

	if (kind < 0)
		return kind;
	for (int i = 0; i < PW_NAMESPACES_COUNT; i++)
		if (kind == PW_NAMESPACES_COUNT || kind == i)
			s->flags |= pw_namespaces[i].flag;
	return pw_child_open(&s->child, trial, &creation);
}

static int namespace_wait_drive(void *state, uint64_t ops)
{
	return pw_child_drive(state, ops, namespace_wait_create);
}

const struct pw_primitive pw_namespace_wait = {
	.name = "namespace_wait",
	.state_size = sizeof(struct namespace_state),
	.open = namespace_wait_open,
	.drive = namespace_wait_drive,
	.close = pw_child_close,
	.readings = pw_child_exit_readings,
};
