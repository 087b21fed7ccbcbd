/*
 * mem.side_channels: what the kernel says of the ways around all these walls.
 *
 * Nothing is attacked.  For every known weakness of CPUs the kernel says whether this one has
 * it and whether something is done about it; besides, whether two tasks may share a core
 * (SMT), and whether core scheduling, which keeps strangers from it, can be asked for.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/prctl.h>

#include "io.h"
#include "wall.h"

#define DIRECTORY "/sys/devices/system/cpu/vulnerabilities/"
#define PREFIX "vulnerability_"
#define PATH_SIZE (sizeof(DIRECTORY) + PW_NAME_MAX)
/* As in linux/prctl.h since Linux 5.14. */
#define SCHED_CORE 62
#define SCHED_CORE_GET 0

enum state { NOT_AFFECTED, MITIGATED, VULNERABLE, UNKNOWN };

static int64_t state_of(const char *path)
{
	char text[512];

	if (pw_io_read_file(path, text, sizeof(text)))
		return UNKNOWN;
	if (strncmp(text, "Not affected", 12) == 0)
		return NOT_AFFECTED;
	/* Some files have a word before it, such as "KVM: Mitigation: ...". */
	if (strstr(text, "Vulnerable") || strstr(text, "vulnerable"))
		return strncmp(text, "Mitigation", 10) == 0 ? MITIGATED : VULNERABLE;
	return strstr(text, "Mitigation") ? MITIGATED : UNKNOWN;
}

static int report_weakness(struct pw_probe *probe, const char *name, int64_t counts[])
{
	char fact[PW_NAME_MAX] = PREFIX;
	char path[PATH_SIZE] = DIRECTORY;
	size_t length = strlen(name);
	int64_t state;

	if (length >= sizeof(fact) - strlen(PREFIX))
		return -ENAMETOOLONG;
	memcpy(path + strlen(DIRECTORY), name, length + 1);
	memcpy(fact + strlen(PREFIX), name, length + 1);
	state = state_of(path);
	counts[state]++;
	return pw_probe_fact(probe, fact, state);
}

static int report_weaknesses(struct pw_probe *probe)
{
	int64_t counts[UNKNOWN + 1] = { 0 };
	DIR *list = opendir(DIRECTORY);
	struct dirent *entry;
	int err = 0;

	if (!list)
		return pw_probe_refuse(probe, -EOPNOTSUPP, "the kernel says nothing of weaknesses: there is no " DIRECTORY
				       " (Linux 4.15)");
	while (!err && (entry = readdir(list)))
		if (entry->d_name[0] != '.')
			err = report_weakness(probe, entry->d_name, counts);
	closedir(list);
	if (!err)
		err = pw_probe_fact(probe, "weaknesses", counts[NOT_AFFECTED] + counts[MITIGATED] + counts[VULNERABLE] +
				    counts[UNKNOWN]);
	if (!err)
		err = pw_probe_fact(probe, "weaknesses_mitigated", counts[MITIGATED]);
	return err ? err : pw_probe_fact(probe, "weaknesses_vulnerable", counts[VULNERABLE]);
}

/* 1, 0, or -1 where the kernel does not say. */
static int64_t smt_active(void)
{
	char text[8];

	if (pw_io_read_file("/sys/devices/system/cpu/smt/active", text, sizeof(text)))
		return -1;
	return text[0] == '1';
}

/* 2: this task has a cookie, 1: it may ask for one, 0: the kernel has no core scheduling or no SMT to use it on. */
static int64_t core_scheduling(void)
{
	unsigned long cookie = 0;

	if (prctl(SCHED_CORE, SCHED_CORE_GET, 0, 0UL, &cookie) < 0)
		return 0;
	return cookie ? 2 : 1;
}

static int probe_side_channels(struct pw_probe *probe)
{
	int err = report_weaknesses(probe);

	if (!err)
		err = pw_probe_fact(probe, "smt_active", smt_active());
	if (!err)
		err = pw_probe_fact(probe, "core_scheduling", core_scheduling());
	return err ? err : pw_probe_fact(probe, "read", 1);
}

const struct pw_wall pw_wall_mem_side_channels = {
	.name = "mem.side_channels",
	.probe = probe_side_channels,
};
