/* Which physical frames lie behind the pages of a process (Documentation/admin-guide/mm/pagemap.rst). */
#ifndef PW_PAGEMAP_H
#define PW_PAGEMAP_H

#include <stddef.h>
#include <stdint.h>

/* The calling process's own.  The descriptor stays with that process in a child.  Negative errno. */
int pw_pagemap_open(void);
/* The frames of `count` pages from `memory` on, 0 for a page that has none or whose number is hidden.
 * 0, or negative errno. */
int pw_pagemap_read(int fd, const void *memory, size_t count, uint64_t *frames);

#endif
