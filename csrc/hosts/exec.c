/* Another program, exec'd by a fork child, that commits the fault in memory that was never ours. */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "crash.h"
#include "decimal.h"

/* The program finds what it is told at the descriptor that it is called with. */
static int become_program(struct pw_crash *crash)
{
	struct pw_faller *faller = crash->faller;
	char number[PW_DECIMAL_MAX];
	char *argv[] = { (char *)(uintptr_t)crash->probe->trial->target, number, NULL };
	char *envp[] = { NULL };

	/* Of our memory it has a copy until exec. */
	if (faller->noted) {
		pw_canary_scribble(&crash->scene->canary);
		faller->victim.scribbled = pw_canary_changed(&crash->scene->canary);
	}
	pw_decimal_write(number, (uint64_t)crash->faller_fd);
	if (fcntl(crash->faller_fd, F_SETFD, 0) < 0 || (faller->heir >= 0 && fcntl(faller->heir, F_SETFD, 0) < 0))
		return -errno;
	execve(argv[0], argv, envp);
	return -errno;
}

const struct pw_host pw_host_exec = { .name = "exec", .confine = become_program };
