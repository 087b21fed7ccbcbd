/*
 * Things that have a name, or a number, by which a process can find them that nobody gave
 * them to: System V and POSIX objects, and a file.  Each is made with mode 0600 and holds
 * a few secret bytes.
 *
 * All of them are made in namespaces of this process, so that they end with its last
 * child, however that ends.
 */
#ifndef PW_NAMED_H
#define PW_NAMED_H

#include <stddef.h>
#include <sys/types.h>

/* Bytes of 1 to 127, which a semaphore can hold two of. */
#define PW_NAMED_SIZE 64

struct pw_named {
	const char *name;
	/* 0 or negative errno, each of them. */
	int (*make)(key_t key, const unsigned char secret[PW_NAMED_SIZE]);
	int (*read)(key_t key, unsigned char bytes[PW_NAMED_SIZE]);
	int (*remove)(key_t key);
};

#define PW_NAMED_COUNT 6
extern const struct pw_named pw_named[PW_NAMED_COUNT];

/*
 * An IPC and a mount namespace of our own, with an empty /dev/shm; where `anybody`, inside
 * of a user namespace that knows our own user only, if there is no other way.
 */
int pw_named_isolate(int anybody);

#endif
