/*
 * Sends of a server: the header in the library's memory, the payload where the
 * caller has it, neither copied nor looked at.
 *
 * Rows of docs/compatibility.md: *server-payload-not-copied*,
 * *at-most-two-buffers*, *message-kind*, *send-buffer-null*,
 * *ping-payload-empty*, *outgoing-text-unchecked*.
 */
#include "guarded.h"

static int app_context;

/* The header of a frame, which must be the only octets of `buffer`. */
static void check_header(const WEB_SOCKET_BUFFER *buffer, int first,
                         uint64_t length) {
  struct octets want = {0};
  append_header(&want, (BYTE)first, NULL, length);
  CHECK_OCTETS(buffer->Data.pbBuffer, buffer->Data.ulBufferLength, want.data,
               want.length);
  octets_free(&want);
}

static void expect_complete(WEB_SOCKET_HANDLE h, WEB_SOCKET_BUFFER_TYPE type) {
  EXPECT_SENT(h, 2, type, &app_context);
  EXPECT_IDLE(h, ALL_QUEUES);
}

/* A send as a caller with so many slots sees it. */
static void check_send(WEB_SOCKET_HANDLE h, ULONG slots,
                       WEB_SOCKET_BUFFER_TYPE type, int first,
                       const BYTE *payload, ULONG length) {
  WEB_SOCKET_BUFFER buffer = data_buffer(payload, length);
  int at_once = slots > 1 && length > 0;
  struct step step;
  CHECK_EQ(WebSocketSend(h, type, &buffer, &app_context), S_OK);
  memset(&buffer, 0xAA, sizeof buffer); /* the struct was copied */
  step = get_action(h, SEND_QUEUE, slots);
  EXPECT(step, SEND_TO_NETWORK, type, at_once ? 2 : 1, &app_context);
  check_header(&step.buffers[0], first, length);
  if (slots == 1 && length > 0) {
    PVOID id = step.id;
    complete(h, &step);
    step = get_action(h, SEND_QUEUE, 1);
    EXPECT(step, SEND_TO_NETWORK, type, 1, &app_context);
    CHECK(step.id != id);
  }
  if (length > 0) {
    const WEB_SOCKET_BUFFER *last = &step.buffers[step.count - 1];
    CHECK_PTR(last->Data.pbBuffer, payload);
    CHECK_EQ(last->Data.ulBufferLength, length);
  }
  complete(h, &step);
  expect_complete(h, type);
}

/* The payload may not even be read. */
static void test_sizes(void) {
  static const ULONG sizes[] = {0,     1,     2,       124,     125,
                                126,   127,   4096,    65534,   65535,
                                65536, 65537, 1 << 20, 16 << 20};
  struct guarded payload = guarded_reserve(16 << 20);
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  size_t i;
  ULONG slots;
  for (i = 0; i < COUNT(sizes); i++) {
    for (slots = 1; slots <= MOST_SLOTS; slots++) {
      check_send(h, slots, BINARY_MESSAGE, FIN | OP_BINARY, payload.at,
                 sizes[i]);
    }
  }
  WebSocketDeleteHandle(h);
  guarded_free(&payload);
}

/*
 * The longest payload that a ULONG can say. With its header it is more than
 * a completion can report, so only a caller with one slot can finish it.
 */
static void test_longest(void) {
  ULONG length = 0xFFFFFFFFu;
  /* With 32 bits there is no such memory, but nobody follows the pointer. */
  struct guarded payload =
      guarded_reserve(sizeof(void *) == 8 ? length : 65536);
  WEB_SOCKET_BUFFER buffer = data_buffer(payload.at, length);
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  struct step step;
  check_send(h, 1, UTF8_MESSAGE, FIN | OP_TEXT, payload.at, length);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &app_context), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 2, &app_context);
  check_header(&step.buffers[0], FIN | OP_TEXT, length);
  CHECK_PTR(step.buffers[1].Data.pbBuffer, payload.at);
  CHECK_EQ(step.buffers[1].Data.ulBufferLength, length);
  complete_with(h, &step, (ULONG)step_length(&step));
  expect_complete(h, UTF8_MESSAGE);
  check_send(h, 2, BINARY_MESSAGE, FIN | OP_BINARY, payload.at, 5);
  WebSocketDeleteHandle(h);
  guarded_free(&payload);
}

