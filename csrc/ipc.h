/* A namespace for System V objects, which no kill of their process can then leave behind. */
#ifndef PW_IPC_H
#define PW_IPC_H

/*
 * Put this process into an IPC namespace of its own; the kernel removes everything in it
 * with the last process that is inside.  -EPERM where neither this process nor a user
 * namespace of its own may have one, -EOPNOTSUPP where the kernel knows none.
 */
int pw_ipc_isolate(void);

#endif
