/*
 * What exec runs.  The status proves to the waiting parent that it did run.  With one
 * argument it first says that it is there, and sleeps until its standard input ends; a
 * byte that comes from there it gives back.
 * With more, which target.h names, it reports the time at which it ran, and stays until
 * the descriptor to hold on to comes to its end.
 */
#include <unistd.h>

#include "clock.h"
#include "target.h"

static int hold(int fd)
{
	ssize_t got;
	char byte;

	do
		got = read(fd, &byte, 1);
	while (got > 0);
	return got < 0 ? 1 : PW_TARGET_STATUS;
}

static int idle(void)
{
	char byte = 0;
	ssize_t got = 1;

	while (got > 0) {
		if (write(STDOUT_FILENO, &byte, 1) != 1)
			return 1;
		got = read(STDIN_FILENO, &byte, 1);
	}
	return got < 0 ? 1 : PW_TARGET_STATUS;
}

int main(int argc, char **argv)
{
	struct pw_target_report report;
	uint32_t cpu;
	uint32_t clock;

	if (argc <= 1)
		return PW_TARGET_STATUS;
	if (argc <= PW_TARGET_REPORT)
		return idle();
	clock = (uint32_t)pw_decimal_read(argv[PW_TARGET_CLOCK]);
	report.entered = pw_clock_end(clock, &cpu);
	report.left = pw_clock_end(clock, &cpu);
	if (write((int)pw_decimal_read(argv[PW_TARGET_REPORT]), &report, sizeof(report)) != sizeof(report))
		return 1;
	return argc > PW_TARGET_HOLD ? hold((int)pw_decimal_read(argv[PW_TARGET_HOLD])) : PW_TARGET_STATUS;
}
