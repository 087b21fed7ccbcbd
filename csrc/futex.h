/*
 * Futex wait and wake on a word that may lie in memory shared by two processes;
 * never FUTEX_PRIVATE, so that process and thread peers issue the same calls.
 */
#ifndef PW_FUTEX_H
#define PW_FUTEX_H

#include <errno.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static inline int pw_futex_wake(_Atomic uint32_t *word)
{
	return syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0) < 0 ? -errno : 0;
}

/* Sleep until the word differs from `value`. */
static inline int pw_futex_wait_while(_Atomic uint32_t *word, uint32_t value)
{
	while (atomic_load_explicit(word, memory_order_acquire) == value) {
		if (syscall(SYS_futex, word, FUTEX_WAIT, value, NULL, NULL, 0) < 0 &&
		    errno != EAGAIN && errno != EINTR)
			return -errno;
	}
	return 0;
}

/* The same, for one sleep of at most `ns` < 1 s; who returns has to look for himself. */
static inline void pw_futex_nap_while(_Atomic uint32_t *word, uint32_t value, uint32_t ns)
{
	const struct timespec most = { .tv_nsec = (long)ns };

	if (atomic_load_explicit(word, memory_order_acquire) == value)
		syscall(SYS_futex, word, FUTEX_WAIT, value, &most, NULL, 0);
}

static inline int pw_futex_post(_Atomic uint32_t *word, uint32_t value)
{
	atomic_store_explicit(word, value, memory_order_release);
	return pw_futex_wake(word);
}

#endif
