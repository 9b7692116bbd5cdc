/*
 * Assertions of our own. They print both values with file and line, end the
 * program at the first failure, and NDEBUG does not remove them.
 */
#ifndef CHECK_H
#define CHECK_H

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Printed with a failure; a test that walks a table names its row here. */
static const char *check_row = "";

#define CHECK(condition)                                                       \
  check_true(__FILE__, __LINE__, #condition, (condition) ? 1 : 0)
#define CHECK_EQ(got, want)                                                    \
  check_equal(__FILE__, __LINE__, #got, (long long)(got), (long long)(want))
#define CHECK_PTR(got, want)                                                   \
  check_pointer(__FILE__, __LINE__, #got, (const void *)(got),                 \
                (const void *)(want))
#define CHECK_OCTETS(got, got_length, want, want_length)                       \
  check_octets(__FILE__, __LINE__, #got, (const void *)(got),                  \
               (size_t)(got_length), (const void *)(want),                     \
               (size_t)(want_length))
#define CHECK_STRING(got, want)                                                \
  check_octets(__FILE__, __LINE__, #got, (const void *)(got), strlen(got),     \
               (const void *)(want), strlen(want))

static inline void check_fail(const char *file, int line, const char *text) {
  fprintf(stderr, "%s:%d: %s", file, line, text);
  if (*check_row != '\0') {
    fprintf(stderr, " [%s]", check_row);
  }
  fputc('\n', stderr);
}

static inline void check_true(const char *file, int line, const char *text,
                              int holds) {
  if (!holds) {
    check_fail(file, line, text);
    fputs("  does not hold\n", stderr);
    exit(1);
  }
}

static inline void check_equal(const char *file, int line, const char *text,
                               long long got, long long want) {
  if (got != want) {
    check_fail(file, line, text);
    fprintf(stderr, "  got  %lld (0x%llx)\n  want %lld (0x%llx)\n", got,
            (unsigned long long)got, want, (unsigned long long)want);
    exit(1);
  }
}

static inline void check_pointer(const char *file, int line, const char *text,
                                 const void *got, const void *want) {
  if (got != want) {
    check_fail(file, line, text);
    fprintf(stderr, "  got  %p\n  want %p\n", got, want);
    exit(1);
  }
}

static inline void check_dump(const char *name, const unsigned char *octets,
                              size_t length, size_t from) {
  size_t i;
  fprintf(stderr, "  %s %lu octets, from %lu:", name, (unsigned long)length,
          (unsigned long)from);
  for (i = from; i < length && i < from + 24; i++) {
    fprintf(stderr, " %02x", (unsigned)octets[i]);
  }
  fputc('\n', stderr);
}

static inline void check_octets(const char *file, int line, const char *text,
                                const void *got, size_t got_length,
                                const void *want, size_t want_length) {
  const unsigned char *a = (const unsigned char *)got;
  const unsigned char *b = (const unsigned char *)want;
  size_t common = got_length < want_length ? got_length : want_length;
  size_t at = 0;
  while (at < common && a[at] == b[at]) {
    at++;
  }
  if (at < common || got_length != want_length) {
    check_fail(file, line, text);
    check_dump("got ", a, got_length, at);
    check_dump("want", b, want_length, at);
    exit(1);
  }
}

#endif /* CHECK_H */
