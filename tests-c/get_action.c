/*
 * The arguments of GetAction: queues, slots, pointers. A call that is refused
 * says "nothing to do" in every output and consumes nothing.
 *
 * Rows of docs/compatibility.md: *failed-get-action*, *queue-numbers*,
 * *zero-slots*, *application-context-optional*.
 */
#include "session.h"

static int app_context;

/* Outputs that are set before the call, so that each must be written. */
struct outputs {
  WEB_SOCKET_BUFFER buffers[2];
  ULONG count;
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID app;
  PVOID id;
};

static struct outputs rubbish(void) {
  struct outputs out;
  out.buffers[0] = out.buffers[1] = data_buffer(UNTOUCHED, 0x5A5A5A5A);
  out.count = 2;
  out.action = (WEB_SOCKET_ACTION)99;
  out.type = type_of(0xDEAD);
  out.app = out.id = UNTOUCHED;
  return out;
}

enum { NO_BUFFERS = 1, NO_COUNT = 2, NO_ACT = 4, NO_TYPE = 8, NO_ID = 16 };

/* Without the outputs that `missing` names; the others are written. */
static void check_missing(WEB_SOCKET_HANDLE h, WEB_SOCKET_ACTION_QUEUE queue,
                          int missing) {
  struct outputs out = rubbish();
  CHECK_EQ(WebSocketGetAction(h, queue,
                              missing & NO_BUFFERS ? NULL : out.buffers,
                              missing & NO_COUNT ? NULL : &out.count,
                              missing & NO_ACT ? NULL : &out.action,
                              missing & NO_TYPE ? NULL : &out.type, &out.app,
                              missing & NO_ID ? NULL : &out.id),
           E_INVALIDARG);
  CHECK_PTR(out.buffers[0].Data.pbBuffer, UNTOUCHED);
  CHECK_PTR(out.buffers[1].Data.pbBuffer, UNTOUCHED);
  CHECK_EQ(out.count, missing & NO_COUNT ? 2 : 0);
  CHECK_EQ(out.action, missing & NO_ACT ? 99 : NO_ACTION);
  CHECK_EQ(out.type, missing & NO_TYPE ? 0xDEAD : 0);
  CHECK_PTR(out.app, NULL);
  CHECK_PTR(out.id, missing & NO_ID ? UNTOUCHED : NULL);
}

static void queue_text(WEB_SOCKET_HANDLE h) {
  static const BYTE text[] = "text";
  WEB_SOCKET_BUFFER buffer = data_buffer(text, 4);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &app_context), S_OK);
}

static void expect_text(WEB_SOCKET_HANDLE h) {
  struct octets wire = {0};
  struct frame frame;
  run_send(h, 2, UTF8_MESSAGE, &app_context, &wire);
  frame = only_frame(&wire);
  CHECK_OCTETS(frame.payload, frame.length, "text", 4);
  octets_free(&wire);
}

static void test_missing_outputs(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  int missing;
  for (missing = 1; missing < 32; missing++) {
    queue_text(h);
    check_missing(h, SEND_QUEUE, missing);
    check_missing(h, ALL_QUEUES, missing);
    expect_text(h);
  }
  WebSocketDeleteHandle(h);
}

static void test_queues(void) {
  static const int bad[] = {0, 4, 5, 7, 8, 0x10, 0x7FFFFFFF};
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  size_t i;
  queue_text(h);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  for (i = 0; i < COUNT(bad); i++) {
    struct step step = get_action(h, (WEB_SOCKET_ACTION_QUEUE)bad[i], 2);
    EXPECT_ERROR(step, E_INVALIDARG);
    CHECK_EQ(step.type, 0);
  }
  expect_text(h);
  WebSocketDeleteHandle(h);
}

static void test_handles(void) {
  struct step step = get_action(NULL, ALL_QUEUES, 2);
  WEB_SOCKET_HANDLE h = NULL;
  EXPECT_ERROR(step, E_INVALIDARG);
  CHECK_EQ(step.type, 0);
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  step = get_action(h, ALL_QUEUES, 2);
  EXPECT_ERROR(step, OPERATION_ERROR);
  CHECK_EQ(step.type, 0);
  WebSocketDeleteHandle(h);
}

/* The application's context is optional. */
static void test_without_application_context(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  int i;
  queue_text(h);
  for (i = 0; i < 3; i++) {
    struct outputs out = rubbish();
    CHECK_EQ(WebSocketGetAction(h, ALL_QUEUES, out.buffers, &out.count,
                                &out.action, &out.type, NULL, &out.id),
             S_OK);
    CHECK_EQ(out.action, i == 0   ? SEND_TO_NETWORK
                         : i == 1 ? SEND_COMPLETE
                                  : NO_ACTION);
    CHECK_EQ(out.count, i == 0 ? 2 : 0);
    CHECK((out.id != NULL) == (i < 2));
    WebSocketCompleteAction(h, out.id, i == 0 ? 6 : 0);
  }
  WebSocketDeleteHandle(h);
}

