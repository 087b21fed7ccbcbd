/* What a worker does that is to prove something. */
#include "prove.h"

#include <errno.h>

#include "wall.h"

#define AVAILABLE (512ULL << 20)                 /* of memory, which every machine for tests has */

/* What a machine may lack or forbid. */
static const int refusals[] = { -EPERM, -EACCES, -ENOSYS, -EOPNOTSUPP, -ENOSPC, -EUSERS };

void fixture_expect(struct check *check, const struct pw_result *result, const char *name, int64_t wanted)
{
	int64_t got;

	if (fixture_fact(result, name, &got) == 0 && got == wanted)
		return;
	check->failures++;
	printf("%s: %s: got %lld, wanted %lld\n", check->name, name, (long long)got, (long long)wanted);
}

void fixture_expect_all(struct check *check, const struct pw_result *result, const struct fixture_fact_due *list)
{
	for (; list->name; list++)
		fixture_expect(check, result, list->name, list->value);
}

static struct pw_shared *open_trial(struct check *check, const char *name, const char *host, struct pw_probe *probe)
{
	struct pw_shared *shared = fixture_open(FIXTURE_SAMPLES, name);

	check->name = name;
	if (!CHECK(check, shared && pw_wall_find(name)))
		return NULL;
	shared->trial.task = PW_TASK_PROVE;
	memcpy(shared->trial.target, PW_TEST_FAULT_TARGET, sizeof(PW_TEST_FAULT_TARGET));
	memcpy(shared->trial.directory, "/tmp", sizeof("/tmp"));
	fixture_set(&shared->trial, "available", AVAILABLE, "");
	if (host)
		fixture_set(&shared->trial, "host", 0, host);
	*probe = (struct pw_probe){
		.trial = &shared->trial,
		.result = &shared->result,
		.ticks = fixture_ticks(shared),
		.ops = fixture_ops(shared),
		.capacity = shared->capacity,
	};
	return shared;
}

struct pw_shared *fixture_prove(struct check *check, const char *wall, const char *host, int wanted)
{
	struct pw_probe probe;
	struct pw_shared *shared = open_trial(check, wall, host, &probe);

	if (!shared)
		return NULL;
	if (CHECK_EQ(check, pw_wall_find(wall)->probe(&probe), wanted) && !wanted)
		return shared;
	fixture_close(shared);
	return NULL;
}

struct pw_shared *fixture_prove_if_allowed(struct check *check, const char *wall, const char *host)
{
	struct pw_probe probe;
	struct pw_shared *shared = open_trial(check, wall, host, &probe);
	int err;

	if (!shared)
		return NULL;
	err = pw_wall_find(wall)->probe(&probe);
	if (!err)
		return shared;
	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
		if (err == refusals[i] && shared->result.reason[0])
			goto refused;
	CHECK_EQ(check, err, 0);
refused:
	fixture_close(shared);
	return NULL;
}
