/* The heap of timers beside a look at all of them, with random settings. */
#include "timers.h"

#include <stdio.h>
#include <stdlib.h>

#define TIMERS 200
#define TURNS 200000

static struct timer timers[TIMERS];
static unsigned long long state = 7692;

/* A generator of its own: the same numbers everywhere. */
static unsigned pick(unsigned count) {
  state = state * 6364136223846793005ull + 1442695040888963407ull;
  return (unsigned)(state >> 33) % count;
}

static long long earliest(void) {
  long long first = 0;
  int i;
  for (i = 0; i < TIMERS; i++) {
    if (timers[i].place != 0 && (first == 0 || timers[i].when < first)) {
      first = timers[i].when;
    }
  }
  return first;
}

static int is_right(const struct timers *all) {
  const struct timer *first = timers_first(all);
  return first == NULL ? earliest() == 0 : first->when == earliest();
}

int main(void) {
  struct timers all = {NULL, 0, 0};
  size_t set = 0;
  int turn;
  for (turn = 0; turn < TURNS; turn++) {
    struct timer *timer = &timers[pick(TIMERS)];
    /* Some turns leave few of them set, others all. */
    int clears = pick(100) < (turn / 2000 % 2 == 0 ? 5u : 90u);
    long long when = clears ? 0 : 1 + (long long)pick(1000);
    set = set + (timer->place == 0 && when != 0) -
          (timer->place != 0 && when == 0);
    if (!timers_reserve(&all, set)) {
      puts("out of memory");
      return 1;
    }
    timers_set(&all, timer, when);
    if (all.count != set || !is_right(&all)) {
      printf("wrong after %d turns\n", turn + 1);
      return 1;
    }
  }
  timers_free(&all);
  return 0;
}
