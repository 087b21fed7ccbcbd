/* Both versions of cgroups, each group from this one up to the root; where none is mounted there is no limit. */
#include "headroom.h"

#include <errno.h>
#include <string.h>

#include "decimal.h"
#include "io.h"
#include "partywall.h"
#include "procfile.h"

struct version {
	const char *mark;               /* begins the rest of the line in /proc/self/cgroup, behind the number */
	const char *mount;
	const char *limit;
	const char *usage;
};

static const struct version versions[] = {
	{ "::/", "/sys/fs/cgroup", "/memory.max", "/memory.current" },
	{ ":memory:/", "/sys/fs/cgroup/memory", "/memory.limit_in_bytes", "/memory.usage_in_bytes" },
};

/* What the file holds, or INT64_MAX where it is not there or says "max". */
static int64_t number(const char *group, const char *name)
{
	char path[PW_PATH_MAX + PW_NAME_MAX];
	char text[PW_DECIMAL_MAX];
	size_t length = strlen(group);
	uint64_t value;

	memcpy(path, group, length);
	memcpy(path + length, name, strlen(name) + 1);
	if (pw_io_read_file(path, text, sizeof(text)) || *text < '0' || *text > '9')
		return INT64_MAX;
	value = pw_decimal_read(text);
	return value > INT64_MAX ? INT64_MAX : (int64_t)value;
}

static int64_t left_in(const char *group, const struct version *version)
{
	int64_t limit = number(group, version->limit);
	int64_t usage = number(group, version->usage);

	if (limit == INT64_MAX || usage == INT64_MAX)
		return INT64_MAX;
	return limit > usage ? limit - usage : 0;
}

static int64_t left_up_to_root(const char *path, size_t length, const struct version *version)
{
	size_t root = strlen(version->mount);
	int64_t least = INT64_MAX;
	char group[PW_PATH_MAX];
	char *end;

	if (root + length >= sizeof(group))
		return 0;
	memcpy(group, version->mount, root);
	memcpy(group + root, path, length);
	group[root + length] = '\0';
	do {
		int64_t left = left_in(group, version);

		least = left < least ? left : least;
		end = strrchr(group + root, '/');
		if (end)
			*end = '\0';
	} while (end);
	return least;
}

int64_t pw_headroom(void)
{
	int64_t least = pw_procfile_number("/proc/meminfo", "MemAvailable");
	char text[PW_PATH_MAX];

	if (least < 0)
		return least;
	least *= 1024;
	if (pw_io_read_file("/proc/self/cgroup", text, sizeof(text)))
		return least;
	for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
		const char *rest = line + strspn(line, "0123456789");

		for (size_t i = 0; i < sizeof(versions) / sizeof(versions[0]); i++) {
			size_t mark = strlen(versions[i].mark);
			int64_t left;

			if (strncmp(rest, versions[i].mark, mark) != 0)
				continue;
			left = left_up_to_root(rest + mark - 1, strcspn(rest + mark - 1, "\n"), &versions[i]);
			least = left < least ? left : least;
		}
	}
	return least;
}
