/*
 * Frames of an extension that are sent: the caller writes the first octet of
 * the header itself (RFC 6455 sections 5.2 and 9).
 *
 * Rows of docs/compatibility.md: *extension-only-if-selected*,
 * *extension-layout*, *extension-opcodes*, *extension-after-close*.
 */
#include "extension.h"

static int app_context;

static HRESULT try_send(WEB_SOCKET_HANDLE h, WEB_SOCKET_BUFFER_TYPE type) {
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  return WebSocketSend(h, type, &buffer, &app_context);
}

static void expect_refused(WEB_SOCKET_HANDLE h, WEB_SOCKET_BUFFER_TYPE type,
                           HRESULT hr) {
  CHECK_EQ(try_send(h, type), hr);
  EXPECT_IDLE(h, ALL_QUEUES);
}

/* The frame has just this first octet; the type is seen as it was given. */
static void check_frame(WEB_SOCKET_HANDLE h, int masked,
                        WEB_SOCKET_BUFFER_TYPE type, int first) {
  struct octets wire = {0};
  struct frame frame;
  CHECK_EQ(try_send(h, type), S_OK);
  run_send(h, 2, type, &app_context, &wire);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, first);
  CHECK_EQ(frame.masked, masked);
  CHECK_OCTETS(frame.payload, frame.length, "data", 4);
  octets_free(&wire);
}

/* Where no extension was selected there are no such types. */
static void check_without(WEB_SOCKET_HANDLE h, int masked) {
  ULONG first;
  for (first = 0; first < 256; first++) {
    expect_refused(h, extended((int)first), E_INVALIDARG);
    expect_refused(h, extended_masked((int)first), E_INVALIDARG);
  }
  check_frame(h, masked, UTF8_MESSAGE, FIN | OP_TEXT);
  WebSocketDeleteHandle(h);
}

/* Every reserved bit and both kinds, as a message of one frame. */
static void check_single_frames(WEB_SOCKET_HANDLE h, int masked) {
  int rsv, opcode;
  for (rsv = 0; rsv <= ANY_RSV; rsv += RSV3) {
    for (opcode = OP_TEXT; opcode <= OP_BINARY; opcode++) {
      int first = FIN | rsv | opcode;
      check_frame(h, masked, extended(first), first);
      /* The role decides on the mask, not the bit. */
      check_frame(h, masked, extended_masked(first), first);
    }
  }
  check_frame(h, masked, UTF8_MESSAGE, FIN | OP_TEXT);
  check_frame(h, masked, BINARY_MESSAGE, FIN | OP_BINARY);
  WebSocketDeleteHandle(h);
}

static void check_opcodes(WEB_SOCKET_HANDLE h, int masked) {
  int high, opcode;
  for (opcode = 3; opcode < 16; opcode++) {
    for (high = 0; high < 256; high += 16) {
      expect_refused(h, extended(high | opcode), E_INVALIDARG);
      expect_refused(h, extended_masked(high | opcode), E_INVALIDARG);
    }
  }
  /* None of them began anything. */
  for (high = 0; high < 256; high += 16) {
    expect_refused(h, extended(high | OP_CONTINUATION), OPERATION_ERROR);
  }
  check_frame(h, masked, extended(FIN | RSV1 | OP_TEXT), FIN | RSV1 | OP_TEXT);
  WebSocketDeleteHandle(h);
}

/* Bits that are not part of the layout, one by one. */
static void check_layout(WEB_SOCKET_HANDLE h, int masked) {
  ULONG good = (ULONG)extended(FIN | RSV1 | OP_BINARY);
  int bit;
  for (bit = 0; bit < 32; bit++) {
    if (bit < 1 || bit > 9) {
      expect_refused(h, type_of(good | (ULONG)1 << bit), E_INVALIDARG);
    }
    /* Alone: outside messages 0 and FIN name a continuation of nothing. */
    if ((bit < 1 || bit > 9) && bit != 31) {
      expect_refused(h, type_of((ULONG)1 << bit), E_INVALIDARG);
    }
  }
  expect_refused(h, type_of(0), OPERATION_ERROR);
  expect_refused(h, type_of(2), OPERATION_ERROR);
  expect_refused(h, type_of((ULONG)FIN << 2), OPERATION_ERROR);
  CHECK_EQ(WebSocketSend(h, type_of(good), NULL, NULL), E_INVALIDARG);
  check_frame(h, masked, type_of(good), FIN | RSV1 | OP_BINARY);
  WebSocketDeleteHandle(h);
}

/* A message of several frames; the caller spells the continuations out. */
static void check_fragments(WEB_SOCKET_HANDLE h, int masked) {
  int kind;
  for (kind = OP_TEXT; kind <= OP_BINARY; kind++) {
    check_frame(h, masked, extended(RSV1 | kind), RSV1 | kind);
    expect_refused(h, extended(FIN | RSV1 | OP_TEXT), OPERATION_ERROR);
    expect_refused(h, extended(OP_BINARY), OPERATION_ERROR);
    check_frame(h, masked, extended(OP_CONTINUATION), OP_CONTINUATION);
    check_frame(h, masked, extended(RSV2 | OP_CONTINUATION),
                RSV2 | OP_CONTINUATION);
    expect_refused(h, extended(FIN | 3), E_INVALIDARG);
    check_frame(h, masked, extended_masked(OP_CONTINUATION), OP_CONTINUATION);
    check_frame(h, masked, extended(FIN | OP_CONTINUATION),
                FIN | OP_CONTINUATION);
    expect_refused(h, extended(FIN | OP_CONTINUATION), OPERATION_ERROR);
  }
  WebSocketDeleteHandle(h);
}

