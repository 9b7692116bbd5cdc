/*
 * The calls as .NET's HttpListener WebSockets make them, on a server and on a
 * client: one array for everything, one slot for receives, two for sends.
 *
 * Rows of docs/compatibility.md: *lent-buffer-geometry*,
 * *unaligned-properties*, *pong-on-receive-queue*, *pongs-are-ping-pong*,
 * *receive-never-stalls*.
 */
#include "dotnet.h"

static struct dotnet_result result;

/* Sizes and places that the user may choose, and masking by the key 0. */
struct shape {
  int server;
  ULONG receive, send;
  size_t offset;
  BOOL no_masking;
};

static const struct shape shapes[] = {
    {1, 256, 16, 0, FALSE},     {1, 4096, 4096, 3, FALSE},
    {1, 257, 1000, 1, FALSE},   {1, 65536, 65536, 5, FALSE},
    {0, 256, 16, 1, FALSE},     {0, 4096, 4096, 0, FALSE},
    {0, 16384, 17, 7, FALSE},   {0, 256, 16, 3, TRUE},
    {0, 65536, 65536, 1, TRUE},
};

static struct dotnet open_shape(const struct shape *s) {
  return dotnet_open(s->server, s->receive, s->send, s->offset, s->no_masking);
}

/* The very first use in a process: which version is spoken? */
static void test_version_probe(void) {
  WEB_SOCKET_HTTP_HEADER initial[2];
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_client();
  initial[0] = header_of("Connection", "Upgrade");
  initial[1] = header_of("Upgrade", "websocket");
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, initial, 2,
                                         &set.at, &set.count),
           S_OK);
  EXPECT_HEADER(set, 2, "Sec-WebSocket-Version", "13");
  WebSocketDeleteHandle(h);
}

static void test_keepalive_interval(void) {
  ULONG interval = 0, size = sizeof interval;
  CHECK_EQ(WebSocketGetGlobalProperty(
               WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size),
           S_OK);
  CHECK_EQ(size, 4);
  CHECK(interval >= 15000);
}

/* ---- sends ---- */

static void test_sends(const struct shape *s) {
  static const size_t lengths[] = {0, 1, 11, 125, 126, 4000, 65535, 65536};
  static BYTE payload[65536];
  struct dotnet d = open_shape(s);
  size_t i;
  memset(payload, 'x', sizeof payload);
  for (i = 0; i < COUNT(lengths); i++) {
    struct frame frame;
    dotnet_send(&d, BINARY_MESSAGE, payload, lengths[i]);
    frame = only_frame(&d.wire);
    CHECK_EQ(frame.first, FIN | OP_BINARY);
    CHECK_EQ(frame.masked, !s->server);
    CHECK_OCTETS(frame.payload, frame.length, payload, lengths[i]);
    octets_free(&d.wire);
  }
  /* Keep-alive: a pong that nobody asked for, without a buffer. */
  dotnet_send_without_body(&d, UNSOLICITED_PONG);
  CHECK_EQ(only_frame(&d.wire).first, FIN | OP_PONG);
  dotnet_close(&d);
}

/* ---- receives ---- */

/* Frames of every length that matters; the room of the user is small. */
static void test_receives(const struct shape *s, size_t chunk) {
  size_t lengths[] = {0, 1, 125, 126, 256, 0, 0, 0, 0};
  static BYTE payload[1 << 18];
  struct dotnet d = open_shape(s);
  struct octets peer = {0};
  size_t i;
  lengths[5] = s->receive - 1;
  lengths[6] = s->receive;
  lengths[7] = s->receive + 1;
  lengths[8] = 3 * (size_t)s->receive;
  for (i = 0; i < sizeof payload; i++) {
    payload[i] = (BYTE)(i * 7);
  }
  for (i = 0; i < COUNT(lengths); i++) {
    append_frame(&peer, FIN | OP_BINARY, dotnet_mask(&d), payload, lengths[i]);
  }
  d.network = network_of(&peer, chunk);
  for (i = 0; i < COUNT(lengths); i++) {
    size_t got = 0;
    do {
      dotnet_receive(&d, 10, &result);
      CHECK_EQ(result.hr, S_OK);
      CHECK(result.length <= s->receive);
      CHECK_OCTETS(result.octets, result.length, payload + got, result.length);
      got += result.length;
      CHECK_EQ(result.type,
               got == lengths[i] ? BINARY_MESSAGE : BINARY_FRAGMENT);
    } while (result.type != BINARY_MESSAGE);
    CHECK_EQ(got, lengths[i]);
  }
  CHECK_EQ(d.network.taken, d.network.length);
  octets_free(&peer);
  dotnet_close(&d);
}

/* Pings are answered inside the receive; pongs are passed over. */
static void test_pings_and_pongs(const struct shape *s) {
  struct dotnet d = open_shape(s);
  struct octets peer = {0};
  struct frame frame;
  append_frame(&peer, FIN | OP_PONG, dotnet_mask(&d), NULL, 0);
  append_frame(&peer, FIN | OP_PING, dotnet_mask(&d), "ping", 4);
  append_frame(&peer, OP_TEXT, dotnet_mask(&d), "te", 2);
  append_frame(&peer, FIN | OP_PONG, dotnet_mask(&d), "what", 4);
  append_frame(&peer, FIN | OP_CONTINUATION, dotnet_mask(&d), "xt", 2);
  d.network = network_of(&peer, 5);
  dotnet_receive(&d, 100, &result);
  CHECK_EQ(result.type, UTF8_FRAGMENT);
  CHECK_OCTETS(result.octets, result.length, "te", 2);
  dotnet_receive(&d, 100, &result);
  CHECK_EQ(result.type, UTF8_MESSAGE);
  CHECK_OCTETS(result.octets, result.length, "xt", 2);
  frame = only_frame(&d.wire);
  CHECK_EQ(frame.first, FIN | OP_PONG);
  CHECK_OCTETS(frame.payload, frame.length, "ping", 4);
  octets_free(&peer);
  dotnet_close(&d);
}

