/*
 * The queue of sends: order, contexts, completions with wrong counts, what is
 * and is not handed out while something else is out.
 *
 * Rows of docs/compatibility.md: *cancel-by-count*, *send-state-fixed*,
 * *unfetched-indication*, *sends-in-order*, *action-ids*, *all-queue-order*,
 * *two-tracks*.
 */
#include "session.h"

static int first_context, second_context;

/* ---- order ---- */

enum { MANY = 10000 };

static WEB_SOCKET_BUFFER_TYPE type_of_send(int i) {
  static const ULONG types[] = {0x80000000, 0x80000002, 0x80000005, 0x80000006,
                                0x80000000};
  return type_of(types[i % 5]);
}

/* Any number of sends, each handed out once, in order, with what is its own. */
static void check_many(WEB_SOCKET_HANDLE h, ULONG slots) {
  static BYTE payloads[MANY][4];
  int i;
  for (i = 0; i < MANY; i++) {
    WEB_SOCKET_BUFFER buffer = data_buffer(payloads[i], 4);
    int data = i % 5 != 2 && i % 5 != 3;
    memcpy(payloads[i], &i, 4);
    CHECK_EQ(
        WebSocketSend(h, type_of_send(i), data ? &buffer : NULL, &payloads[i]),
        S_OK);
  }
  for (i = 0; i < MANY; i++) {
    struct octets wire = {0};
    struct frame frame;
    run_send(h, slots, type_of_send(i), &payloads[i], &wire);
    frame = only_frame(&wire);
    if (i % 5 == 2 || i % 5 == 3) {
      CHECK_EQ(frame.length, 0);
    } else {
      CHECK_OCTETS(frame.payload, frame.length, &i, 4);
    }
    octets_free(&wire);
  }
  EXPECT_IDLE(h, ALL_QUEUES);
  WebSocketDeleteHandle(h);
}

/* An action's id is never 0, never comes twice, and tells handles apart. */
static void test_ids(void) {
  enum { HANDLES = 8, IDS = 200 };
  static PVOID ids[HANDLES * IDS];
  int i, j;
  for (i = 0; i < HANDLES * IDS; i++) {
    static WEB_SOCKET_HANDLE h;
    struct step step;
    if (i % IDS == 0) {
      h = server_with(NULL, 0);
    }
    if (i % 2 == 0) {
      CHECK_EQ(WebSocketSend(h, PING_PONG, NULL, NULL), S_OK);
    }
    step = get_action(h, SEND_QUEUE, 1);
    EXPECT(step, i % 2 == 0 ? SEND_TO_NETWORK : SEND_COMPLETE, PING_PONG,
           i % 2 == 0 ? 1 : 0, NULL);
    ids[i] = step.id;
    complete(h, &step);
    for (j = 0; j < i; j++) {
      CHECK(ids[i] != ids[j]);
    }
    if (i % IDS == IDS - 1) {
      WebSocketDeleteHandle(h);
    }
  }
}

/* ---- wrong counts ---- */

/*
 * Two sends of 40 octets; the first is cancelled at its `at`-th piece. Only
 * that one ends: nothing more of it goes out, and the second goes whole.
 */
static void check_cancel(WEB_SOCKET_HANDLE h, ULONG slots, int at,
                         size_t (*wrong)(size_t), int masked) {
  BYTE payload[40];
  WEB_SOCKET_BUFFER buffer;
  struct octets wire = {0};
  struct frame frame;
  struct step step;
  int piece;
  memset(payload, 'x', sizeof payload);
  buffer = data_buffer(payload, sizeof payload);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &first_context), S_OK);
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, &second_context), S_OK);
  for (piece = 0; piece <= at; piece++) {
    step = get_action(h, SEND_QUEUE, slots);
    EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, step.count, &first_context);
    complete_with(h, &step,
                  piece < at ? step_length(&step) : wrong(step_length(&step)));
  }
  EXPECT_SENT(h, slots, UTF8_MESSAGE, &first_context);
  run_send(h, slots, BINARY_MESSAGE, &second_context, &wire);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, FIN | OP_BINARY);
  CHECK_EQ(frame.masked, masked);
  CHECK_OCTETS(frame.payload, frame.length, payload, sizeof payload);
  octets_free(&wire);
}

