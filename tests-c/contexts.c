/*
 * Action contexts: each is used once, and any other value given to
 * WebSocketCompleteAction changes nothing. Handles that are aborted before
 * there is a session, or deleted in any state.
 *
 * Rows of docs/compatibility.md: *complete-anything*, *stale-completion*,
 * *action-ids*.
 */
#include "script.h"

#define ONE_READ ((size_t)-1)

static char send_context, receive_context;

static int compare_contexts(const void *a, const void *b) {
  uintptr_t x = (uintptr_t) * (PVOID const *)a;
  uintptr_t y = (uintptr_t) * (PVOID const *)b;
  return x < y ? -1 : x > y;
}

/* One text out and one in; notes the contexts of all actions. */
static size_t exchange(WEB_SOCKET_HANDLE h, int server, PVOID *ids) {
  WEB_SOCKET_BUFFER text = data_buffer("hello", 5);
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  size_t count = 0;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &text, &send_context), S_OK);
  do {
    step = get_action(h, SEND_QUEUE, 1);
    CHECK(step.action != NO_ACTION);
    ids[count++] = step.id;
    complete(h, &step);
  } while (step.action != SEND_COMPLETE);
  append_frame(&wire, FIN | OP_PING, peer_mask(server), "p", 1);
  append_frame(&wire, FIN | OP_TEXT, peer_mask(server), "hello", 5);
  network = network_of(&wire, ONE_READ);
  CHECK_EQ(WebSocketReceive(h, NULL, &receive_context), S_OK);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  ids[count++] = network.read.id;
  ids[count++] = step.id;
  complete(h, &step);
  step = pump(h, RECEIVE_QUEUE, &network);
  EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, &receive_context);
  ids[count++] = step.id;
  complete(h, &step);
  octets_free(&wire);
  return count;
}

#define MOST_IDS 8

/* No context comes twice. */
static void test_never_reused(void) {
  enum { ROUNDS = 3000 };
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    PVOID *ids = (PVOID *)malloc(ROUNDS * MOST_IDS * sizeof *ids);
    size_t count = 0, i;
    CHECK(ids != NULL);
    for (i = 0; i < ROUNDS; i++) {
      count += exchange(h, server, ids + count);
    }
    qsort(ids, count, sizeof *ids, compare_contexts);
    CHECK(ids[0] != NULL);
    for (i = 1; i < count; i++) {
      CHECK(ids[i] != ids[i - 1]);
    }
    free(ids);
    WebSocketDeleteHandle(h);
  }
}

/* Handles do not count from the same number. */
static void test_start(void) {
  PVOID ids[16];
  size_t i, same = 0;
  for (i = 0; i < COUNT(ids); i++) {
    WEB_SOCKET_HANDLE h = plain_handle(1, 256);
    struct step read;
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
    read = get_action(h, RECEIVE_QUEUE, 1);
    ids[i] = read.id;
    WebSocketDeleteHandle(h);
    same += i > 0 && ids[i] == ids[0];
  }
  CHECK_EQ(same, 0);
}

/* Whatever does not name an action that is out. */
struct junk {
  PVOID ids[3 * MOST_IDS];
  size_t count;
};

/* Of earlier actions, of another handle, made up. */
static struct junk junk_for(WEB_SOCKET_HANDLE h, int server,
                            WEB_SOCKET_HANDLE other) {
  static int somewhere;
  struct junk junk;
  struct step step;
  junk.count = exchange(h, server, junk.ids);
  junk.count += exchange(other, server, junk.ids + junk.count);
  CHECK_EQ(WebSocketReceive(other, NULL, NULL), S_OK);
  step = get_action(other, RECEIVE_QUEUE, 1);
  junk.ids[junk.count++] = step.id; /* it stays out there */
  junk.ids[junk.count++] = NULL;
  junk.ids[junk.count++] = &somewhere;
  junk.ids[junk.count++] = h;
  CHECK(junk.count <= COUNT(junk.ids));
  return junk;
}

static void complete_junk(WEB_SOCKET_HANDLE h, const struct junk *junk) {
  static const ULONG counts[] = {0, 1, 256, 0xFFFFFFFF};
  size_t i, j;
  for (i = 0; i < junk->count; i++) {
    for (j = 0; j < COUNT(counts); j++) {
      WebSocketCompleteAction(h, junk->ids[i], counts[j]);
    }
  }
}