/* Every pair of types: what a message begins with decides what follows. */
static void test_opcodes(void) {
  static const BYTE text[] = "octets";
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  int round;
  for (round = 0; round < 2; round++) {
    check_send(h, 2, UTF8_MESSAGE, FIN | OP_TEXT, text, 6);
    check_send(h, 1, BINARY_MESSAGE, FIN | OP_BINARY, text, 6);
    check_send(h, 2, UTF8_FRAGMENT, OP_TEXT, text, 1);
    check_send(h, 2, UTF8_FRAGMENT, OP_CONTINUATION, text + 1, 1);
    check_send(h, 1, UTF8_FRAGMENT, OP_CONTINUATION, text, 0);
    check_send(h, 2, UTF8_MESSAGE, FIN | OP_CONTINUATION, text + 2, 4);
    check_send(h, 2, BINARY_FRAGMENT, OP_BINARY, text, 0);
    check_send(h, 2, BINARY_MESSAGE, FIN | OP_CONTINUATION, text, 0);
    check_send(h, 2, BINARY_FRAGMENT, OP_BINARY, text, 6);
    check_send(h, 1, BINARY_FRAGMENT, OP_CONTINUATION, text, 6);
    check_send(h, 1, BINARY_MESSAGE, FIN | OP_CONTINUATION, text, 6);
  }
  WebSocketDeleteHandle(h);
}

static void expect_refused(WEB_SOCKET_HANDLE h, WEB_SOCKET_BUFFER_TYPE type,
                           WEB_SOCKET_BUFFER *buffer, HRESULT hr) {
  struct step step;
  CHECK_EQ(WebSocketSend(h, type, buffer, &app_context), hr);
  step = get_action(h, ALL_QUEUES, 2);
  EXPECT_NOTHING(step);
}

/* The kind of a message cannot change inside it; trying does not end it. */
static void test_changed_type(void) {
  static const BYTE text[] = "octets";
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 6);
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  check_send(h, 2, UTF8_FRAGMENT, OP_TEXT, text, 6);
  expect_refused(h, BINARY_FRAGMENT, &buffer, OPERATION_ERROR);
  expect_refused(h, BINARY_MESSAGE, &buffer, OPERATION_ERROR);
  check_send(h, 2, UTF8_FRAGMENT, OP_CONTINUATION, text, 6);
  expect_refused(h, BINARY_MESSAGE, &buffer, OPERATION_ERROR);
  check_send(h, 2, UTF8_MESSAGE, FIN | OP_CONTINUATION, text, 6);
  check_send(h, 2, BINARY_FRAGMENT, OP_BINARY, text, 6);
  expect_refused(h, UTF8_FRAGMENT, &buffer, OPERATION_ERROR);
  expect_refused(h, UTF8_MESSAGE, &buffer, OPERATION_ERROR);
  check_send(h, 2, BINARY_MESSAGE, FIN | OP_CONTINUATION, text, 6);
  check_send(h, 2, UTF8_MESSAGE, FIN | OP_TEXT, text, 6);
  WebSocketDeleteHandle(h);
}

/* A control frame has no payload of the caller's and goes between frames. */
static void check_control(WEB_SOCKET_HANDLE h, ULONG slots,
                          WEB_SOCKET_BUFFER_TYPE type, int first) {
  struct step step;
  CHECK_EQ(WebSocketSend(h, type, NULL, &app_context), S_OK);
  step = get_action(h, SEND_QUEUE, slots);
  EXPECT(step, SEND_TO_NETWORK, type, 1, &app_context);
  check_header(&step.buffers[0], first, 0);
  complete(h, &step);
  expect_complete(h, type);
}

static void test_control_frames(void) {
  static const BYTE text[] = "octets";
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  check_control(h, 2, PING_PONG, FIN | OP_PING);
  check_control(h, 1, UNSOLICITED_PONG, FIN | OP_PONG);
  check_send(h, 2, BINARY_FRAGMENT, OP_BINARY, text, 6);
  check_control(h, 1, PING_PONG, FIN | OP_PING);
  check_control(h, 2, UNSOLICITED_PONG, FIN | OP_PONG);
  check_send(h, 2, BINARY_MESSAGE, FIN | OP_CONTINUATION, text, 6);
  WebSocketDeleteHandle(h);
}

/* NULL and 0 are as good as a pointer and 0. */
static void test_empty(void) {
  static const WEB_SOCKET_BUFFER_TYPE types[] = {UTF8_MESSAGE, BINARY_MESSAGE};
  static const int opcodes[] = {OP_TEXT, OP_BINARY};
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  int i;
  ULONG slots;
  for (i = 0; i < 2; i++) {
    for (slots = 1; slots <= 2; slots++) {
      check_send(h, slots, types[i], FIN | opcodes[i], NULL, 0);
      check_send(h, slots, types[i], FIN | opcodes[i], UNTOUCHED, 0);
    }
  }
  WebSocketDeleteHandle(h);
}

