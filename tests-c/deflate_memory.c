/*
 * What compression takes of memory: nothing before the first compressed
 * message, a bounded amount per handle then, nothing per message; and what
 * happens when there is none.
 *
 * Rows of docs/compatibility.md: *deflate-memory*, *out-of-memory*.
 */
#include "counting.h"

#include "deflate.h"

#define RECEIVE 4096
#define SEND 4096
#define LARGE 100000
#define KIB 1024u

static BYTE large[LARGE];

struct pair {
  WEB_SOCKET_HANDLE from, to;
};

static void carry(struct pair *pair, size_t length) {
  WEB_SOCKET_BUFFER buffer = data_buffer(large, length);
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  CHECK_EQ(WebSocketSend(pair->from, BINARY_MESSAGE, &buffer, NULL), S_OK);
  run_send(pair->from, 2, BINARY_MESSAGE, NULL, &wire);
  network = network_of(&wire, 1000);
  do {
    CHECK_EQ(WebSocketReceive(pair->to, NULL, NULL), S_OK);
    step = pump(pair->to, RECEIVE_QUEUE, &network);
    CHECK_EQ(step.hr, S_OK);
    complete(pair->to, &step);
  } while (step.type == BINARY_FRAGMENT);
  octets_free(&wire);
}

static size_t grown(size_t *mark) {
  size_t by = heap.live_octets - *mark;
  *mark = heap.live_octets;
  return by;
}

struct bound {
  const char *what;
  WSPC_DEFLATE value;
  size_t compressor, decompressor; /* KiB at the most */
};

/* docs/integrating.md has these numbers. */
static const struct bound bounds[] = {
    {"as usual", {0, 0, 0, 0, 0}, 384, 48},
    {"bits of 12", {12, 12, 0, 0, 0}, 272, 48},
    {"bits of 9", {9, 9, 0, 0, 0}, 256, 48},
};

static void check_bound(const struct bound *bound) {
  size_t mark = heap.live_octets, buffers, compressor, decompressor, calls;
  struct pair pair;
  WEB_SOCKET_BUFFER text = data_buffer("Hello", 5);
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  int i;
  pair.from = open_deflate(1, &bound->value, RECEIVE, SEND);
  /* Queues grow to their depth; the first message goes as it is. */
  CHECK_EQ(WebSocketSend(pair.from, type_of(UTF8_MESSAGE | WSPC_UNCOMPRESSED),
                         &text, NULL),
           S_OK);
  run_send(pair.from, 2, UTF8_MESSAGE, NULL, &wire);
  octets_free(&wire);
  buffers = grown(&mark);
  pair.to = open_deflate(0, &bound->value, RECEIVE, SEND);
  append_frame(&wire, FIN | OP_TEXT, NULL, "Hello", 5);
  network = network_of(&wire, 100);
  EXPECT_RECEIVED(pair.to, &network, UTF8_MESSAGE, "Hello", 5);
  octets_free(&wire);
  grown(&mark);
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &text, NULL), S_OK);
  compressor = grown(&mark);
  run_send(pair.from, 2, BINARY_MESSAGE, NULL, &wire);
  network = network_of(&wire, 100);
  mark = heap.live_octets;
  CHECK_EQ(WebSocketReceive(pair.to, NULL, NULL), S_OK);
  step = pump(pair.to, RECEIVE_QUEUE, &network);
  EXPECT(step, RECEIVE_COMPLETE, BINARY_MESSAGE, 1, NULL);
  complete(pair.to, &step);
  decompressor = grown(&mark);
  octets_free(&wire);
  printf("%s: a handle of %lu octets, %lu more to compress, %lu to "
         "decompress\n",
         bound->what, (unsigned long)buffers, (unsigned long)compressor,
         (unsigned long)decompressor);
  CHECK(compressor > 0 && compressor <= bound->compressor * KIB);
  CHECK(decompressor > 0 && decompressor <= bound->decompressor * KIB);
  /* Whatever is sent, that is all. */
  calls = heap.calls;
  for (i = 0; i < 20; i++) {
    carry(&pair, LARGE);
    carry(&pair, (size_t)i);
  }
  CHECK_EQ(heap.calls, calls);
  WebSocketDeleteHandle(pair.from);
  WebSocketDeleteHandle(pair.to);
}

