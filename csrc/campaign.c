/* Facts of each way by its name, then their sums. */
#include "campaign.h"

#include <errno.h>
#include <string.h>

struct sums {
	int64_t tried;
	int64_t unavailable;
	int64_t open;
	int64_t refused;
	int64_t refused_otherwise;
	int64_t seen;
	int64_t changed;
	int64_t spoilt;                 /* keepers whose checksum is another */
	int64_t control_open;
	int64_t kill_allowed;
	struct pw_spoils last;          /* of the attacks */
	struct pw_spoils barred;        /* of a control that was refused */
};

static int add_named(struct pw_probe *probe, const char *way, const char *what, int64_t value)
{
	char name[PW_NAME_MAX];
	size_t length = strlen(way);

	if (length + strlen(what) >= sizeof(name))
		return -ENOSPC;
	memcpy(name, way, length);
	memcpy(name + length, what, strlen(what) + 1);
	return pw_probe_fact(probe, name, value);
}

static void count(struct sums *sums, const struct pw_campaign_way *way, const struct pw_spoils *spoils)
{
	sums->tried += spoils->tried;
	sums->open += !spoils->error || spoils->seen || spoils->changed;
	sums->refused += spoils->error && pw_raid_answered(spoils, way->refusal);
	sums->refused_otherwise += !pw_raid_answered(spoils, way->refusal);
	sums->seen += spoils->seen;
	sums->changed += spoils->changed;
	sums->spoilt += spoils->checksum_before != spoils->checksum_after;
	sums->kill_allowed += !spoils->kill_error;
	sums->last = *spoils;
}

static int go(struct pw_probe *probe, const struct pw_raid *attack, const struct pw_raid *control,
	      const struct pw_campaign_way *way, struct sums *sums)
{
	const char *name = way->route->name;
	struct pw_spoils spoils;
	int err = pw_raid(control, way->route, &spoils);

	if (!err)
		err = add_named(probe, name, "_control_errno", spoils.error);
	if (err)
		return err;
	if (pw_raid_refused(&spoils)) {
		sums->unavailable++;
		sums->barred = spoils;
		return 0;
	}
	sums->control_open += pw_raid_came_through(way->route, &spoils);
	err = pw_raid(attack, way->route, &spoils);
	if (err)
		return err;
	count(sums, way, &spoils);
	err = add_named(probe, name, "_errno", spoils.error);
	if (!err && way->route->reads)
		err = add_named(probe, name, "_seen", spoils.seen);
	if (!err && way->route->writes)
		err = add_named(probe, name, "_changed", spoils.changed);
	if (!err && spoils.second >= 0)
		err = add_named(probe, name, "_second_errno", spoils.second);
	return err;
}

static int report(struct pw_probe *probe, const struct sums *sums)
{
	const struct { const char *name; int64_t value; } facts[] = {
		{ "routes_tried", sums->tried },
		{ "routes_unavailable", sums->unavailable },
		{ "routes_open", sums->open },
		{ "routes_refused", sums->refused },
		{ "refused_otherwise", sums->refused_otherwise },
		{ "seen_bytes", sums->seen },
		{ "changed_bytes", sums->changed },
		{ "victims_spoilt", sums->spoilt },
		{ "control_open", sums->control_open },
		{ "kill_allowed", sums->kill_allowed == sums->tried },
		{ "victim_dumpable", sums->last.dumpable },
		{ "victim_uid", sums->last.keeper_uid },
		{ "attacker_uid", sums->last.attacker_uid },
		{ "attacker_capabilities", sums->last.capabilities },
		{ "yama_scope", pw_route_yama() },
		{ "secret_bytes", PW_SECRET_SIZE },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

int pw_campaign(struct pw_probe *probe, const struct pw_raid *attack, const struct pw_raid *control,
		const struct pw_campaign_way *ways, int number)
{
	struct sums sums = { 0 };
	int err = 0;

	for (int i = 0; !err && i < number; i++)
		err = go(probe, attack, control, &ways[i], &sums);
	if (err)
		return err;
	if (!sums.tried && sums.unavailable)
		return pw_raid_refuse_control(probe, &sums.barred);
	return report(probe, &sums);
}
