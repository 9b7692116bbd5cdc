/*
 * What the library allocates: nothing per message, nothing that grows with the
 * traffic, buffers once, little per handle and per idle connection.
 *
 * Rows of docs/compatibility.md: *handle-memory*, *idle-memory*,
 * *clean-buffer*.
 */
#include "counting.h"

#include "states.h"

#define LENT_BUFFER WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE
#define OVERHEAD 144
#define LARGE 100000

static const char *const role_names[ROLES] = {"client", "server"};

static BYTE large[LARGE];

static WEB_SOCKET_HANDLE open_with(int role, WEB_SOCKET_PROPERTY *properties,
                                   ULONG count) {
  return role == CLIENT ? client_with(properties, count)
                        : server_with(properties, count);
}

/* ---- the handshake ---- */

/* What is allocated on the way to the next state. */
static size_t octets_to(struct subject *subject, int state, size_t calls) {
  size_t octets = heap.octets;
  calls += heap.calls;
  if (state == CREATED) {
    *subject = subject_in(subject->role, CREATED);
  } else {
    go_on(subject, state);
  }
  CHECK_EQ(heap.calls, calls);
  return heap.octets - octets;
}

static void each_stage_allocates_what_it_needs(void) {
  static const size_t buffers[ROLES] = {4096 + 4096, 4096 + 16};
  struct subject subject;
  for (subject.role = 0; subject.role < ROLES; subject.role++) {
    int keys = subject.role == CLIENT ? 1 : 0;
    size_t handle = octets_to(&subject, CREATED, 1);
    size_t headers = octets_to(&subject, BEGUN, 1);
    size_t rest = octets_to(&subject, OPEN, 1 + (size_t)keys);
    printf("%s: %lu octets, headers of %lu, then %lu\n",
           role_names[subject.role], (unsigned long)handle,
           (unsigned long)headers, (unsigned long)rest);
    CHECK(handle <= 512);
    CHECK(headers <= 1024);
    CHECK(rest >= buffers[subject.role]);
    CHECK(rest <= buffers[subject.role] + OVERHEAD + (keys ? 512 : 0));
    finish(&subject);
  }
}

/* ---- traffic ---- */

static void send_one(WEB_SOCKET_HANDLE h, ULONG slots,
                     WEB_SOCKET_BUFFER_TYPE type, size_t length) {
  struct octets wire = {NULL, 0, 0};
  WEB_SOCKET_BUFFER buffer = data_buffer(large, length);
  send_all(h, slots, type, length == (size_t)-1 ? NULL : &buffer, &wire);
  octets_free(&wire);
}

/* Small, large, empty, in fragments; pings and pongs. */
static void send_some(WEB_SOCKET_HANDLE h) {
  ULONG slots;
  for (slots = 1; slots <= 2; slots++) {
    send_one(h, slots, UTF8_MESSAGE, 11);
    send_one(h, slots, BINARY_MESSAGE, LARGE);
    send_one(h, slots, BINARY_MESSAGE, 0);
    send_one(h, slots, UTF8_FRAGMENT, 3000);
    send_one(h, slots, PING_PONG, (size_t)-1);
    send_one(h, slots, UTF8_FRAGMENT, 0);
    send_one(h, slots, UTF8_MESSAGE, 70000);
    send_one(h, slots, UNSOLICITED_PONG, (size_t)-1);
  }
}

/* Several at a time, up to a depth that stays the same. */
static void send_many(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER buffer = data_buffer(large, 10);
  struct octets wire = {NULL, 0, 0};
  int i;
  for (i = 0; i < 10; i++) {
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &buffer), S_OK);
  }
  for (i = 0; i < 10; i++) {
    run_send(h, 2, UTF8_MESSAGE, &buffer, &wire);
  }
  octets_free(&wire);
}

/* A frame of each kind, large ones, a message in fragments with a ping. */
static void append_some(struct octets *wire, const BYTE *mask) {
  append_frame(wire, FIN | OP_TEXT, mask, large, 11);
  append_frame(wire, FIN | OP_PING, mask, large, 125);
  append_frame(wire, FIN | OP_BINARY, mask, large, LARGE);
  append_frame(wire, OP_TEXT, mask, large, 3000);
  append_frame(wire, FIN | OP_PING, mask, large, 5);
  append_frame(wire, OP_CONTINUATION, mask, large, 0);
  append_frame(wire, FIN | OP_CONTINUATION, mask, large, 70000);
  append_frame(wire, FIN | OP_PONG, mask, large, 4);
  append_frame(wire, FIN | OP_TEXT, mask, large, 4096);
}

