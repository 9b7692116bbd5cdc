/*
 * ALLOCATED_BUFFER: the value is the address of the buffer, the size is that
 * of the buffer, 144 octets of it are overhead. Everything that is handed out
 * lies inside, and nothing outside is written to, wherever the buffer stands.
 *
 * Rows of docs/compatibility.md: *lent-buffer-indirect*,
 * *lent-buffer-geometry*, *unaligned-properties*, *clean-buffer*.
 */
#include "session.h"

#define LENT_BUFFER WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE
#define OVERHEAD 144
#define GUARD 64
#define RUBBISH 0xA5

enum role { CLIENT, SERVER, ROLES };

static HRESULT create(int role, WEB_SOCKET_PROPERTY *properties, ULONG count,
                      WEB_SOCKET_HANDLE *h) {
  return role == CLIENT ? WebSocketCreateClientHandle(properties, count, h)
                        : WebSocketCreateServerHandle(properties, count, h);
}

/* ---- what is accepted ---- */

static void check_lend(int role, WEB_SOCKET_PROPERTY *p, ULONG count,
                       HRESULT want) {
  WEB_SOCKET_HANDLE h = (WEB_SOCKET_HANDLE)(void *)UNTOUCHED;
  CHECK_EQ(create(role, p, count, &h), want);
  if (want == S_OK) {
    WebSocketDeleteHandle(h);
  } else {
    CHECK_PTR(h, NULL);
  }
}

/* The sizes, then the buffer, as .NET lends it; and the other way round. */
static void check_sizes(int role, ULONG receive, ULONG send, ULONG size,
                        HRESULT want) {
  BYTE *buffer = (BYTE *)malloc(size);
  PVOID address = buffer;
  WEB_SOCKET_PROPERTY p[3];
  CHECK(buffer != NULL);
  size_properties(p, &receive, &send);
  p[2] = property_of(LENT_BUFFER, &address, size);
  check_lend(role, p, 3, want);
  p[2] = p[0];
  p[0] = property_of(LENT_BUFFER, &address, size);
  check_lend(role, p, 3, want);
  free(buffer);
}

static void overhead_is_144_octets(void) {
  static const ULONG sizes[][2] = {
      {256, 16}, {256, 256}, {4096, 16}, {257, 17}, {65536, 65536}};
  size_t i;
  int role;
  for (i = 0; i < COUNT(sizes); i++) {
    for (role = 0; role < ROLES; role++) {
      ULONG receive = sizes[i][0], send = sizes[i][1];
      ULONG size = receive + send + OVERHEAD;
      check_sizes(role, receive, send, size, S_OK);
      check_sizes(role, receive, send, size + 1, S_OK);
      check_sizes(role, receive, send, size + 112, S_OK); /* 256 in the docs */
      check_sizes(role, receive, send, size - 1, E_INVALIDARG);
      check_sizes(role, receive, send, receive + send, E_INVALIDARG);
      check_sizes(role, receive, send, sizeof(PVOID), E_INVALIDARG);
    }
  }
}

/* Without sizes the defaults count, which differ for client and server. */
static void default_sizes_count(void) {
  static BYTE buffer[4096 + 4096 + OVERHEAD];
  static const ULONG send[ROLES] = {4096, 16};
  PVOID address = buffer;
  int role;
  for (role = 0; role < ROLES; role++) {
    ULONG size = 4096 + send[role] + OVERHEAD;
    WEB_SOCKET_PROPERTY p = property_of(LENT_BUFFER, &address, size);
    check_lend(role, &p, 1, S_OK);
    p.ulValueSize = size - 1;
    check_lend(role, &p, 1, E_INVALIDARG);
    p.ulValueSize = 0;
    check_lend(role, &p, 1, E_INVALIDARG);
  }
}

/* Sizes whose sum does not fit 32 bits are not taken for small ones. */
static void sums_do_not_wrap(void) {
  static BYTE buffer[4096 + OVERHEAD];
  PVOID address = buffer;
  ULONG receive = 0xFFFFFFFFu, send = 4097;
  WEB_SOCKET_PROPERTY p[3];
  int role;
  size_properties(p, &receive, &send);
  p[2] = property_of(LENT_BUFFER, &address, sizeof buffer);
  for (role = 0; role < ROLES; role++) {
    check_lend(role, p, 3, E_INVALIDARG);
    p[2].ulValueSize = 0xFFFFFFFFu;
    check_lend(role, p, 3, E_INVALIDARG);
    p[2].ulValueSize = sizeof buffer;
  }
}

