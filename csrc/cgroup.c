/* Made, limited and taken away. */
#include "cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cgroup_place.h"
#include "decimal.h"
#include "procfile.h"

#define FILE_MAX 64
/* As long as the last process in it may take to be gone. */
#define REMOVAL_TRIES 2000
#define REMOVAL_PAUSE_NS 500000

static const char *const limits[][PW_CGROUP_CONTROLLERS] = {
	[1] = { "memory.limit_in_bytes", "pids.max" },
	[2] = { "memory.max", "pids.max" },
};

static int write_text(const char *directory, const char *file, const char *text)
{
	char path[PW_PATH_MAX];
	int err = pw_cgroup_path(path, directory, file);
	int fd;

	if (err)
		return err;
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	/* A limit that is refused is refused as a whole. */
	err = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	pw_io_close(&fd);
	return err;
}

/* What its guardian does. */
static int remove_directories(const void *what)
{
	const struct pw_cgroup *cgroup = what;
	const struct timespec pause = { 0, REMOVAL_PAUSE_NS };
	int err = 0;

	for (uint32_t i = 0; i < cgroup->count; i++)
		for (int tries = 0; rmdir(cgroup->path[i]) < 0 && errno != ENOENT; tries++) {
			if (errno != EBUSY || tries == REMOVAL_TRIES) {
				err = -errno;
				break;
			}
			nanosleep(&pause, NULL);
		}
	return err;
}

static int limit(const struct pw_cgroup *cgroup, uint32_t controller, uint64_t value)
{
	uint32_t hierarchy = cgroup->version == 1 ? controller : 0;
	const char *file = limits[cgroup->version][controller];
	char text[PW_DECIMAL_MAX];
	int err;

	pw_decimal_write(text, value);
	err = write_text(cgroup->path[hierarchy], file, text);
	if (err)
		return err;
	return pw_cgroup_number(cgroup, hierarchy, file) == (int64_t)value ? 0 : -EPROTO;
}

int pw_cgroup_open(struct pw_cgroup *cgroup, uint64_t bytes, uint64_t tasks, const char **why)
{
	int err;

	*cgroup = (struct pw_cgroup){ .guardian = { .lifeline = -1 } };
	*why = "no cgroup here can be divided: it takes one of v1 with memory and pids, or a delegated one of v2";
	err = pw_cgroup_place(&cgroup->version, cgroup->path);
	cgroup->count = cgroup->version == 1 ? PW_CGROUP_HIERARCHIES : 1;
	if (err)
		return err;
	err = pw_io_fresh_name(cgroup->name);
	for (uint32_t i = 0; !err && i < cgroup->count; i++)
		err = pw_cgroup_append(cgroup->path[i], cgroup->name);
	if (!err)
		err = pw_guardian_start(&cgroup->guardian, remove_directories, cgroup);
	*why = "no cgroup may be made below our own: it takes root, or a delegated cgroup";
	for (uint32_t i = 0; !err && i < cgroup->count; i++)
		if (mkdir(cgroup->path[i], 0700) < 0)
			err = errno == EROFS ? -EPERM : -errno;
	if (!err)
		err = limit(cgroup, 0, bytes);
	if (!err)
		err = limit(cgroup, 1, tasks);
	if (err)
		pw_cgroup_close(cgroup);
	return err;
}

int pw_cgroup_enter(const struct pw_cgroup *cgroup)
{
	int err = 0;

	for (uint32_t i = 0; !err && i < cgroup->count; i++)
		err = write_text(cgroup->path[i], "cgroup.procs", "0");
	return err;
}

int pw_cgroup_holds_self(const struct pw_cgroup *cgroup)
{
	return pw_cgroup_holds(cgroup, getpid());
}

int pw_cgroup_holds(const struct pw_cgroup *cgroup, pid_t pid)
{
	char path[PW_PROCFILE_PATH];
	char text[PW_PATH_MAX];
	const char *at = text;
	uint32_t found = 0;

	pw_procfile_path(path, pid, "cgroup");
	if (pw_io_read_file(path, text, sizeof(text)))
		return 0;
	while ((at = strstr(at, cgroup->name))) {
		at++;
		found++;
	}
	return found == cgroup->count;
}

int64_t pw_cgroup_number(const struct pw_cgroup *cgroup, uint32_t hierarchy, const char *file)
{
	char path[PW_PATH_MAX];
	char text[FILE_MAX];
	int err = pw_cgroup_path(path, cgroup->path[hierarchy], file);

	if (!err)
		err = pw_io_read_file(path, text, sizeof(text));
	return err ? err : (int64_t)pw_decimal_read(text);
}

int pw_cgroup_close(struct pw_cgroup *cgroup)
{
	return pw_guardian_end(&cgroup->guardian);
}
