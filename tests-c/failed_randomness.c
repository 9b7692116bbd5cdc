/*
 * Without a masking key a GetAction fails, once for each time that the system
 * has no randomness: it is asked once, and the failure is not passed over.
 */
#include <errno.h>
#include <sys/types.h>

#include "session.h"

static int failures, calls;

/* Stands before the system's own. */
ssize_t getrandom(void *target, size_t length, unsigned int flags);
ssize_t getrandom(void *target, size_t length, unsigned int flags) {
  (void)flags;
  calls++;
  if (failures > 0) {
    failures--;
    errno = EIO;
    return -1;
  }
  memset(target, calls, length);
  return (ssize_t)length;
}

int main(void) {
  WEB_SOCKET_HANDLE h = client_sized(256, 256);
  WEB_SOCKET_BUFFER buffer = data_buffer("abc", 3);
  struct step step;
  CHECK(calls > 0);
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, NULL), S_OK);
  calls = 0;
  failures = 1;
  step = get_action(h, SEND_QUEUE, 2);
  CHECK(FAILED(step.hr));
  CHECK_EQ(calls, 1);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, 1, NULL);
  WebSocketDeleteHandle(h);
  return 0;
}
