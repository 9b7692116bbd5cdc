/*
 * Stands before the system's randomness: counts the calls, notes what they
 * gave, and lets chosen ones fail. The octets are the same in each run.
 */
#ifndef RANDOMNESS_H
#define RANDOMNESS_H

#include <errno.h>
#include <sys/types.h>

#define MOST_DRAWN 65536

static struct {
  size_t calls;
  size_t fail_at;  /* this call fails, if not 0 */
  size_t failures; /* and so many in all */
  size_t failed;
  unsigned char octets[MOST_DRAWN]; /* all that was given */
  size_t length;
  const unsigned char *target; /* where the last of them went */
} draws;

static inline void draws_fail(size_t nth, size_t failures) {
  draws.fail_at = draws.calls + nth;
  draws.failures = failures;
  draws.failed = 0;
}

/* The generator xorshift64, which has no two equal words of 8 octets. */
static unsigned char random_octet(void) {
  static uint64_t state = 0x9E3779B97F4A7C15u;
  static int used = 8;
  if (used == 8) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    used = 0;
  }
  return (unsigned char)(state >> (8 * used++));
}

ssize_t getrandom(void *target, size_t length, unsigned int flags);
ssize_t getrandom(void *target, size_t length, unsigned int flags) {
  size_t i;
  (void)flags;
  if (length == 0) {
    return 0; /* asks once in a process whether there is such a function */
  }
  draws.calls++;
  if (draws.fail_at != 0 && draws.calls >= draws.fail_at &&
      draws.failed < draws.failures) {
    draws.failed++;
    errno = EIO;
    return -1;
  }
  draws.target = (const unsigned char *)target;
  CHECK(length <= MOST_DRAWN - draws.length);
  for (i = 0; i < length; i++) {
    ((unsigned char *)target)[i] = draws.octets[draws.length++] =
        random_octet();
  }
  return (ssize_t)length;
}

#endif /* RANDOMNESS_H */
