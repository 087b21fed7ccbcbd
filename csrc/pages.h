/* Private memory that is made of small pages, each at its first touch, and the faults that this takes. */
#ifndef PW_PAGES_H
#define PW_PAGES_H

#include <stddef.h>
#include <stdint.h>

size_t pw_pages_size(void);
/* Map `size` bytes, with no page behind them yet.  The caller unmaps them. */
int pw_pages_map(size_t size, char **memory);
/* Write to every page. */
void pw_pages_write(char *memory, size_t size);
/* Minor faults that this thread has taken so far. */
int pw_pages_faults(int64_t *faults);

#endif
