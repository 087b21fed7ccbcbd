/* The table of mechanisms, and the one that adds nothing. */
#include "confinement.h"

#include <errno.h>
#include <unistd.h>

#include "io.h"

const struct pw_confinement_kind pw_confinement_process = { .name = "process" };

const struct pw_confinement_kind *const pw_confinement_kinds[] = {
	&pw_confinement_process, &pw_confinement_sandbox, &pw_confinement_container, &pw_confinement_bubblewrap, NULL,
};
const char *const pw_confinement_words[] = { "process", "sandbox", "container", "bubblewrap", NULL };

int pw_confinement_open(struct pw_confinement *confinement, const struct pw_confinement_wish *wish, const char **why)
{
	const char *said = NULL;
	int err;

	*confinement = (struct pw_confinement){ .kind = wish->kind, .entrance = { -1, -1 }, .silence = -1 };
	err = wish->kind->open ? wish->kind->open(confinement, wish, &said) : 0;
	if (err)
		pw_confinement_close(confinement);
	if (why)
		*why = err ? said : NULL;
	return err;
}

pid_t pw_confinement_create(const struct pw_confinement *confinement)
{
	pid_t pid;

	if (confinement->kind->create)
		return confinement->kind->create(confinement);
	pid = fork();
	return pid < 0 ? -errno : pid;
}

int pw_confinement_enter(const struct pw_confinement *confinement)
{
	return confinement->kind->enter ? confinement->kind->enter(confinement) : 0;
}

int pw_confinement_close(struct pw_confinement *confinement)
{
	int err = 0;

	for (size_t i = 0; i < PW_CGROUP_HIERARCHIES; i++)
		pw_io_close(&confinement->entrance[i]);
	pw_io_close(&confinement->silence);
	if (confinement->kind && confinement->kind->close)
		err = confinement->kind->close(confinement);
	confinement->kind = NULL;
	return err;
}
