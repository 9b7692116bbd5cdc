/*
 * The masking keys of a client on either side of a fork, as they stand on the
 * wire. A process must not use what another one has drawn in advance (RFC 6455
 * section 10.3: keys must not be predictable). To be included first, or after
 * counting.h, as it asks the system headers for fork.
 */
#ifndef FORKED_KEYS_H
#define FORKED_KEYS_H

#ifndef _POSIX_C_SOURCE
#define _POSIX_C_SOURCE 200809L
#endif
#include <sys/wait.h>
#include <unistd.h>

#include "session.h"

/* Two keys, so that chance makes a pair equal once in 2^64 runs. */
#define KEYS 8
#define GENERATIONS 3

/* Lets the client send two masked frames; returns their keys. */
typedef void draw_keys(WEB_SOCKET_HANDLE h, BYTE keys[KEYS]);

static inline void keys_of_texts(WEB_SOCKET_HANDLE h, BYTE keys[KEYS]) {
  WEB_SOCKET_BUFFER buffer = data_buffer("text", 4);
  struct octets wire = {NULL, 0, 0};
  size_t at = 0;
  send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
  send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
  memcpy(keys, take_frame(&wire, &at).mask, 4);
  memcpy(keys + 4, take_frame(&wire, &at).mask, 4);
  CHECK_EQ(at, wire.length);
  octets_free(&wire);
}

/* A process and those that descend from it. */
struct family {
  WEB_SOCKET_HANDLE h;
  draw_keys *draw;
  int draws_first; /* a child has keys of its own before it forks */
  int pipe[2];     /* where each process writes the keys it has used */
};

static inline void publish_keys(struct family *family) {
  BYTE keys[KEYS];
  family->draw(family->h, keys);
  CHECK_EQ(write(family->pipe[1], keys, KEYS), KEYS);
}

/* This process and its descendants use keys, each behind its fork. */
static inline void live(struct family *family, int generation) {
  pid_t child = -1;
  int status = -1;
  if (generation > 1 && family->draws_first) {
    publish_keys(family);
  }
  if (generation < GENERATIONS) {
    child = fork();
    CHECK(child >= 0);
    if (child == 0) {
      live(family, generation + 1);
      _exit(0);
    }
  }
  publish_keys(family);
  if (child > 0) {
    CHECK_EQ(waitpid(child, &status, 0), child);
    CHECK_EQ(status, 0);
  }
}

static inline void check_family(struct family *family) {
  BYTE keys[2 * GENERATIONS + 1][KEYS];
  size_t want = GENERATIONS + (family->draws_first ? GENERATIONS - 1 : 0);
  size_t count = 0, other;
  CHECK_EQ(pipe(family->pipe), 0);
  live(family, 1);
  close(family->pipe[1]);
  while (count < COUNT(keys) &&
         read(family->pipe[0], keys[count], KEYS) == KEYS) {
    for (other = 0; other < count; other++) {
      CHECK(memcmp(keys[count], keys[other], KEYS) != 0);
    }
    count++;
  }
  CHECK_EQ(count, want);
  close(family->pipe[0]);
}

/*
 * A child and a grandchild use other keys than their parents, whether the
 * child forks at once or after frames of its own. The client must have drawn a
 * key already if it is to have any left to share.
 */
static inline void keys_differ_after_a_fork(WEB_SOCKET_HANDLE h,
                                            draw_keys *draw) {
  struct family family;
  memset(&family, 0, sizeof family);
  family.h = h;
  family.draw = draw;
  check_family(&family);
  family.draws_first = 1;
  check_family(&family);
}

#endif /* FORKED_KEYS_H */
