/*
 * mem.named_ipc: what lies in an object that has a name is kept by the mode of the object
 * alone, and by no wall between processes.
 *
 * An owner makes one of each kind with mode 0600, puts a secret into it, and exits: that
 * the objects can still be read shows that they outlive who made them.  Then the attacker
 * opens each by its name: one of another user, or of the same.  The control of another
 * user is the same code of the same user.  Last they are removed, and the same code must
 * find them gone: that is the control of the same user.  A memory file, which has a name
 * only in /proc as long as somebody holds it, goes the way of the five routes.
 */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <fcntl.h>
#include <unistd.h>

#include "decimal.h"
#include "io.h"
#include "named.h"
#include "procfile.h"
#include "raid.h"
#include "task.h"

enum host { HOST_OTHER_USER, HOST_SAME_USER };

static const char *const hosts[] = {
	[HOST_OTHER_USER] = "other-user", [HOST_SAME_USER] = "same-user", NULL,
};

static const char *const names[PW_NAMED_COUNT] = {
	"file_errno", "posix_shm_errno", "posix_mq_errno", "sysv_shm_errno", "sysv_sem_errno", "sysv_msg_errno",
};

/* What one child found; in shared memory. */
struct found {
	int32_t failure;
	int32_t uid;
	int32_t capabilities;
	int32_t error[PW_NAMED_COUNT];
	unsigned char bytes[PW_NAMED_COUNT][PW_NAMED_SIZE];
};

struct scene {
	struct found *found;
	key_t key;
	int secret[2];                  /* a pipe that keeps it until everybody has looked */
};

typedef void work_of_child(struct scene *scene);

static void make_all(struct scene *scene)
{
	unsigned char secret[PW_NAMED_SIZE];

	if (getrandom(secret, sizeof(secret), 0) != (ssize_t)sizeof(secret))
		_exit(1);
	for (size_t i = 0; i < sizeof(secret); i++) {
		secret[i] &= 0x7f;
		secret[i] = secret[i] ? secret[i] : 1;
	}
	if (pw_io_write_all(scene->secret[1], secret, sizeof(secret)))
		_exit(1);
	for (int i = 0; i < PW_NAMED_COUNT; i++)
		scene->found->error[i] = -pw_named[i].make(scene->key, secret);
}

static void read_all(struct scene *scene)
{
	for (int i = 0; i < PW_NAMED_COUNT; i++)
		scene->found->error[i] = -pw_named[i].read(scene->key, scene->found->bytes[i]);
}

static void remove_all(struct scene *scene)
{
	for (int i = 0; i < PW_NAMED_COUNT; i++)
		scene->found->error[i] = -pw_named[i].remove(scene->key);
}

/* What it found is in *found when this returns. */
static int as(const struct pw_identity *who, work_of_child *work, struct scene *scene, struct found *found)
{
	struct found *shared = scene->found;
	pid_t parent = getpid();
	pid_t pid;
	int err;

	memset(shared, 0, sizeof(*shared));
	pid = fork();
	if (pid < 0)
		return -errno;
	if (pid == 0) {
		shared->failure = pw_identity_take(who);
		if (!shared->failure)
			shared->failure = pw_task_bind_to_parent(parent);
		if (shared->failure)
			_exit(1);
		shared->uid = (int32_t)geteuid();
		shared->capabilities = pw_identity_capabilities();
		work(scene);
		_exit(0);
	}
	err = pw_task_wait_exit(pid, 0);
	*found = *shared;
	return shared->failure ? shared->failure : err;
}

static int64_t count(const struct found *found, int error)
{
	int64_t number = 0;

	for (int i = 0; i < PW_NAMED_COUNT; i++)
		number += found->error[i] == error;
	return number;
}

static int64_t seen(const struct found *found, const unsigned char *secret)
{
	int64_t number = 0;

	for (int i = 0; i < PW_NAMED_COUNT; i++)
		for (int j = 0; j < PW_NAMED_SIZE; j++)
			number += found->bytes[i][j] == secret[j];
	return number;
}

