/*
 * Masking keys are what the system's generator gave, each used for one frame;
 * it is asked once for 124 frames; and when the handle is deleted none is left
 * in memory.
 *
 * Rows of docs/compatibility.md: *fresh-masking-keys*.
 */
#include "counting.h"

#include "conversation.h"
#include "randomness.h"

#define FRAMES 1000
#define POOL 124
#define KEY 4

/* Which keys were used, in octets from the start of all that was drawn. */
static unsigned char used[MOST_DRAWN];

/* The place of a key in what was drawn behind `from`. */
static size_t place_of(const BYTE *key, size_t from) {
  size_t at = from;
  while (at < draws.length && memcmp(draws.octets + at, key, KEY) != 0) {
    at += KEY;
  }
  CHECK(at < draws.length); /* it is what the system gave */
  return at;
}

static void is_fresh(const struct frame *frame, size_t from) {
  size_t at = place_of(frame->mask, from);
  CHECK_EQ(frame->masked, 1);
  CHECK(!used[at]);
  used[at] = 1;
}

/* ---- keys of frames of every kind ---- */

static const char payload[TALK_LONG];

static void answer_ping(WEB_SOCKET_HANDLE h, struct octets *wire) {
  struct octets peer = {NULL, 0, 0};
  struct network network;
  struct step step;
  append_frame(&peer, FIN | OP_PING, NULL, "ping", 4);
  network = network_of(&peer, 100);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  append_buffers(wire, &step);
  complete(h, &step);
  /* Gives the receive back. */
  step = pump(h, RECEIVE_QUEUE, &network);
  complete(h, &step);
  EXPECT_BACK(h, RECEIVE_QUEUE, 1, NULL);
  octets_free(&peer);
}

/* A frame of another kind each time; returns it in `wire`. */
static void send_frame(WEB_SOCKET_HANDLE h, int number, struct octets *wire) {
  WEB_SOCKET_BUFFER data = data_buffer(payload, sizeof payload);
  switch (number % 5) {
  case 0:
    data = data_buffer(payload, 5);
    send_all(h, 2, UTF8_MESSAGE, &data, wire);
    break;
  case 1:
    send_all(h, 1, PING_PONG, NULL, wire);
    break;
  case 2:
    send_all(h, 2, BINARY_FRAGMENT, &data, wire); /* in pieces, of one key */
    break;
  case 3:
    send_all(h, 2, BINARY_MESSAGE, &data, wire);
    break;
  default:
    answer_ping(h, wire);
  }
}

static void send_frames(WEB_SOCKET_HANDLE h, size_t from) {
  size_t calls = draws.calls;
  int number;
  for (number = 0; number < FRAMES; number++) {
    struct octets wire = {NULL, 0, 0};
    struct frame frame;
    send_frame(h, number, &wire);
    frame = only_frame(&wire);
    is_fresh(&frame, from);
    CHECK(draws.calls - calls <= (size_t)number / POOL + 1);
    octets_free(&wire);
  }
  CHECK_EQ(draws.calls - calls, (FRAMES + POOL - 1) / POOL);
  printf("%d frames: the system was asked %lu times\n", FRAMES,
         (unsigned long)(draws.calls - calls));
}

/* ---- what is left in memory ---- */

static struct {
  WEB_SOCKET_HANDLE handle;
  size_t from;        /* keys behind it in what was drawn are looked for */
  const BYTE *pool;   /* where they are */
  size_t seen, pools; /* blocks, and those with the pool */
} secrets;

/* Nothing of the pool is left. */
static void is_wiped(const BYTE *octets) {
  size_t i;
  secrets.pools++;
  for (i = 0; i < POOL * KEY; i++) {
    CHECK_EQ(octets[i], 0);
  }
}

/*
 * Two keys beside each other are nowhere but in a pool. The handle itself has
 * octets that nobody writes and that valgrind does not let anybody read.
 */
static void holds_no_keys(const void *block, size_t usable) {
  const BYTE *octets = (const BYTE *)block;
  size_t at, key;
  secrets.seen++;
  if (secrets.pool >= octets && secrets.pool + POOL * KEY <= octets + usable) {
    is_wiped(secrets.pool);
  }
  if (block == (const void *)secrets.handle) {
    return;
  }
  for (at = 0; at + 2 * KEY <= usable; at++) {
    for (key = secrets.from; key + 2 * KEY <= draws.length; key += KEY) {
      CHECK(memcmp(octets + at, draws.octets + key, 2 * KEY) != 0);
    }
  }
}

/* Nearly all of the last draw, or a part, or nothing is unused. */
static void wiped_on_delete(int frames) {
  WEB_SOCKET_HANDLE h = client_sized(TALK_RECEIVE, TALK_SEND);
  size_t blocks;
  memset(&secrets, 0, sizeof secrets);
  secrets.handle = h;
  secrets.from = draws.length;
  for (; frames > 0; frames--) {
    struct octets wire = {NULL, 0, 0};
    send_all(h, 2, PING_PONG, NULL, &wire);
    octets_free(&wire);
  }
  CHECK_EQ(draws.length, secrets.from + POOL * KEY);
  secrets.pool = draws.target;
  blocks = heap.live_blocks;
  see_freed = holds_no_keys;
  WebSocketDeleteHandle(h);
  see_freed = NULL;
  CHECK(secrets.seen >= 4); /* handle, headers, buffers, pool */
  CHECK_EQ(secrets.pools, 1);
  CHECK(heap.live_blocks < blocks);
}

int main(void) {
  WEB_SOCKET_HANDLE one, other;
  size_t from;
  check_that_counting_works();
  one = client_sized(TALK_RECEIVE, TALK_SEND);
  other = client_sized(TALK_RECEIVE, TALK_SEND);
  /* What was drawn for handshakes is not among them. */
  from = draws.length;
  CHECK(from >= 32);
  send_frames(one, from);
  send_frames(other, from);
  WebSocketDeleteHandle(one);
  WebSocketDeleteHandle(other);
  wiped_on_delete(1);
  wiped_on_delete(POOL / 2);
  wiped_on_delete(POOL);
  return 0;
}
