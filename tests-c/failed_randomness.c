/*
 * Where the system has no randomness the call fails, once for each time: the
 * system is asked once, and the failure is not passed over. The call can be
 * made again, and the frame comes out as it should.
 *
 * Rows of docs/compatibility.md: *failed-randomness*.
 */
#include "session.h"

#include "conversation.h"

#include "randomness.h"

#define E_FAIL_HR ((HRESULT)0x80004005)
/* Frames for which a client draws keys at once. */
#define POOL 124

/* ---- the handshake ---- */

/* The first connection of the process draws where its ids begin. */
static void first_end_fails(void) {
  WEB_SOCKET_HTTP_HEADER request[5];
  PWEB_SOCKET_HTTP_HEADER answer = NULL;
  WEB_SOCKET_BUFFER text = data_buffer("text", 4);
  struct octets wire = {NULL, 0, 0};
  WEB_SOCKET_HANDLE h = NULL;
  ULONG count = 0;
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  fake_request(request);
  CHECK_EQ(WebSocketBeginServerHandshake(h, NULL, NULL, 0, request, 5, &answer,
                                         &count),
           S_OK);
  CHECK_EQ(draws.calls, 0);
  draws_fail(1, 4);
  CHECK_EQ(WebSocketEndServerHandshake(h), E_FAIL_HR);
  /* A session call ends it too. */
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), E_FAIL_HR);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &text, NULL), E_FAIL_HR);
  EXPECT_ERROR(get_action(h, ALL_QUEUES, 2), E_FAIL_HR);
  CHECK_EQ(draws.failed, 4);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  CHECK_EQ(draws.calls, 5);
  send_all(h, 2, UTF8_MESSAGE, &text, &wire);
  CHECK_EQ(only_frame(&wire).length, 4);
  octets_free(&wire);
  WebSocketDeleteHandle(h);
}

/* Without a key of its own no client begins; nothing has changed then. */
static void begin_fails(void) {
  PWEB_SOCKET_HTTP_HEADER headers = NULL;
  WEB_SOCKET_HANDLE h = NULL;
  ULONG count = 77;
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &h), S_OK);
  draws_fail(1, 1);
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 0, &headers,
                                         &count),
           E_FAIL_HR);
  CHECK_PTR(headers, NULL);
  CHECK_EQ(count, 77);
  CHECK_EQ(draws.failed, 1);
  connect_client(h);
  WebSocketDeleteHandle(h);
}

/* ---- frames ---- */

static BYTE payload[TALK_LONG];
static char context;

struct kind {
  const char *what;
  ULONG type; /* 0: an automatic pong */
  size_t length;
  WEB_SOCKET_ACTION_QUEUE queue;
  ULONG slots;
};

static const struct kind kinds[] = {
    {"text", UTF8_MESSAGE, 5, SEND_QUEUE, 2},
    {"text, one slot", UTF8_MESSAGE, 5, SEND_QUEUE, 1},
    {"text, any queue", UTF8_MESSAGE, 5, ALL_QUEUES, 2},
    {"fragment", BINARY_FRAGMENT, 5, SEND_QUEUE, 2},
    {"empty", BINARY_MESSAGE, 0, SEND_QUEUE, 2},
    {"longer than the buffer", BINARY_MESSAGE, TALK_LONG, SEND_QUEUE, 2},
    {"longer, any queue", BINARY_MESSAGE, TALK_LONG, ALL_QUEUES, 1},
    {"close", CLOSE, 3, SEND_QUEUE, 2},
    {"close, any queue", CLOSE, 3, ALL_QUEUES, 2},
    {"ping", PING_PONG, 0, SEND_QUEUE, 2},
    {"pong", UNSOLICITED_PONG, 0, ALL_QUEUES, 2},
    {"automatic pong", 0, 4, RECEIVE_QUEUE, 2},
    {"automatic pong, any queue", 0, 4, ALL_QUEUES, 1},
};

/* The frame is due, and needs a key. */
static void make_due(WEB_SOCKET_HANDLE h, const struct kind *kind) {
  WEB_SOCKET_BUFFER buffer = data_buffer(payload, kind->length);
  struct octets wire = {NULL, 0, 0};
  struct step step;
  if (kind->type != 0) {
    int plain = kind->type == PING_PONG || kind->type == UNSOLICITED_PONG;
    if (kind->type == CLOSE) {
      buffer = close_buffer(1000, payload, kind->length);
    }
    CHECK_EQ(
        WebSocketSend(h, type_of(kind->type), plain ? NULL : &buffer, &context),
        S_OK);
    return;
  }
  append_frame(&wire, FIN | OP_PING, NULL, payload, kind->length);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), S_OK);
  step = get_action(h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  memcpy(step.buffers[0].Data.pbBuffer, wire.data, wire.length);
  complete_with(h, &step, wire.length);
  octets_free(&wire);
}

