/*
 * The pristine worker: a tiny executable whose memory is what the plan asked
 * for and nothing else.  It finds its work in the mapping on descriptor 3.
 */
#include "worker.h"

int main(void)
{
	struct pw_shared *shared = pw_shared_attach(PW_WORKER_FD);

	if (!shared)
		return 2;
	return pw_worker_run(shared) ? 1 : 0;
}
