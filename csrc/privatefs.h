/* A directory that is nobody else's and that vanishes with its last user, whatever lies in it. */
#ifndef PW_PRIVATEFS_H
#define PW_PRIVATEFS_H

/*
 * A new tmpfs of at most `megabytes`, mounted nowhere.  The descriptor, or negative errno: it takes
 * CAP_SYS_ADMIN, or a user namespace, which the calling process then is in for ever.
 */
int pw_privatefs_open(unsigned int megabytes);

#endif
