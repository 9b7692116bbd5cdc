/*
 * A handle may be deleted in any state, and everything that it has allocated
 * is freed then.
 *
 * Rows of docs/compatibility.md: *delete-anywhere*.
 */
#include "counting.h"

#include "states.h"

#define LARGE 100000

static BYTE large[LARGE];

static void nothing(struct subject *subject) { (void)subject; }

/* The request has no key, or the subprotocol is none. */
static void fail_begin(struct subject *subject) {
  PWEB_SOCKET_HTTP_HEADER headers = NULL;
  WEB_SOCKET_HTTP_HEADER request[5];
  PCSTR subprotocols[] = {"chat", "a,b"};
  ULONG count = 0;
  if (subject->role == CLIENT) {
    CHECK_EQ(WebSocketBeginClientHandshake(subject->h, subprotocols, 2, NULL, 0,
                                           NULL, 0, &headers, &count),
             E_INVALIDARG);
  } else {
    fake_request(request);
    CHECK_EQ(WebSocketBeginServerHandshake(subject->h, NULL, NULL, 0, request,
                                           4, &headers, &count),
             FORMAT_ERROR);
  }
}

static void fail_end(struct subject *subject) {
  if (subject->role == CLIENT) {
    CHECK_EQ(WebSocketEndClientHandshake(subject->h, NULL, 0, NULL, NULL, NULL),
             FORMAT_ERROR);
  }
}

static void queue_operations(struct subject *subject) {
  WEB_SOCKET_BUFFER buffer = data_buffer(large, LARGE);
  CHECK_EQ(WebSocketSend(subject->h, BINARY_MESSAGE, &buffer, NULL), S_OK);
  CHECK_EQ(WebSocketSend(subject->h, PING_PONG, NULL, NULL), S_OK);
  CHECK_EQ(WebSocketReceive(subject->h, NULL, NULL), S_OK);
  CHECK_EQ(WebSocketReceive(subject->h, NULL, NULL), S_OK);
}

static void take_actions(struct subject *subject) {
  queue_operations(subject);
  CHECK_EQ(get_action(subject->h, SEND_QUEUE, 1).action, SEND_TO_NETWORK);
  CHECK_EQ(get_action(subject->h, RECEIVE_QUEUE, 1).action,
           RECEIVE_FROM_NETWORK);
}

static void abort_with_actions_out(struct subject *subject) {
  take_actions(subject);
  WebSocketAbortHandle(subject->h);
}

/* A message is begun in both directions; an indication is out. */
static void stop_in_messages(struct subject *subject) {
  WEB_SOCKET_BUFFER buffer = data_buffer(large, 100);
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  send_all(subject->h, 2, UTF8_FRAGMENT, &buffer, &wire);
  wire.length = 0;
  append_frame(&wire, OP_TEXT, subject->role == SERVER ? test_mask : NULL,
               large, 5000);
  network = network_of(&wire, wire.length);
  CHECK_EQ(WebSocketReceive(subject->h, NULL, NULL), S_OK);
  step = pump(subject->h, RECEIVE_QUEUE, &network);
  EXPECT(step, RECEIVE_COMPLETE, UTF8_FRAGMENT, 1, NULL);
  octets_free(&wire);
}

/* The peer has sent what it must not; the error is there. */
static void fail_receive(struct subject *subject) {
  struct octets wire = {NULL, 0, 0};
  struct network network;
  struct step step;
  append_frame(&wire, 0x83, subject->role == SERVER ? test_mask : NULL, "", 0);
  network = network_of(&wire, wire.length);
  queue_operations(subject);
  step = pump(subject->h, RECEIVE_QUEUE, &network);
  EXPECT_ERROR(step, FORMAT_ERROR);
  octets_free(&wire);
}

/* How far a handle comes before it is deleted. */
static const struct {
  const char *what;
  int state;
  void (*go_on)(struct subject *);
} lives[] = {
    {"created", CREATED, nothing},
    {"begin failed", CREATED, fail_begin},
    {"begun", BEGUN, nothing},
    {"end failed", BEGUN, fail_end},
    {"open", OPEN, nothing},
    {"operations queued", OPEN, queue_operations},
    {"actions out", OPEN, take_actions},
    {"inside messages", OPEN, stop_in_messages},
    {"after a fault", OPEN, fail_receive},
    {"aborted with actions out", OPEN, abort_with_actions_out},
    {"aborted", ABORTED, nothing},
};

int main(void) {
  size_t blocks, octets, i;
  int role;
  memset(large, 'x', sizeof large);
  check_that_counting_works();
  blocks = heap.live_blocks;
  octets = heap.live_octets;
  for (role = 0; role < ROLES; role++) {
    for (i = 0; i < COUNT(lives); i++) {
      struct subject subject = subject_in(role, lives[i].state);
      check_row = lives[i].what;
      lives[i].go_on(&subject);
      CHECK(heap.live_blocks > blocks);
      WebSocketDeleteHandle(subject.h);
      CHECK_EQ(heap.live_blocks, blocks);
      CHECK_EQ(heap.live_octets, octets);
    }
  }
  check_row = "";
  return 0;
}