/* Frames with a custom header and frames without may share a message. */
static void check_mixed(WEB_SOCKET_HANDLE h, int masked) {
  struct octets wire = {0};
  check_frame(h, masked, extended(RSV1 | OP_TEXT), RSV1 | OP_TEXT);
  expect_refused(h, BINARY_FRAGMENT, OPERATION_ERROR);
  check_frame(h, masked, UTF8_FRAGMENT, OP_CONTINUATION);
  send_all(h, 2, PING_PONG, NULL, &wire);
  CHECK_EQ(only_frame(&wire).first, FIN | OP_PING);
  octets_free(&wire);
  check_frame(h, masked, UTF8_MESSAGE, FIN | OP_CONTINUATION);
  check_frame(h, masked, BINARY_FRAGMENT, OP_BINARY);
  expect_refused(h, extended(FIN | RSV1 | OP_BINARY), OPERATION_ERROR);
  check_frame(h, masked, extended(OP_CONTINUATION), OP_CONTINUATION);
  expect_refused(h, UTF8_MESSAGE, OPERATION_ERROR);
  check_frame(h, masked, BINARY_FRAGMENT, OP_CONTINUATION);
  check_frame(h, masked, extended(FIN | OP_CONTINUATION),
              FIN | OP_CONTINUATION);
  check_frame(h, masked, UTF8_MESSAGE, FIN | OP_TEXT);
  WebSocketDeleteHandle(h);
}

static void check_after_close(WEB_SOCKET_HANDLE h, int masked) {
  struct octets wire = {0};
  int kind;
  check_frame(h, masked, extended(RSV1 | OP_TEXT), RSV1 | OP_TEXT);
  send_all(h, 2, CLOSE, NULL, &wire);
  CHECK_EQ(only_frame(&wire).first, FIN | OP_CLOSE);
  octets_free(&wire);
  for (kind = OP_CONTINUATION; kind <= OP_BINARY; kind++) {
    expect_refused(h, extended(kind), OPERATION_ERROR);
    expect_refused(h, extended(FIN | RSV1 | kind), OPERATION_ERROR);
  }
  WebSocketDeleteHandle(h);
}

/* On a server the payload of such a frame is not copied either. */
static void test_not_copied(void) {
  static const BYTE payload[70000] = {0};
  WEB_SOCKET_HANDLE h = extension_server();
  WEB_SOCKET_BUFFER buffer = data_buffer(payload, sizeof payload);
  WEB_SOCKET_BUFFER_TYPE type = extended(FIN | RSV1 | OP_BINARY);
  struct octets want = {0};
  struct step step;
  append_header(&want, FIN | RSV1 | OP_BINARY, NULL, sizeof payload);
  CHECK_EQ(WebSocketSend(h, type, &buffer, &app_context), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, type, 2, &app_context);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, want.data, want.length);
  CHECK_PTR(step.buffers[1].Data.pbBuffer, payload);
  CHECK_EQ(step.buffers[1].Data.ulBufferLength, sizeof payload);
  complete_with(h, &step, 0); /* a cancel is no different from others */
  EXPECT_SENT(h, 2, type, &app_context);
  octets_free(&want);
  WebSocketDeleteHandle(h);
}

/* A long one of a client is one frame in pieces; one slot makes two. */
static void test_pieces(void) {
  static BYTE payload[1000];
  ULONG receive = 256, send = 16, slots;
  WEB_SOCKET_PROPERTY p[2];
  WEB_SOCKET_HANDLE client, server = extension_server();
  WEB_SOCKET_BUFFER buffer = data_buffer(payload, sizeof payload);
  WEB_SOCKET_BUFFER_TYPE type = extended(FIN | RSV3 | OP_TEXT);
  size_properties(p, &receive, &send);
  client = extension_client_with(p, 2);
  memset(payload, 0xFF, sizeof payload);
  for (slots = 1; slots <= 2; slots++) {
    struct octets wire = {0};
    struct frame frame;
    send_all(client, slots, type, &buffer, &wire);
    frame = only_frame(&wire);
    CHECK_EQ(frame.first, FIN | RSV3 | OP_TEXT);
    CHECK(frame.masked);
    CHECK_OCTETS(frame.payload, frame.length, payload, sizeof payload);
    octets_free(&wire);
    send_all(server, slots, type, &buffer, &wire);
    frame = only_frame(&wire);
    CHECK_EQ(frame.first, FIN | RSV3 | OP_TEXT);
    CHECK_OCTETS(frame.payload, frame.length, payload, sizeof payload);
    octets_free(&wire);
  }
  WebSocketDeleteHandle(client);
  WebSocketDeleteHandle(server);
}

int main(void) {
  check_without(server_with(NULL, 0), 0);
  check_without(client_with(NULL, 0), 1);
  check_without(offered_server(), 0);
  check_without(offered_client(), 1);
  check_single_frames(extension_server(), 0);
  check_single_frames(extension_client(), 1);
  check_opcodes(extension_server(), 0);
  check_opcodes(extension_client(), 1);
  check_layout(extension_server(), 0);
  check_layout(extension_client(), 1);
  check_fragments(extension_server(), 0);
  check_fragments(extension_client(), 1);
  check_mixed(extension_server(), 0);
  check_mixed(extension_client(), 1);
  check_after_close(extension_server(), 0);
  check_after_close(extension_client(), 1);
  test_not_copied();
  test_pieces();
  return 0;
}