/* Receives all of it; every fourth time into a buffer of the caller's. */
static void receive_some(WEB_SOCKET_HANDLE h, const BYTE *mask, size_t chunk) {
  struct octets wire = {NULL, 0, 0};
  struct network network;
  BYTE own[5000] = {0};
  WEB_SOCKET_BUFFER buffer = data_buffer(own, sizeof own);
  size_t pongs = 0;
  int receives = 0;
  append_some(&wire, mask);
  network = network_of(&wire, chunk);
  for (;;) {
    struct step step;
    if (!network.reading) {
      receives++;
      CHECK_EQ(WebSocketReceive(h, receives % 4 == 0 ? &buffer : NULL, NULL),
               S_OK);
    }
    step = pump(h, ALL_QUEUES, &network);
    while (step.action == SEND_TO_NETWORK) {
      pongs++;
      complete(h, &step);
      step = pump(h, ALL_QUEUES, &network);
    }
    if (step.action == RECEIVE_FROM_NETWORK) {
      break; /* all is read */
    }
    EXPECT(step, RECEIVE_COMPLETE, step.type, 1, NULL);
    complete(h, &step);
  }
  CHECK_EQ(pongs, 2);
  CHECK(receives > 30); /* large frames come in pieces */
  /* Gives the receive back that waits for more. */
  complete_with(h, &network.read, 0);
  network.read = get_action(h, ALL_QUEUES, 2);
  EXPECT(network.read, RECEIVE_COMPLETE, 0, 0, NULL);
  complete(h, &network.read);
  octets_free(&wire);
}

static void receive_many(WEB_SOCKET_HANDLE h, const BYTE *mask) {
  struct octets wire = {NULL, 0, 0};
  struct network network;
  int i;
  for (i = 0; i < 10; i++) {
    append_frame(&wire, FIN | OP_TEXT, mask, large, 10);
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  }
  network = network_of(&wire, 17);
  for (i = 0; i < 10; i++) {
    struct step step = pump(h, RECEIVE_QUEUE, &network);
    EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, NULL);
    complete(h, &step);
  }
  octets_free(&wire);
}

static void traffic(WEB_SOCKET_HANDLE h, int role) {
  const BYTE *mask = role == SERVER ? test_mask : NULL;
  send_some(h);
  send_many(h);
  receive_some(h, mask, 1000);
  receive_some(h, mask, 1u << 20);
  receive_many(h, mask);
}

/* ---- steady state ---- */

static size_t messages_without_allocation(WEB_SOCKET_HANDLE h, int role) {
  size_t calls, octets = heap.live_octets, i;
  traffic(h, role); /* queues grow to their depth */
  calls = heap.calls;
  octets = heap.live_octets;
  for (i = 0; i < 20; i++) {
    traffic(h, role);
  }
  CHECK_EQ(heap.calls, calls);
  CHECK_EQ(heap.live_octets, octets);
  return heap.calls - calls;
}

static void steady_state_allocates_nothing(void) {
  int role;
  for (role = 0; role < ROLES; role++) {
    WEB_SOCKET_HANDLE h = open_with(role, NULL, 0);
    size_t calls = messages_without_allocation(h, role);
    printf("%s: %lu allocations in 20 rounds of messages\n", role_names[role],
           (unsigned long)calls);
    WebSocketDeleteHandle(h);
  }
}

/* ---- buffers ---- */

struct usage {
  size_t calls, octets, largest;
};

/* What one connection allocates in its life, with that much traffic. */
static struct usage usage_of(int role, ULONG receive, ULONG send, int lent,
                             int rounds) {
  struct usage usage = {heap.calls, heap.octets, 0};
  size_t size = (size_t)receive + send + OVERHEAD;
  BYTE *buffer = (BYTE *)malloc(size);
  PVOID address = buffer;
  WEB_SOCKET_PROPERTY p[3];
  WEB_SOCKET_HANDLE h;
  CHECK(buffer != NULL);
  size_properties(p, &receive, &send);
  p[2] = property_of(LENT_BUFFER, &address, size);
  heap.largest = 0;
  h = open_with(role, p, lent ? 3 : 2);
  while (rounds-- > 0) {
    send_many(h);
    receive_many(h, role == SERVER ? test_mask : NULL);
  }
  WebSocketDeleteHandle(h);
  free(buffer);
  usage.calls = heap.calls - usage.calls;
  usage.octets = heap.octets - usage.octets;
  usage.largest = heap.largest;
  return usage;
}

static void a_lent_buffer_is_all_that_grows(void) {
  int role;
  for (role = 0; role < ROLES; role++) {
    struct usage small = usage_of(role, 256, 16, 1, 1);
    struct usage busy = usage_of(role, 256, 16, 1, 100);
    struct usage big = usage_of(role, 1048576, 1048576, 1, 1);
    printf("%s with a lent buffer: %lu allocations of %lu octets, the largest "
           "of %lu\n",
           role_names[role], (unsigned long)small.calls,
           (unsigned long)small.octets, (unsigned long)small.largest);
    CHECK_EQ(busy.calls, small.calls);
    CHECK_EQ(busy.octets, small.octets);
    CHECK_EQ(big.calls, small.calls);
    CHECK_EQ(big.octets, small.octets);
    CHECK(small.largest <= 1024);
  }
}

