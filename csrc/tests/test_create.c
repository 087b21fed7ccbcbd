/* Every primitive of the family: it is done, its phases are in order, nothing is left. */
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"
#include "clone3.h"
#include "fixture.h"
#include "mark.h"
#include "state.h"

#define OPS 3
#define LANDLOCK_CREATE_RULESET 444

static const char *const names[] = {
	"clone3_cgroup_wait", "clone3_exec_wait", "clone3_wait", "clone_vm_exec_wait", "clone_vm_wait",
	"double_fork_wait", "fork_exec_wait", "fork_wait", "landlock_fork_wait", "namespace_wait",
	"posix_spawn_wait", "seccomp_fork_wait", "shell_wait", "thread_create_detached", "thread_create_join",
	"vfork_exec_wait", "vfork_wait",
};
static const char *const namespaces[] = { "user", "pid", "net", "mnt", "ipc", "uts", "cgroup", "time", "all" };

/* What a kernel, or a container around us, may refuse. */
static int is_refusal(int err)
{
	return err == -EPERM || err == -EACCES || err == -ENOSYS || err == -EOPNOTSUPP || err == -ENOSPC || err == -EUSERS;
}

static void set_target(struct pw_trial *trial, const char *path)
{
	memcpy(trial->target, path, strlen(path) + 1);
}

static struct pw_trial a_trial(uint32_t readings)
{
	struct pw_trial trial = { .clock = PW_CLOCK_MONOTONIC_RAW, .readings = readings };

	set_target(&trial, PW_TEST_TARGET);
	return trial;
}

static int64_t value_of(const struct pw_primitive *primitive, void *state, const char *name)
{
	for (uint32_t i = 0; primitive->readings && primitive->readings[i].name; i++)
		if (strcmp(primitive->readings[i].name, name) == 0)
			return pw_marks_of(state)->value[i];
	return -1;
}

/* A reading that the primitive does not take is in order with any. */
static void check_order(struct check *check, const struct pw_primitive *primitive, void *state, const char *first,
			const char *second)
{
	int64_t before = value_of(primitive, state, first);
	int64_t after = value_of(primitive, state, second);

	if (before != -1 && after != -1 && before > after)
		printf("%s: %s after %s\n", primitive->name, first, second);
	CHECK(check, before == -1 || after == -1 || before <= after);
}

static void check_phases(struct check *check, const struct pw_primitive *primitive, void *state)
{
	const int64_t page = sysconf(_SC_PAGESIZE);

	for (uint32_t i = 0; primitive->readings && primitive->readings[i].name; i++) {
		int64_t value = pw_marks_of(state)->value[i];

		CHECK(check, primitive->readings[i].kind == PW_READING_COUNT ? value >= 0 : value > 0);
	}
	check_order(check, primitive, state, "child_starts", "exec_seen");
	check_order(check, primitive, state, "child_starts", "exits");
	check_order(check, primitive, state, "exec_seen", "exits");
	/* The parent stands still meanwhile. */
	if (strncmp(primitive->name, "vfork", 5) == 0 || strncmp(primitive->name, "clone_vm", 8) == 0) {
		check_order(check, primitive, state, "child_starts", "call_returns");
		if (!strstr(primitive->name, "exec"))
			check_order(check, primitive, state, "exits", "call_returns");
	}
	/* At least the top of a tree of tables, whole pages each. */
	if (value_of(primitive, state, "child_page_tables") != -1) {
		CHECK(check, value_of(primitive, state, "child_page_tables") >= page);
		CHECK_EQ(check, value_of(primitive, state, "child_page_tables") % page, 0);
	}
}

static void is_done(struct check *check, const char *name, const struct pw_trial *trial)
{
	const struct pw_primitive *primitive = pw_primitive_find(name);
	int fds = fixture_descriptors();
	void *state;
	int err;

	if (!CHECK(check, primitive != NULL))
		return;
	err = pw_state_open(primitive, trial, &state);
	if (!err) {
		err = primitive->drive(state, OPS);
		if (!err && trial->readings)
			check_phases(check, primitive, state);
		for (int i = 0; !trial->readings && i < PW_READINGS_MAX; i++)
			CHECK_EQ(check, pw_marks_of(state)->value[i], 0);
		pw_state_close(primitive, state);
	}
	if (!CHECK(check, !err || is_refusal(err)))
		printf("%s: %s\n", name, strerror(-err));
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK_EQ(check, fixture_descriptors(), fds);
}

static void every_one_is_done_and_leaves_nothing(struct check *check)
{
	const struct pw_trial trial = a_trial(0);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_done(check, names[i], &trial);
}

static void phases_are_in_order(struct check *check)
{
	const struct pw_trial trial = a_trial(1);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		is_done(check, names[i], &trial);
}