static size_t nothing(size_t length) {
  (void)length;
  return 0;
}
static size_t one_less(size_t length) { return length - 1; }
static size_t one_more(size_t length) { return length + 1; }
static size_t most(size_t length) {
  (void)length;
  return 0xFFFFFFFFu;
}

static void test_wrong_counts(void) {
  static size_t (*const wrongs[])(size_t) = {nothing, one_less, one_more, most};
  WEB_SOCKET_HANDLE server = server_with(NULL, 0);
  WEB_SOCKET_HANDLE tiny = client_sized(256, 16);
  WEB_SOCKET_HANDLE client = client_with(NULL, 0);
  size_t i;
  int at;
  for (i = 0; i < COUNT(wrongs); i++) {
    check_cancel(server, 2, 0, wrongs[i], 0);
    check_cancel(server, 1, 0, wrongs[i], 0);
    check_cancel(server, 1, 1, wrongs[i], 0);
    check_cancel(client, 2, 0, wrongs[i], 1);
    /* 46 octets are three pieces: 16, 16, 14. */
    for (at = 0; at < 3; at++) {
      check_cancel(tiny, 1, at, wrongs[i], 1);
      check_cancel(tiny, 2, at, wrongs[i], 1);
    }
  }
  WebSocketDeleteHandle(server);
  WebSocketDeleteHandle(tiny);
  WebSocketDeleteHandle(client);
}

/* A count that fits the header alone of two buffers is short as well. */
static void test_header_only_count(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct step step;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &first_context), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 2, &first_context);
  complete_with(h, &step, step.buffers[0].Data.ulBufferLength);
  EXPECT_SENT(h, 2, UTF8_MESSAGE, &first_context);
  EXPECT_IDLE(h, SEND_QUEUE);
  WebSocketDeleteHandle(h);
}

/* What was begun stays begun, also where a cancel stopped the octets. */
static void test_cancel_keeps_message(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct octets wire = {0};
  struct step step;
  CHECK_EQ(WebSocketSend(h, UTF8_FRAGMENT, &buffer, &first_context), S_OK);
  step = get_action(h, SEND_QUEUE, 2);
  complete_with(h, &step, 0);
  EXPECT_SENT(h, 2, UTF8_FRAGMENT, &first_context);
  CHECK_EQ(WebSocketSend(h, BINARY_MESSAGE, &buffer, NULL), OPERATION_ERROR);
  send_all(h, 2, UTF8_MESSAGE, &buffer, &wire);
  CHECK_EQ(only_frame(&wire).first, FIN | OP_CONTINUATION);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

/* ---- what comes when ---- */

/* An indication that nobody fetched comes before the next send begins. */
static void test_unfetched_indication(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct octets wire = {0};
  struct step step;
  int i;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &first_context), S_OK);
  for (i = 0; i < 20; i++) {
    step = get_action(h, SEND_QUEUE, 2);
    EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 2, &first_context);
    complete(h, &step);
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &first_context), S_OK);
    step = get_action(h, SEND_QUEUE, 2);
    EXPECT(step, SEND_COMPLETE, UTF8_MESSAGE, 0, &first_context);
    complete_with(h, &step, 12345); /* the count of an indication is ignored */
  }
  run_send(h, 2, UTF8_MESSAGE, &first_context, &wire);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

