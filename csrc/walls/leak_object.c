/*
 * leak.shm_sysv, leak.shm_posix, leak.file: what has a name outlives the process that made it.
 *
 * The victim makes the object, fills it with random bytes and crashes; we find it with its
 * content, and take it away.  Control: a victim that removes it before it crashes leaves
 * nothing that the same look would find.
 *
 * That nothing stays behind whoever is killed: System V objects are made in a namespace of
 * our own, and the others are taken away by a guardian.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/shm.h>
#include <unistd.h>

#include "casualty.h"
#include "cgroup_place.h"
#include "clock.h"
#include "guardian.h"
#include "io.h"
#include "ipc.h"
#include "rng.h"

#define CONTENT 256

/* Lies in memory that the victim shares with us. */
struct object {
	char path[PW_PATH_MAX];
	int id;
	uint64_t seed;
	unsigned char content[CONTENT];
};

struct kind {
	struct pw_deed deed;
	/* Its content.  1 if it is there, 0 if not. */
	int (*look)(const struct object *object, unsigned char *content);
	int (*clear)(const void *object);       /* NULL: what it is in ends with us */
};

/* Drawn in the victim: nobody else can have put them there. */
static void draw_content(struct object *object)
{
	uint64_t random = object->seed ^ pw_clock_raw_ns();

	for (size_t i = 0; i < CONTENT; i++)
		object->content[i] = (unsigned char)(pw_rng_next(&random) >> 56);
}

static int make_sysv(void *argument)
{
	struct object *object = argument;
	void *at;

	draw_content(object);
	object->id = shmget(IPC_PRIVATE, CONTENT, 0600 | IPC_CREAT);
	if (object->id < 0)
		return -errno;
	at = shmat(object->id, NULL, 0);
	if (at == (void *)-1)
		return -errno;
	memcpy(at, object->content, CONTENT);
	return 0;
}

static int remove_sysv(void *argument)
{
	const struct object *object = argument;

	return shmctl(object->id, IPC_RMID, NULL) < 0 ? -errno : 0;
}

static int look_sysv(const struct object *object, unsigned char *content)
{
	void *at = shmat(object->id, NULL, SHM_RDONLY);

	if (at == (void *)-1)
		return 0;
	memcpy(content, at, CONTENT);
	shmdt(at);
	return 1;
}

static int fill(struct object *object, int fd)
{
	draw_content(object);
	/* The descriptor is left to the crash. */
	return fd < 0 ? -errno : pw_io_write_all(fd, object->content, CONTENT);
}

static int read_back(int fd, unsigned char *content)
{
	int err;

	if (fd < 0)
		return 0;
	err = pw_io_read_all(fd, content, CONTENT);
	pw_io_close(&fd);
	return !err;
}

static int make_posix(void *argument)
{
	struct object *object = argument;

	return fill(object, shm_open(object->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int remove_posix(void *argument)
{
	const struct object *object = argument;

	return shm_unlink(object->path) < 0 ? -errno : 0;
}

static int look_posix(const struct object *object, unsigned char *content)
{
	return read_back(shm_open(object->path, O_RDONLY | O_CLOEXEC, 0), content);
}

static int clear_posix(const void *object)
{
	const char *path = ((const struct object *)object)->path;

	return shm_unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int make_file(void *argument)
{
	struct object *object = argument;

	return fill(object, open(object->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
}

static int remove_file(void *argument)
{
	const struct object *object = argument;

	return unlink(object->path) < 0 ? -errno : 0;
}

static int look_file(const struct object *object, unsigned char *content)
{
	return read_back(open(object->path, O_RDONLY | O_CLOEXEC), content);
}

static int clear_file(const void *object)
{
	const char *path = ((const struct object *)object)->path;

	return unlink(path) < 0 && errno != ENOENT ? -errno : 0;
}

static int watch(struct pw_probe *probe, const struct kind *kind, struct object *object, struct pw_casualty *casualty)
{
	unsigned char content[CONTENT] = { 0 };
	int found;
	int tidied = 1;
	int err = pw_casualty_run(casualty, &kind->deed, object, 0);

	if (err)
		return err;
	found = kind->look(object, content);
	err = pw_probe_facts(probe, (const struct pw_found[]){
		{ "found", found },
		{ "content_intact", found && memcmp(content, object->content, CONTENT) == 0 },
		{ "bytes", found ? CONTENT : 0 },
		{ NULL, 0 },
	});
	/* By the number or the name alone: it is nobody's. */
	if (!err && found)
		err = kind->deed.give_back(object);
	if (!err)
		err = pw_probe_fact(probe, "removed", !kind->look(object, content));
	if (!err)
		err = pw_casualty_run(casualty, &kind->deed, object, 1);
	if (!err)
		tidied = !kind->look(object, content);
	return err ? err : pw_probe_facts(probe, (const struct pw_found[]){
		{ "control_tidied", tidied },
		{ "crashes", casualty->crashes },
		{ NULL, 0 },
	});
}

static int watch_guarded(struct pw_probe *probe, const struct kind *kind, struct object *object)
{
	struct pw_guardian guardian = { .lifeline = -1 };
	struct pw_casualty casualty;
	int err = pw_casualty_open(&casualty, probe->trial);
	int cleared;

	if (!err && kind->clear)
		err = pw_guardian_start(&guardian, kind->clear, object);
	if (!err)
		err = watch(probe, kind, object, &casualty);
	pw_casualty_close(&casualty);
	cleared = pw_guardian_end(&guardian);
	return err ? err : cleared;
}

/* The path is that of `directory`, and of a name that nobody else has. */
static int probe_object(struct pw_probe *probe, const struct kind *kind, const char *directory)
{
	char name[PW_IO_NAME_SIZE];
	struct object *object;
	int err = pw_casualty_host(probe);

	if (!err)
		err = pw_io_fresh_name(name);
	if (err)
		return err;
	object = mmap(NULL, sizeof(*object), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (object == MAP_FAILED)
		return -errno;
	object->seed = probe->trial->seed;
	err = pw_cgroup_path(object->path, directory, name);
	if (!err)
		err = watch_guarded(probe, kind, object);
	munmap(object, sizeof(*object));
	return err;
}

static int probe_sysv(struct pw_probe *probe)
{
	static const struct kind kind = { { make_sysv, remove_sysv }, look_sysv, NULL };
	int err = pw_casualty_host(probe);

	if (err)
		return err;
	err = pw_ipc_isolate();
	if (err)
		return pw_probe_refuse(probe, err, "System V objects need an IPC namespace of their own, which takes "
				       "root or user namespaces: nothing may stay behind");
	return probe_object(probe, &kind, "");
}

static int probe_posix(struct pw_probe *probe)
{
	static const struct kind kind = { { make_posix, remove_posix }, look_posix, clear_posix };
	int err = probe_object(probe, &kind, "");

	return err == -ENOENT ? pw_probe_refuse(probe, -EOPNOTSUPP, "there is no /dev/shm here") : err;
}

static int probe_file(struct pw_probe *probe)
{
	static const struct kind kind = { { make_file, remove_file }, look_file, clear_file };

	return probe_object(probe, &kind, probe->trial->directory);
}

const struct pw_wall pw_wall_leak_file = {
	.name = "leak.file",
	.probe = probe_file,
};

const struct pw_wall pw_wall_leak_shm_posix = {
	.name = "leak.shm_posix",
	.probe = probe_posix,
};

const struct pw_wall pw_wall_leak_shm_sysv = {
	.name = "leak.shm_sysv",
	.probe = probe_sysv,
};
