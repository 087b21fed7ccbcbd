/* The secrets are drawn by the process itself, so that nobody had them before. */
#include "keeper.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <unistd.h>

#include "io.h"
#include "sha256.h"
#include "task.h"

#ifndef PR_SET_PTRACER
#define PR_SET_PTRACER 0x59616d61
#endif
#ifndef PR_SET_PTRACER_ANY
#define PR_SET_PTRACER_ANY (~0UL)
#endif

enum request { REQUEST_LOOK, REQUEST_END };

struct greeting {
	int32_t error;
	int32_t fd;
	int32_t dumpable;
	uint32_t uid;
	uint64_t address;
	uint64_t checksum;
};

/* What it needs to compare with. */
struct hoard {
	unsigned char *secret;
	unsigned char copy[PW_SECRET_SIZE];
	unsigned char behind[PW_SECRET_SIZE];
};

int pw_keeper_draw(unsigned char *secret, size_t size)
{
	ssize_t got = getrandom(secret, size, 0);

	if (got < 0 || (size_t)got != size)
		return got < 0 ? -errno : -EIO;
	for (size_t i = 0; i < size; i++)
		secret[i] = secret[i] ? secret[i] : 1;
	return 0;
}

static uint64_t checksum(const struct hoard *hoard)
{
	struct pw_sha256 digest;

	pw_sha256(&digest, hoard->secret, PW_SECRET_SIZE);
	return pw_sha256_head(&digest);
}

static int fill(struct hoard *hoard, struct greeting *greeting)
{
	void *memory = mmap(NULL, PW_SECRET_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int err;

	if (memory == MAP_FAILED)
		return -errno;
	hoard->secret = memory;
	greeting->fd = memfd_create("partywall-secret", MFD_CLOEXEC);
	if (greeting->fd < 0)
		return -errno;
	err = pw_keeper_draw(hoard->secret, PW_SECRET_SIZE);
	if (!err)
		err = pw_keeper_draw(hoard->behind, PW_SECRET_SIZE);
	if (!err)
		err = pw_io_write_all(greeting->fd, hoard->behind, PW_SECRET_SIZE);
	memcpy(hoard->copy, hoard->secret, PW_SECRET_SIZE);
	greeting->address = (uint64_t)(uintptr_t)memory;
	greeting->checksum = checksum(hoard);
	return err;
}

/* A change of user has unset what is set here, so the order matters. */
static int settle(const struct pw_keeper_plan *plan, struct greeting *greeting, pid_t parent)
{
	int err = pw_identity_take(&plan->who);

	if (!err)
		err = pw_task_bind_to_parent(parent);
	if (err)
		return err;
	if (prctl(PR_SET_DUMPABLE, plan->dumpable, 0, 0, 0) < 0)
		return -errno;
	greeting->dumpable = prctl(PR_GET_DUMPABLE, 0, 0, 0, 0);
	greeting->uid = geteuid();
	/* EINVAL where there is no Yama, which then forbids nothing either. */
	if (plan->any_tracer && prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0, 0, 0) < 0 && errno != EINVAL)
		return -errno;
	return 0;
}

static uint64_t equal(const unsigned char *one, const unsigned char *other)
{
	uint64_t count = 0;

	for (size_t i = 0; i < PW_SECRET_SIZE; i++)
		count += one[i] == other[i];
	return count;
}

static struct pw_keeper_look look_at(const struct hoard *hoard, const struct pw_loot *loot)
{
	return (struct pw_keeper_look){
		.seen = equal(loot->bytes, hoard->copy),
		.seen_descriptor = equal(loot->bytes, hoard->behind),
		.changed = PW_SECRET_SIZE - equal(hoard->secret, hoard->copy),
		.checksum = checksum(hoard),
	};
}

/* Never returns. */
static void keep(struct pw_keeper *keeper, const struct pw_keeper_plan *plan, pid_t parent)
{
	struct pw_duplex *duplex = &keeper->duplex;
	struct greeting greeting = { .fd = -1 };
	struct hoard hoard;
	char request = REQUEST_LOOK;

	pw_io_close(&duplex->request[1]);
	pw_io_close(&duplex->reply[0]);
	greeting.error = settle(plan, &greeting, parent);
	if (!greeting.error)
		greeting.error = fill(&hoard, &greeting);
	if (pw_io_write_all(duplex->reply[1], &greeting, sizeof(greeting)) || greeting.error)
		_exit(1);
	while (pw_io_read_all(duplex->request[0], &request, 1) == 0 && request == REQUEST_LOOK) {
		const struct pw_keeper_look look = look_at(&hoard, plan->loot);

		if (pw_io_write_all(duplex->reply[1], &look, sizeof(look)))
			_exit(1);
	}
	_exit(request == REQUEST_END ? 0 : 1);
}

int pw_keeper_open(struct pw_keeper *keeper, const struct pw_keeper_plan *plan)
{
	struct greeting greeting;
	pid_t parent = getpid();
	int err;

	*keeper = (struct pw_keeper){ .duplex = { { -1, -1 }, { -1, -1 } } };
	err = pw_duplex_open(&keeper->duplex);
	if (err)
		return err;
	keeper->pid = fork();
	if (keeper->pid < 0) {
		keeper->pid = 0;
		return -errno;
	}
	if (keeper->pid == 0)
		keep(keeper, plan, parent);
	/* Only its own ends stay, so that its death is the end of the pipe. */
	pw_io_close(&keeper->duplex.request[0]);
	pw_io_close(&keeper->duplex.reply[1]);
	err = pw_io_read_all(keeper->duplex.reply[0], &greeting, sizeof(greeting));
	if (!err)
		err = greeting.error;
	if (err)
		return err;
	keeper->aim = (struct pw_aim){ .pid = keeper->pid, .fd = greeting.fd, .address = greeting.address };
	keeper->dumpable = greeting.dumpable;
	keeper->uid = greeting.uid;
	keeper->checksum = greeting.checksum;
	return 0;
}

static int ask(struct pw_keeper *keeper, char request)
{
	return pw_io_write_all(keeper->duplex.request[1], &request, 1);
}

int pw_keeper_look(struct pw_keeper *keeper, struct pw_keeper_look *look)
{
	int err = ask(keeper, REQUEST_LOOK);

	return err ? err : pw_io_read_all(keeper->duplex.reply[0], look, sizeof(*look));
}

int pw_keeper_end(struct pw_keeper *keeper)
{
	pid_t pid = keeper->pid;
	int err = ask(keeper, REQUEST_END);

	if (err)
		return err;
	keeper->pid = 0;
	return pw_task_wait_exit(pid, 0);
}

void pw_keeper_close(struct pw_keeper *keeper)
{
	int status;

	if (keeper->pid > 0) {
		kill(keeper->pid, SIGKILL);
		pw_task_wait(keeper->pid, &status);
	}
	keeper->pid = 0;
	pw_duplex_close(&keeper->duplex);
}
