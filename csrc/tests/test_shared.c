/* The mapping, and the image that a trial asks for. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"
#include "fixture.h"
#include "image.h"
#include "worker.h"

static void init_refuses_what_is_too_small(struct check *check)
{
	struct pw_shared *shared = fixture_open(10, "null_syscall");

	if (!CHECK(check, shared != NULL))
		return;
	CHECK_EQ(check, pw_shared_init(shared, pw_shared_size(10, 2) - 1, 10, 2), -EINVAL);
	CHECK_EQ(check, pw_shared_init(shared, UINT64_MAX, 1ULL << 33, 0), -EINVAL);
	CHECK_EQ(check, pw_shared_init(shared, UINT64_MAX, 10, PW_READINGS_MAX + 1), -EINVAL);
	CHECK_EQ(check, shared->capacity, 10);
	CHECK(check, (char *)(fixture_ops(shared) + 10) <= (char *)shared + shared->size);
	CHECK(check, (char *)(fixture_ticks(shared) + 10) <= (char *)fixture_ops(shared));
	fixture_close(shared);
}

static void check_refuses_foreign_mappings(struct check *check)
{
	struct pw_shared *shared = fixture_open(10, "null_syscall");

	if (!CHECK(check, shared != NULL))
		return;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), 0);
	CHECK_EQ(check, pw_shared_check(shared, shared->size + 1), -EPROTO);
	CHECK_EQ(check, pw_shared_check(shared, 8), -EPROTO);
	shared->magic++;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), -EPROTO);
	shared->magic--;
	shared->abi++;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), -EPROTO);
	shared->abi--;
	shared->capacity *= 1000;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), -EPROTO);
	shared->capacity /= 1000;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), 0);
	fixture_close(shared);
}

static void check_refuses_bad_trials(struct check *check)
{
	struct pw_shared *shared = fixture_open(10, "null_syscall");

	if (!CHECK(check, shared != NULL))
		return;
	shared->trial.samples = 11;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), -EINVAL);
	shared->trial.samples = 10;
	shared->trial.batch = 0;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), -EINVAL);
	shared->trial.batch = 1;
	shared->trial.chunk = 0;
	CHECK_EQ(check, pw_shared_check(shared, shared->size), -EINVAL);
	shared->trial.chunk = 1;
	memset(shared->trial.subject, 'x', sizeof(shared->trial.subject));
	CHECK_EQ(check, pw_shared_check(shared, shared->size), -EINVAL);
	fixture_close(shared);
}

static void attach_maps_what_is_ours_and_nothing_else(struct check *check)
{
	struct pw_shared *shared = fixture_open(10, "null_syscall");
	struct pw_shared *attached;
	int fd = memfd_create("partywall-test", MFD_CLOEXEC);

	if (!CHECK(check, shared != NULL) || !CHECK(check, fd >= 0))
		return;
	CHECK(check, pw_shared_attach(-1) == NULL);
	CHECK(check, pw_shared_attach(fd) == NULL);
	CHECK_EQ(check, ftruncate(fd, (off_t)shared->size), 0);
	CHECK(check, pw_shared_attach(fd) == NULL);
	CHECK_EQ(check, pwrite(fd, shared, sizeof(*shared), 0), (int64_t)sizeof(*shared));
	attached = pw_shared_attach(fd);
	if (CHECK(check, attached != NULL)) {
		CHECK_EQ(check, attached->trial.samples, 10);
		CHECK_EQ(check, fcntl(fd, F_GETFD), -1);
		munmap(attached, attached->size);
	}
	fixture_close(shared);
}

static int64_t lines_of_maps(void)
{
	FILE *file = fopen("/proc/self/maps", "re");
	int64_t lines = 0;

	for (int c = file ? fgetc(file) : EOF; c != EOF; c = fgetc(file))
		lines += c == '\n';
	if (file)
		fclose(file);
	return lines;
}

static int64_t entries(const char *path)
{
	DIR *directory = opendir(path);
	int64_t count = 0;

	while (directory && readdir(directory))
		count++;
	if (directory)
		closedir(directory);
	return count;
}

static void image_holds_what_was_asked(struct check *check)
{
	struct pw_trial trial = { 0 };
	int64_t maps = lines_of_maps();
	int64_t fds = entries("/proc/self/fd");
	int64_t threads = entries("/proc/self/task");

	fixture_set(&trial, "resident", 1 << 20, "1MiB");
	fixture_set(&trial, "vmas", 100, "100");
	fixture_set(&trial, "fds", 20, "20");
	fixture_set(&trial, "threads", 3, "3");
	CHECK_EQ(check, pw_image_build(&trial), 0);
	CHECK_EQ(check, entries("/proc/self/fd") - fds, 20);
	CHECK_EQ(check, entries("/proc/self/task") - threads, 3);
	/* The block, its stacks and malloc's arenas add to the hundred. */
	CHECK(check, lines_of_maps() - maps >= 100);
	CHECK(check, lines_of_maps() - maps <= 150);
}

static const struct check_test tests[] = {
	{ "init_refuses_what_is_too_small", init_refuses_what_is_too_small },
	{ "check_refuses_foreign_mappings", check_refuses_foreign_mappings },
	{ "check_refuses_bad_trials", check_refuses_bad_trials },
	{ "attach_maps_what_is_ours_and_nothing_else", attach_maps_what_is_ours_and_nothing_else },
	{ "image_holds_what_was_asked", image_holds_what_was_asked },
	{ NULL, NULL },
};

const struct check_suite suite_shared = { "shared", tests };
