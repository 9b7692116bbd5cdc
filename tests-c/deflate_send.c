/*
 * Compressed messages that are sent (RFC 7692 sections 6.1 and 7.2.1): which
 * octets go out, in which frames, and what a message may leave out.
 *
 * Rows of docs/compatibility.md: *deflate-send*, *deflate-frames*,
 * *deflate-uncompressed*, *deflate-cancel*, *deflate-payload*.
 */
#include "deflate.h"

#define SEND 16
/* Octets of a compressed frame's payload: a send buffer of this at least. */
#define FRAME 4096
#define LARGE 100000

static BYTE noise[LARGE];

/* A sender and the receiver at the other end. */
struct pair {
  WEB_SOCKET_HANDLE from, to;
  int server; /* the sender is one */
  struct octets wire;
};

static struct pair pair_with(int server, const WSPC_DEFLATE *value) {
  struct pair pair;
  memset(&pair, 0, sizeof pair);
  pair.server = server;
  pair.from = open_deflate(server, value, 256, SEND);
  pair.to = open_deflate(!server, value, 4096, SEND);
  return pair;
}

static void pair_free(struct pair *pair) {
  WebSocketDeleteHandle(pair->from);
  WebSocketDeleteHandle(pair->to);
  octets_free(&pair->wire);
}

static void sends(struct pair *pair, ULONG type, const void *octets,
                  size_t length) {
  WEB_SOCKET_BUFFER buffer = data_buffer(octets, length);
  static int context;
  CHECK_EQ(WebSocketSend(pair->from, type_of(type), &buffer, &context), S_OK);
  /* Indications have the type without our flag. */
  run_send(pair->from, 2, type_of(type & ~WSPC_UNCOMPRESSED), &context,
           &pair->wire);
}

/* The frames on the wire so far; then the wire is empty. */
#define EXPECT_FRAME(pair, first_octet, octets)                                \
  do {                                                                         \
    struct frame frame_ = only_frame(&(pair)->wire);                           \
    CHECK_EQ(frame_.first, first_octet);                                       \
    CHECK_EQ(frame_.masked, !(pair)->server);                                  \
    CHECK_OCTETS(frame_.payload, frame_.length, octets, sizeof(octets) - 1);   \
    (pair)->wire.length = 0;                                                   \
  } while (0)

/* The other end gets the message, in however many pieces. */
static void arrives(struct pair *pair, ULONG type, const void *octets,
                    size_t length) {
  struct network network = network_of(&pair->wire, 1000);
  struct octets got = {NULL, 0, 0};
  struct step step;
  do {
    CHECK_EQ(WebSocketReceive(pair->to, NULL, NULL), S_OK);
    step = pump(pair->to, RECEIVE_QUEUE, &network);
    CHECK_EQ(step.hr, S_OK);
    CHECK_EQ(step.action, RECEIVE_COMPLETE);
    append_buffers(&got, &step);
    complete(pair->to, &step);
  } while ((ULONG)step.type == (type | 1)); /* its FRAGMENT */
  CHECK_EQ((ULONG)step.type, type);
  CHECK_OCTETS(got.data, got.length, octets, length);
  octets_free(&got);
  if (network.taken == network.length) {
    pair->wire.length = 0;
  }
}

/* ---- octets ---- */

/* RFC 7692 section 7.2.3: "Hello", and again, which refers to the first. */
static void the_examples_of_the_rfc(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  int i;
  sends(&pair, UTF8_MESSAGE, "Hello", 5);
  CHECK_EQ(pair.wire.data[0], FIN | RSV1 | OP_TEXT);
  arrives(&pair, UTF8_MESSAGE, "Hello", 5);
  for (i = 0; i < 3; i++) {
    sends(&pair, BINARY_MESSAGE, "Hello", 5);
    CHECK_EQ(pair.wire.data[0], FIN | RSV1 | OP_BINARY);
    CHECK(pair.wire.length <= (server ? 2u : 6u) + 5);
    arrives(&pair, BINARY_MESSAGE, "Hello", 5);
    sends(&pair, UTF8_MESSAGE, "", 0);
    EXPECT_FRAME(&pair, FIN | RSV1 | OP_TEXT, "\x00");
  }
  pair_free(&pair);
}

static void the_first_message_is_as_the_rfc_has_it(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  sends(&pair, UTF8_MESSAGE, "Hello", 5);
  EXPECT_FRAME(&pair, FIN | RSV1 | OP_TEXT, "\xF2\x48\xCD\xC9\xC9\x07\x00");
  pair_free(&pair);
}

