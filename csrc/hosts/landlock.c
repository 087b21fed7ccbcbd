/* A fork child under a Landlock ruleset that lets it read files, and nothing else of them. */
#include <errno.h>

#include "crash.h"
#include "landlock.h"

static int open_host(struct pw_crash *crash)
{
	int err = pw_landlock_available();

	return err ? pw_probe_refuse(crash->probe, err, PW_LANDLOCK_LACKING) : 0;
}

static int confine(struct pw_crash *crash)
{
	int err = pw_landlock_restrict(PW_LANDLOCK_ALL_BUT_READ);

	if (err)
		return err;
	crash->faller->confined = pw_landlock_is_restricted();
	return 0;
}

const struct pw_host pw_host_landlock = { .name = "landlock", .open = open_host, .confine = confine };
