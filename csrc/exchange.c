/* The private buffers of both sides. */
#include "exchange.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "setting.h"

#define BUFFERS 3

const struct pw_reading pw_exchange_readings[] = {
	{ "there", PW_READING_TICKS },
	{ NULL, 0 },
};

static size_t whole_pages(size_t size)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (size + page - 1) / page * page;
}

int pw_exchange_open(struct pw_exchange *exchange, const struct pw_trial *trial, const char *name)
{
	size_t size = pw_setting_number(trial, name, 0);
	size_t pages;
	char *memory;

	if (!size || size > PTRDIFF_MAX / (2 * BUFFERS))
		return -EINVAL;
	pages = whole_pages(size);
	memory = mmap(NULL, BUFFERS * pages, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (memory == MAP_FAILED)
		return -errno;
	memset(memory, 0x5a, BUFFERS * pages);
	*exchange = (struct pw_exchange){
		.size = size,
		.out = { memory, memory + 2 * pages },
		.in = { memory + pages, memory + 2 * pages },
	};
	return 0;
}

void pw_exchange_close(struct pw_exchange *exchange)
{
	if (exchange->size)
		munmap(exchange->out[PW_DRIVER], BUFFERS * whole_pages(exchange->size));
	*exchange = (struct pw_exchange){ 0 };
}
