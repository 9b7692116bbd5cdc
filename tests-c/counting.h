/*
 * Stands between the library and the allocator: counts what is allocated
 * inside library calls, and makes a chosen allocation fail. What the test
 * allocates itself does not count. Included first, instead of session.h.
 */
#ifndef COUNTING_H
#define COUNTING_H

#ifndef _WIN32
#define _GNU_SOURCE /* RTLD_NEXT */
#endif
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

/* Whether this allocation is to fail. */
static int must_fail(size_t size) {
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
    return 1;
  }
  return 0;
}

static void block_born(size_t usable) {
  if (heap.inside) {
    heap.live_blocks++;
    heap.live_octets += usable;
  }
}

/* Is shown what a block holds when it is freed, if a test sets it. */
static void (*see_freed)(const void *block, size_t usable);

/* `block`: NULL where what it held has moved. */
static void block_died(const void *block, size_t usable) {
  if (heap.inside && block != NULL && see_freed != NULL) {
    see_freed(block, usable);
  }
  if (heap.inside) {
    heap.live_blocks--;
    heap.live_octets -= usable;
  }
}

/* What the library gets is full of what somebody left behind. */
static void *soiled(void *block, size_t size) {
  if (heap.inside && block != NULL) {
    memset(block, 0xA5, size);
  }
  return block;
}

/* How the library comes to allocate here. */
#ifdef _WIN32
#include "counting_windows.h"
#else
#include "counting_elf.h"
#endif

/* ---- library calls, marked as such ---- */

static void enter(void) {
  intercept();
  heap.inside = 1;
}
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
    fprintf(stderr, "%s\n", NOT_INTERCEPTED);
    exit(1);
  }
  WebSocketDeleteHandle(h);
  CHECK_EQ(heap.live_blocks, blocks);
}

#endif /* COUNTING_H */