static void no_window_is_taken_over(int server) {
  WSPC_DEFLATE value = usual_deflate;
  struct pair pair;
  int i;
  value.ulFlags = server ? NO_SERVER_TAKEOVER : NO_CLIENT_TAKEOVER;
  pair = pair_with(server, &value);
  for (i = 0; i < 3; i++) {
    sends(&pair, UTF8_MESSAGE, "Hello", 5);
    EXPECT_FRAME(&pair, FIN | RSV1 | OP_TEXT, "\xF2\x48\xCD\xC9\xC9\x07\x00");
  }
  pair_free(&pair);
}

/* A window of 2^8 octets does not reach back to what is further away. */
static void the_window_is_no_larger_than_agreed(int server) {
  WSPC_DEFLATE value = usual_deflate;
  struct pair small, large = pair_with(server, &usual_deflate);
  value.ulClientWindowBits = value.ulServerWindowBits = 8;
  small = pair_with(server, &value);
  sends(&large, BINARY_MESSAGE, noise, 2000);
  large.wire.length = 0;
  sends(&large, BINARY_MESSAGE, noise, 1000);
  CHECK(large.wire.length < 100);
  sends(&small, BINARY_MESSAGE, noise, 2000);
  small.wire.length = 0;
  sends(&small, BINARY_MESSAGE, noise, 1000);
  CHECK(small.wire.length > 900);
  pair_free(&small);
  pair_free(&large);
}

/* ---- fragments and frames ---- */

static void each_send_is_at_its_peer_when_it_is_complete(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  sends(&pair, UTF8_FRAGMENT, "Hel", 3);
  CHECK_EQ(pair.wire.data[0], RSV1 | OP_TEXT);
  CHECK_EQ(pair.wire.data[1] & 0x7F, pair.wire.length - (server ? 2 : 6));
  {
    struct network network = network_of(&pair.wire, 100);
    EXPECT_RECEIVED(pair.to, &network, UTF8_FRAGMENT, "Hel", 3);
    CHECK_EQ(network.taken, network.length);
    pair.wire.length = 0;
  }
  pair_free(&pair);
}

static void a_message_in_fragments(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  size_t at = 0;
  struct frame frame;
  sends(&pair, UTF8_FRAGMENT, "Hel", 3);
  send_all(pair.from, 2, PING_PONG, NULL, &pair.wire);
  sends(&pair, UTF8_FRAGMENT, "", 0);
  sends(&pair, UTF8_MESSAGE, "lo", 2);
  frame = take_frame(&pair.wire, &at);
  CHECK_EQ(frame.first, RSV1 | OP_TEXT);
  frame = take_frame(&pair.wire, &at);
  CHECK_EQ(frame.first, FIN | OP_PING);
  frame = take_frame(&pair.wire, &at);
  CHECK_EQ(frame.first, OP_CONTINUATION);
  frame = take_frame(&pair.wire, &at);
  CHECK_EQ(frame.first, FIN | OP_CONTINUATION);
  CHECK_EQ(at, pair.wire.length);
  pair_free(&pair);
}

/* As many frames as it takes: none knows how long the rest will be. */
static void a_long_send_goes_in_frames(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  WEB_SOCKET_BUFFER buffer = data_buffer(noise, LARGE);
  struct step step;
  size_t frames = 0;
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, &pair), S_OK);
  while ((step = get_action(pair.from, SEND_QUEUE, 2)).action !=
         SEND_COMPLETE) {
    struct octets octets = {NULL, 0, 0};
    struct frame frame;
    EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, 1, &pair);
    append_buffers(&pair.wire, &step);
    append_buffers(&octets, &step);
    frame = only_frame(&octets); /* an action is a whole one */
    CHECK(frame.length <= FRAME);
    CHECK_EQ(frame.first & ~FIN,
             frames == 0 ? (RSV1 | OP_BINARY) : OP_CONTINUATION);
    frames++;
    octets_free(&octets);
    complete(pair.from, &step);
  }
  EXPECT(step, SEND_COMPLETE, BINARY_MESSAGE, 0, &pair);
  complete(pair.from, &step);
  CHECK(frames > LARGE / FRAME);
  arrives(&pair, BINARY_MESSAGE, noise, LARGE);
  pair_free(&pair);
}

