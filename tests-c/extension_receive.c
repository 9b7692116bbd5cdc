/*
 * Frames of an extension that arrive: indicated with the first octet of their
 * header as type (RFC 6455 sections 5.2 and 9).
 *
 * Rows of docs/compatibility.md: *extension-only-if-selected*,
 * *extension-indications*, *extension-utf8*.
 */
#include "extension.h"

static WEB_SOCKET_HANDLE extension_handle(int server) {
  return server ? extension_server() : extension_client();
}

static void expect_error(WEB_SOCKET_HANDLE h, struct octets *peer, HRESULT hr) {
  struct network network = network_of(peer, peer->length);
  struct step step;
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT_ERROR(step, hr);
  octets_free(peer);
  WebSocketDeleteHandle(h);
}

static void expect_bad_frame(WEB_SOCKET_HANDLE h, int server, int first) {
  struct octets peer = {0};
  append_frame(&peer, first, peer_mask(server), "data", 4);
  expect_error(h, &peer, FORMAT_ERROR);
}

/* Reserved bits mean nothing where no extension was selected. */
static void test_without(void) {
  static const int opcodes[] = {OP_TEXT, OP_BINARY, OP_PING, OP_CLOSE};
  int rsv;
  size_t i;
  for (rsv = RSV3; rsv <= ANY_RSV; rsv += RSV3) {
    for (i = 0; i < COUNT(opcodes); i++) {
      expect_bad_frame(server_with(NULL, 0), 1, FIN | rsv | opcodes[i]);
      expect_bad_frame(client_with(NULL, 0), 0, FIN | rsv | opcodes[i]);
      expect_bad_frame(offered_server(), 1, FIN | rsv | opcodes[i]);
      expect_bad_frame(offered_client(), 0, FIN | rsv | opcodes[i]);
    }
  }
}

/* An extension changes data frames only. */
static void test_control_and_reserved(int server) {
  int rsv, opcode;
  for (rsv = RSV3; rsv <= ANY_RSV; rsv += RSV3) {
    for (opcode = OP_CLOSE; opcode <= OP_PONG; opcode++) {
      expect_bad_frame(extension_handle(server), server, FIN | rsv | opcode);
    }
  }
  for (opcode = 3; opcode < 16; opcode++) {
    if (opcode < OP_CLOSE || opcode > OP_PONG) {
      expect_bad_frame(extension_handle(server), server, FIN | opcode);
      expect_bad_frame(extension_handle(server), server, FIN | RSV1 | opcode);
    }
  }
}

/* What belongs together: a frame of the peer and its indication. */
struct arrival {
  int first;
  const char *payload;
  ULONG type;
};

#define EXTENDED(first) ((ULONG)(first) << 2)

static const struct arrival arrivals[] = {
    /* single frames, both kinds */
    {FIN | RSV1 | OP_TEXT, "data", EXTENDED(FIN | RSV1 | OP_TEXT)},
    {FIN | RSV2 | OP_BINARY, "data", EXTENDED(FIN | RSV2 | OP_BINARY)},
    {FIN | RSV3 | OP_TEXT, "", EXTENDED(FIN | RSV3 | OP_TEXT)},
    {FIN | ANY_RSV | OP_BINARY, "", EXTENDED(FIN | ANY_RSV | OP_BINARY)},
    /* what is not text is not checked, whichever bit says so */
    {FIN | RSV1 | OP_TEXT, "\xFF", EXTENDED(FIN | RSV1 | OP_TEXT)},
    {FIN | RSV2 | OP_TEXT, "\xC3", EXTENDED(FIN | RSV2 | OP_TEXT)},
    {FIN | RSV3 | OP_TEXT, "\xED\xA0\x80", EXTENDED(FIN | RSV3 | OP_TEXT)},
    /* continuations belong to it; a type of 0 is one */
    {RSV1 | OP_TEXT, "\xFF", EXTENDED(RSV1 | OP_TEXT)},
    {OP_CONTINUATION, "\xFE", 0},
    {OP_CONTINUATION, "", 0},
    {RSV2 | OP_CONTINUATION, "\xFD", EXTENDED(RSV2 | OP_CONTINUATION)},
    {FIN | OP_CONTINUATION, "\xFC", EXTENDED(FIN | OP_CONTINUATION)},
    {RSV1 | OP_BINARY, "data", EXTENDED(RSV1 | OP_BINARY)},
    {FIN | RSV1 | OP_CONTINUATION, "data",
     EXTENDED(FIN | RSV1 | OP_CONTINUATION)},
    /* ordinary messages stay what they are */
    {FIN | OP_TEXT, "text", 0x80000000},
    {OP_BINARY, "\xFF", 0x80000003},
    {FIN | OP_CONTINUATION, "\xFF", 0x80000002},
    {OP_TEXT, "\xC3", 0x80000001},
    {OP_CONTINUATION, "\xA9", 0x80000001},
    {FIN | OP_CONTINUATION, "", 0x80000000},
    /* a frame with a reserved bit shows it in every message */
    {OP_BINARY, "a", 0x80000003},
    {FIN | RSV1 | OP_CONTINUATION, "b", EXTENDED(FIN | RSV1 | OP_CONTINUATION)},
    {FIN | OP_PONG, "pong", 0x80000005},
    {FIN | RSV1 | OP_BINARY, "end", EXTENDED(FIN | RSV1 | OP_BINARY)},
};

