/* getrusage, /proc/thread-self/schedstat and /proc/stat, read without stdio. */
#include "counters.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "clock.h"
#include "io.h"

/* /proc/stat counts in USER_HZ, which is 100 on every Linux ABI. */
#define NS_PER_USER_TICK 10000000LL
#define STEAL_FIELD 8

static int64_t cpu_ns(const struct rusage *usage)
{
	return (int64_t)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * (int64_t)PW_NS_PER_S +
	       (int64_t)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) * 1000;
}

int pw_counters_mark(struct pw_counters_mark *mark)
{
	struct rusage children;
	struct rusage self;
	struct rusage usage;

	if (getrusage(RUSAGE_CHILDREN, &children) < 0 || getrusage(RUSAGE_SELF, &self) < 0 ||
	    getrusage(RUSAGE_THREAD, &usage) < 0)
		return -errno;
	*mark = (struct pw_counters_mark){
		.voluntary = usage.ru_nvcsw,
		.involuntary = usage.ru_nivcsw,
		.minor_faults = usage.ru_minflt,
		.major_faults = usage.ru_majflt,
		.wall_ns = (int64_t)pw_clock_raw_ns(),
		.cpu_ns = cpu_ns(&usage),
		.others_cpu_ns = cpu_ns(&children) + cpu_ns(&self) - cpu_ns(&usage),
	};
	return 0;
}

int pw_counters_add(struct pw_counters *sum, const struct pw_counters_mark *mark, uint64_t ops)
{
	struct pw_counters_mark now = { 0 };
	int err = pw_counters_mark(&now);

	if (err)
		return err;
	sum->ops += ops;
	sum->voluntary += now.voluntary - mark->voluntary;
	sum->involuntary += now.involuntary - mark->involuntary;
	sum->minor_faults += now.minor_faults - mark->minor_faults;
	sum->major_faults += now.major_faults - mark->major_faults;
	sum->wall_ns += now.wall_ns - mark->wall_ns;
	sum->cpu_ns += now.cpu_ns - mark->cpu_ns;
	sum->others_cpu_ns += now.others_cpu_ns - mark->others_cpu_ns;
	return 0;
}

/* The n-th (from 1) unsigned number behind `text`, or -EINVAL. */
static int64_t number_at(const char *text, int n)
{
	int64_t value = 0;
	bool digits = false;

	for (; *text && *text != '\n'; text++) {
		if (*text >= '0' && *text <= '9') {
			value = value * 10 + (*text - '0');
			digits = true;
		} else {
			if (digits && --n == 0)
				return value;
			value = 0;
			digits = false;
		}
	}
	return digits && n == 1 ? value : -EINVAL;
}

int64_t pw_counters_run_delay(void)
{
	char text[128];
	int err = pw_io_read_file("/proc/thread-self/schedstat", text, sizeof(text));

	return err ? err : number_at(text, 2);
}

int64_t pw_counters_steal(int32_t cpu)
{
	char text[16384];
	char label[16] = "\ncpu";
	size_t at = 4;
	const char *line;
	int64_t ticks;
	int err;

	if (cpu < 0)
		return -EINVAL;
	err = pw_io_read_file("/proc/stat", text, sizeof(text));
	if (err)
		return err;
	for (int32_t unit = 1000; unit >= 1; unit /= 10)
		if (cpu >= unit || unit == 1)
			label[at++] = (char)('0' + cpu / unit % 10);
	label[at++] = ' ';
	label[at] = '\0';
	line = strstr(text, label);
	if (!line)
		return -ENOENT;
	ticks = number_at(line + at, STEAL_FIELD);
	return ticks < 0 ? ticks : ticks * NS_PER_USER_TICK;
}
