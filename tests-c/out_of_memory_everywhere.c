/*
 * A whole conversation, from Create to Delete, in which one allocation fails:
 * each in turn, or all from it on until the call has returned. The call says
 * E_OUTOFMEMORY, is repeated, and everything comes out as without.
 *
 * Rows of docs/compatibility.md: *out-of-memory*.
 */
#include "counting.h"

#include "conversation.h"

static int failures;

static int was_out_of_memory(HRESULT hr) {
  CHECK_EQ(hr, E_OUTOFMEMORY);
  CHECK(heap.failed);
  heap.failed = 0;
  heap.fail_at = 0;
  failures++;
  return 1;
}

/* Whether there are so many allocations. */
static int fails_at(const struct talk *want, size_t nth, int on) {
  struct talk talk;
  size_t blocks = heap.live_blocks;
  int before = failures;
  talk_begin(&talk, &want->way);
  heap.failed = 0;
  heap.fail_on = on;
  heap.fail_at = heap.calls + nth;
  talk_run(&talk);
  heap.fail_at = 0;
  CHECK(!heap.failed); /* a failure was never passed over */
  talk_is_same(&talk, want);
  talk_end(&talk);
  CHECK_EQ(heap.live_blocks, blocks);
  CHECK(failures <= before + 1);
  return failures > before;
}

static void check_way(const struct way *way) {
  struct talk want;
  size_t nth = 1;
  int on;
  talk_begin(&want, way);
  talk_again = NULL;
  talk_run(&want);
  talk_is_same(&want, &want);
  talk_again = was_out_of_memory;
  for (on = 0; on < 2; on++) {
    for (nth = 1; fails_at(&want, nth, on); nth++) {
      CHECK(nth < 200);
    }
    CHECK(nth > (way->compressed ? 9 : 6));
  }
  printf("%s: %lu allocations\n", check_row, (unsigned long)nth - 1);
  talk_end(&want);
}

/* ---- functions that the conversation does not call ---- */

static HRESULT parse_response(const char *text) {
  WEB_SOCKET_HTTP_HEADER fields[100];
  WSPC_RESPONSE response;
  ULONG count = 100, length = 77;
  HRESULT hr;
  enter();
  hr = leave_with(WspcParseResponse(text, (ULONG)strlen(text), &response,
                                    fields, &count, &length));
  CHECK_EQ(count, hr == S_OK ? 1 : 100);
  CHECK_EQ(length, hr == S_OK ? strlen(text) : 77);
  return hr;
}

static void companions_fail_cleanly(void) {
  char text[512];
  size_t calls = heap.calls, blocks = heap.live_blocks, nth;
  snprintf(text, sizeof text, "HTTP/1.1 101 X\r\nA: %0400d\r\n\r\n", 1);
  CHECK_EQ(parse_response(text), S_OK);
  calls = heap.calls - calls;
  CHECK(calls > 0);
  for (nth = 1; nth <= calls; nth++) {
    heap.fail_at = heap.calls + nth;
    CHECK_EQ(parse_response(text), E_OUTOFMEMORY);
    heap.fail_at = 0;
    CHECK_EQ(parse_response(text), S_OK);
    CHECK_EQ(heap.live_blocks, blocks);
  }
}

/* The rest needs no memory: it does its work where there is none. */
static void others_need_no_memory(void) {
  WEB_SOCKET_HANDLE h = server_sized(256, 16);
  ULONG interval = 0, size = sizeof interval;
  USHORT status = 0;
  size_t calls = heap.calls;
  enter();
  CHECK_EQ(WebSocketGetGlobalProperty(
               WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size),
           S_OK);
  CHECK_EQ(WspcGetCloseStatus(h, &status), OPERATION_ERROR);
  CHECK_EQ(WspcVersion(), WSPC_VERSION);
  leave();
  CHECK(interval >= 15000);
#ifndef _WIN32 /* where the registry is asked */
  CHECK_EQ(heap.calls, calls);
#else
  (void)calls;
#endif
  WebSocketDeleteHandle(h);
}

int main(void) {
  check_that_counting_works();
  in_every_way(check_way);
  talk_again = NULL;
  companions_fail_cleanly();
  others_need_no_memory();
  return 0;
}