static void a_buffer_must_be_somewhere(void) {
  PVOID nowhere = NULL;
  WEB_SOCKET_PROPERTY p = property_of(LENT_BUFFER, &nowhere, 65536);
  check_lend(CLIENT, &p, 1, E_INVALIDARG);
  check_lend(SERVER, &p, 1, E_INVALIDARG);
  p.pvValue = NULL;
  check_lend(CLIENT, &p, 1, E_INVALIDARG);
  check_lend(SERVER, &p, 1, E_INVALIDARG);
}

/* Nor is a buffer taken under another name. */
static void other_types_take_no_buffer(void) {
  static BYTE buffer[4096 + 4096 + OVERHEAD];
  static const ULONG types[] = {0, 1, 2, 4, 5, 6, 7, 0x80000003, 0xFFFFFFFF};
  PVOID address = buffer;
  size_t i;
  for (i = 0; i < COUNT(types); i++) {
    WEB_SOCKET_PROPERTY p = property_of((WEB_SOCKET_PROPERTY_TYPE)types[i],
                                        &address, sizeof buffer);
    check_lend(CLIENT, &p, 1, E_INVALIDARG);
    check_lend(SERVER, &p, 1, E_INVALIDARG);
  }
}

/* ---- a whole exchange inside the buffer ---- */

struct lent {
  int role;
  BYTE *memory; /* guard, buffer, guard */
  BYTE *start;
  size_t receive, send, size;
  WEB_SOCKET_HANDLE h;
};

/* As .NET lays it out: buffer and cells in one array, at any offset. */
static struct lent lend(int role, ULONG receive, ULONG send, size_t shift,
                        size_t cell_shift) {
  struct lent lent;
  BYTE cells[64];
  BYTE *r = cells + cell_shift, *s = r + 4, *a = s + 4;
  WEB_SOCKET_PROPERTY p[3];
  lent.role = role;
  lent.receive = receive;
  lent.send = send;
  lent.size = (size_t)receive + send + OVERHEAD;
  lent.memory = (BYTE *)malloc(lent.size + 2 * GUARD + 16);
  CHECK(lent.memory != NULL);
  memset(lent.memory, RUBBISH, lent.size + 2 * GUARD + 16);
  lent.start = lent.memory + GUARD + shift;
  memcpy(r, &receive, 4);
  memcpy(s, &send, 4);
  memcpy(a, &lent.start, sizeof lent.start);
  size_properties(p, (ULONG *)(void *)r, (ULONG *)(void *)s);
  p[2] = property_of(LENT_BUFFER, a, lent.size);
  lent.h = NULL;
  CHECK_EQ(create(role, p, 3, &lent.h), S_OK);
  memset(cells, 0, sizeof cells); /* the values were copied */
  if (role == CLIENT) {
    connect_client(lent.h);
  } else {
    connect_server(lent.h);
  }
  return lent;
}

static void check_guards(const struct lent *lent) {
  const BYTE *end = lent->memory + lent->size + 2 * GUARD + 16, *p;
  for (p = lent->memory; p < lent->start; p++) {
    CHECK_EQ(*p, RUBBISH);
  }
  for (p = lent->start + lent->size; p < end; p++) {
    CHECK_EQ(*p, RUBBISH);
  }
}

/* Deleting gives the memory back as it is: it is the caller's to free. */
static void give_back(struct lent *lent) {
  check_guards(lent);
  WebSocketDeleteHandle(lent->h);
  check_guards(lent);
  memset(lent->memory, 0, lent->size + 2 * GUARD + 16);
  free(lent->memory);
}

static int is_inside(const BYTE *at, size_t length, const BYTE *start,
                     size_t size) {
  return at >= start && at <= start + size &&
         length <= (size_t)(start + size - at);
}

/* What .NET checks of every buffer, and throws where it does not hold. */
static void check_inside(const struct lent *lent, const struct step *step,
                         const WEB_SOCKET_BUFFER *payload) {
  size_t most = lent->receive > lent->send ? lent->receive : lent->send;
  ULONG i;
  for (i = 0; i < step->count; i++) {
    const BYTE *at = step->buffers[i].Data.pbBuffer;
    size_t length = step->buffers[i].Data.ulBufferLength;
    if (payload != NULL && is_inside(at, length, payload->Data.pbBuffer,
                                     payload->Data.ulBufferLength)) {
      continue; /* the caller's own octets */
    }
    if (at == NULL && step->type == CLOSE) {
      CHECK_EQ(length, 0); /* no reason */
      continue;
    }
    CHECK(is_inside(at, length, lent->start, lent->size));
    CHECK(length <= most);
    if (step->action == RECEIVE_COMPLETE ||
        step->action == RECEIVE_FROM_NETWORK) {
      CHECK(length <= lent->receive);
    }
  }
  check_guards(lent);
}