/* ---- sends and receives at a time ---- */

/* A ping that comes alone; returns what the receive queue says then. */
static struct step receive_ping(struct dotnet *d, struct octets *peer) {
  struct step step;
  append_frame(peer, FIN | OP_PING, dotnet_mask(d), "ping", 4);
  d->network = network_of(peer, peer->length);
  CHECK_EQ(WebSocketReceive(d->h, NULL, NULL), S_OK);
  step = dotnet_get(d, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  d->network.read = step;
  finish_read(d->h, &d->network);
  return dotnet_get(d, RECEIVE_QUEUE, 1);
}

/* While a pong is out, a send waits and its thread asks again and again. */
static void test_send_waits_for_pong(const struct shape *s) {
  static const BYTE text[] = "text";
  struct dotnet d = open_shape(s);
  struct octets peer = {0};
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 4);
  struct step pong = receive_ping(&d, &peer), step;
  int i;
  EXPECT(pong, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  d.pinned = text;
  d.pinned_length = 4;
  CHECK_EQ(WebSocketSend(d.h, UTF8_MESSAGE, &buffer, NULL), S_OK);
  for (i = 0; i < 10; i++) {
    step = dotnet_get(&d, SEND_QUEUE, 2);
    EXPECT_NOTHING(step);
  }
  dotnet_write(&d, &pong);
  CHECK_EQ(only_frame(&d.wire).first, FIN | OP_PONG);
  octets_free(&d.wire);
  dotnet_run_send(&d);
  CHECK_EQ(only_frame(&d.wire).first, FIN | OP_TEXT);
  step = dotnet_get(&d, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  octets_free(&peer);
  dotnet_close(&d);
}

/*
 * While a send is out, a pong waits, but the receive does not: "no action"
 * before anything was indicated would be the end of it.
 */
static void test_pong_waits_for_send(const struct shape *s) {
  static const BYTE text[] = "text";
  struct dotnet d = open_shape(s);
  struct octets peer = {0}, more = {0};
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 4);
  struct step write, step;
  d.pinned = text;
  d.pinned_length = 4;
  CHECK_EQ(WebSocketSend(d.h, UTF8_MESSAGE, &buffer, NULL), S_OK);
  write = dotnet_get(&d, SEND_QUEUE, 2);
  CHECK_EQ(write.action, SEND_TO_NETWORK);
  step = receive_ping(&d, &peer);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  dotnet_write(&d, &write);
  dotnet_run_send(&d);
  octets_free(&d.wire);
  append_frame(&more, FIN | OP_TEXT, dotnet_mask(&d), "more", 4);
  d.network = network_of(&more, more.length);
  d.network.read = step;
  finish_read(d.h, &d.network);
  step = dotnet_get(&d, RECEIVE_QUEUE, 1);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  dotnet_write(&d, &step);
  CHECK_EQ(only_frame(&d.wire).first, FIN | OP_PONG);
  step = dotnet_get(&d, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, NULL);
  complete(d.h, &step);
  step = dotnet_get(&d, RECEIVE_QUEUE, 1);
  EXPECT_NOTHING(step);
  octets_free(&peer);
  octets_free(&more);
  dotnet_close(&d);
}

/* After an indication there is no action, though the next frame is there. */
static void test_one_indication_a_receive(const struct shape *s) {
  struct dotnet d = open_shape(s);
  struct octets peer = {0};
  struct step step;
  append_frame(&peer, FIN | OP_TEXT, dotnet_mask(&d), "one", 3);
  append_frame(&peer, FIN | OP_PING, dotnet_mask(&d), "ping", 4);
  append_frame(&peer, FIN | OP_TEXT, dotnet_mask(&d), "two", 3);
  d.network = network_of(&peer, peer.length);
  dotnet_receive(&d, 2, &result);
  CHECK_OCTETS(result.octets, result.length, "one", 3);
  CHECK_EQ(d.network.taken, d.network.length);
  CHECK_EQ(d.wire.length, 0);
  step = dotnet_get(&d, RECEIVE_QUEUE, 1);
  EXPECT_NOTHING(step);
  dotnet_receive(&d, 2, &result);
  CHECK_OCTETS(result.octets, result.length, "two", 3);
  CHECK_EQ(only_frame(&d.wire).first, FIN | OP_PONG);
  octets_free(&peer);
  dotnet_close(&d);
}

int main(void) {
  size_t i;
  test_version_probe();
  test_keepalive_interval();
  for (i = 0; i < COUNT(shapes); i++) {
    test_sends(&shapes[i]);
    test_receives(&shapes[i], 1 << 20);
    test_receives(&shapes[i], 1000);
    test_receives(&shapes[i], 61);
    test_pings_and_pongs(&shapes[i]);
    test_send_waits_for_pong(&shapes[i]);
    test_pong_waits_for_send(&shapes[i]);
    test_one_indication_a_receive(&shapes[i]);
  }
  return 0;
}
