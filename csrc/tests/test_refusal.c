/* What the kernel refuses comes back as its errno, and what was already opened is closed again. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "check.h"
#include "fixture.h"
#include "state.h"
#include "worker.h"
#include "seccomp.h"

#define MOST_FDS 16

static const char *const channels[] = {
	"shm_futex_message", "shm_spin_message", "shm_stream", "mmap_file_message", "process_vm_readv_message",
	"process_vm_writev_message", "vmsplice_message", "io_uring_message", "thread_queue_message", "call_message",
};
#define CHANNELS (sizeof(channels) / sizeof(channels[0]))

static int64_t descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int64_t count = -3; /* ".", ".." and the directory's own */

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

/* Open and close again; the result of the opening. */
static int try(const char *name, size_t size)
{
	const struct pw_primitive *primitive = pw_primitive_find(name);
	struct pw_trial *trial = calloc(1, sizeof(*trial));
	void *state;
	int err = -ENOENT;

	memcpy(trial->directory, "/tmp", sizeof("/tmp"));
	fixture_set(trial, "message", size, "");
	fixture_set(trial, "chunk", size, "");
	if (primitive)
		err = pw_state_open(primitive, trial, &state);
	if (!err)
		pw_state_close(primitive, state);
	free(trial);
	return err;
}

/* This machine has no such channel at all. */
static int refused(int err)
{
	return err == -EPERM || err == -ENOSYS || err == -EOPNOTSUPP;
}

static void sizes_that_cannot_be(struct check *check)
{
	int64_t before = descriptors();

	for (size_t i = 0; i < CHANNELS; i++) {
		CHECK_EQ(check, try(channels[i], 0), -EINVAL);
		CHECK_EQ(check, try(channels[i], SIZE_MAX), -EINVAL);
		CHECK_EQ(check, try(channels[i], 1UL << 52), -ENOMEM);
		CHECK_EQ(check, descriptors(), before);
	}
}

static void too_few_descriptors(struct check *check)
{
	int64_t before = descriptors();

	for (size_t i = 0; i < CHANNELS; i++) {
		int err = -EMFILE;

		if (refused(try(channels[i], 1)))
			continue;
		for (rlim_t more = 0; err && more < MOST_FDS; more++) {
			struct rlimit limit = { (rlim_t)before + more, MOST_FDS + (rlim_t)before };
			struct rlimit enough = { limit.rlim_max, limit.rlim_max };

			CHECK_EQ(check, setrlimit(RLIMIT_NOFILE, &limit), 0);
			err = try(channels[i], 4096);
			CHECK_EQ(check, setrlimit(RLIMIT_NOFILE, &enough), 0);
			CHECK(check, err == 0 || err == -EMFILE);
			CHECK_EQ(check, descriptors(), before);
		}
		CHECK_EQ(check, err, 0);
	}
}

static void no_io_uring(struct check *check)
{
	int64_t before = descriptors();

	if (pw_seccomp_forbid(SYS_io_uring_setup, EPERM))
		return;
	CHECK_EQ(check, try("io_uring_message", 64), -EPERM);
	CHECK_EQ(check, descriptors(), before);
}

static void no_ring_can_be_entered(struct check *check)
{
	struct pw_shared *shared = fixture_open(1, "io_uring_message");
	struct pw_launch launch = { .image = PW_IMAGE_CALLER, .shared = shared };
	struct pw_worker worker;
	struct pw_exit ended;

	if (refused(try("io_uring_message", 64)) || pw_seccomp_forbid(SYS_io_uring_enter, ENOSYS) || !CHECK(check, shared != NULL))
		return;
	shared->trial.peer = PW_PEER_PROCESS;
	fixture_set(&shared->trial, "message", 64, "64B");
	if (!CHECK_EQ(check, pw_worker_start(&launch, &worker), 0))
		return;
	CHECK_EQ(check, pw_worker_reap(&worker, 0, &ended), 0);
	CHECK(check, shared->result.stage == PW_STAGE_DRIVE || shared->result.stage == PW_STAGE_SERVE);
	CHECK_EQ(check, shared->result.error, ENOSYS);
	fixture_close(shared);
}

static void no_reach_into_other_processes(struct check *check)
{
	static const char *const names[] = { "process_vm_readv_message", "process_vm_writev_message" };

	if (pw_seccomp_forbid(SYS_process_vm_readv, EPERM) || pw_seccomp_forbid(SYS_process_vm_writev, EPERM))
		return;
	for (int i = 0; i < 2; i++) {
		struct pw_shared *shared = fixture_open(1, names[i]);
		struct pw_launch launch = { .image = PW_IMAGE_CALLER, .shared = shared };
		struct pw_worker worker;
		struct pw_exit ended;

		if (!CHECK(check, shared != NULL))
			return;
		shared->trial.peer = PW_PEER_PROCESS;
		fixture_set(&shared->trial, "message", 64, "64B");
		if (!CHECK_EQ(check, pw_worker_start(&launch, &worker), 0))
			return;
		CHECK_EQ(check, pw_worker_reap(&worker, 0, &ended), 0);
		CHECK_EQ(check, shared->result.stage, i == 0 ? PW_STAGE_SERVE : PW_STAGE_DRIVE);
		CHECK_EQ(check, shared->result.error, EPERM);
		fixture_close(shared);
	}
}

static const struct check_test tests[] = {
	{ "sizes_that_cannot_be", sizes_that_cannot_be },
	{ "too_few_descriptors", too_few_descriptors },
	{ "no_io_uring", no_io_uring },
	{ "no_ring_can_be_entered", no_ring_can_be_entered },
	{ "no_reach_into_other_processes", no_reach_into_other_processes },
	{ NULL, NULL },
};

const struct check_suite suite_refusal = { "refusal", tests };