static void send_inside(const struct lent *lent, ULONG slots,
                        WEB_SOCKET_BUFFER_TYPE type,
                        WEB_SOCKET_BUFFER *payload) {
  struct octets wire = {NULL, 0, 0};
  struct frame frame;
  struct step step;
  CHECK_EQ(WebSocketSend(lent->h, type, payload, NULL), S_OK);
  for (;;) {
    step = get_action(lent->h, SEND_QUEUE, slots);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == SEND_COMPLETE) {
      break;
    }
    EXPECT(step, SEND_TO_NETWORK, type, step.count, NULL);
    check_inside(lent, &step, payload);
    append_buffers(&wire, &step);
    complete(lent->h, &step);
  }
  complete(lent->h, &step);
  frame = only_frame(&wire);
  CHECK_EQ(frame.masked, lent->role == CLIENT);
  if (payload != NULL && type != CLOSE) {
    CHECK_OCTETS(frame.payload, frame.length, payload->Data.pbBuffer,
                 payload->Data.ulBufferLength);
  }
  octets_free(&wire);
}

/* Headers of every length, pieces, frames without payload, control frames. */
static void send_everything(const struct lent *lent, ULONG slots) {
  static const size_t lengths[] = {0, 1, 2, 15, 125, 126, 4000, 65535, 65536};
  BYTE *octets = (BYTE *)calloc(65536, 1);
  WEB_SOCKET_BUFFER buffer;
  char reason[WEB_SOCKET_MAX_CLOSE_REASON_LENGTH];
  size_t i;
  CHECK(octets != NULL);
  memset(reason, 'r', sizeof reason);
  for (i = 0; i < COUNT(lengths); i++) {
    buffer = data_buffer(octets, lengths[i]);
    send_inside(lent, slots, BINARY_FRAGMENT, &buffer);
    send_inside(lent, slots, BINARY_MESSAGE, &buffer);
    send_inside(lent, slots, UTF8_MESSAGE, &buffer);
  }
  send_inside(lent, slots, PING_PONG, NULL);
  send_inside(lent, slots, UNSOLICITED_PONG, NULL);
  send_inside(lent, slots, CLOSE, NULL);
  buffer = close_buffer(1000, NULL, 0);
  send_inside(lent, slots, CLOSE, &buffer);
  buffer = close_buffer(1000, reason, sizeof reason);
  send_inside(lent, slots, CLOSE, &buffer);
  free(octets);
}

/* What a peer sends: every kind of frame, the longest of each. */
static void append_everything(const struct lent *lent, struct octets *wire) {
  const BYTE *mask = lent->role == SERVER ? test_mask : NULL;
  size_t long_frame = 3 * lent->receive + 5;
  char *octets = (char *)malloc(long_frame);
  char reason[124];
  CHECK(octets != NULL);
  memset(octets, 'x', long_frame);
  memset(reason, 'r', 123);
  reason[123] = '\0';
  append_frame(wire, FIN | OP_TEXT, mask, octets, 5);
  append_frame(wire, FIN | OP_PING, mask, octets, 125);
  append_frame(wire, FIN | OP_TEXT, mask, octets, lent->receive);
  append_frame(wire, FIN | OP_PONG, mask, octets, 125);
  append_frame(wire, FIN | OP_BINARY, mask, octets, lent->receive + 1);
  append_frame(wire, FIN | OP_TEXT, mask, NULL, 0);
  append_frame(wire, FIN | OP_PING, mask, NULL, 0);
  append_frame(wire, OP_BINARY, mask, octets, long_frame);
  append_frame(wire, FIN | OP_PING, mask, octets, 125);
  append_frame(wire, FIN | OP_CONTINUATION, mask, octets, 126);
  append_close(wire, mask, 1000, reason);
  free(octets);
}

/* Fills what was offered to the last octet that there is. */
static void serve_read(const struct lent *lent, const struct step *step,
                       struct network *network) {
  size_t length = step->buffers[0].Data.ulBufferLength;
  size_t left = network->length - network->taken;
  length = length < left ? length : left;
  length = length < network->chunk ? length : network->chunk;
  CHECK(length > 0);
  memcpy(step->buffers[0].Data.pbBuffer, network->data + network->taken,
         length);
  network->taken += length;
  complete_with(lent->h, step, length);
}