/* Lengths around the room of a frame, one message after the other. */
static void every_length_comes_back(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  size_t length, i;
  for (length = 0; length < 300; length++) {
    sends(&pair, BINARY_MESSAGE, noise + length, length);
    arrives(&pair, BINARY_MESSAGE, noise + length, length);
  }
  for (i = 0; i < 600; i++) {
    length = FRAME - 300 + i;
    sends(&pair, BINARY_MESSAGE, noise + i * 97, length);
    arrives(&pair, BINARY_MESSAGE, noise + i * 97, length);
  }
  pair_free(&pair);
}

/* A pong goes between two frames of a long message. */
static void a_pong_goes_between_frames(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  struct octets ping = {NULL, 0, 0};
  struct network network;
  struct step step;
  WEB_SOCKET_BUFFER buffer = data_buffer(noise, LARGE);
  append_frame(&ping, FIN | OP_PING, peer_mask(server), "ping", 4);
  network = network_of(&ping, 100);
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, NULL), S_OK);
  CHECK_EQ(WebSocketReceive(pair.from, NULL, NULL), S_OK);
  step = get_action(pair.from, SEND_QUEUE, 2);
  append_buffers(&pair.wire, &step);
  complete(pair.from, &step);
  step = pump(pair.from, RECEIVE_QUEUE, &network);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  complete(pair.from, &step);
  run_send(pair.from, 2, BINARY_MESSAGE, NULL, &pair.wire);
  arrives(&pair, BINARY_MESSAGE, noise, LARGE);
  octets_free(&ping);
  pair_free(&pair);
}

/* ---- messages that go as they are ---- */

static void a_message_may_go_as_it_is(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  sends(&pair, UTF8_MESSAGE | WSPC_UNCOMPRESSED, "Hello", 5);
  EXPECT_FRAME(&pair, FIN | OP_TEXT, "Hello");
  sends(&pair, BINARY_FRAGMENT | WSPC_UNCOMPRESSED, "Hel", 3);
  EXPECT_FRAME(&pair, OP_BINARY, "Hel");
  /* The first send has decided. */
  sends(&pair, BINARY_MESSAGE, "lo", 2);
  EXPECT_FRAME(&pair, FIN | OP_CONTINUATION, "lo");
  sends(&pair, BINARY_FRAGMENT, "", 0);
  pair.wire.length = 0;
  sends(&pair, BINARY_MESSAGE | WSPC_UNCOMPRESSED, "Hello", 5);
  EXPECT_FRAME(&pair, FIN | OP_CONTINUATION, "\xF2\x48\xCD\xC9\xC9\x07\x00");
  pair_free(&pair);
}

static void the_flag_is_for_data_of_such_handles(int server) {
  static const ULONG wrong[] = {CLOSE, PING_PONG, UNSOLICITED_PONG, 0x204};
  WEB_SOCKET_BUFFER text = data_buffer("text", 4);
  WEB_SOCKET_HANDLE h = open_deflate(server, &usual_deflate, 256, SEND);
  size_t i;
  for (i = 0; i < COUNT(wrong); i++) {
    WEB_SOCKET_BUFFER_TYPE type = type_of(wrong[i] | WSPC_UNCOMPRESSED);
    CHECK_EQ(WebSocketSend(h, type, NULL, NULL), E_INVALIDARG);
    CHECK_EQ(WebSocketSend(h, type, &text, NULL), E_INVALIDARG);
  }
  WebSocketDeleteHandle(h);
  h = server ? server_with(NULL, 0) : client_with(NULL, 0);
  CHECK_EQ(
      WebSocketSend(h, type_of(UTF8_MESSAGE | WSPC_UNCOMPRESSED), &text, NULL),
      E_INVALIDARG);
  WebSocketDeleteHandle(h);
}

/* Where the peer declined, the flag changes nothing. */
static void nothing_is_compressed_where_nothing_was_agreed(void) {
  struct pair pair;
  memset(&pair, 0, sizeof pair);
  pair.from = create_deflate(0, &usual_deflate, 256, 4096);
  CHECK_EQ(answer_with(pair.from, NULL, ""), S_OK);
  sends(&pair, UTF8_MESSAGE, "Hello", 5);
  EXPECT_FRAME(&pair, FIN | OP_TEXT, "Hello");
  sends(&pair, UTF8_MESSAGE | WSPC_UNCOMPRESSED, "Hello", 5);
  EXPECT_FRAME(&pair, FIN | OP_TEXT, "Hello");
  pair_free(&pair);
}

/* ---- endings ---- */

