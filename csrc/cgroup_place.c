/* No setting of any cgroup that is there already is changed. */
#include "cgroup_place.h"

#include <errno.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "io.h"

#ifndef CGROUP2_SUPER_MAGIC
#define CGROUP2_SUPER_MAGIC 0x63677270
#endif
#define LIST_MAX 256

static const char *const controllers[PW_CGROUP_CONTROLLERS] = {
	[PW_CGROUP_MEMORY] = "memory", [PW_CGROUP_PIDS] = "pids",
};

static int append(char path[PW_PATH_MAX], const char *text)
{
	size_t length = strlen(path);
	size_t more = strlen(text);

	if (length + more >= PW_PATH_MAX)
		return -ENAMETOOLONG;
	memcpy(path + length, text, more + 1);
	return 0;
}

int pw_cgroup_path(char path[PW_PATH_MAX], const char *directory, const char *name)
{
	int err;

	path[0] = '\0';
	err = append(path, directory);
	return err ? err : pw_cgroup_append(path, name);
}

int pw_cgroup_append(char path[PW_PATH_MAX], const char *name)
{
	int err = append(path, "/");

	return err ? err : append(path, name);
}

/* Where v2 is alone, and where it stands beside v1. */
static const char *find_unified(void)
{
	static const char *const mounts[] = { "/sys/fs/cgroup", "/sys/fs/cgroup/unified" };

	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		struct statfs found;

		if (statfs(mounts[i], &found) == 0 && found.f_type == CGROUP2_SUPER_MAGIC)
			return mounts[i];
	}
	return NULL;
}

/* Is the word one of those that end before the colon? */
static int names(const char *list, const char *word)
{
	size_t length = strlen(word);

	for (;;) {
		size_t next = strcspn(list, ",:");

		if (next == length && strncmp(list, word, length) == 0)
			return 1;
		if (list[next] != ',')
			return 0;
		list += next + 1;
	}
}

/* A line is NUMBER:CONTROLLERS:PATH; that of v2 has the number 0 and no controllers. */
static char *find_line(char *text, const char *controller)
{
	for (char *line = text; line; line = strchr(line, '\n')) {
		char *list;

		line += *line == '\n';
		list = strchr(line, ':');
		if (!list)
			return NULL;
		list++;
		if (controller ? names(list, controller) : strncmp(line, "0::", 3) == 0) {
			char *path = strchr(list, ':');

			if (!path)
				return NULL;
			path++;
			path[strcspn(path, "\n")] = '\0';
			return path;
		}
	}
	return NULL;
}

int pw_cgroup_own(const char *controller, char path[PW_PATH_MAX])
{
	char text[PW_PATH_MAX];
	const char *mount = controller ? "/sys/fs/cgroup/" : find_unified();
	const char *own;
	int err = pw_io_read_file("/proc/self/cgroup", text, sizeof(text));

	if (err)
		return err;
	own = find_line(text, controller);
	if (!mount || !own)
		return -EOPNOTSUPP;
	path[0] = '\0';
	err = append(path, mount);
	if (!err && controller)
		err = append(path, controller);
	/* The root is "/". */
	if (!err && own[1])
		err = append(path, own);
	if (err)
		return err;
	/* It may lie outside of what this mount shows. */
	return access(path, F_OK) == 0 ? 0 : -EOPNOTSUPP;
}

static int hands_on(const char *directory)
{
	char text[LIST_MAX];
	char path[PW_PATH_MAX];

	if (pw_cgroup_path(path, directory, "cgroup.subtree_control") || pw_io_read_file(path, text, sizeof(text)))
		return 0;
	for (char *at = text; *at; at++)
		if (*at == ' ' || *at == '\n')
			*at = ',';
	for (size_t i = 0; i < PW_CGROUP_CONTROLLERS; i++)
		if (!names(text, controllers[i]))
			return 0;
	return access(directory, W_OK) == 0;
}

static int find_unified_place(char path[PW_PATH_MAX])
{
	const char *mount = find_unified();
	int err = pw_cgroup_own(NULL, path);

	if (err)
		return err;
	while (!hands_on(path)) {
		if (strlen(path) <= strlen(mount))
			return -EOPNOTSUPP;
		*strrchr(path, '/') = '\0';
	}
	return 0;
}

int pw_cgroup_place(uint32_t *version, char path[PW_CGROUP_HIERARCHIES][PW_PATH_MAX])
{
	int err = 0;

	*version = 1;
	for (uint32_t i = 0; !err && i < PW_CGROUP_CONTROLLERS; i++)
		err = pw_cgroup_own(controllers[i], path[i]);
	if (!err)
		return 0;
	*version = 2;
	return find_unified_place(path[0]);
}