/* Receives until the close; counts pongs that went out and data octets. */
static void receive_everything(const struct lent *lent, size_t chunk) {
  struct octets wire = {NULL, 0, 0};
  struct network network;
  size_t pongs = 0, data = 0;
  int closed = 0;
  append_everything(lent, &wire);
  network = network_of(&wire, chunk);
  CHECK_EQ(WebSocketReceive(lent->h, NULL, NULL), S_OK);
  while (!closed) {
    struct step step = get_action(lent->h, ALL_QUEUES, 2);
    CHECK_EQ(step.hr, S_OK);
    check_inside(lent, &step, NULL);
    if (step.action == RECEIVE_FROM_NETWORK) {
      serve_read(lent, &step, &network);
      continue;
    }
    if (step.action == SEND_TO_NETWORK) {
      pongs++;
      complete(lent->h, &step);
      continue;
    }
    EXPECT(step, RECEIVE_COMPLETE, step.type, 1, NULL);
    closed = step.type == CLOSE;
    data +=
        step.type == CLOSE || step.type == PING_PONG ? 0 : step_length(&step);
    complete(lent->h, &step);
    if (!closed) {
      CHECK_EQ(WebSocketReceive(lent->h, NULL, NULL), S_OK);
    }
  }
  CHECK(pongs >= 1 && pongs <= 3);
  CHECK_EQ(data, 5 + 2 * lent->receive + 1 + 3 * lent->receive + 5 + 126);
  check_guards(lent);
  octets_free(&wire);
}

static void exchange(int role, ULONG receive, ULONG send, size_t shift,
                     size_t cell_shift) {
  static const size_t chunks[] = {1, 7, 141, 1u << 20};
  struct lent lent = lend(role, receive, send, shift, cell_shift);
  receive_everything(&lent, chunks[(shift + cell_shift) % COUNT(chunks)]);
  send_everything(&lent, 1 + (ULONG)(shift % 2));
  give_back(&lent);
}

static void everything_stays_inside(void) {
  static const ULONG sizes[][2] = {
      {256, 16}, {256, 256}, {300, 17}, {4096, 4096}};
  size_t shift, cell;
  int role;
  for (role = 0; role < ROLES; role++) {
    for (shift = 0; shift <= 8; shift++) {
      for (cell = 0; cell <= 8; cell++) {
        const ULONG *size = sizes[(shift + 2 * cell) % COUNT(sizes)];
        exchange(role, size[0], size[1], shift, cell);
      }
    }
  }
}

/* What it holds otherwise is the caller's until something is put there. */
static void the_front_alone_is_zeroed(void) {
  int role;
  for (role = 0; role < ROLES; role++) {
    struct lent lent = lend(role, 256, 256, 1, 0);
    size_t i;
    for (i = 0; i < lent.size; i++) {
      CHECK_EQ(lent.start[i], i < 64 ? 0 : RUBBISH);
    }
    give_back(&lent);
  }
}

/* Of two buffers the last one is used, and the first not touched. */
static void the_last_buffer_counts(void) {
  BYTE first[256 + 16 + OVERHEAD], last[256 + 16 + OVERHEAD];
  PVOID addresses[2];
  ULONG receive = 256, send = 16;
  int role;
  size_t i;
  addresses[0] = first;
  addresses[1] = last;
  for (role = 0; role < ROLES; role++) {
    WEB_SOCKET_PROPERTY p[4];
    WEB_SOCKET_HANDLE h;
    struct step step;
    size_properties(p, &receive, &send);
    p[2] = property_of(LENT_BUFFER, &addresses[0], sizeof first);
    p[3] = property_of(LENT_BUFFER, &addresses[1], sizeof last);
    memset(first, RUBBISH, sizeof first);
    h = role == CLIENT ? client_with(p, 4) : server_with(p, 4);
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
    step = get_action(h, RECEIVE_QUEUE, 1);
    EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
    CHECK(is_inside(step.buffers[0].Data.pbBuffer, 256, last, sizeof last));
    WebSocketDeleteHandle(h);
    for (i = 0; i < sizeof first; i++) {
      CHECK_EQ(first[i], RUBBISH);
    }
  }
}

int main(void) {
  overhead_is_144_octets();
  default_sizes_count();
  sums_do_not_wrap();
  a_buffer_must_be_somewhere();
  other_types_take_no_buffer();
  the_front_alone_is_zeroed();
  the_last_buffer_counts();
  everything_stays_inside();
  return 0;
}
