/*
 * The calls as Marlin makes them: it takes only the header of a frame from the
 * library and puts the payload behind it itself, completes everything with
 * whatever count it has left, and asks for large reads.
 *
 * Rows of docs/compatibility.md: *keepalive-not-settable*,
 * *complete-anything*, *large-reads*, *masking-disabled*.
 */
#include "handshake.h"

/* The properties of its server; sizes as it sets them. */
static WEB_SOCKET_HANDLE open_server(void) {
  ULONG receive = 16384, send = 5120;
  BOOL no_masking = TRUE, no_checks = TRUE;
  WEB_SOCKET_PROPERTY p[4];
  WEB_SOCKET_HANDLE h = NULL;
  struct lines request = {0};
  struct header_set set;
  size_properties(p, &receive, &send);
  p[2] = property_of(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, &no_masking,
                     sizeof no_masking);
  p[3] = property_of(WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE,
                     &no_checks, sizeof no_checks);
  CHECK_EQ(WebSocketCreateServerHandle(p, 4, &h), S_OK);
  request_with(&request, NULL);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), S_OK);
  /* It looks for this name, spelled like this. */
  CHECK_PTR(find_header(set.at, set.count, "Sec-WebSocket-Accept"), &set.at[2]);
  free_lines(&request);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  return h;
}

/* It tried to set the keep-alive interval and had to give that up. */
static void test_keepalive_is_refused(void) {
  ULONG interval = 30000;
  WEB_SOCKET_PROPERTY p = property_of(
      WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, sizeof interval);
  WEB_SOCKET_HANDLE h = NULL;
  CHECK(FAILED(WebSocketCreateServerHandle(&p, 1, &h)));
  CHECK(h == NULL);
}

/*
 * Its encoder: the loop ends with "no action", which is completed too, with
 * the length of the header as count of each. Returns the header in `out`.
 */
static ULONG encode(WEB_SOCKET_HANDLE h, WEB_SOCKET_BUFFER_TYPE type,
                    WEB_SOCKET_BUFFER *buffer, BYTE *out) {
  static const WEB_SOCKET_ACTION order[] = {SEND_TO_NETWORK, SEND_COMPLETE,
                                            NO_ACTION};
  WEB_SOCKET_BUFFER slots[2];
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE got;
  ULONG count, transferred = 0;
  PVOID id = NULL;
  int turn = 0;
  memset(slots, 0, sizeof slots);
  CHECK_EQ(WebSocketSend(h, type, buffer, NULL), S_OK);
  do {
    count = 2;
    CHECK_EQ(WebSocketGetAction(h, SEND_QUEUE, slots, &count, &action, &got,
                                NULL, &id),
             S_OK);
    CHECK(turn < 3);
    CHECK_EQ(action, order[turn]);
    if (action == SEND_TO_NETWORK) {
      transferred = slots[0].Data.ulBufferLength;
      CHECK(transferred <= 14);
      memcpy(out, slots[0].Data.pbBuffer, transferred);
    }
    turn++;
    WebSocketCompleteAction(h, id, transferred);
  } while (action != NO_ACTION);
  return transferred;
}

/* Its encoder and the payload behind it: together they are the frame. */
static void check_send(WEB_SOCKET_HANDLE h, WEB_SOCKET_BUFFER_TYPE type,
                       int first, size_t length) {
  static BYTE payload[5120];
  WEB_SOCKET_BUFFER buffer = data_buffer(payload, length);
  BYTE header[14];
  struct octets wire = {0};
  struct frame frame;
  memset(payload, 'x', length);
  octets_append(&wire, header, encode(h, type, &buffer, header));
  memcpy(wire.data, header, wire.length);
  octets_append(&wire, payload, length);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, first);
  CHECK(!frame.masked);
  CHECK_OCTETS(frame.payload, frame.length, payload, length);
  octets_free(&wire);
}

static void test_sends(WEB_SOCKET_HANDLE h) {
  static const size_t lengths[] = {1, 12, 125, 126, 1000, 5120};
  size_t i;
  int round;
  for (round = 0; round < 20; round++) {
    for (i = 0; i < COUNT(lengths); i++) {
      check_send(h, UTF8_MESSAGE, FIN | OP_TEXT, lengths[i]);
      check_send(h, BINARY_FRAGMENT, OP_BINARY, lengths[i]);
      check_send(h, BINARY_FRAGMENT, OP_CONTINUATION, lengths[i]);
      check_send(h, BINARY_MESSAGE, FIN | OP_CONTINUATION, lengths[i]);
    }
  }
}

/* Status and header come from the library, the reason from Marlin. */
static void test_close(WEB_SOCKET_HANDLE h) {
  static const BYTE want[] = {FIN | OP_CLOSE, 9, 1001 >> 8, 1001 & 0xFF};
  WEB_SOCKET_BUFFER buffer = close_buffer(1001, "leaving", 7);
  BYTE header[14];
  ULONG length = encode(h, CLOSE, &buffer, header);
  CHECK_OCTETS(header, length, want, sizeof want);
}

/*
 * Its reader. Reads of six octets and less would be taken for keep-alives of
 * TCP, so the library must ask for more at once. The read is completed and
 * the loop goes on until "no action", which has no buffers.
 */
static void read_message(WEB_SOCKET_HANDLE h, struct octets *peer,
                         struct octets *received) {
  WEB_SOCKET_BUFFER slots[2];
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  ULONG count;
  PVOID id = NULL;
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  for (;;) {
    ULONG processed = 0;
    count = 2;
    CHECK_EQ(WebSocketGetAction(h, RECEIVE_QUEUE, slots, &count, &action, &type,
                                NULL, &id),
             S_OK);
    if (count == 0) {
      CHECK_EQ(action, NO_ACTION);
      return;
    }
    CHECK_EQ(count, 1);
    if (action == RECEIVE_FROM_NETWORK) {
      CHECK(slots[0].Data.ulBufferLength > 6);
      CHECK(peer->length > 0);
      CHECK(slots[0].Data.ulBufferLength >= peer->length);
      memcpy(slots[0].Data.pbBuffer, peer->data, peer->length);
      processed = (ULONG)peer->length;
      peer->length = 0;
    } else {
      CHECK_EQ(action, RECEIVE_COMPLETE);
      octets_append(received, slots[0].Data.pbBuffer,
                    slots[0].Data.ulBufferLength);
      processed = slots[0].Data.ulBufferLength;
    }
    WebSocketCompleteAction(h, id, processed);
  }
}

/* With masking "disabled" a server takes frames of either kind. */
static void test_receives(WEB_SOCKET_HANDLE h) {
  static const char *const texts[] = {"first", "second\xFF", "third", ""};
  struct octets peer = {0};
  size_t i;
  for (i = 0; i < COUNT(texts); i++) {
    append_frame(&peer, FIN | OP_TEXT, i % 2 == 0 ? test_mask : NULL, texts[i],
                 strlen(texts[i]));
  }
  /* One read brings all of them; the others are left in the library. */
  for (i = 0; i < COUNT(texts); i++) {
    struct octets received = {0};
    read_message(h, &peer, &received);
    CHECK_EQ(peer.length, 0);
    CHECK_OCTETS(received.data, received.length, texts[i], strlen(texts[i]));
    octets_free(&received);
  }
  octets_free(&peer);
}

int main(void) {
  WEB_SOCKET_HANDLE h;
  test_keepalive_is_refused();
  h = open_server();
  test_sends(h);
  test_receives(h);
  test_close(h);
  WebSocketDeleteHandle(h);
  WebSocketAbortHandle(NULL);
  WebSocketDeleteHandle(NULL);
  return 0;
}
