/* Our own memory, a sibling process and our descriptors. */
#include "scene.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "io.h"
#include "rng.h"

#define CANARY_SIZE (1024 * 1024)
#define SIBLING_SEED 0x9e3779b97f4a7c15ULL

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

int pw_scene_open(struct pw_scene *scene, const struct pw_trial *trial)
{
	struct pw_survivor_plan plan = { .inmate = PW_INMATE_NONE, .seed = trial->seed ^ SIBLING_SEED };
	int err;

	*scene = (struct pw_scene){
		.sibling = { .duplex = { { -1, -1 }, { -1, -1 } } }, .pipe = { -1, -1 }, .file = -1,
	};
	err = pw_canary_open(&scene->canary, CANARY_SIZE, trial->seed);
	if (err)
		return err;
	scene->checksum = pw_canary_checksum(&scene->canary);
	err = pw_survivor_open(&scene->sibling, &plan);
	return err ? err : open_descriptors(scene, trial->seed);
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

int pw_scene_report(struct pw_scene *scene, struct pw_probe *probe)
{
	struct pw_answer answer = { 0 };
	int answered = pw_survivor_ask(&scene->sibling, &answer) == 0;
	const struct { const char *name; int64_t value; } facts[] = {
		{ "parent_changed", (int64_t)pw_canary_changed(&scene->canary) },
		{ "parent_checksum_before", (int64_t)scene->checksum },
		{ "parent_checksum_after", (int64_t)pw_canary_checksum(&scene->canary) },
		{ "sibling_alive", pw_survivor_alive(&scene->sibling) },
		{ "sibling_answered", answered },
		/* One who is silent cannot vouch for its memory. */
		{ "sibling_changed", answered ? (int64_t)answer.changed : -1 },
		/* The round trip through the sibling is part of it. */
		{ "descriptors_intact", answered && descriptors_are_intact(scene) },
	};
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(facts) / sizeof(facts[0]); i++)
		err = pw_probe_fact(probe, facts[i].name, facts[i].value);
	return err;
}

void pw_scene_close(struct pw_scene *scene)
{
	pw_survivor_close(&scene->sibling);
	pw_io_close(&scene->pipe[0]);
	pw_io_close(&scene->pipe[1]);
	pw_io_close(&scene->file);
	pw_canary_close(&scene->canary);
}
