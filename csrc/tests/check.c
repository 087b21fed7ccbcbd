/* The part of the runner that forks. */
#include "check.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#define DEADLINE_S 120

static void run_child(const char *suite, const struct check_test *test)
{
	struct check check = { .name = test->name };

	/* A peer that fails kills its whole group. */
	setpgid(0, 0);
	alarm(DEADLINE_S);
	test->run(&check);
	if (check.failures)
		printf("FAIL %s.%s\n", suite, test->name);
	/* Not _exit: a sanitizer looks for leaks on the way out. */
	exit(check.failures ? 1 : 0);
}

int check_run(const char *suite, const struct check_test *test)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		perror("fork");
		return 0;
	}
	if (pid == 0)
		run_child(suite, test);
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	kill(-pid, SIGKILL);
	if (WIFSIGNALED(status))
		printf("FAIL %s.%s: signal %d\n", suite, test->name, WTERMSIG(status));
	else if (WEXITSTATUS(status) > 1)
		printf("FAIL %s.%s: exit status %d\n", suite, test->name, WEXITSTATUS(status));
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int check_close(int passed, int failed)
{
	printf("%d passed, %d failed\n", passed, failed);
	return failed || !passed;
}
