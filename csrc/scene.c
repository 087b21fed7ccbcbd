/* Our own memory, a sibling process, what we share with it, and our descriptors. */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "procfile.h"
#include "rng.h"
#include "setting.h"

#define CANARY_SIZE (16 * 1024)
#define SIBLING_SEED 0x9e3779b97f4a7c15ULL

static int identify(struct pw_identity *identity, pid_t pid)
{
	identity->pid = pid;
	identity->start = pw_procfile_start(pid);
	return identity->start < 0 ? (int)identity->start : 0;
}

static int is_still(const struct pw_identity *identity, pid_t pid)
{
	return pid == identity->pid && pw_procfile_start(pid) == identity->start;
}

static int open_descriptors(struct pw_scene *scene, uint64_t seed)
{
	uint64_t random = seed | 1;
	int err;

	for (size_t i = 0; i < sizeof(scene->content); i++)
		scene->content[i] = (unsigned char)(pw_rng_next(&random) >> 56);
	/* If the content is gone we must see that, not wait for it. */
	if (pipe2(scene->pipe, O_CLOEXEC | O_NONBLOCK) < 0)
		return -errno;
	scene->file = memfd_create("partywall-scene", MFD_CLOEXEC);
	if (scene->file < 0)
		return -errno;
	err = pw_io_write_all(scene->pipe[1], scene->content, sizeof(scene->content));
	return err ? err : pw_io_write_all(scene->file, scene->content, sizeof(scene->content));
}

static int open_sibling(struct pw_scene *scene, const struct pw_trial *trial)
{
	const struct pw_survivor_plan plan = {
		.inmate = PW_INMATE_NONE,
		.common = scene->common,
		.pulse_cpu = (int32_t)pw_setting_number(trial, "pulse_cpu", (uint64_t)-1),
		.clock = trial->clock,
		.seed = trial->seed ^ SIBLING_SEED,
	};
	struct pw_answer answer;
	int err = pw_route_open(&scene->hidden, PW_ROUTE_PIPE_EOF);

	if (!err)
		err = pw_survivor_open(&scene->sibling, &plan);
	if (!err)
		err = pw_survivor_ask(&scene->sibling, &answer);
	if (err)
		return err;
	scene->other_digest = answer.digest;
	return identify(&scene->other, scene->sibling.pid);
}

int pw_scene_open(struct pw_scene *scene, const struct pw_trial *trial)
{
	void *memory;
	int err;

	*scene = (struct pw_scene){
		.sibling = { .duplex = { { -1, -1 }, { -1, -1 } } },
		.hidden = { .fd = -1, .heir = -1 }, .pipe = { -1, -1 }, .file = -1,
	};
	memory = mmap(NULL, sizeof(*scene->common), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	scene->common = memory;
	err = pw_canary_open(&scene->canary, CANARY_SIZE, trial->seed);
	if (err)
		return err;
	pw_canary_digest(&scene->canary, &scene->digest);
	pw_signals_read(&scene->signals);
	err = identify(&scene->self, getpid());
	if (!err)
		err = open_sibling(scene, trial);
	return err ? err : open_descriptors(scene, trial->seed);
}

void pw_scene_hide(struct pw_scene *scene)
{
	pw_io_close(&scene->hidden.heir);
}

void pw_scene_look_for_eof(struct pw_scene *scene)
{
	scene->eof_hidden = !pw_route_sees_eof(&scene->hidden);
}

static int descriptors_are_intact(const struct pw_scene *scene)
{
	const int fds[] = {
		scene->pipe[0], scene->pipe[1], scene->file,
		scene->sibling.duplex.request[1], scene->sibling.duplex.reply[0],
	};
	unsigned char seen[PW_SCENE_CONTENT] = { 0 };

	for (size_t i = 0; i < sizeof(fds) / sizeof(fds[0]); i++)
		if (fcntl(fds[i], F_GETFD) != FD_CLOEXEC)
			return 0;
	if (pw_io_read_all(scene->pipe[0], seen, sizeof(seen)) || memcmp(seen, scene->content, sizeof(seen)))
		return 0;
	if (pread(scene->file, seen, sizeof(seen), 0) != (ssize_t)sizeof(seen))
		return 0;
	return memcmp(seen, scene->content, sizeof(seen)) == 0;
}

static int report_self(struct pw_scene *scene, struct pw_probe *probe)
{
	struct pw_sha256 now;

	pw_canary_digest(&scene->canary, &now);
	return pw_probe_facts(probe, (const struct pw_found[]){
		{ "parent_changed", (int64_t)pw_canary_changed(&scene->canary) },
		{ "parent_sha256_before", (int64_t)pw_sha256_head(&scene->digest) },
		{ "parent_sha256_after", (int64_t)pw_sha256_head(&now) },
		{ "parent_sha256_unchanged", pw_sha256_equal(&now, &scene->digest) },
		{ "parent_identity_unchanged", is_still(&scene->self, getpid()) },
		{ "parent_signals_unchanged", pw_signals_unchanged(&scene->signals) },
		{ NULL, 0 },
	});
}

int pw_scene_report(struct pw_scene *scene, struct pw_probe *probe)
{
	const uint64_t token = probe->trial->seed;
	struct pw_answer answer = { 0 };
	int answered;
	int err = report_self(scene, probe);

	if (err)
		return err;
	atomic_store(&scene->common->token, token);
	answered = pw_survivor_ask(&scene->sibling, &answer) == 0;
	err = pw_probe_facts(probe, (const struct pw_found[]){
		{ "sibling_alive", pw_survivor_alive(&scene->sibling) },
		{ "sibling_answered", answered },
		/* One who is silent cannot vouch for its memory. */
		{ "sibling_changed", answered ? (int64_t)answer.changed : -1 },
		{ "sibling_sha256_unchanged", answered && pw_sha256_equal(&answer.digest, &scene->other_digest) },
		{ "sibling_identity_unchanged", is_still(&scene->other, scene->sibling.pid) },
		{ "sibling_signals_unchanged", answered && answer.signals_unchanged },
		{ "shared_state_intact", answered && answer.token == token &&
					 atomic_load(&scene->common->token) == token + 1 },
		/* The round trip through the sibling is part of it. */
		{ "descriptors_intact", answered && descriptors_are_intact(scene) },
		{ NULL, 0 },
	});
	if (err)
		return err;
	/* Last of all: it must have been the sibling that hid it. */
	pw_survivor_close(&scene->sibling);
	return pw_probe_facts(probe, (const struct pw_found[]){
		{ "eof_hidden_by_sibling", scene->eof_hidden },
		{ "eof_after_sibling", pw_route_sees_eof(&scene->hidden) },
		{ NULL, 0 },
	});
}

void pw_scene_close(struct pw_scene *scene)
{
	pw_survivor_close(&scene->sibling);
	pw_route_close(&scene->hidden);
	pw_io_close(&scene->pipe[0]);
	pw_io_close(&scene->pipe[1]);
	pw_io_close(&scene->file);
	pw_canary_close(&scene->canary);
	if (scene->common)
		munmap(scene->common, sizeof(*scene->common));
}
