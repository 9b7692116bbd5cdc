/*
 * One thread completes the last action that is out. Another, which polls, is
 * handed the operation back by that, and so deletes the handle; the call of the
 * first may not have returned yet, but it has nothing left to do with the
 * handle. What the handle was made of is overwritten at once, so that who looks
 * at it too late waits for ever.
 *
 * Beyond docs/compatibility.md, where no call may be under way at Delete:
 * callers whose threads settle by what GetAction says cannot know that.
 */
#include "threads.h"

#include <time.h>

/* As many as show a fault, but no more than a few seconds of them: where the
 * threads share a processor, each waits for the other's turn. */
#define ROUNDS 300000
#define SECONDS 3
/* Sizes that a handle may have, with what the allocator adds. */
#define FROM 256
#define TO 512
#define STEP 16

/* Rounds that have begun and ended, without a lock: both threads arrive at
 * the handle at the same time. */
struct shared {
  WEB_SOCKET_HANDLE h;
  PVOID id;
  long begun;
  long completed;
  int over;
};

static void *complete_actions(void *argument) {
  struct shared *shared = (struct shared *)argument;
  long round;
  for (round = 1; round <= ROUNDS; round++) {
    while (__atomic_load_n(&shared->begun, __ATOMIC_ACQUIRE) < round) {
      if (__atomic_load_n(&shared->over, __ATOMIC_ACQUIRE)) {
        return NULL;
      }
      sched_yield();
    }
    WebSocketCompleteAction(shared->h, shared->id, 0);
    __atomic_store_n(&shared->completed, round, __ATOMIC_RELEASE);
  }
  return NULL;
}

static void overwrite_what_is_free(void) {
  void *pieces[(TO - FROM) / STEP];
  size_t i;
  for (i = 0; i < COUNT(pieces); i++) {
    pieces[i] = malloc(FROM + i * STEP);
    CHECK(pieces[i] != NULL);
    memset(pieces[i], 0xFF, FROM + i * STEP);
  }
  for (i = 0; i < COUNT(pieces); i++) {
    free(pieces[i]);
  }
}

/* Polls as fast as it can until the operation is handed back. */
static void poll_until_back(WEB_SOCKET_HANDLE h, PVOID context) {
  WEB_SOCKET_BUFFER buffer;
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID app, id;
  ULONG count;
  do {
    count = 1;
    CHECK_EQ(WebSocketGetAction(h, ALL_QUEUES, &buffer, &count, &action, &type,
                                &app, &id),
             S_OK);
  } while (action == NO_ACTION);
  CHECK_EQ(action, RECEIVE_COMPLETE);
  CHECK_PTR(app, context);
}

static void delete_when_handed_back(struct shared *shared, long round) {
  struct step step;
  shared->h = server_sized(256, 16);
  CHECK_EQ(WebSocketReceive(shared->h, NULL, shared), S_OK);
  step = get_action(shared->h, ALL_QUEUES, 1);
  CHECK_EQ(step.action, RECEIVE_FROM_NETWORK);
  shared->id = step.id;
  __atomic_store_n(&shared->begun, round, __ATOMIC_RELEASE);
  poll_until_back(shared->h, shared);
  WebSocketDeleteHandle(shared->h);
  overwrite_what_is_free();
  while (__atomic_load_n(&shared->completed, __ATOMIC_ACQUIRE) < round) {
    sched_yield();
  }
}

int main(void) {
  struct shared shared;
  pthread_t thread;
  long round;
  time_t begin = time(NULL);
  memset(&shared, 0, sizeof shared);
  thread = start(complete_actions, &shared);
  for (round = 1; round <= ROUNDS && time(NULL) - begin <= SECONDS; round++) {
    delete_when_handed_back(&shared, round);
  }
  __atomic_store_n(&shared.over, 1, __ATOMIC_RELEASE);
  join(thread);
  return 0;
}
