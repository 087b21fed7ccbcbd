/* A guest that is let go without its confinement is seen to be, and its act to come through. */
#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "caller.h"
#include "check.h"
#include "io.h"

static int run(struct check *check, const struct pw_confinement *confinement, struct pw_act *act, int fd, int unguarded)
{
	const struct pw_caller caller = {
		.act = act, .act_fd = fd, .file = -1, .host = PW_CALLER_PROCESS,
		.confinement = confinement, .unguarded = unguarded,
	};

	memset(act, 0, sizeof(*act));
	act->kind = PW_ACT_FORK_BOMB;
	return CHECK_EQ(check, pw_caller_run(&caller, act), 0) && CHECK_EQ(check, act->entered, 1);
}

static void a_sandbox_without_its_guard_is_broken(struct check *check)
{
	const struct pw_confinement_wish wish = { .kind = &pw_confinement_sandbox };
	struct pw_confinement confinement;
	struct pw_act *act;
	int fd = memfd_create("partywall-test", MFD_CLOEXEC);

	if (!CHECK(check, fd >= 0) || !CHECK_EQ(check, ftruncate(fd, sizeof(*act)), 0))
		return;
	act = pw_act_attach(fd);
	/* Without Landlock there is no sandbox, and nothing to be seen. */
	if (CHECK(check, act != NULL) && !pw_confinement_open(&confinement, &wish, NULL)) {
		if (run(check, &confinement, act, fd, 1)) {
			CHECK_EQ(check, act->confined, 0);
			CHECK_EQ(check, act->count, PW_ACT_FORKS);
		}
		if (run(check, &confinement, act, fd, 0)) {
			CHECK_EQ(check, act->confined, 1);
			CHECK_EQ(check, act->count, 0);
			CHECK_EQ(check, act->error, EPERM);
		}
		CHECK_EQ(check, pw_confinement_close(&confinement), 0);
	}
	if (act)
		munmap(act, sizeof(*act));
	pw_io_close(&fd);
}

static const struct check_test tests[] = {
	{ "a_sandbox_without_its_guard_is_broken", a_sandbox_without_its_guard_is_broken },
	{ NULL, NULL },
};

const struct check_suite suite_contain = { "contain", tests };
