/*
 * The pristine worker: a tiny executable whose memory is what the plan asked
 * for and nothing else.  It finds its work in the mapping on descriptor 3.
 */
#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "worker.h"

int main(void)
{
	int fd = PW_WORKER_FD;
	struct pw_shared *shared;
	struct stat st;
	uint64_t size;

	if (fstat(fd, &st) < 0 || st.st_size < (off_t)sizeof(*shared))
		return 2;
	size = (uint64_t)st.st_size;
	shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd, 0);
	if (shared == MAP_FAILED)
		return 2;
	pw_io_close(&fd);
	if (pw_shared_check(shared, size))
		return 2;
	return pw_worker_run(shared) ? 1 : 0;
}
