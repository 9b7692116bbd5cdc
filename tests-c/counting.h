/*
 * Stands between the library and the allocator: counts what is allocated
 * inside library calls, and makes a chosen allocation fail. What the test
 * allocates itself does not count. Included first, instead of session.h.
 *
 * Interposition as ELF has it: the program's malloc is also the library's.
 * valgrind leaves it in place when it is run with
 * --soname-synonyms=somalloc=nouserintercepts.
 */
#ifndef COUNTING_H
#define COUNTING_H

#define _GNU_SOURCE /* RTLD_NEXT */
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>

#include <websocket.h>
#include <wspc.h>

#include "check.h"

/*
 * What happened inside library calls. Volatile, because the headers of glibc
 * promise of some functions that they do not call back into the program.
 */
static volatile struct {
  int inside;
  size_t calls;       /* allocations, also those that failed */
  size_t octets;      /* asked for */
  size_t largest;     /* octets of the largest one */
  size_t live_blocks; /* not freed */
  size_t live_octets; /* usable size of those */
  size_t fail_at;     /* this call fails, if not 0 */
  int fail_on;        /* and every one after it */
  size_t limit;       /* larger ones fail, if not 0 */
  int failed;
} heap;

/* Pointers to the next functions of that name, behind the program's own. */
static void *(*next_malloc)(size_t);
static void *(*next_calloc)(size_t, size_t);
static void *(*next_realloc)(void *, size_t);
static void *(*next_aligned_alloc)(size_t, size_t);
static int (*next_posix_memalign)(void **, size_t, size_t);
static void (*next_free)(void *);

/* ISO C has no cast from an object pointer to a function pointer. */
static void find_next(void *function, const char *name) {
  void *symbol = dlsym(RTLD_NEXT, name);
  if (symbol == NULL) {
    abort();
  }
  memcpy(function, &symbol, sizeof symbol);
}

static void find_all(void) {
  if (next_free == NULL) {
    find_next(&next_malloc, "malloc");
    find_next(&next_calloc, "calloc");
    find_next(&next_realloc, "realloc");
    find_next(&next_aligned_alloc, "aligned_alloc");
    find_next(&next_posix_memalign, "posix_memalign");
    find_next(&next_free, "free");
  }
}

/* Whether this allocation is to fail. */
static int must_fail(size_t size) {
  find_all();
  if (!heap.inside) {
    return 0;
  }
  heap.calls++;
  heap.octets += size;
  if (size > heap.largest) {
    heap.largest = size;
  }
  if ((heap.fail_at != 0 && (heap.calls == heap.fail_at ||
                             (heap.fail_on && heap.calls > heap.fail_at))) ||
      (heap.limit != 0 && size > heap.limit)) {
    heap.failed = 1;
    errno = ENOMEM;
    return 1;
  }
  return 0;
}

static void *born(void *block) {
  if (heap.inside && block != NULL) {
    heap.live_blocks++;
    heap.live_octets += malloc_usable_size(block);
  }
  return block;
}

static void died(void *block) {
  if (heap.inside && block != NULL) {
    heap.live_blocks--;
    heap.live_octets -= malloc_usable_size(block);
  }
}

void *malloc(size_t size) {
  return must_fail(size) ? NULL : born(next_malloc(size));
}

void *calloc(size_t count, size_t size) {
  return must_fail(count * size) ? NULL : born(next_calloc(count, size));
}

void *realloc(void *block, size_t size) {
  void *moved;
  size_t before = block != NULL ? malloc_usable_size(block) : 0;
  if (must_fail(size)) {
    return NULL;
  }
  moved = next_realloc(block, size);
  if (moved != NULL && block != NULL && heap.inside) {
    heap.live_blocks--;
    heap.live_octets -= before;
  }
  return born(moved);
}

void *aligned_alloc(size_t alignment, size_t size) {
  return must_fail(size) ? NULL : born(next_aligned_alloc(alignment, size));
}

int posix_memalign(void **block, size_t alignment, size_t size) {
  int error =
      must_fail(size) ? ENOMEM : next_posix_memalign(block, alignment, size);
  if (error == 0) {
    born(*block);
  }
  return error;
}

void free(void *block) {
  find_all();
  died(block);
  next_free(block);
}

/* ---- library calls, marked as such ---- */

static void enter(void) { heap.inside = 1; }
static void leave(void) { heap.inside = 0; }

static HRESULT leave_with(HRESULT hr) {
  leave();
  return hr;
}

#define WebSocketCreateClientHandle(p, n, h)                                   \
  (enter(), leave_with(WebSocketCreateClientHandle(p, n, h)))
#define WebSocketCreateServerHandle(p, n, h)                                   \
  (enter(), leave_with(WebSocketCreateServerHandle(p, n, h)))
#define WebSocketBeginClientHandshake(h, s, sn, e, en, i, in, a, an)           \
  (enter(),                                                                    \
   leave_with(WebSocketBeginClientHandshake(h, s, sn, e, en, i, in, a, an)))
#define WebSocketEndClientHandshake(h, r, n, e, en, s)                         \
  (enter(), leave_with(WebSocketEndClientHandshake(h, r, n, e, en, s)))
#define WebSocketBeginServerHandshake(h, s, e, en, r, rn, a, an)               \
  (enter(),                                                                    \
   leave_with(WebSocketBeginServerHandshake(h, s, e, en, r, rn, a, an)))
#define WebSocketEndServerHandshake(h)                                         \
  (enter(), leave_with(WebSocketEndServerHandshake(h)))
#define WebSocketSend(h, t, b, c)                                              \
  (enter(), leave_with(WebSocketSend(h, t, b, c)))
#define WebSocketReceive(h, b, c)                                              \
  (enter(), leave_with(WebSocketReceive(h, b, c)))
#define WebSocketGetAction(h, q, b, n, a, t, c, i)                             \
  (enter(), leave_with(WebSocketGetAction(h, q, b, n, a, t, c, i)))
#define WebSocketCompleteAction(h, i, n)                                       \
  (enter(), WebSocketCompleteAction(h, i, n), leave())
#define WebSocketAbortHandle(h) (enter(), WebSocketAbortHandle(h), leave())
#define WebSocketDeleteHandle(h) (enter(), WebSocketDeleteHandle(h), leave())
#define WspcParseRequest(d, n, r, h, c, l)                                     \
  (enter(), leave_with(WspcParseRequest(d, n, r, h, c, l)))

#include "session.h"

/* The counters say nothing where the library calls another malloc. */
static void check_that_counting_works(void) {
  WEB_SOCKET_HANDLE h = NULL;
  size_t calls = heap.calls, blocks = heap.live_blocks;
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  if (heap.calls == calls || heap.live_blocks == blocks) {
    fprintf(stderr, "the library's malloc is not that of the program; under "
                    "valgrind add "
                    "--soname-synonyms=somalloc=nouserintercepts\n");
    exit(1);
  }
  WebSocketDeleteHandle(h);
  CHECK_EQ(heap.live_blocks, blocks);
}

#endif /* COUNTING_H */