static void check_arrivals(int server, size_t chunk) {
  WEB_SOCKET_HANDLE h = extension_handle(server);
  struct octets peer = {0};
  struct network network;
  size_t i;
  for (i = 0; i < COUNT(arrivals); i++) {
    append_frame(&peer, arrivals[i].first, peer_mask(server),
                 arrivals[i].payload, strlen(arrivals[i].payload));
  }
  network = network_of(&peer, chunk);
  for (i = 0; i < COUNT(arrivals); i++) {
    EXPECT_RECEIVED(h, &network, arrivals[i].type, arrivals[i].payload,
                    strlen(arrivals[i].payload));
  }
  CHECK_EQ(network.taken, network.length);
  octets_free(&peer);
  WebSocketDeleteHandle(h);
}

/*
 * A frame that is longer than the receive buffer: every piece has the type of
 * the frame, but only the last one has FIN.
 */
static void check_pieces(int server, int first) {
  enum { LENGTH = 1000 };
  ULONG receive = 256, send = 16;
  WEB_SOCKET_PROPERTY p[2];
  WEB_SOCKET_HANDLE h;
  BYTE payload[LENGTH];
  struct octets peer = {0}, got = {0};
  struct network network;
  struct step step;
  int pieces = 0;
  size_properties(p, &receive, &send);
  h = server ? extension_server_with(p, 2) : extension_client_with(p, 2);
  memset(payload, 0xFF, sizeof payload);
  append_frame(&peer, first, peer_mask(server), payload, LENGTH);
  network = network_of(&peer, peer.length);
  while (got.length < LENGTH) {
    int last;
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
    step = pump(h, RECEIVE_QUEUE, &network);
    CHECK_EQ(step.count, 1);
    append_buffers(&got, &step);
    last = got.length == LENGTH;
    EXPECT(step, RECEIVE_COMPLETE, extended(last ? first : first & ~FIN), 1,
           NULL);
    complete(h, &step);
    pieces++;
  }
  CHECK(pieces >= 4);
  CHECK_OCTETS(got.data, got.length, payload, LENGTH);
  octets_free(&got);
  octets_free(&peer);
  WebSocketDeleteHandle(h);
}

/* Pings inside such a message are answered as ever. */
static void check_ping_inside(int server) {
  WEB_SOCKET_HANDLE h = extension_handle(server);
  struct octets peer = {0}, wire = {0};
  struct network network;
  struct frame pong;
  struct step step;
  append_frame(&peer, RSV1 | OP_TEXT, peer_mask(server), "\xFF", 1);
  append_frame(&peer, FIN | OP_PING, peer_mask(server), "ping", 4);
  append_frame(&peer, FIN | OP_CONTINUATION, peer_mask(server), "\xFF", 1);
  network = network_of(&peer, peer.length);
  EXPECT_RECEIVED(h, &network, extended(RSV1 | OP_TEXT), "\xFF", 1);
  CHECK_EQ(WebSocketReceive(h, NULL, &peer), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  append_buffers(&wire, &step);
  complete(h, &step);
  pong = only_frame(&wire);
  CHECK_EQ(pong.first, FIN | OP_PONG);
  CHECK_EQ(pong.masked, !server);
  CHECK_OCTETS(pong.payload, pong.length, "ping", 4);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT(step, RECEIVE_COMPLETE, extended(FIN | OP_CONTINUATION), 1, &peer);
  complete(h, &step);
  octets_free(&wire);
  octets_free(&peer);
  WebSocketDeleteHandle(h);
}

/* Two frames of which the second is wrong. */
static void check_second_is_bad(int server, int first, int second,
                                const char *payload, HRESULT hr) {
  WEB_SOCKET_HANDLE h = extension_handle(server);
  struct octets peer = {0};
  struct network network;
  struct step step;
  append_frame(&peer, first, peer_mask(server), "x", 1);
  append_frame(&peer, second, peer_mask(server), payload, strlen(payload));
  network = network_of(&peer, peer.length);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  CHECK_EQ(step.action, RECEIVE_COMPLETE);
  complete(h, &step);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT_ERROR(step, hr);
  octets_free(&peer);
  WebSocketDeleteHandle(h);
}

static void check_errors(int server) {
  /* The order of frames is the same with an extension. */
  check_second_is_bad(server, RSV1 | OP_TEXT, FIN | OP_TEXT, "x",
                      OPERATION_ERROR);
  check_second_is_bad(server, RSV1 | OP_TEXT, FIN | RSV1 | OP_BINARY, "x",
                      OPERATION_ERROR);
  check_second_is_bad(server, FIN | RSV1 | OP_TEXT, FIN | OP_CONTINUATION, "x",
                      OPERATION_ERROR);
  check_second_is_bad(server, FIN | RSV1 | OP_TEXT, RSV1 | OP_CONTINUATION, "x",
                      OPERATION_ERROR);
  /* Text without a reserved bit is text. */
  check_second_is_bad(server, FIN | RSV1 | OP_TEXT, FIN | OP_TEXT, "\xFF",
                      FORMAT_ERROR);
  check_second_is_bad(server, OP_TEXT, FIN | OP_CONTINUATION, "\xFF",
                      FORMAT_ERROR);
}

int main(void) {
  int server;
  test_without();
  for (server = 0; server < 2; server++) {
    test_control_and_reserved(server);
    check_arrivals(server, 4096);
    check_arrivals(server, 1);
    check_arrivals(server, 7);
    check_pieces(server, FIN | RSV1 | OP_TEXT);
    check_pieces(server, FIN | RSV2 | OP_BINARY);
    check_pieces(server, RSV3 | OP_TEXT);
    check_ping_inside(server);
    check_errors(server);
  }
  return 0;
}
