/* Where a process has its parts, and loads through addresses; in the worker and in the program that it execs. */
#ifndef PW_LAYOUT_H
#define PW_LAYOUT_H

#include <stdint.h>
#include <stddef.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/types.h>
#include <unistd.h>

#include "decimal.h"
#include "partywall.h"

enum { PW_LAYOUT_STACK, PW_LAYOUT_HEAP, PW_LAYOUT_MMAP, PW_LAYOUT_TEXT, PW_LAYOUT_VDSO, PW_LAYOUT_REGIONS };

struct pw_layout {
	uint64_t at[PW_LAYOUT_REGIONS];         /* 0: there is no such region */
};

/* Arguments of the program layout_target: what to do, where to report; and what follows in the mode "load". */
enum { PW_LAYOUT_SELF, PW_LAYOUT_REPORT, PW_LAYOUT_GO, PW_LAYOUT_ADDRESS, PW_LAYOUT_ARGUMENTS };

#define PW_LAYOUT_TARGET "layout_target"
#define PW_LAYOUT_WORDS 64

/* What it reports in the mode "load". */
struct pw_loaded {
	int32_t signal;                         /* 0: all words were loaded */
	int32_t code;
	uint64_t address;
	uint64_t words[PW_LAYOUT_WORDS];
};

static inline void pw_layout_read(struct pw_layout *layout, uint64_t text)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	volatile char local = 0;
	void *mapped = mmap(NULL, page, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	layout->at[PW_LAYOUT_STACK] = (uint64_t)(uintptr_t)&local;
	layout->at[PW_LAYOUT_HEAP] = (uint64_t)(uintptr_t)sbrk(0);
	layout->at[PW_LAYOUT_MMAP] = mapped == MAP_FAILED ? 0 : (uint64_t)(uintptr_t)mapped;
	layout->at[PW_LAYOUT_TEXT] = text;
	layout->at[PW_LAYOUT_VDSO] = getauxval(AT_SYSINFO_EHDR);
	if (mapped != MAP_FAILED)
		munmap(mapped, page);
}

__attribute__((noinline, unused, no_sanitize("address", "undefined")))
static void pw_layout_load(struct pw_loaded *loaded, uint64_t address)
{
	const volatile uint64_t *word = (const void *)(uintptr_t)address;

	for (int i = 0; i < PW_LAYOUT_WORDS; i++)
		loaded->words[i] = word[i];
}

/* The program, how it is called, and one run of it. */
struct pw_layout_run {
	char path[PW_PATH_MAX];
	char text[PW_LAYOUT_ARGUMENTS][PW_DECIMAL_MAX];
	char *argv[PW_LAYOUT_ARGUMENTS + 1];
	unsigned long personality;      /* flags to add to the program's; 0: none */
	int report[2];                  /* it writes to the second one */
	pid_t pid;
};

/* Find it beside the exec target of the trial.  0, or negative errno. */
int pw_layout_find(struct pw_layout_run *run, const struct pw_trial *trial);
/* Start it: with a `go` descriptor in the mode "load".  0, or negative errno. */
int pw_layout_start(struct pw_layout_run *run, int go, uint64_t address);
/* Take its report and its end.  0, or negative errno. */
int pw_layout_finish(struct pw_layout_run *run, void *report, size_t size);

#endif
