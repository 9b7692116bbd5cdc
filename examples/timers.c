#include "timers.h"

#include <stdlib.h>

int timers_reserve(struct timers *timers, size_t count) {
  size_t room = 2 * count + 16;
  struct timer **heap;
  if (count < timers->room) {
    return 1;
  }
  heap = realloc(timers->heap, room * sizeof *heap);
  if (heap == NULL) {
    return 0;
  }
  timers->heap = heap;
  timers->room = room;
  return 1;
}

static void put(struct timers *timers, struct timer *timer, size_t place) {
  timers->heap[place] = timer;
  timer->place = place;
}

/* From this place towards the first one, as far as it is earlier. */
static void rise(struct timers *timers, struct timer *timer, size_t place) {
  while (place > 1 && timers->heap[place / 2]->when > timer->when) {
    put(timers, timers->heap[place / 2], place);
    place /= 2;
  }
  put(timers, timer, place);
}

/* The other way, as far as one of the two below is earlier. */
static void sink(struct timers *timers, struct timer *timer, size_t place) {
  for (;;) {
    size_t below = 2 * place;
    if (below < timers->count &&
        timers->heap[below + 1]->when < timers->heap[below]->when) {
      below++;
    }
    if (below > timers->count || timers->heap[below]->when >= timer->when) {
      put(timers, timer, place);
      return;
    }
    put(timers, timers->heap[below], place);
    place = below;
  }
}

/* The last one takes the place that is free. */
static void take_out(struct timers *timers, struct timer *timer) {
  struct timer *last = timers->heap[timers->count--];
  size_t place = timer->place;
  timer->place = 0;
  if (last != timer) {
    rise(timers, last, place);
    sink(timers, last, last->place);
  }
}

void timers_set(struct timers *timers, struct timer *timer, long long when) {
  if (timer->place != 0 && when == timer->when) {
    return;
  }
  if (timer->place != 0) {
    take_out(timers, timer);
  }
  timer->when = when;
  if (when != 0) {
    rise(timers, timer, ++timers->count);
  }
}

struct timer *timers_first(const struct timers *timers) {
  return timers->count > 0 ? timers->heap[1] : NULL;
}

void timers_free(struct timers *timers) { free(timers->heap); }
