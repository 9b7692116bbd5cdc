/*
 * Memory that can be forbidden: whoever touches it then ends the program. To
 * be included first, as it asks the system headers for mmap.
 */
#ifndef GUARDED_H
#define GUARDED_H

#if defined(_WIN32)
#include <windows.h>
#else
#define _DEFAULT_SOURCE
#include <sys/mman.h>
#endif

#include "session.h"

struct guarded {
  BYTE *at;
  size_t size;
};

enum access { NO_ACCESS, READ_ONLY, READ_WRITE };

static inline void guarded_set(struct guarded *memory, enum access access) {
#if defined(_WIN32)
  static const DWORD protections[] = {PAGE_NOACCESS, PAGE_READONLY,
                                      PAGE_READWRITE};
  DWORD before;
  CHECK(VirtualProtect(memory->at, memory->size, protections[access], &before));
#else
  static const int protections[] = {PROT_NONE, PROT_READ,
                                    PROT_READ | PROT_WRITE};
  CHECK_EQ(mprotect(memory->at, memory->size, protections[access]), 0);
#endif
}

/* Address space that nobody may touch and that costs no memory. */
static inline struct guarded guarded_reserve(size_t size) {
  struct guarded memory;
  memory.size = size;
#if defined(_WIN32)
  memory.at = (BYTE *)VirtualAlloc(NULL, size, MEM_RESERVE, PAGE_NOACCESS);
  CHECK(memory.at != NULL);
#else
  memory.at = (BYTE *)mmap(NULL, size, PROT_NONE,
                           MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  CHECK(memory.at != MAP_FAILED);
#endif
  return memory;
}

/* Memory to be filled, of whole pages. */
static inline struct guarded guarded_new(size_t size) {
  struct guarded memory = guarded_reserve((size + 65535) / 65536 * 65536);
#if defined(_WIN32)
  CHECK(VirtualAlloc(memory.at, memory.size, MEM_COMMIT, PAGE_READWRITE) !=
        NULL);
#else
  guarded_set(&memory, READ_WRITE);
#endif
  return memory;
}

static inline void guarded_free(struct guarded *memory) {
#if defined(_WIN32)
  CHECK(VirtualFree(memory->at, 0, MEM_RELEASE));
#else
  CHECK_EQ(munmap(memory->at, memory->size), 0);
#endif
  memory->at = NULL;
}

/* Octets that show where they came from, also across multiples of 256. */
static inline BYTE pattern_at(size_t i) {
  return (BYTE)(i * 31 + (i >> 8) * 7 + (i >> 16));
}

static inline void fill_pattern(BYTE *octets, size_t length) {
  size_t i;
  for (i = 0; i < length; i++) {
    octets[i] = pattern_at(i);
  }
}

#endif /* GUARDED_H */
