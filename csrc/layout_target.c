/*
 * What the probes of addresses exec: a program whose layout is drawn anew.  It writes its
 * layout into the descriptor given.  With an address and a second descriptor it waits there
 * for a byte, loads from that address, and writes what it found or how that ended.
 */
#include "layout.h"

#include <signal.h>

/* A handler has nothing but globals. */
static struct pw_loaded loaded;
static int report_fd;

static _Noreturn void end(void)
{
	_exit(write(report_fd, &loaded, sizeof(loaded)) == sizeof(loaded) ? 0 : 1);
}

static void note(int signal, siginfo_t *info, void *context)
{
	(void)context;
	loaded.signal = signal;
	loaded.code = info->si_code;
	loaded.address = (uint64_t)(uintptr_t)info->si_addr;
	end();
}

static int load(int go_fd, uint64_t address)
{
	struct sigaction action = { .sa_sigaction = note, .sa_flags = SA_SIGINFO };
	char go;

	if (sigaction(SIGSEGV, &action, NULL) < 0 || sigaction(SIGBUS, &action, NULL) < 0)
		return 1;
	if (read(go_fd, &go, 1) != 1)
		return 1;
	pw_layout_load(&loaded, address);
	end();
}

int main(int argc, char **argv)
{
	struct pw_layout layout;

	if (argc <= PW_LAYOUT_REPORT)
		return 1;
	report_fd = (int)pw_decimal_read(argv[PW_LAYOUT_REPORT]);
	if (argc > PW_LAYOUT_ADDRESS)
		return load((int)pw_decimal_read(argv[PW_LAYOUT_GO]), pw_decimal_read(argv[PW_LAYOUT_ADDRESS]));
	pw_layout_read(&layout, (uint64_t)(uintptr_t)main);
	return write(report_fd, &layout, sizeof(layout)) == sizeof(layout) ? 0 : 1;
}
