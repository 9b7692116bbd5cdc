/*
 * Close frames that the caller sends (RFC 6455 sections 5.5.1 and 7.4).
 *
 * Rows of docs/compatibility.md: *close-status-unchecked*,
 * *close-1005-is-empty*, *close-reason-length*, *data-after-close*,
 * *second-close*, *send-state-fixed*.
 */
#include "guarded.h"

static int app_context;

static const char long_reason[] =
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789 "
    "0123456789 0123456789 0123456789 0123456789 0123456789 0123456789";

/* The payload that a close frame has to have; status -1: none. */
static void check_close_frame(struct octets *wire, int masked, int status,
                              const void *reason, size_t length) {
  BYTE want[125];
  struct frame frame = only_frame(wire);
  want[0] = (BYTE)(status >> 8);
  want[1] = (BYTE)status;
  if (length != 0) {
    memcpy(want + 2, reason, length);
  }
  CHECK_EQ(frame.first, FIN | OP_CLOSE);
  CHECK_EQ(frame.masked, masked);
  CHECK_OCTETS(frame.payload, frame.length, want, status < 0 ? 0 : length + 2);
}

/* A close as the only send of a new handle of either side. */
static void check_close(WEB_SOCKET_BUFFER *buffer, int status,
                        const void *reason, size_t length) {
  ULONG slots;
  for (slots = 1; slots <= 3; slots++) {
    WEB_SOCKET_HANDLE server = server_with(NULL, 0);
    WEB_SOCKET_HANDLE client = client_with(NULL, 0);
    struct octets wire = {0};
    send_all(server, slots, CLOSE, buffer, &wire);
    check_close_frame(&wire, 0, status, reason, length);
    octets_free(&wire);
    send_all(client, slots, CLOSE, buffer, &wire);
    check_close_frame(&wire, 1, status, reason, length);
    octets_free(&wire);
    WebSocketDeleteHandle(server);
    WebSocketDeleteHandle(client);
  }
}

/* No status is refused, none is changed, except the one that says "none". */
static void test_statuses(void) {
  static const USHORT statuses[] = {0,    1,    255,  256,  999,  1000, 1001,
                                    1002, 1003, 1004, 1006, 1007, 1011, 1014,
                                    1015, 1016, 2999, 3000, 4999, 5000, 65535};
  WEB_SOCKET_BUFFER buffer;
  size_t i;
  for (i = 0; i < COUNT(statuses); i++) {
    buffer = close_buffer(statuses[i], NULL, 0);
    check_close(&buffer, statuses[i], NULL, 0);
    /* As .NET calls it: a pointer although there is no reason. */
    buffer = close_buffer(statuses[i], UNTOUCHED, 0);
    check_close(&buffer, statuses[i], NULL, 0);
    buffer = close_buffer(statuses[i], "why", 3);
    check_close(&buffer, statuses[i], "why", 3);
  }
}

static void test_no_status(void) {
  WEB_SOCKET_BUFFER buffer = close_buffer(1005, NULL, 0);
  check_close(NULL, -1, NULL, 0);
  check_close(&buffer, -1, NULL, 0);
  buffer = close_buffer(1005, UNTOUCHED, 0);
  check_close(&buffer, -1, NULL, 0);
  buffer = close_buffer(1005, "why", 3);
  check_close(&buffer, 1005, "why", 3);
}

static void test_reason_lengths(void) {
  static const ULONG lengths[] = {1, 2, 13, 122, 123};
  static const ULONG too_long[] = {124, 125, 126, 65536, 0xFFFFFFFF};
  WEB_SOCKET_HANDLE h = client_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer;
  struct octets wire = {0};
  size_t i;
  CHECK_EQ(WEB_SOCKET_MAX_CLOSE_REASON_LENGTH, 123);
  CHECK(sizeof long_reason > 124);
  for (i = 0; i < COUNT(lengths); i++) {
    buffer = close_buffer(1000, long_reason, lengths[i]);
    check_close(&buffer, 1000, long_reason, lengths[i]);
  }
  for (i = 0; i < COUNT(too_long); i++) {
    buffer = close_buffer(1000, long_reason, too_long[i]);
    CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, NULL), E_INVALIDARG);
    buffer = close_buffer(1005, long_reason, too_long[i]);
    CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, NULL), E_INVALIDARG);
  }
  buffer = close_buffer(1000, NULL, 1);
  CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, NULL), E_INVALIDARG);
  /* A refused close was none: data can still be sent. */
  buffer = data_buffer("data", 4);
  send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

