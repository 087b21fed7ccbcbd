/* Running a probe without a worker. */
#include "wall_check.h"

#include <errno.h>
#include <sys/wait.h>

#include "fixture.h"
#include "wall.h"

void wall_expect(struct check *check, const struct pw_result *result, const struct wall_fact *list)
{
	for (; list->name; list++) {
		int64_t got;

		if (fixture_fact(result, list->name, &got) == 0 && got == list->value)
			continue;
		check->failures++;
		printf("%s: %s: got %lld, wanted %lld\n", check->name, list->name, (long long)got,
		       (long long)list->value);
	}
}

/* What the probe returned; the caller closes *shared. */
int wall_probe(const char *name, const char *host, struct pw_shared **shared)
{
	const struct pw_wall *wall = pw_wall_find(name);
	struct pw_probe probe;

	*shared = fixture_open(8, name);
	if (!*shared || !wall)
		return -ENOENT;
	(*shared)->trial.task = PW_TASK_PROVE;
	memcpy((*shared)->trial.target, PW_TEST_TARGET, sizeof(PW_TEST_TARGET));
	memcpy((*shared)->trial.directory, "/tmp", sizeof("/tmp"));
	if (host)
		fixture_set(&(*shared)->trial, "host", 0, host);
	probe = (struct pw_probe){
		.trial = &(*shared)->trial,
		.result = &(*shared)->result,
		.ticks = fixture_ticks(*shared),
		.ops = fixture_ops(*shared),
		.capacity = (*shared)->capacity,
	};
	return wall->probe(&probe);
}

/* A machine may refuse, if it says why. */
static int refused(const struct pw_shared *shared, int err)
{
	return (err == -EPERM || err == -ENOSYS || err == -EACCES) && shared->result.reason[0];
}

void wall_check(struct check *check, const char *name, const char *host, const struct wall_fact *facts)
{
	struct pw_shared *shared;
	int descriptors = fixture_descriptors();
	int err = wall_probe(name, host, &shared);

	check->name = name;
	CHECK(check, waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD);
	CHECK_EQ(check, fixture_descriptors(), descriptors);
	if (!refused(shared, err) && CHECK_EQ(check, err, 0))
		wall_expect(check, &shared->result, facts);
	fixture_close(shared);
}
