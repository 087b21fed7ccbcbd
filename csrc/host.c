/* The table of hosts; those that need no code of their own are all here. */
#include "host.h"

#include <stddef.h>

#include "wall.h"

static const struct pw_host thread = { .name = "thread", .inmate = PW_INMATE_THREAD };
static const struct pw_host clone_vm = { .name = "clone_vm", .inmate = PW_INMATE_CLONE_VM };
static const struct pw_host by_vfork = { .name = "vfork", .inmate = PW_INMATE_VFORK };
static const struct pw_host process = { .name = "process" };

static const struct pw_host *const hosts[] = {
	&thread, &clone_vm, &by_vfork, &process,
	&pw_host_exec, &pw_host_namespaces, &pw_host_seccomp, &pw_host_landlock, &pw_host_cgroup,
};

#define COUNT (sizeof(hosts) / sizeof(hosts[0]))

const struct pw_host *pw_host_find(const struct pw_probe *probe)
{
	const char *words[COUNT + 1] = { NULL };
	int place;

	for (size_t i = 0; i < COUNT; i++)
		words[i] = hosts[i]->name;
	place = pw_probe_host(probe, words);
	return place < 0 ? NULL : hosts[place];
}
