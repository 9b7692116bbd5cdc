/*
 * The calls of two servers on HTTP.sys that have one slot and ask for both
 * queues at once: a synchronous one with an assertion for each count, and an
 * asynchronous one that queues its next receive from inside the last.
 *
 * Rows of docs/compatibility.md: *one-slot*, *receive-before-complete*,
 * *receives-behind-close*, *end-of-stream*, *abort-hands-back*.
 */
#include "handshake.h"

static int app_context;

static WEB_SOCKET_HANDLE begun_server(struct header_set *set) {
  struct lines request = {0};
  WEB_SOCKET_HANDLE h = new_server();
  request_with(&request, "X Odd:header");
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, set), S_OK);
  free_lines(&request);
  return h;
}

/* ---- the synchronous server ---- */

/* It drops the two headers that HTTP.sys writes, by their exact names. */
static void check_names(const struct header_set *set) {
  ULONG i, dropped = 0;
  for (i = 0; i < set->count; i++) {
    dropped += strcmp(set->at[i].pcName, "Connection") == 0;
    dropped += strcmp(set->at[i].pcName, "Upgrade") == 0;
  }
  CHECK_EQ(dropped, 2);
}

static void send_synchronously(WEB_SOCKET_HANDLE h, const char *text) {
  WEB_SOCKET_BUFFER buffer = data_buffer(text, strlen(text));
  struct octets wire = {0};
  struct frame frame;
  struct step step;
  int parts;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &buffer, &app_context), S_OK);
  for (parts = 0; parts < 2; parts++) {
    step = get_action(h, ALL_QUEUES, 1);
    EXPECT(step, SEND_TO_NETWORK, UTF8_MESSAGE, 1, &app_context);
    append_buffers(&wire, &step);
    complete(h, &step);
  }
  CHECK_PTR(step.buffers[0].Data.pbBuffer, text);
  step = get_action(h, ALL_QUEUES, 1);
  EXPECT(step, SEND_COMPLETE, UTF8_MESSAGE, 0, &app_context);
  complete(h, &step);
  frame = only_frame(&wire);
  CHECK_OCTETS(frame.payload, frame.length, text, strlen(text));
  octets_free(&wire);
}

static void receive_synchronously(WEB_SOCKET_HANDLE h, const char *text) {
  struct octets peer = {0};
  struct network network;
  struct step step;
  append_frame(&peer, FIN | OP_TEXT, test_mask, text, strlen(text));
  network = network_of(&peer, 3);
  CHECK_EQ(WebSocketReceive(h, NULL, &app_context), S_OK);
  step = pump(h, ALL_QUEUES, &network);
  EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, &app_context);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, text, strlen(text));
  complete(h, &step);
  step = get_action(h, ALL_QUEUES, 1);
  EXPECT_NOTHING(step);
  octets_free(&peer);
}

static void test_synchronous(void) {
  struct header_set set;
  WEB_SOCKET_HANDLE h = begun_server(&set);
  check_names(&set);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
  send_synchronously(h, "eighteen octets ..");
  receive_synchronously(h, "a text of the peer");
  send_synchronously(h, "eighteen octets ..");
  WebSocketDeleteHandle(h);
}

/* ---- the asynchronous server ---- */

struct connection {
  WEB_SOCKET_HANDLE h;
  struct step read;  /* is out while its action is not NO_ACTION */
  struct step write; /* likewise */
  struct octets written;
  struct octets received;
  HRESULT receive_again; /* what the last WebSocketReceive said */
  int handed_back;       /* indications without a buffer */
  int closed;
};

/*
 * Its callback: everything that can be had until nothing can. Reads and
 * writes are begun and go on elsewhere. A receive that brought something is
 * followed by the next before it is completed.
 */
static void turn(struct connection *c) {
  for (;;) {
    struct step step = get_action(c->h, ALL_QUEUES, 1);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == NO_ACTION) {
      return;
    }
    if (step.action == SEND_TO_NETWORK) {
      CHECK_EQ(c->write.action, NO_ACTION);
      c->write = step;
      continue;
    }
    if (step.action == RECEIVE_FROM_NETWORK) {
      CHECK_EQ(c->read.action, NO_ACTION);
      c->read = step;
      continue;
    }
    if (step.action == RECEIVE_COMPLETE && step.count == 1) {
      c->closed |= step.type == CLOSE;
      octets_append(&c->received, step.buffers[0].Data.pbBuffer,
                    step.buffers[0].Data.ulBufferLength);
      c->receive_again = WebSocketReceive(c->h, NULL, &app_context);
    } else if (step.action == RECEIVE_COMPLETE) {
      c->handed_back++;
    }
    complete(c->h, &step);
  }
}

/* The write that is out has been done. */
static void written(struct connection *c) {
  struct step step = c->write;
  EXPECT(step, SEND_TO_NETWORK, step.type, 1, step.app);
  append_buffers(&c->written, &step);
  c->write.action = NO_ACTION;
  complete(c->h, &step);
  turn(c);
}

/* The read that is out brought these octets; none: the peer went away. */
static void have_read(struct connection *c, const struct octets *peer) {
  struct step step = c->read;
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &app_context);
  if (peer->length > 0) {
    memcpy(step.buffers[0].Data.pbBuffer, peer->data, peer->length);
  }
  c->read.action = NO_ACTION;
  complete_with(c->h, &step, peer->length);
  turn(c);
}