static int take_memfd(const struct pw_aim *aim, struct pw_loot *loot)
{
	char name[4 + PW_DECIMAL_MAX] = "fd/";
	char path[PW_PROCFILE_PATH];
	int err;
	int fd;

	pw_decimal_write(name + 3, (uint64_t)aim->fd);
	pw_procfile_path(path, aim->pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	err = pw_io_read_all(fd, loot->bytes, PW_SECRET_SIZE);
	close(fd);
	return err;
}

static const struct pw_route memfd = {
	.name = "memfd", .reads = 1, .descriptor = 1, .refusal = EACCES, .take = take_memfd,
};

static int report_memfd(struct pw_probe *probe, const struct pw_identity who[2])
{
	struct pw_raid raid = { .keeper = who[0], .attacker = who[1], .dumpable = 1, .any_tracer = 1 };
	struct pw_spoils attack;
	struct pw_spoils control;
	int err = pw_raid(&raid, &memfd, &attack);

	raid.attacker = who[0];
	if (!err)
		err = pw_raid(&raid, &memfd, &control);
	if (!err)
		err = pw_probe_fact(probe, "memfd_errno", attack.error);
	if (!err)
		err = pw_probe_fact(probe, "memfd_seen", attack.seen);
	if (!err)
		err = pw_probe_fact(probe, "memfd_refused_otherwise", !pw_raid_answered(&attack, EACCES));
	if (!err)
		err = pw_probe_fact(probe, "memfd_control_seen", control.seen);
	return err ? err : pw_probe_fact(probe, "memfd_bytes", PW_SECRET_SIZE);
}

/* The four looks, in their order. */
struct looks {
	struct found made;
	struct found attack;
	struct found control;           /* of another user only */
	struct found removed;
	struct found after;
};

static int report(struct pw_probe *probe, const struct looks *looks, const unsigned char *secret)
{
	const struct found *attack = &looks->attack;
	const int64_t made = count(&looks->made, 0);
	const struct { const char *name; int64_t value; } facts[] = {
		{ "objects", made },
		{ "objects_refused", count(attack, EACCES) },
		{ "objects_open", count(attack, 0) },
		{ "refused_otherwise", made - count(attack, EACCES) - count(attack, 0) },
		{ "seen_bytes", seen(attack, secret) },
		{ "control_seen", seen(&looks->control, secret) },
		{ "control_seen_expected", made * PW_NAMED_SIZE },
		{ "owner_uid", looks->made.uid },
		{ "attacker_uid", attack->uid },
		{ "users_differ", attack->uid != looks->made.uid },
		{ "attacker_capabilities", attack->capabilities },
		{ "removed", count(&looks->removed, 0) },
		{ "still_there", count(&looks->after, 0) },
	};
	int err = 0;

	for (int i = 0; !err && i < PW_NAMED_COUNT; i++)
		err = pw_probe_fact(probe, names[i], attack->error[i]);
	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

/* A kernel without one of the kinds is no failure, as long as it has another. */
static int check_made(const struct found *made)
{
	for (int i = 0; i < PW_NAMED_COUNT; i++)
		if (made->error[i] && made->error[i] != ENOSYS)
			return -made->error[i];
	return count(made, 0) ? 0 : -ENOSYS;
}

static int look(struct pw_probe *probe, struct scene *scene, const struct pw_identity who[2], int host)
{
	unsigned char secret[PW_NAMED_SIZE];
	struct looks looks = { 0 };
	int err = as(&who[0], make_all, scene, &looks.made);

	if (!err)
		err = check_made(&looks.made);
	if (!err)
		err = as(&who[1], read_all, scene, &looks.attack);
	if (!err && host == HOST_OTHER_USER)
		err = as(&who[0], read_all, scene, &looks.control);
	if (!err)
		err = as(&who[0], remove_all, scene, &looks.removed);
	if (!err)
		err = as(&who[0], read_all, scene, &looks.after);
	if (!err)
		err = pw_io_read_all(scene->secret[0], secret, sizeof(secret));
	return err ? err : report(probe, &looks, secret);
}

static int look_in_namespaces(struct pw_probe *probe, const struct pw_identity who[2], int host)
{
	struct scene scene = { .secret = { -1, -1 } };
	void *shared;
	int err = pw_named_isolate(host == HOST_SAME_USER);

	if (err)
		return pw_probe_refuse(probe, err == -ENOENT ? -ENOSYS : err,
				       "needs an IPC and a mount namespace with a /dev/shm of its own (CAP_SYS_ADMIN), "
				       "so that nothing can be left behind");
	if (getrandom(&scene.key, sizeof(scene.key), 0) != (ssize_t)sizeof(scene.key))
		return -EIO;
	/* 0 is IPC_PRIVATE, which is no name. */
	scene.key |= 1;
	shared = mmap(NULL, sizeof(*scene.found), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return -errno;
	scene.found = shared;
	err = pipe2(scene.secret, O_CLOEXEC) < 0 ? -errno : look(probe, &scene, who, host);
	pw_io_close(&scene.secret[0]);
	pw_io_close(&scene.secret[1]);
	munmap(shared, sizeof(*scene.found));
	return err;
}

static int probe_named_ipc(struct pw_probe *probe)
{
	static const char why[] = "needs two users that nobody else is: run it as root (CAP_SETUID and CAP_SETGID)";
	struct pw_identity who[2];
	int host = pw_probe_host(probe, hosts);
	int err;

	if (host < 0)
		return host;
	err = host == HOST_OTHER_USER ? pw_identity_pick(who, 2) : pw_identity_ordinary(who);
	if (err)
		return err == -EPERM ? pw_probe_refuse(probe, err, why) : err;
	if (host == HOST_SAME_USER)
		who[1] = who[0];
	err = report_memfd(probe, who);
	return err ? err : look_in_namespaces(probe, who, host);
}

const struct pw_wall pw_wall_mem_named_ipc = { .name = "mem.named_ipc", .probe = probe_named_ipc };
