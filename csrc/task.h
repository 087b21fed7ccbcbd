/* Making and ending the tasks that the harness owns. */
#ifndef PW_TASK_H
#define PW_TASK_H

#include <stdint.h>
#include <sys/types.h>

#include "partywall.h"

/* Every signal back to its default and none blocked, as exec'd programs expect. */
void pw_task_reset_signals(void);
/* Run only on `cpu`; a negative cpu leaves the affinity alone. */
int pw_task_pin(int32_t cpu);
/* The factors policy and speculation, for this task and those it will start. */
int pw_task_govern(const struct pw_trial *trial);
/* In a task started since: -EPROTO where it is not governed as the trial says. */
int pw_task_check_governed(const struct pw_trial *trial);
/* As many descriptors as the system lets this process have without asking. */
void pw_task_raise_descriptors(void);
/* waitpid that survives EINTR.  0 with *status set, or negative errno. */
int pw_task_wait(pid_t pid, int *status);
/* waitpid for a child that must have exited with `expected`: -ECHILD if it did not. */
int pw_task_wait_exit(pid_t pid, int expected);

#endif
