/*
 * The faults alone: built at several levels of optimisation, to show that none
 * of them makes a crash go away.
 */
#include "check.h"

extern const struct check_suite suite_faults;

int main(void)
{
	int passed = 0;
	int failed = 0;

	for (const struct check_test *test = suite_faults.tests; test->name; test++)
		if (check_run(suite_faults.name, test))
			passed++;
		else
			failed++;
	return check_close(passed, failed);
}