/* Junk between all steps of an exchange, with both tracks out. */
static void test_junk_while_open(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    WEB_SOCKET_HANDLE other = plain_handle(server, 256);
    struct junk junk = junk_for(h, server, other);
    WEB_SOCKET_BUFFER text = data_buffer("hello", 5);
    struct octets in = {NULL, 0, 0}, out = {NULL, 0, 0};
    struct step read, send;
    append_frame(&in, FIN | OP_TEXT, peer_mask(server), "world", 5);
    complete_junk(h, &junk);
    EXPECT_IDLE(h, ALL_QUEUES);
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &text, &send_context), S_OK);
    CHECK_EQ(WebSocketReceive(h, NULL, &receive_context), S_OK);
    complete_junk(h, &junk);
    send = get_action(h, SEND_QUEUE, 2);
    EXPECT(send, SEND_TO_NETWORK, UTF8_MESSAGE, send.count, &send_context);
    read = get_action(h, RECEIVE_QUEUE, 1);
    EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, &receive_context);
    complete_junk(h, &junk);
    EXPECT_IDLE(h, ALL_QUEUES);
    append_buffers(&out, &send);
    complete(h, &send);
    complete_junk(h, &junk);
    complete(h, &send); /* the same again, now stale */
    memcpy(read.buffers[0].Data.pbBuffer, in.data, in.length);
    complete_with(h, &read, in.length);
    complete_with(h, &read, 0);
    complete_junk(h, &junk);
    run_send(h, 2, UTF8_MESSAGE, &send_context, &out);
    CHECK_EQ(only_frame(&out).length, 5);
    read = get_action(h, RECEIVE_QUEUE, 1);
    EXPECT(read, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, &receive_context);
    complete_junk(h, &junk);
    EXPECT_IDLE(h, ALL_QUEUES);
    CHECK_OCTETS(read.buffers[0].Data.pbBuffer,
                 read.buffers[0].Data.ulBufferLength, "world", 5);
    complete(h, &read);
    complete(h, &read);
    EXPECT_IDLE(h, ALL_QUEUES);
    octets_free(&in);
    octets_free(&out);
    WebSocketDeleteHandle(h);
    WebSocketDeleteHandle(other);
  }
}

/* After Abort a thread may still complete what the drain has completed. */
static void test_junk_after_abort(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    WEB_SOCKET_HANDLE other = plain_handle(server, 256);
    struct junk junk = junk_for(h, server, other);
    struct step read, back;
    CHECK_EQ(WebSocketReceive(h, NULL, &receive_context), S_OK);
    CHECK_EQ(WebSocketReceive(h, NULL, &send_context), S_OK);
    read = get_action(h, RECEIVE_QUEUE, 1);
    EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, &receive_context);
    WebSocketAbortHandle(h);
    complete_junk(h, &junk);
    EXPECT_IDLE(h, ALL_QUEUES);
    complete_with(h, &read, 0);
    back = get_action(h, ALL_QUEUES, 1);
    EXPECT(back, RECEIVE_COMPLETE, 0, 0, &receive_context);
    /* The indication is out; the read that led to it is stale. */
    complete_with(h, &read, 5);
    complete_junk(h, &junk);
    EXPECT_IDLE(h, ALL_QUEUES);
    complete(h, &back);
    complete(h, &back);
    EXPECT_BACK(h, ALL_QUEUES, 1, &send_context);
    complete_junk(h, &junk);
    complete_with(h, &read, 5);
    EXPECT_IDLE(h, ALL_QUEUES);
    WebSocketDeleteHandle(h);
    WebSocketDeleteHandle(other);
  }
}

/* After a failed call the SDK's sample completes the context it was given. */
static void test_junk_after_error(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    WEB_SOCKET_HANDLE other = plain_handle(server, 256);
    struct junk junk = junk_for(h, server, other);
    struct octets wire = {NULL, 0, 0};
    struct network network;
    struct step step;
    append_frame(&wire, 0x83, peer_mask(server), "", 0);
    network = network_of(&wire, ONE_READ);
    CHECK_EQ(WebSocketReceive(h, NULL, &receive_context), S_OK);
    step = pump(h, ALL_QUEUES, &network);
    EXPECT_ERROR(step, FORMAT_ERROR);
    complete(h, &step);
    complete_junk(h, &junk);
    step = get_action(h, ALL_QUEUES, 1);
    EXPECT_ERROR(step, FORMAT_ERROR);
    WebSocketAbortHandle(h);
    complete_junk(h, &junk);
    EXPECT_BACK(h, ALL_QUEUES, 1, &receive_context);
    octets_free(&wire);
    WebSocketDeleteHandle(h);
    WebSocketDeleteHandle(other);
  }
}