static void use_keys(WEB_SOCKET_HANDLE h, int frames) {
  for (; frames > 0; frames--) {
    struct octets wire = {NULL, 0, 0};
    send_all(h, 2, PING_PONG, NULL, &wire);
    octets_free(&wire);
  }
}

static void take_frame_out(WEB_SOCKET_HANDLE h, const struct kind *kind) {
  struct octets wire = {NULL, 0, 0};
  struct frame frame;
  size_t behind_status = kind->type == CLOSE ? 2 : 0;
  struct step step;
  do {
    step = get_action(h, kind->queue, kind->slots);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == SEND_TO_NETWORK) {
      append_buffers(&wire, &step);
      complete(h, &step);
    }
  } while (step.action == SEND_TO_NETWORK);
  if (kind->type != 0) {
    EXPECT(step, SEND_COMPLETE, kind->type, 0, &context);
    complete(h, &step);
  }
  frame = only_frame(&wire);
  CHECK_EQ(frame.masked, 1);
  CHECK(memcmp(frame.mask, "\0\0\0\0", 4) != 0);
  CHECK_OCTETS(frame.payload + behind_status, frame.length - behind_status,
               payload, kind->length);
  octets_free(&wire);
}

/* Both where no key was drawn yet and where the last draw is used up. */
static void frame_fails(const struct kind *kind, int used, size_t failures) {
  WEB_SOCKET_HANDLE h = client_sized(TALK_RECEIVE, TALK_SEND);
  size_t calls, i;
  use_keys(h, used);
  make_due(h, kind);
  calls = draws.calls;
  draws_fail(1, failures);
  for (i = 0; i < failures; i++) {
    struct step step = get_action(h, kind->queue, kind->slots);
    EXPECT_ERROR(step, E_FAIL_HR);
    CHECK_EQ(draws.calls, calls + i + 1); /* asked once for each call */
  }
  CHECK_EQ(draws.failed, failures);
  take_frame_out(h, kind);
  CHECK_EQ(draws.calls, calls + failures + 1);
  WebSocketDeleteHandle(h);
}

static void frames_fail(void) {
  size_t i;
  for (i = 0; i < COUNT(kinds); i++) {
    check_row = kinds[i].what;
    frame_fails(&kinds[i], 0, 1);
    frame_fails(&kinds[i], 0, 3);
    frame_fails(&kinds[i], POOL, 1);
    frame_fails(&kinds[i], 2 * POOL, 2);
  }
  check_row = "";
}

/* What is queued is handed back all the same. */
static void abort_needs_none(void) {
  size_t i;
  for (i = 0; i < COUNT(kinds); i++) {
    WEB_SOCKET_HANDLE h = client_sized(TALK_RECEIVE, TALK_SEND);
    struct step step;
    check_row = kinds[i].what;
    make_due(h, &kinds[i]);
    draws_fail(1, NEVER);
    EXPECT_ERROR(get_action(h, kinds[i].queue, kinds[i].slots), E_FAIL_HR);
    WebSocketAbortHandle(h);
    step = get_action(h, ALL_QUEUES, 2);
    CHECK_EQ(step.action,
             kinds[i].type != 0 ? SEND_COMPLETE : RECEIVE_COMPLETE);
    complete(h, &step);
    EXPECT_IDLE(h, ALL_QUEUES);
    draws.fail_at = 0;
    WebSocketDeleteHandle(h);
  }
  check_row = "";
}

/* ---- a whole conversation, in which each call of the system's fails ---- */

static size_t before;

static int had_no_randomness(HRESULT hr) {
  CHECK_EQ(hr, E_FAIL_HR);
  CHECK_EQ(draws.failed, before + 1);
  before = draws.failed;
  return 1;
}

static void conversation_fails(const struct way *way) {
  struct talk want, talk;
  size_t nth = 0;
  talk_begin(&want, way);
  talk_again = NULL;
  draws.fail_at = 0;
  talk_run(&want);
  talk_again = had_no_randomness;
  do {
    before = 0;
    draws_fail(++nth, 1);
    talk_begin(&talk, way);
    talk_run(&talk);
    CHECK_EQ(draws.failed, before);
    talk_is_same(&talk, &want);
    talk_end(&talk);
  } while (draws.failed > 0);
  CHECK_EQ(nth,
           way->server ? 1 : 3); /* a client's key, and those for masking */
  talk_end(&want);
}

int main(void) {
  memset(payload, 'x', sizeof payload);
  first_end_fails();
  begin_fails();
  frames_fail();
  abort_needs_none();
  in_every_way(conversation_fails);
  return 0;
}
