/* Every suite there is. */
#include "check.h"

extern const struct check_suite suite_base, suite_census, suite_child, suite_contain, suite_crash, suite_create,
	suite_door_objects, suite_doors, suite_endurance, suite_exhaust, suite_faults, suite_image,
	suite_keep, suite_launch, suite_leaks, suite_load, suite_measure, suite_memory, suite_peer,
	suite_refusal, suite_rival, suite_sha256, suite_shared, suite_spsc, suite_switch, suite_talk,
	suite_talk_memory, suite_traces, suite_walls, suite_workset;

static const struct check_suite *const suites[] = {
	&suite_base, &suite_census, &suite_child, &suite_contain, &suite_crash, &suite_create, &suite_door_objects,
	&suite_doors, &suite_endurance, &suite_exhaust, &suite_faults, &suite_image, &suite_keep,
	&suite_launch, &suite_leaks, &suite_load, &suite_measure, &suite_memory, &suite_peer,
	&suite_refusal, &suite_rival, &suite_sha256, &suite_shared, &suite_spsc, &suite_switch,
	&suite_talk, &suite_talk_memory, &suite_traces, &suite_walls, &suite_workset,
};

int main(void)
{
	int passed = 0;
	int failed = 0;

	for (size_t i = 0; i < sizeof(suites) / sizeof(suites[0]); i++)
		for (const struct check_test *test = suites[i]->tests; test->name; test++)
			if (check_run(suites[i]->name, test))
				passed++;
			else
				failed++;
	return check_close(passed, failed);
}