/* Nobody knows what the peer has got, so that nothing refers to it. */
static void behind_a_cancelled_send_all_begins_anew(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  WEB_SOCKET_BUFFER buffer = data_buffer(noise, LARGE);
  struct step step;
  CHECK_EQ(WebSocketSend(pair.from, BINARY_FRAGMENT, &buffer, NULL), S_OK);
  step = get_action(pair.from, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, BINARY_FRAGMENT, 1, NULL);
  complete_with(pair.from, &step, 0);
  step = get_action(pair.from, SEND_QUEUE, 2);
  EXPECT(step, SEND_COMPLETE, BINARY_FRAGMENT, 0, NULL);
  complete(pair.from, &step);
  sends(&pair, BINARY_MESSAGE, "Hello", 5);
  EXPECT_FRAME(&pair, FIN | OP_CONTINUATION, "\xF2\x48\xCD\xC9\xC9\x07\x00");
  sends(&pair, BINARY_MESSAGE, noise, LARGE);
  arrives(&pair, BINARY_MESSAGE, noise, LARGE);
  pair_free(&pair);
}

/*
 * Given up behind a frame that went out: the peer waits in the middle of a
 * block. What is queued comes back, and messages can go as they are, once the
 * one that was begun is over.
 */
static void behind_half_a_send_nothing_is_compressed(int server) {
  struct pair pair = pair_with(server, &usual_deflate);
  WEB_SOCKET_BUFFER buffer = data_buffer(noise, LARGE);
  struct step step;
  static int first, second;
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, &first), S_OK);
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, &second), S_OK);
  step = get_action(pair.from, SEND_QUEUE, 2);
  complete(pair.from, &step);
  step = get_action(pair.from, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, 1, &first);
  complete_with(pair.from, &step, 0);
  EXPECT_SENT(pair.from, 2, BINARY_MESSAGE, &first);
  EXPECT_SENT(pair.from, 2, BINARY_MESSAGE, &second);
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, NULL),
           OPERATION_ERROR);
  sends(&pair, UTF8_MESSAGE | WSPC_UNCOMPRESSED, "Hello", 5);
  EXPECT_FRAME(&pair, FIN | OP_TEXT, "Hello");
  pair_free(&pair);
}

/* What is compressed has to be somewhere else than the result. */
static void a_payload_in_the_way_is_refused(void) {
  static BYTE memory[256 + SEND + 144 + WSPC_DEFLATE_BUFFER_SIZE(256, SEND)];
  ULONG receive = 256, send = SEND;
  PVOID address = memory;
  WEB_SOCKET_PROPERTY p[4];
  struct pair pair;
  WEB_SOCKET_BUFFER buffer;
  memset(&pair, 0, sizeof pair);
  size_properties(p, &receive, &send);
  p[2] = deflate_property(&usual_deflate);
  p[3] = property_of(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &address,
                     sizeof memory);
  CHECK_EQ(WebSocketCreateServerHandle(p, 4, &pair.from), S_OK);
  offer_to(pair.from, NAME, NAME);
  buffer = data_buffer(memory, sizeof memory);
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, NULL),
           E_INVALIDARG);
  buffer = data_buffer(memory, 100); /* the receive buffer is fine */
  CHECK_EQ(WebSocketSend(pair.from, BINARY_MESSAGE, &buffer, NULL), S_OK);
  run_send(pair.from, 2, BINARY_MESSAGE, NULL, &pair.wire);
  WebSocketDeleteHandle(pair.from);
  octets_free(&pair.wire);
}

static void make_noise(void) {
  unsigned long long state = 1;
  size_t i;
  for (i = 0; i < LARGE; i++) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    noise[i] = (BYTE)(state >> 56);
  }
}

int main(void) {
  int server;
  make_noise();
  for (server = 0; server < 2; server++) {
    the_first_message_is_as_the_rfc_has_it(server);
    the_examples_of_the_rfc(server);
    no_window_is_taken_over(server);
    the_window_is_no_larger_than_agreed(server);
    each_send_is_at_its_peer_when_it_is_complete(server);
    a_message_in_fragments(server);
    a_long_send_goes_in_frames(server);
    every_length_comes_back(server);
    a_pong_goes_between_frames(server);
    a_message_may_go_as_it_is(server);
    the_flag_is_for_data_of_such_handles(server);
    behind_a_cancelled_send_all_begins_anew(server);
    behind_half_a_send_nothing_is_compressed(server);
  }
  nothing_is_compressed_where_nothing_was_agreed();
  a_payload_in_the_way_is_refused();
  return 0;
}
