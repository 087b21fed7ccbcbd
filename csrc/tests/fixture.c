/* What Python does before it starts a worker. */
#include "fixture.h"

#include <dirent.h>
#include <string.h>
#include <sys/mman.h>

struct pw_shared *fixture_open(uint64_t capacity, const char *subject)
{
	uint64_t size = pw_shared_size(capacity, PW_READINGS_MAX);
	struct pw_shared *shared;

	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		return NULL;
	pw_shared_init(shared, size, capacity, PW_READINGS_MAX);
	shared->trial = (struct pw_trial){
		.clock = PW_CLOCK_MONOTONIC_RAW,
		.driver_cpu = -1,
		.peer_cpu = -1,
		.batch = 1,
		.chunk = 4,
		.samples = capacity,
		.seed = 12345,
	};
	memcpy(shared->trial.subject, subject, strlen(subject) + 1);
	return shared;
}

void fixture_close(struct pw_shared *shared)
{
	munmap(shared, shared->size);
}

uint64_t *fixture_ticks(struct pw_shared *shared)
{
	return (void *)((char *)shared + shared->ticks_offset);
}

uint32_t *fixture_ops(struct pw_shared *shared)
{
	return (void *)((char *)shared + shared->ops_offset);
}

void fixture_set(struct pw_trial *trial, const char *name, uint64_t number, const char *word)
{
	struct pw_setting *setting = &trial->settings[trial->setting_count++];

	*setting = (struct pw_setting){ .number = number };
	memcpy(setting->name, name, strlen(name) + 1);
	memcpy(setting->word, word, strlen(word) + 1);
}

int fixture_descriptors(void)
{
	DIR *directory = opendir("/proc/self/fd");
	int count = 0;

	if (!directory)
		return -1;
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

int fixture_fact(const struct pw_result *result, const char *name, int64_t *value)
{
	for (uint32_t i = 0; i < result->fact_count; i++) {
		if (strcmp(result->facts[i].name, name) == 0) {
			*value = result->facts[i].value;
			return 0;
		}
	}
	*value = -1;
	return -1;
}