static void every_kind_of_namespace(struct check *check)
{
	for (size_t i = 0; i < sizeof(namespaces) / sizeof(namespaces[0]); i++) {
		struct pw_trial trial = a_trial(0);

		fixture_set(&trial, "namespace", 0, namespaces[i]);
		is_done(check, "namespace_wait", &trial);
	}
}

static int open_close(const char *name, const struct pw_trial *trial)
{
	const struct pw_primitive *primitive = pw_primitive_find(name);
	void *state;
	int err = pw_state_open(primitive, trial, &state);

	if (err)
		return err;
	err = primitive->drive(state, OPS);
	pw_state_close(primitive, state);
	return err;
}

static void a_word_that_means_nothing(struct check *check)
{
	struct pw_trial trial = a_trial(0);

	fixture_set(&trial, "namespace", 0, "none");
	fixture_set(&trial, "options", 0, "none");
	CHECK_EQ(check, open_close("namespace_wait", &trial), -EINVAL);
	CHECK_EQ(check, open_close("python_start_wait", &trial), -EINVAL);
}

/* In a user namespace of our own, whose limits are nobody else's. */
static void too_many_namespaces(struct check *check)
{
	struct pw_trial trial = a_trial(0);
	int fd;

	if (unshare(CLONE_NEWUSER) < 0) {
		CHECK(check, is_refusal(-errno));
		return;
	}
	fd = open("/proc/sys/user/max_uts_namespaces", O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, "0", 1) != 1) {
		CHECK(check, is_refusal(-errno));
		return;
	}
	close(fd);
	fixture_set(&trial, "namespace", 0, "uts");
	CHECK_EQ(check, open_close("namespace_wait", &trial), -ENOSPC);
}

static void a_target_that_is_not_ours(struct check *check)
{
	static const char *const exec_names[] = {
		"clone3_exec_wait", "clone_vm_exec_wait", "fork_exec_wait", "posix_spawn_wait", "vfork_exec_wait",
	};

	for (size_t i = 0; i < sizeof(exec_names) / sizeof(exec_names[0]); i++) {
		struct pw_trial trial = a_trial(0);

		set_target(&trial, "/bin/true");
		CHECK_EQ(check, open_close(exec_names[i], &trial), -ECHILD);
		trial.readings = 1;
		CHECK_EQ(check, open_close(exec_names[i], &trial), -ECHILD);
		/* A directory may be entered, and not run. */
		set_target(&trial, "/");
		CHECK_EQ(check, open_close(exec_names[i], &trial), -EACCES);
		set_target(&trial, "/nowhere/at/all");
		CHECK_EQ(check, open_close(exec_names[i], &trial), -ENOENT);
	}
}

static void what_is_refused_is_said(struct check *check)
{
	struct sock_filter program[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 2, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_seccomp, 1, 0),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, LANDLOCK_CREATE_RULESET, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | ENOSYS),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	struct sock_fprog filter = { .len = sizeof(program) / sizeof(program[0]), .filter = program };
	const struct pw_trial trial = a_trial(0);

	if (!CHECK(check, prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0))
		return;
	if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) < 0) {
		CHECK(check, is_refusal(-errno));
		return;
	}
	CHECK_EQ(check, open_close("clone3_wait", &trial), -ENOSYS);
	CHECK_EQ(check, open_close("namespace_wait", &trial), -ENOSYS);
	CHECK_EQ(check, open_close("seccomp_fork_wait", &trial), -ENOSYS);
	CHECK_EQ(check, open_close("landlock_fork_wait", &trial), -ENOSYS);
	CHECK_EQ(check, open_close("fork_wait", &trial), 0);
}

static void orphans_are_taken_in_only_meanwhile(struct check *check)
{
	const struct pw_trial trial = a_trial(0);
	int subreaper = 1;

	CHECK_EQ(check, open_close("double_fork_wait", &trial), 0);
	CHECK_EQ(check, prctl(PR_GET_CHILD_SUBREAPER, &subreaper), 0);
	CHECK_EQ(check, subreaper, 0);
}

static const struct check_test tests[] = {
	{ "every_one_is_done_and_leaves_nothing", every_one_is_done_and_leaves_nothing },
	{ "phases_are_in_order", phases_are_in_order },
	{ "every_kind_of_namespace", every_kind_of_namespace },
	{ "a_word_that_means_nothing", a_word_that_means_nothing },
	{ "too_many_namespaces", too_many_namespaces },
	{ "a_target_that_is_not_ours", a_target_that_is_not_ours },
	{ "what_is_refused_is_said", what_is_refused_is_said },
	{ "orphans_are_taken_in_only_meanwhile", orphans_are_taken_in_only_meanwhile },
	{ NULL, NULL },
};

const struct check_suite suite_create = { "create", tests };
