/*
 * The library learns of a fork by a handler, so that no key is used twice.
 * Here is no memory to register it, and glibc gives its table of handlers up
 * for good when it cannot grow: from then on no key may be drawn in advance.
 *
 * Rows of docs/compatibility.md: *fresh-masking-keys*.
 */
#include "counting.h"

#include <pthread.h>

#include "forked_keys.h"

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

static void finish_message(WEB_SOCKET_HANDLE h, struct step step) {
  EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 1, NULL);
  complete(h, &step);
  EXPECT_SENT(h, 2, UTF8_MESSAGE, NULL);
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
  keys_differ_after_a_fork(h, keys_of_texts);
  WebSocketDeleteHandle(h);
  return 0;
}