/* One send action at a time; the other track does not wait for it. */
static void check_busy(WEB_SOCKET_HANDLE h, WEB_SOCKET_ACTION_QUEUE queue) {
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct step out, step, read;
  int stage;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &first_context), S_OK);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &second_context), S_OK);
  for (stage = 0; stage < 4; stage++) {
    out = get_action(h, queue, 2);
    EXPECT(out, stage % 2 == 0 ? SEND_TO_NETWORK : SEND_COMPLETE, UTF8_MESSAGE,
           stage % 2 == 0 ? 2 : 0,
           stage < 2 ? &first_context : &second_context);
    EXPECT_IDLE(h, SEND_QUEUE);
    EXPECT_IDLE(h, ALL_QUEUES);
    EXPECT_IDLE(h, RECEIVE_QUEUE);
    complete(h, &out);
  }
  EXPECT_IDLE(h, queue);
  /* With a receive queued the sends still come first from ALL. */
  CHECK_EQ(WebSocketReceive(h, NULL, &second_context), S_OK);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &first_context), S_OK);
  out = get_action(h, ALL_QUEUES, 2);
  EXPECT(out, SEND_TO_NETWORK, UTF8_MESSAGE, 2, &first_context);
  read = get_action(h, ALL_QUEUES, 2);
  EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, &second_context);
  EXPECT_IDLE(h, ALL_QUEUES);
  complete(h, &out);
  step = get_action(h, ALL_QUEUES, 2);
  EXPECT(step, SEND_COMPLETE, UTF8_MESSAGE, 0, &first_context);
  complete(h, &step);
  complete_with(h, &read, 0);
  EXPECT_BACK(h, ALL_QUEUES, 2, &second_context);
  WebSocketDeleteHandle(h);
}

/* ---- contexts that are not, or not any more ---- */

static void complete_strangers(WEB_SOCKET_HANDLE h, PVOID own, PVOID stale) {
  WebSocketCompleteAction(h, NULL, 6);
  WebSocketCompleteAction(h, stale, 6);
  WebSocketCompleteAction(h, stale, 0);
  WebSocketCompleteAction(h, (PVOID)((uintptr_t)own + 1), 6);
  WebSocketCompleteAction(h, (PVOID)((uintptr_t)own - 1), 6);
  WebSocketCompleteAction(h, (PVOID) ~(uintptr_t)own, 6);
  WebSocketCompleteAction(h, (PVOID)h, 6);
  WebSocketCompleteAction(h, &first_context, 6);
  WebSocketCompleteAction(NULL, own, 6);
}

static void test_strange_contexts(void) {
  WEB_SOCKET_HANDLE h = server_with(NULL, 0), other = server_with(NULL, 0);
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct step step, foreign;
  PVOID stale = UNTOUCHED;
  int i;
  CHECK_EQ(WebSocketSend(other, UTF8_MESSAGE, &buffer, NULL), S_OK);
  foreign = get_action(other, SEND_QUEUE, 1);
  for (i = 0; i < 3; i++) {
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &first_context), S_OK);
    complete_strangers(h, stale, foreign.id);
    step = get_action(h, SEND_QUEUE, 2);
    EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 2, &first_context);
    complete_strangers(h, step.id, stale);
    WebSocketCompleteAction(h, foreign.id, 6);
    EXPECT_IDLE(h, SEND_QUEUE);
    complete(h, &step);
    stale = step.id;
    complete_with(h, &step, 0); /* once more, which comes too late */
    step = get_action(h, SEND_QUEUE, 2);
    EXPECT(step, SEND_COMPLETE, UTF8_MESSAGE, 0, &first_context);
    complete_strangers(h, step.id, stale);
    EXPECT_IDLE(h, SEND_QUEUE);
    complete(h, &step);
    complete(h, &step);
    stale = step.id;
  }
  WebSocketDeleteHandle(other);
  WebSocketDeleteHandle(h);
}

int main(void) {
  check_many(server_with(NULL, 0), 2);
  check_many(server_with(NULL, 0), 1);
  check_many(client_with(NULL, 0), 2);
  test_ids();
  test_wrong_counts();
  test_header_only_count();
  test_cancel_keeps_message();
  test_unfetched_indication();
  check_busy(server_with(NULL, 0), SEND_QUEUE);
  check_busy(server_with(NULL, 0), ALL_QUEUES);
  test_strange_contexts();
  return 0;
}