/* Before there is a session, Abort and Complete have nothing to do. */
static void test_before_session(void) {
  PVOID ids[MOST_IDS];
  WEB_SOCKET_HTTP_HEADER request[5];
  PWEB_SOCKET_HTTP_HEADER answer = NULL;
  ULONG count = 0;
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  WebSocketAbortHandle(h);
  WebSocketCompleteAction(h, NULL, 0);
  WebSocketCompleteAction(h, h, 7);
  fake_request(request);
  CHECK_EQ(WebSocketBeginServerHandshake(h, NULL, NULL, 0, request, 5, &answer,
                                         &count),
           S_OK);
  WebSocketAbortHandle(h);
  WebSocketCompleteAction(h, h, 7);
  /* The session begins with the first call that needs it. */
  exchange(h, 1, ids);
  WebSocketDeleteHandle(h);
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &h), S_OK);
  WebSocketAbortHandle(h);
  connect_client(h);
  exchange(h, 0, ids);
  WebSocketDeleteHandle(h);
}

/* A handshake that was begun and never ended, or failed. */
static void test_delete_early(void) {
  PWEB_SOCKET_HTTP_HEADER headers = NULL;
  WEB_SOCKET_HTTP_HEADER line = header_of("Upgrade", "other");
  ULONG count = 0;
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  WebSocketDeleteHandle(h);
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  CHECK_EQ(WebSocketBeginServerHandshake(h, NULL, NULL, 0, &line, 1, &headers,
                                         &count),
           FORMAT_ERROR);
  WebSocketAbortHandle(h);
  WebSocketDeleteHandle(h);
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &h), S_OK);
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 0, &headers,
                                         &count),
           S_OK);
  WebSocketAbortHandle(h);
  WebSocketDeleteHandle(h);
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &h), S_OK);
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 0, &headers,
                                         &count),
           S_OK);
  CHECK_EQ(WebSocketEndClientHandshake(h, &line, 1, NULL, NULL, NULL),
           FORMAT_ERROR);
  WebSocketDeleteHandle(h);
}

static void test_null(void) {
  WebSocketAbortHandle(NULL);
  WebSocketDeleteHandle(NULL);
  WebSocketCompleteAction(NULL, NULL, 0);
  WebSocketCompleteAction(NULL, &send_context, 7);
}

/* Deleted with anything queued and out, aborted or not, never drained. */
static void delete_with(int server, int reading, int sending, int aborted) {
  WEB_SOCKET_HANDLE h = plain_handle(server, 256);
  WEB_SOCKET_BUFFER text = data_buffer("0123456789012345678901234", 25);
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  append_frame(&wire, FIN | OP_PING, peer_mask(server), "p", 1);
  append_frame(&wire, OP_TEXT, peer_mask(server), "half", 4);
  network = network_of(&wire, reading == 1 ? 3 : ONE_READ);
  if (reading > 0) {
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
    step = reading == 1 ? get_action(h, RECEIVE_QUEUE, 1)
                        : pump(h, RECEIVE_QUEUE, &network);
    if (reading == 3) {
      complete(h, &step);
      step = pump(h, RECEIVE_QUEUE, &network);
    }
    CHECK(step.action != NO_ACTION);
  }
  if (sending > 0) {
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &text, NULL), S_OK);
    CHECK_EQ(WebSocketSend(h, PING_PONG, NULL, NULL), S_OK);
    step = get_action(h, SEND_QUEUE, 1);
    if (sending > 1) {
      complete_with(h, &step, 0);
      step = get_action(h, SEND_QUEUE, 1);
    }
  }
  if (aborted) {
    WebSocketAbortHandle(h);
  }
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

static void test_delete_late(void) {
  int server, reading, sending;
  EACH_ROLE(server) {
    for (reading = 0; reading < 4; reading++) {
      for (sending = 0; sending < 3; sending++) {
        delete_with(server, reading, sending, 0);
        delete_with(server, reading, sending, 1);
      }
    }
  }
}

int main(void) {
  test_never_reused();
  test_start();
  test_junk_while_open();
  test_junk_after_abort();
  test_junk_after_error();
  test_before_session();
  test_delete_early();
  test_null();
  test_delete_late();
  return 0;
}