/* A server puts the status behind the header and leaves the reason alone. */
static void test_reason_is_not_copied(void) {
  struct guarded reason = guarded_reserve(65536);
  static const BYTE want[] = {FIN | OP_CLOSE, 125, 1000 >> 8, 1000 & 0xFF};
  ULONG slots;
  for (slots = 1; slots <= 2; slots++) {
    WEB_SOCKET_HANDLE h = server_with(NULL, 0);
    WEB_SOCKET_BUFFER buffer = close_buffer(1000, reason.at, 123);
    struct step step;
    CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, &app_context), S_OK);
    memset(&buffer, 0xAA, sizeof buffer); /* the struct was copied */
    step = get_action(h, SEND_QUEUE, slots);
    EXPECT(step, SEND_TO_NETWORK, CLOSE, slots, &app_context);
    CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
                 step.buffers[0].Data.ulBufferLength, want, sizeof want);
    if (slots == 1) {
      complete(h, &step);
      step = get_action(h, SEND_QUEUE, 1);
      EXPECT(step, SEND_TO_NETWORK, CLOSE, 1, &app_context);
    }
    CHECK_PTR(step.buffers[slots - 1].Data.pbBuffer, reason.at);
    CHECK_EQ(step.buffers[slots - 1].Data.ulBufferLength, 123);
    complete(h, &step);
    EXPECT_SENT(h, 0, CLOSE, &app_context);
    WebSocketDeleteHandle(h);
  }
  guarded_free(&reason);
}

/* 131 octets through a send buffer of 16. */
static void test_masked_close_in_pieces(void) {
  static const size_t pieces[] = {16, 16, 16, 16, 16, 16, 16, 16, 3};
  struct guarded reason = guarded_new(123);
  WEB_SOCKET_HANDLE h = client_sized(256, 16);
  WEB_SOCKET_BUFFER buffer = close_buffer(4000, reason.at, 123);
  struct octets wire = {0};
  struct step step;
  size_t i;
  memcpy(reason.at, long_reason, 123);
  guarded_set(&reason, READ_ONLY);
  CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, &app_context), S_OK);
  for (i = 0; i < COUNT(pieces); i++) {
    step = get_action(h, SEND_QUEUE, 2);
    EXPECT(step, SEND_TO_NETWORK, CLOSE, 1, &app_context);
    CHECK_EQ(step_length(&step), pieces[i]);
    append_buffers(&wire, &step);
    if (i + 1 == COUNT(pieces)) {
      guarded_set(&reason, NO_ACCESS);
    }
    complete(h, &step);
  }
  EXPECT_SENT(h, 2, CLOSE, &app_context);
  CHECK_EQ(wire.length, 131);
  check_close_frame(&wire, 1, 4000, long_reason, 123);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
  guarded_free(&reason);
}

/* Without masking the mask bit is set, the key 0, the reason not copied. */
static void test_close_without_masking(void) {
  static const BYTE want[] = {FIN | OP_CLOSE, 0x80 | 125, 0, 0, 0, 0,
                              1000 >> 8,      1000 & 0xFF};
  struct guarded reason = guarded_reserve(65536);
  BOOL disabled = TRUE;
  WEB_SOCKET_PROPERTY p = property_of(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE,
                                      &disabled, sizeof disabled);
  WEB_SOCKET_HANDLE h = client_with(&p, 1);
  WEB_SOCKET_BUFFER buffer = close_buffer(1000, reason.at, 123);
  struct step step;
  CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, &app_context), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, CLOSE, 2, &app_context);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, want, sizeof want);
  CHECK_PTR(step.buffers[1].Data.pbBuffer, reason.at);
  CHECK_EQ(step.buffers[1].Data.ulBufferLength, 123);
  complete(h, &step);
  EXPECT_SENT(h, 2, CLOSE, &app_context);
  WebSocketDeleteHandle(h);
  guarded_free(&reason);
}