/* The answer is sent first; only its completion ends the handshake. */
static struct connection open_connection(void) {
  struct connection c;
  struct header_set set;
  memset(&c, 0, sizeof c);
  c.h = begun_server(&set);
  check_answer(&set, SAMPLE_ACCEPT);
  CHECK_EQ(WebSocketEndServerHandshake(c.h), S_OK);
  CHECK_EQ(WebSocketReceive(c.h, NULL, &app_context), S_OK);
  turn(&c);
  return c;
}

static void close_connection(struct connection *c) {
  octets_free(&c->written);
  octets_free(&c->received);
  WebSocketDeleteHandle(c->h);
}

/* Messages that arrive in one read come up in one turn. */
static void test_receive_from_inside(void) {
  struct connection c = open_connection();
  struct octets peer = {0};
  int i;
  for (i = 0; i < 3; i++) {
    append_frame(&peer, FIN | OP_BINARY, test_mask, "abc", 3);
  }
  for (i = 1; i <= 5; i++) {
    have_read(&c, &peer);
    CHECK_EQ(c.received.length, i * 9);
    CHECK_EQ(c.receive_again, S_OK);
    CHECK_EQ(c.read.action, RECEIVE_FROM_NETWORK);
  }
  CHECK_EQ(c.handed_back, 0);
  octets_free(&peer);
  close_connection(&c);
}

/* Sends go out piece by piece while a read is out. */
static void test_send_while_reading(void) {
  struct connection c = open_connection();
  WEB_SOCKET_BUFFER buffer = data_buffer("data", 4);
  struct octets peer = {0};
  size_t at = 0;
  int i;
  for (i = 0; i < 3; i++) {
    CHECK_EQ(WebSocketSend(c.h, BINARY_MESSAGE, &buffer, &app_context), S_OK);
  }
  turn(&c);
  for (i = 0; i < 3; i++) {
    written(&c);
    append_frame(&peer, FIN | OP_TEXT, test_mask, "in", 2);
    have_read(&c, &peer);
    octets_free(&peer);
    written(&c);
  }
  CHECK_EQ(c.write.action, NO_ACTION);
  for (i = 0; i < 3; i++) {
    struct frame frame = take_frame(&c.written, &at);
    CHECK_OCTETS(frame.payload, frame.length, "data", 4);
  }
  CHECK_EQ(at, c.written.length);
  CHECK_EQ(c.received.length, 6);
  close_connection(&c);
}

/* The receive from inside a close is refused, which it expects. */
static void test_close(void) {
  struct connection c = open_connection();
  struct octets peer = {0};
  append_close(&peer, test_mask, 1000, "bye");
  have_read(&c, &peer);
  CHECK(c.closed);
  CHECK_OCTETS(c.received.data, c.received.length, "bye", 3);
  CHECK_EQ(c.receive_again, OPERATION_ERROR);
  CHECK_EQ(c.read.action, NO_ACTION);
  CHECK_EQ(c.handed_back, 0);
  octets_free(&peer);
  close_connection(&c);
}

/* A receive that was queued in time is handed back behind the close. */
static void test_close_with_receive_queued(void) {
  struct connection c = open_connection();
  struct octets peer = {0};
  CHECK_EQ(WebSocketReceive(c.h, NULL, &app_context), S_OK);
  append_close(&peer, test_mask, 1000, "bye");
  have_read(&c, &peer);
  CHECK(c.closed);
  CHECK_EQ(c.handed_back, 1);
  octets_free(&peer);
  close_connection(&c);
}

/*
 * The peer goes away: the read ends with 0 and the handle is aborted before
 * or after. The receive comes back without a buffer, and no other one can be
 * queued, or the server would go round for ever.
 */
static void check_lost(int abort_first) {
  struct connection c = open_connection();
  struct octets nothing = {0};
  if (abort_first) {
    WebSocketAbortHandle(c.h);
  }
  have_read(&c, &nothing);
  CHECK_EQ(c.handed_back, 1);
  CHECK_EQ(c.read.action, NO_ACTION);
  WebSocketAbortHandle(c.h);
  CHECK_EQ(WebSocketReceive(c.h, NULL, &app_context), OPERATION_ERROR);
  turn(&c);
  CHECK_EQ(c.handed_back, 1);
  close_connection(&c);
}

/* Without an abort the connection could be read again. */
static void test_end_of_stream_alone(void) {
  struct connection c = open_connection();
  struct octets peer = {0};
  have_read(&c, &peer);
  CHECK_EQ(c.handed_back, 1);
  CHECK_EQ(WebSocketReceive(c.h, NULL, &app_context), S_OK);
  turn(&c);
  append_frame(&peer, FIN | OP_TEXT, test_mask, "more", 4);
  have_read(&c, &peer);
  CHECK_OCTETS(c.received.data, c.received.length, "more", 4);
  octets_free(&peer);
  close_connection(&c);
}

int main(void) {
  test_synchronous();
  test_receive_from_inside();
  test_send_while_reading();
  test_close();
  test_close_with_receive_queued();
  check_lost(0);
  check_lost(1);
  test_end_of_stream_alone();
  return 0;
}