/* ---- without memory ---- */

/* Fails the n-th allocation of a call; whether there was one. */
#define FAILS_ONCE(nth, call)                                                  \
  (heap.failed = 0, heap.fail_at = heap.calls + (nth), check_call(call))

static int check_call(HRESULT hr) {
  heap.fail_at = 0;
  CHECK_EQ(hr, heap.failed ? E_OUTOFMEMORY : S_OK);
  return heap.failed;
}

/* The handshake of a server, from a fresh handle each time. */
static int handshake_fails_at(size_t nth) {
  WEB_SOCKET_HANDLE h = create_deflate(1, &usual_deflate, RECEIVE, SEND);
  struct lines request = {0};
  struct header_set set;
  int failed;
  request_with(&request, EXTENSIONS ":" NAME);
  failed = FAILS_ONCE(nth, begin_server(h, NULL, NULL, 0, &request, &set));
  if (failed) {
    CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), S_OK);
  }
  failed |= FAILS_ONCE(nth, WebSocketEndServerHandshake(h));
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  free_lines(&request);
  WebSocketDeleteHandle(h);
  return failed;
}

static int send_fails_at(size_t nth) {
  struct pair pair;
  WEB_SOCKET_BUFFER buffer = data_buffer(large, 100);
  struct octets wire = {NULL, 0, 0};
  int failed;
  pair.from = open_deflate(1, &usual_deflate, RECEIVE, SEND);
  failed =
      FAILS_ONCE(nth, WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, NULL));
  if (failed) {
    CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, NULL), S_OK);
  }
  /* What was accepted needs no more of it. */
  heap.fail_on = 1;
  heap.fail_at = heap.calls + 1;
  run_send(pair.from, 2, BINARY_MESSAGE, NULL, &wire);
  heap.fail_on = 0;
  heap.fail_at = 0;
  CHECK_EQ(only_frame(&wire).first, FIN | RSV1 | OP_BINARY);
  octets_free(&wire);
  WebSocketDeleteHandle(pair.from);
  return failed;
}

/* GetAction says so, and the next one does better. */
static int receive_fails_at(size_t nth) {
  WEB_SOCKET_HANDLE h = open_deflate(0, &usual_deflate, RECEIVE, SEND);
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  int failed;
  append_frame(&wire, FIN | RSV1 | OP_TEXT, NULL,
               "\xF2\x48\xCD\xC9\xC9\x07\x00", 7);
  network = network_of(&wire, 100);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  network.read = get_action(h, RECEIVE_QUEUE, 1);
  network.reading = 1;
  finish_read(h, &network);
  failed = FAILS_ONCE(nth, (step = get_action(h, RECEIVE_QUEUE, 1)).hr);
  if (failed) {
    step = get_action(h, RECEIVE_QUEUE, 1);
  }
  EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, NULL);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, "Hello", 5);
  complete(h, &step);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
  return failed;
}

static void every_allocation_may_fail(void) {
  static int (*const calls[])(size_t) = {handshake_fails_at, send_fails_at,
                                         receive_fails_at};
  size_t i, nth, blocks = heap.live_blocks;
  for (i = 0; i < COUNT(calls); i++) {
    for (nth = 1; calls[i](nth); nth++) {
      CHECK(nth < 100);
    }
    CHECK(nth > 1);
    CHECK_EQ(heap.live_blocks, blocks);
  }
}

int main(void) {
  check_that_counting_works();
  CHECK_ROWS(bounds, check_bound);
  every_allocation_may_fail();
  return 0;
}