/* One more allocation than with a lent buffer, of the documented size. */
static void own_buffers_are_allocated_once(void) {
  int role;
  for (role = 0; role < ROLES; role++) {
    struct usage lent = usage_of(role, 50000, 30000, 1, 1);
    struct usage own = usage_of(role, 50000, 30000, 0, 1);
    struct usage busy = usage_of(role, 50000, 30000, 0, 100);
    printf("%s with own buffers: %lu allocations, the largest of %lu octets\n",
           role_names[role], (unsigned long)own.calls,
           (unsigned long)own.largest);
    CHECK_EQ(own.calls, lent.calls + 1);
    CHECK_EQ(own.octets, lent.octets + own.largest);
    CHECK(own.largest > 80000 && own.largest <= 80000 + OVERHEAD);
    CHECK_EQ(busy.calls, own.calls);
    CHECK_EQ(busy.octets, own.octets);
  }
}

/* ---- idle connections ---- */

#define HANDLES 1000

/* Each has received and sent a message, and waits for the next one. */
static void make_idle(WEB_SOCKET_HANDLE h, int role) {
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  append_frame(&wire, FIN | OP_TEXT, role == SERVER ? test_mask : NULL, large,
               100);
  network = network_of(&wire, wire.length);
  EXPECT_RECEIVED(h, &network, UTF8_MESSAGE, large, 100);
  send_one(h, 2, UTF8_MESSAGE, 100);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  octets_free(&wire);
}

/* ---- octets that nobody wrote ---- */

static int is_zero(const BYTE *octets, size_t length) {
  size_t i;
  for (i = 0; i < length; i++) {
    if (octets[i] != 0) {
      return 0;
    }
  }
  return 1;
}

/* A caller reports a frame of which it wrote the header alone. */
static void what_was_there_before_is_not_shown(void) {
  static const ULONG sizes[] = {256, 4096, 65000, 200000};
  size_t i;
  for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
    ULONG size = sizes[i];
    ULONG length = (size < 65000 ? size : 65000) - 8;
    BYTE header[8] = {FIN | OP_BINARY, 0x80 | 126};
    struct step step;
    WEB_SOCKET_PROPERTY property = {
        WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &size, sizeof size};
    WEB_SOCKET_HANDLE h = open_with(SERVER, &property, 1);
    header[2] = (BYTE)(length >> 8);
    header[3] = (BYTE)length;
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
    step = get_action(h, RECEIVE_QUEUE, 1);
    EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
    memcpy(step.buffers[0].Data.pbBuffer, header, sizeof header);
    complete_with(h, &step, sizeof header + length);
    step = get_action(h, RECEIVE_QUEUE, 1);
    EXPECT(step, RECEIVE_COMPLETE, BINARY_MESSAGE, 1, NULL);
    CHECK_EQ(step.buffers[0].Data.ulBufferLength, length);
    CHECK(is_zero(step.buffers[0].Data.pbBuffer, length));
    WebSocketDeleteHandle(h);
  }
}

static size_t idle_octets(int role) {
  static WEB_SOCKET_HANDLE handles[HANDLES];
  size_t blocks = heap.live_blocks, octets = heap.live_octets, each;
  int i;
  for (i = 0; i < HANDLES; i++) {
    handles[i] = open_with(role, NULL, 0);
    make_idle(handles[i], role);
  }
  each = (heap.live_octets - octets + HANDLES - 1) / HANDLES;
  printf("%s, idle: %lu octets in %lu blocks\n", role_names[role],
         (unsigned long)each,
         (unsigned long)((heap.live_blocks - blocks) / HANDLES));
  for (i = 0; i < HANDLES; i++) {
    WebSocketDeleteHandle(handles[i]);
  }
  CHECK_EQ(heap.live_blocks, blocks);
  CHECK_EQ(heap.live_octets, octets);
  return each;
}

static void idle_connections_are_small(void) {
  CHECK(idle_octets(SERVER) <= 6 * 1024);
  /* A client has a send buffer of 4096 octets by default, and keys. */
  CHECK(idle_octets(CLIENT) <= 10 * 1024);
}

int main(void) {
  memset(large, 'x', sizeof large);
  check_that_counting_works();
  each_stage_allocates_what_it_needs();
  steady_state_allocates_nothing();
  a_lent_buffer_is_all_that_grows();
  own_buffers_are_allocated_once();
  idle_connections_are_small();
  what_was_there_before_is_not_shown();
  return 0;
}
