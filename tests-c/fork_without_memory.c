/*
 * Masking keys are drawn many at a time, and after a fork the child must not
 * use those that its parent has left (RFC 6455 section 10.3: keys must not be
 * predictable). The library learns of the fork by a handler. Here there is no
 * memory to register it, and glibc gives its table of handlers up for good when
 * it cannot grow: from then on no key may be drawn in advance.
 *
 * Rows of docs/compatibility.md: *fresh-masking-keys*.
 */
#include "counting.h"

#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static void do_nothing(void) {}

/* Whether the registration of one more handler allocates. */
static int register_one(void) {
  size_t calls = heap.calls;
  enter();
  CHECK_EQ(pthread_atfork(NULL, NULL, do_nothing), 0);
  leave();
  return heap.calls > calls;
}

/* Registers until one more would allocate; a child finds out when that is. */
static void fill_the_table_of_handlers(void) {
  int status, count = 0;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    while (!register_one() && count < 200) {
      count++;
    }
    _exit(count);
  }
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  CHECK(WEXITSTATUS(status) < 200);
  for (; count < WEXITSTATUS(status); count++) {
    CHECK(!register_one());
  }
}

/* The key of the next frame. */
static void next_key(WEB_SOCKET_HANDLE h, BYTE key[4]) {
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  struct octets wire = {NULL, 0, 0};
  send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
  memcpy(key, only_frame(&wire).mask, 4);
  octets_free(&wire);
}

/* Two keys, so that chance makes them equal once in 2^64 runs. */
static void keys_differ_after_a_fork(WEB_SOCKET_HANDLE h) {
  BYTE mine[8], others[8];
  int ends[2], status;
  pid_t child;
  CHECK_EQ(pipe(ends), 0);
  child = fork();
  CHECK(child >= 0);
  next_key(h, mine);
  next_key(h, mine + 4);
  if (child == 0) {
    _exit(write(ends[1], mine, sizeof mine) != (ssize_t)sizeof mine);
  }
  CHECK_EQ(read(ends[0], others, sizeof others), (long long)sizeof others);
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK_EQ(status, 0);
  CHECK(memcmp(mine, others, sizeof mine) != 0);
  close(ends[0]);
  close(ends[1]);
}

static void finish_message(WEB_SOCKET_HANDLE h, struct step step) {
  EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 1, NULL);
  complete(h, &step);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_COMPLETE, UTF8_MESSAGE, 0, NULL);
  complete(h, &step);
}

int main(void) {
  WEB_SOCKET_HANDLE h;
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  struct step step;
  check_that_counting_works();
  fill_the_table_of_handlers();
  h = client_with(NULL, 0);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, NULL), S_OK);
  heap.failed = 0;
  heap.fail_at = heap.calls + 1;
  step = get_action(h, SEND_QUEUE, 2);
  heap.fail_at = 0;
  CHECK(heap.failed);
  finish_message(h, step);
  keys_differ_after_a_fork(h);
  WebSocketDeleteHandle(h);
  return 0;
}
