/*
 * Points in time, the earliest first: a heap. Setting one of N costs log N
 * steps, asking for the first none.
 */
#ifndef TIMERS_H
#define TIMERS_H

#include <stddef.h>

struct timer {
  void *owner;
  long long when; /* as net_now */
  size_t place;   /* in the heap, from 1; 0: it is not set */
};

struct timers {
  struct timer **heap; /* beginning at 1 */
  size_t count, room;
};

/* Makes room for so many timers, all set. Returns 0 without memory. */
int timers_reserve(struct timers *timers, size_t count);

/* `when`: 0 for never. */
void timers_set(struct timers *timers, struct timer *timer, long long when);

/* The earliest one, or NULL. */
struct timer *timers_first(const struct timers *timers);

void timers_free(struct timers *timers);

#endif /* TIMERS_H */