/* A close that is cut off in the middle: what follows still goes. */
static void test_cancelled_in_the_middle(void) {
  WEB_SOCKET_HANDLE h = client_sized(256, 16);
  WEB_SOCKET_BUFFER buffer = close_buffer(4000, long_reason, 123);
  struct octets wire = {0};
  struct step step;
  CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, &app_context), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  complete(h, &step);
  step = get_action(h, SEND_QUEUE, 2);
  complete_with(h, &step, 15);
  EXPECT_SENT(h, 2, CLOSE, &app_context);
  buffer = close_buffer(4001, NULL, 0);
  send_all(h, 2, CLOSE, &buffer, &wire);
  check_close_frame(&wire, 1, 4001, NULL, 0);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

/* ---- after a close ---- */

static void expect_only_control(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER data = data_buffer("data", 4);
  struct octets wire = {0};
  ULONG i;
  for (i = 0; i < 4; i++) {
    CHECK_EQ(WebSocketSend(h, type_of(0x80000000u + i), &data, NULL),
             OPERATION_ERROR);
  }
  send_all(h, 2, PING_PONG, NULL, &wire);
  CHECK_EQ(only_frame(&wire).first, FIN | OP_PING);
  octets_free(&wire);
  send_all(h, 2, UNSOLICITED_PONG, NULL, &wire);
  CHECK_EQ(only_frame(&wire).first, FIN | OP_PONG);
  octets_free(&wire);
}

static void check_after_close(WEB_SOCKET_HANDLE h, int masked) {
  WEB_SOCKET_BUFFER close = close_buffer(1000, "first", 5);
  struct octets wire = {0};
  send_all(h, 2, CLOSE, &close, &wire);
  check_close_frame(&wire, masked, 1000, "first", 5);
  octets_free(&wire);
  expect_only_control(h);
  close = close_buffer(1001, "second", 6);
  send_all(h, 2, CLOSE, &close, &wire);
  check_close_frame(&wire, masked, 1001, "second", 6);
  octets_free(&wire);
  expect_only_control(h);
  WebSocketDeleteHandle(h);
}

/* It counts from WebSocketSend on, and not even a cancel takes it back. */
static void test_close_counts_at_once(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER data = data_buffer("data", 4);
  struct octets wire = {0};
  struct step step;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &data, &data), S_OK);
  CHECK_EQ(WebSocketSend(h, CLOSE, NULL, &app_context), S_OK);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &data, NULL), OPERATION_ERROR);
  run_send(h, 2, UTF8_MESSAGE, &data, &wire);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, CLOSE, 1, &app_context);
  complete_with(h, &step, 0);
  EXPECT_SENT(h, 2, CLOSE, &app_context);
  expect_only_control(h);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

/* A message that was begun need not be ended before a close. */
static void test_close_inside_message(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER data = data_buffer("data", 4);
  struct octets wire = {0};
  send_all(h, 2, BINARY_FRAGMENT, &data, &wire);
  octets_free(&wire);
  send_all(h, 2, CLOSE, NULL, &wire);
  check_close_frame(&wire, 0, -1, NULL, 0);
  octets_free(&wire);
  expect_only_control(h);
  WebSocketDeleteHandle(h);
}

/* A close from the peer stops nobody from sending, until it is answered. */
static void test_data_after_received_close(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct octets peer = {0}, wire = {0};
  struct network network;
  struct step step;
  append_close(&peer, test_mask, 1000, "bye");
  network = network_of(&peer, peer.length);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT(step, RECEIVE_COMPLETE, CLOSE, 1, NULL);
  CHECK_EQ(step.buffers[0].CloseStatus.usStatus, 1000);
  send_all(h, 2, UTF8_FRAGMENT, &buffer, &wire);
  complete(h, &step);
  send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
  octets_free(&wire);
  buffer = close_buffer(1000, NULL, 0);
  send_all(h, 2, CLOSE, &buffer, &wire);
  check_close_frame(&wire, 0, 1000, NULL, 0);
  octets_free(&wire);
  expect_only_control(h);
  octets_free(&peer);
  WebSocketDeleteHandle(h);
}

int main(void) {
  test_statuses();
  test_no_status();
  test_reason_lengths();
  test_reason_is_not_copied();
  test_masked_close_in_pieces();
  test_close_without_masking();
  test_cancelled_in_the_middle();
  check_after_close(server_with(NULL, 0), 0);
  check_after_close(client_with(NULL, 0), 1);
  check_after_close(client_sized(256, 16), 1);
  test_close_counts_at_once();
  test_close_inside_message();
  test_data_after_received_close();
  return 0;
}