static void test_bad_arguments(void) {
  static const BYTE text[] = "octets";
  static const ULONG types[] = {0,          1,          2,          4,
                                7,          0x1000,     0x7FFFFFFF, 0x80000007,
                                0x80000008, 0x80000010, 0xFFFFFFFF};
  WEB_SOCKET_BUFFER good = data_buffer(text, 6), lost = data_buffer(NULL, 1);
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  size_t i;
  for (i = 0; i < COUNT(types); i++) {
    expect_refused(h, type_of(types[i]), &good, E_INVALIDARG);
    expect_refused(h, type_of(types[i]), NULL, E_INVALIDARG);
  }
  for (i = 0; i < 4; i++) {
    expect_refused(h, type_of(0x80000000u + (ULONG)i), NULL, E_INVALIDARG);
    expect_refused(h, type_of(0x80000000u + (ULONG)i), &lost, E_INVALIDARG);
  }
  expect_refused(h, PING_PONG, &good, E_INVALIDARG);
  expect_refused(h, UNSOLICITED_PONG, &good, E_INVALIDARG);
  CHECK_EQ(WebSocketSend(NULL, UTF8_MESSAGE, &good, NULL), E_INVALIDARG);
  /* None of it began a message or ended one. */
  check_send(h, 2, UTF8_MESSAGE, FIN | OP_TEXT, text, 6);
  check_send(h, 2, BINARY_FRAGMENT, OP_BINARY, text, 6);
  expect_refused(h, BINARY_MESSAGE, NULL, E_INVALIDARG);
  expect_refused(h, BINARY_MESSAGE, &lost, E_INVALIDARG);
  check_send(h, 2, BINARY_MESSAGE, FIN | OP_CONTINUATION, text, 6);
  WebSocketDeleteHandle(h);
}

/* What is sent as text is the caller's affair. */
static void test_text_is_not_checked(void) {
  static const BYTE octets[] = {0xFF, 0xC0, 0x80, 0xED, 0xA0, 0x80, 0xF8};
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  check_send(h, 2, UTF8_MESSAGE, FIN | OP_TEXT, octets, sizeof octets);
  WebSocketDeleteHandle(h);
}

/* With a buffer that is lent the header stands in it, and fits 16 octets. */
static void test_header_in_lent_memory(void) {
  static BYTE lent[256 + 16 + 144];
  static const BYTE text[70000] = {0};
  ULONG receive = 256, send = 16;
  PVOID start = lent;
  WEB_SOCKET_PROPERTY p[3];
  WEB_SOCKET_BUFFER buffer = data_buffer(text, sizeof text);
  WEB_SOCKET_HANDLE h;
  struct step step;
  size_properties(p, &receive, &send);
  p[2] = property_of(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &start,
                     sizeof lent);
  h = server_with(p, 3);
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, &app_context), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, 2, &app_context);
  CHECK(step.buffers[0].Data.pbBuffer >= lent);
  CHECK(step.buffers[0].Data.pbBuffer + step.buffers[0].Data.ulBufferLength <=
        lent + sizeof lent);
  CHECK(step.buffers[0].Data.ulBufferLength <= 16);
  check_header(&step.buffers[0], FIN | OP_BINARY, sizeof text);
  CHECK_PTR(step.buffers[1].Data.pbBuffer, text);
  complete(h, &step);
  expect_complete(h, BINARY_MESSAGE);
  WebSocketDeleteHandle(h);
}

/* A context is carried along, whatever it is. */
static void test_contexts(void) {
  static const BYTE text[] = "octets";
  PVOID contexts[] = {NULL, UNTOUCHED, (PVOID)(uintptr_t)1, (PVOID)UINTPTR_MAX};
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 6);
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  struct octets wire = {0};
  size_t i;
  for (i = 0; i < COUNT(contexts); i++) {
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, contexts[i]), S_OK);
  }
  for (i = 0; i < COUNT(contexts); i++) {
    run_send(h, 2, UTF8_MESSAGE, contexts[i], &wire);
  }
  CHECK_EQ(wire.length, 8 * COUNT(contexts));
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

int main(void) {
  test_sizes();
  test_longest();
  test_opcodes();
  test_changed_type();
  test_control_frames();
  test_empty();
  test_bad_arguments();
  test_text_is_not_checked();
  test_header_in_lent_memory();
  test_contexts();
  return 0;
}
