/* A program that bwrap starts with everything unshared, and that sees itself and no other file. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "confinement.h"
#include "io.h"

/* Where the program lies inside. */
#define INSIDE "/program"

static const char *const places[] = { "/usr/bin/bwrap", "/usr/local/bin/bwrap", "/bin/bwrap" };

static int compose(struct pw_confinement *confinement, const char *bwrap, const struct pw_confinement_wish *wish)
{
	const char *const words[] = {
		bwrap, "--unshare-all", "--die-with-parent", "--ro-bind", wish->program, INSIDE, "--", INSIDE,
	};
	size_t length = 0;

	/* execve takes, and leaves alone, what it does not call const. */
	for (; length < sizeof(words) / sizeof(words[0]); length++)
		confinement->argv[length] = (char *)(uintptr_t)words[length];
	for (size_t i = 0; wish->arguments[i]; i++) {
		if (length + 1 >= PW_BUBBLEWRAP_WORDS)
			return -E2BIG;
		confinement->argv[length++] = (char *)(uintptr_t)wish->arguments[i];
	}
	return 0;
}

static int open_bubblewrap(struct pw_confinement *confinement, const struct pw_confinement_wish *wish,
			   const char **why)
{
	const char *found = NULL;

	for (size_t i = 0; !found && i < sizeof(places) / sizeof(places[0]); i++)
		if (access(places[i], X_OK) == 0)
			found = places[i];
	*why = "bubblewrap is not installed (Debian and Ubuntu: apt install bubblewrap)";
	if (!found)
		return -EOPNOTSUPP;
	*why = NULL;
	if (access(wish->program, X_OK) < 0)
		return -errno;
	confinement->silence = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (confinement->silence < 0)
		return -errno;
	confinement->silence = pw_io_lift(confinement->silence);
	return confinement->silence < 0 ? confinement->silence : compose(confinement, found, wish);
}

static int enter(const struct pw_confinement *confinement)
{
	char *envp[] = { NULL };

	if (dup2(confinement->silence, STDERR_FILENO) < 0)
		return -errno;
	execve(confinement->argv[0], confinement->argv, envp);
	return -errno;
}

const struct pw_confinement_kind pw_confinement_bubblewrap = {
	.name = "bubblewrap",
	.forbidden = "bwrap may not set up what it is asked for: it takes user namespaces (user.max_user_namespaces above 0, "
		     "and no policy against them)",
	.open = open_bubblewrap, .enter = enter, .execs = 1,
};