static struct step no_slots(WEB_SOCKET_HANDLE h,
                            WEB_SOCKET_ACTION_QUEUE queue) {
  struct step step;
  memset(&step, 0, sizeof step);
  step.action = (WEB_SOCKET_ACTION)99;
  step.id = step.app = UNTOUCHED;
  step.hr = WebSocketGetAction(h, queue, NULL, &step.count, &step.action,
                               &step.type, &step.app, &step.id);
  check_step(&step);
  CHECK_EQ(step.count, 0);
  return step;
}

#define REFUSED(h, queue)                                                      \
  do {                                                                         \
    struct step refused = no_slots(h, queue);                                  \
    EXPECT_ERROR(refused, E_INVALIDARG);                                       \
  } while (0)

/*
 * A caller without slots gets what has no buffers; where one is due the call
 * is refused, at each piece, and nothing is lost.
 */
static void check_no_slots(WEB_SOCKET_HANDLE h, ULONG slots) {
  BYTE payload[40];
  WEB_SOCKET_BUFFER buffer;
  struct octets wire = {0};
  struct frame frame;
  struct step step = no_slots(h, ALL_QUEUES);
  EXPECT_NOTHING(step);
  memset(payload, 'x', sizeof payload);
  buffer = data_buffer(payload, sizeof payload);
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, &app_context), S_OK);
  for (;;) {
    step = no_slots(h, SEND_QUEUE);
    if (step.hr == S_OK) {
      break;
    }
    EXPECT_ERROR(step, E_INVALIDARG);
    REFUSED(h, ALL_QUEUES);
    step = get_action(h, SEND_QUEUE, slots);
    EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, step.count, &app_context);
    append_buffers(&wire, &step);
    complete(h, &step);
  }
  EXPECT(step, SEND_COMPLETE, BINARY_MESSAGE, 0, &app_context);
  complete(h, &step);
  frame = only_frame(&wire);
  CHECK_OCTETS(frame.payload, frame.length, payload, sizeof payload);
  octets_free(&wire);

  CHECK_EQ(WebSocketReceive(h, NULL, &app_context), S_OK);
  REFUSED(h, RECEIVE_QUEUE);
  REFUSED(h, ALL_QUEUES);
  step = no_slots(h, SEND_QUEUE);
  EXPECT_NOTHING(step);
  step = get_action(h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &app_context);
  complete_with(h, &step, 0);
  step = no_slots(h, RECEIVE_QUEUE);
  EXPECT(step, RECEIVE_COMPLETE, 0, 0, &app_context);
  complete(h, &step);
  step = no_slots(h, ALL_QUEUES);
  EXPECT_NOTHING(step);
  WebSocketDeleteHandle(h);
}

/* A close has two buffers on a server, and no slots for them are no slots. */
static void test_no_slots_for_close(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = close_buffer(1000, "why", 3);
  struct octets wire = {0};
  struct frame frame;
  CHECK_EQ(WebSocketSend(h, CLOSE, &buffer, &app_context), S_OK);
  REFUSED(h, SEND_QUEUE);
  run_send(h, 1, CLOSE, &app_context, &wire);
  frame = only_frame(&wire);
  CHECK_OCTETS(frame.payload, frame.length, "\x03\xE8why", 5);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

/* An answer to a ping waits for a slot. */
static void test_no_slots_for_pong(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  struct octets peer = {0}, wire = {0};
  struct network network;
  struct step step;
  struct frame frame;
  append_frame(&peer, FIN | OP_PING, test_mask, "abc", 3);
  network = network_of(&peer, peer.length);
  CHECK_EQ(WebSocketReceive(h, NULL, &app_context), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 1);
  network.read = step;
  finish_read(h, &network);
  REFUSED(h, RECEIVE_QUEUE);
  REFUSED(h, ALL_QUEUES);
  step = get_action(h, RECEIVE_QUEUE, 1);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  append_buffers(&wire, &step);
  complete(h, &step);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, FIN | OP_PONG);
  CHECK_OCTETS(frame.payload, frame.length, "abc", 3);
  octets_free(&wire);
  octets_free(&peer);
  WebSocketDeleteHandle(h);
}

int main(void) {
  test_missing_outputs();
  test_queues();
  test_handles();
  test_without_application_context();
  check_no_slots(server_with(NULL, 0), 1);
  check_no_slots(server_with(NULL, 0), 2);
  check_no_slots(client_sized(256, 16), 2);
  test_no_slots_for_close();
  test_no_slots_for_pong();
  return 0;
}
