/*
 * Many handles, and on each a thread that sends, one that receives, one that
 * keeps the connection alive and one that aborts; then a thread of its own
 * takes back what is left and deletes the handle, and the next one begins.
 * Every octet is accounted for and every operation is indicated once. A
 * watchdog ends the program where nothing moves any more.
 *
 * Arguments: the number of handles and of seconds.
 *
 * Rows of docs/compatibility.md: *threads*.
 */
#include "stress_life.h"

#include <time.h>

#define PATIENCE 60 /* seconds in which something has to move */

static int is_over;
static time_t end;

struct slot {
  struct life life;
  int number;
};

static struct slot *slots;
static int slot_count;

static void *live_on(void *argument) {
  struct slot *slot = (struct slot *)argument;
  int number;
  for (number = 0; number < 2 || time(NULL) < end; number++) {
    live(&slot->life, slot->number, number);
  }
  return NULL;
}

static const char *const worker_names[] = {"sender", "receiver", "keeper",
                                           "aborter"};

static void report_and_abort(void) {
  int i, worker;
  fprintf(stderr, "stress: nothing has moved for %d seconds\n", PATIENCE);
  for (i = 0; i < slot_count; i++) {
    const struct life *life = &slots[i].life;
    fprintf(stderr, "  handle %d:", i);
    for (worker = 0; worker < WORKERS; worker++) {
      static const char *const phases[] = {"has not begun", "at work", "done"};
      fprintf(stderr, " %s %s,", worker_names[worker],
              phases[load(&life->phases[worker])]);
    }
    fprintf(stderr, " %d actions, aborted %d\n", load(&life->actions),
            load(&life->aborted));
  }
  abort();
}

static pthread_mutex_t watch_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t watch_ends = PTHREAD_COND_INITIALIZER;

static void *watch(void *unused) {
  long seen = -1;
  pthread_mutex_lock(&watch_lock);
  while (!is_over) {
    struct timespec until;
    long now = __atomic_load_n(&moves, __ATOMIC_RELAXED);
    int error = 0;
    if (now == seen) {
      report_and_abort();
    }
    seen = now;
    until.tv_sec = time(NULL) + PATIENCE;
    until.tv_nsec = 0;
    while (!is_over && error == 0) {
      error = pthread_cond_timedwait(&watch_ends, &watch_lock, &until);
    }
  }
  pthread_mutex_unlock(&watch_lock);
  return unused;
}

int main(int argc, char **argv) {
  pthread_t watchdog, *threads;
  int i;
  slot_count = argc > 1 ? atoi(argv[1]) : 12;
  end = time(NULL) + (argc > 2 ? atoi(argv[2]) : 2);
  CHECK(slot_count > 0);
  for (i = 0; i < (int)sizeof pattern; i++) {
    pattern[i] = (char)('a' + i % PERIOD);
  }
  slots = (struct slot *)calloc((size_t)slot_count, sizeof *slots);
  threads = (pthread_t *)calloc((size_t)slot_count, sizeof *threads);
  CHECK(slots != NULL && threads != NULL);
  watchdog = start(watch, NULL);
  for (i = 0; i < slot_count; i++) {
    slots[i].number = i;
    threads[i] = start(live_on, &slots[i]);
  }
  for (i = 0; i < slot_count; i++) {
    join(threads[i]);
  }
  pthread_mutex_lock(&watch_lock);
  is_over = 1;
  pthread_cond_signal(&watch_ends);
  pthread_mutex_unlock(&watch_lock);
  join(watchdog);
  printf(
      "%d at a time: %ld handles, %ld actions, %ld octets sent, %ld received\n",
      slot_count, lives, actions, octets_sent, octets_received);
  free(threads);
  free(slots);
  return 0;
}
