/*
 * WebSocketAbortHandle: what is queued is handed back with its context,
 * whatever was out at the time.
 *
 * Rows of docs/compatibility.md: *abort-hands-back*, *pong-latest-wins*.
 */
#include "party.h"

static char sends[8], receives[8];
static BYTE data[300];

static const WEB_SOCKET_BUFFER_TYPE types[] = {UTF8_FRAGMENT,  PING_PONG,
                                               UTF8_MESSAGE,   UNSOLICITED_PONG,
                                               BINARY_MESSAGE, CLOSE};

/* Sends of every type, and as many receives, some with a buffer. */
static void queue_all(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER payload = data_buffer(data, sizeof data);
  WEB_SOCKET_BUFFER bye = close_buffer(1000, "bye", 3);
  size_t i;
  memset(data, 'd', sizeof data);
  for (i = 0; i < COUNT(types); i++) {
    WEB_SOCKET_BUFFER *buffer = &payload;
    if (types[i] == PING_PONG || types[i] == UNSOLICITED_PONG) {
      buffer = NULL;
    } else if (types[i] == CLOSE) {
      buffer = &bye;
    }
    CHECK_EQ(WebSocketSend(h, types[i], buffer, &sends[i]), S_OK);
    CHECK_EQ(WebSocketReceive(h, i % 2 ? &payload : NULL, &receives[i]), S_OK);
  }
}

static void expect_send_back(WEB_SOCKET_HANDLE h, WEB_SOCKET_ACTION_QUEUE queue,
                             ULONG slots, size_t i) {
  struct step step = get_action(h, queue, slots);
  EXPECT(step, SEND_COMPLETE, types[i], 0, &sends[i]);
  EXPECT_IDLE(h, SEND_QUEUE);
  complete(h, &step);
}

static void expect_receive_back(WEB_SOCKET_HANDLE h,
                                WEB_SOCKET_ACTION_QUEUE queue, ULONG slots,
                                size_t i) {
  struct step step = get_action(h, queue, slots);
  EXPECT(step, RECEIVE_COMPLETE, 0, 0, &receives[i]);
  /* One at a time, and no error comes back. */
  EXPECT_IDLE(h, RECEIVE_QUEUE);
  complete(h, &step);
}

/* Everything from these two on is handed back, then there is nothing. */
static void expect_drain(WEB_SOCKET_HANDLE h, ULONG slots, size_t send,
                         size_t receive) {
  for (; receive < COUNT(types); receive++) {
    expect_receive_back(h, RECEIVE_QUEUE, slots, receive);
  }
  EXPECT_IDLE(h, RECEIVE_QUEUE);
  for (; send < COUNT(types); send++) {
    expect_send_back(h, SEND_QUEUE, slots, send);
  }
  EXPECT_IDLE(h, SEND_QUEUE);
  EXPECT_IDLE(h, ALL_QUEUES);
}

static void expect_refusals(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER payload = data_buffer(data, 1);
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &payload, NULL), OPERATION_ERROR);
  CHECK_EQ(WebSocketSend(h, PING_PONG, NULL, NULL), OPERATION_ERROR);
  CHECK_EQ(WebSocketSend(h, CLOSE, NULL, NULL), OPERATION_ERROR);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), OPERATION_ERROR);
  CHECK_EQ(WebSocketReceive(h, &payload, NULL), OPERATION_ERROR);
}

/* Queue by queue, as .NET HttpListener WebSockets make the calls. */
static void test_drain_by_queue(void) {
  int server;
  ULONG slots;
  EACH_ROLE(server) {
    for (slots = 0; slots <= 2; slots++) {
      WEB_SOCKET_HANDLE h = plain_handle(server, 256);
      queue_all(h);
      WebSocketAbortHandle(h);
      expect_refusals(h);
      WebSocketAbortHandle(h);
      expect_drain(h, slots, 0, 0);
      expect_refusals(h);
      WebSocketAbortHandle(h);
      EXPECT_IDLE(h, ALL_QUEUES);
      WebSocketDeleteHandle(h);
    }
  }
}

/* ALL hands back the sends before the receives. */
static void test_drain_all(void) {
  int server;
  ULONG slots;
  size_t i;
  EACH_ROLE(server) {
    for (slots = 0; slots <= 2; slots++) {
      WEB_SOCKET_HANDLE h = plain_handle(server, 256);
      queue_all(h);
      WebSocketAbortHandle(h);
      for (i = 0; i < COUNT(types); i++) {
        expect_send_back(h, ALL_QUEUES, slots, i);
      }
      for (i = 0; i < COUNT(types); i++) {
        expect_receive_back(h, ALL_QUEUES, slots, i);
      }
      EXPECT_IDLE(h, ALL_QUEUES);
      WebSocketDeleteHandle(h);
    }
  }
}

static const size_t counts[] = {0, 1, 2, 17, 314, 0xFFFFFFFF};

/* A read that is out stays out; any count hands its receive back. */
static void test_read_out(void) {
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(counts); i++) {
      WEB_SOCKET_HANDLE h = plain_handle(server, 256);
      struct step read;
      queue_all(h);
      read = get_action(h, RECEIVE_QUEUE, 1);
      EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, &receives[0]);
      WebSocketAbortHandle(h);
      EXPECT_IDLE(h, RECEIVE_QUEUE);
      memset(read.buffers[0].Data.pbBuffer, 0xFF,
             read.buffers[0].Data.ulBufferLength);
      complete_with(h, &read, counts[i]);
      expect_drain(h, 1, 0, 0);
      /* Late and twice: harmless. */
      complete_with(h, &read, counts[i]);
      EXPECT_IDLE(h, ALL_QUEUES);
      WebSocketDeleteHandle(h);
    }
  }
}

/* Completed before Abort, a read is handed back all the same. */
static void test_read_completed_before(void) {
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(counts); i++) {
      WEB_SOCKET_HANDLE h = plain_handle(server, 256);
      struct step read;
      queue_all(h);
      read = get_action(h, RECEIVE_QUEUE, 1);
      memset(read.buffers[0].Data.pbBuffer, 0xFF,
             read.buffers[0].Data.ulBufferLength);
      complete_with(h, &read, counts[i]);
      WebSocketAbortHandle(h);
      expect_drain(h, 1, 0, 0);
      WebSocketDeleteHandle(h);
    }
  }
}

/* The same for a send, also in the middle of its frame. */
static void test_send_out(void) {
  int server;
  size_t i, pieces, k;
  EACH_ROLE(server) {
    for (pieces = 0; pieces < 2; pieces++) {
      for (i = 0; i <= COUNT(counts); i++) {
        WEB_SOCKET_HANDLE h = plain_handle(server, 256);
        struct step send;
        queue_all(h);
        for (k = 0; k < pieces; k++) {
          send = get_action(h, SEND_QUEUE, 1);
          complete(h, &send);
        }
        send = get_action(h, SEND_QUEUE, 1);
        EXPECT(send, SEND_TO_NETWORK, UTF8_FRAGMENT, 1, &sends[0]);
        WebSocketAbortHandle(h);
        EXPECT_IDLE(h, SEND_QUEUE);
        complete_with(h, &send,
                      i < COUNT(counts) ? counts[i] : step_length(&send));
        expect_drain(h, 1, 0, 0);
        complete(h, &send);
        EXPECT_IDLE(h, ALL_QUEUES);
        WebSocketDeleteHandle(h);
      }
    }
  }
}

/* Between two pieces of a frame nothing is out: it is handed back. */
static void test_between_pieces(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    struct step send;
    queue_all(h);
    send = get_action(h, SEND_QUEUE, 1);
    complete(h, &send);
    WebSocketAbortHandle(h);
    expect_drain(h, 0, 0, 0);
    WebSocketDeleteHandle(h);
  }
}

/* The receive to which an indication belongs is over already. */
static void test_indications_out(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step received, sent;
    peer_sends(&party, FIN | OP_TEXT, "hello", 5);
    peer_sends(&party, FIN | OP_TEXT, "lost", 4);
    queue_all(party.h);
    received = next(&party, RECEIVE_QUEUE);
    EXPECT(received, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, &receives[0]);
    sent = get_action(party.h, SEND_QUEUE, 2);
    complete_with(party.h, &sent, 0);
    sent = get_action(party.h, SEND_QUEUE, 2);
    EXPECT(sent, SEND_COMPLETE, UTF8_FRAGMENT, 0, &sends[0]);
    WebSocketAbortHandle(party.h);
    EXPECT_IDLE(party.h, ALL_QUEUES);
    CHECK_OCTETS(received.buffers[0].Data.pbBuffer, 5, "hello", 5);
    complete(party.h, &received);
    complete(party.h, &sent);
    expect_drain(party.h, 1, 1, 1);
    party_free(&party);
  }
}

/* The pong is out, or only pending behind a send that is out. */
static struct step answer_ping(struct party *party, int pending) {
  struct step send, step;
  peer_pings(party, "p");
  queue_all(party->h);
  if (pending) {
    send = get_action(party->h, SEND_QUEUE, 1);
    EXPECT(send, SEND_TO_NETWORK, UTF8_FRAGMENT, 1, &sends[0]);
    step = next(party, RECEIVE_QUEUE);
    EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &receives[0]);
    complete_with(party->h, &step, 0);
    return send;
  }
  step = next(party, RECEIVE_QUEUE);
  EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  return step;
}

static void test_pong_out(void) {
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i <= COUNT(counts); i++) {
      struct party party = party_of(server);
      struct step pong = answer_ping(&party, 0);
      WebSocketAbortHandle(party.h);
      /* The pong holds the send track, not the receives. */
      EXPECT_IDLE(party.h, SEND_QUEUE);
      expect_receive_back(party.h, RECEIVE_QUEUE, 1, 0);
      complete_with(party.h, &pong,
                    i < COUNT(counts) ? counts[i] : step_length(&pong));
      expect_drain(party.h, 1, 0, 1);
      party_free(&party);
    }
  }
}

static void test_pending_pong(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step send = answer_ping(&party, 1);
    WebSocketAbortHandle(party.h);
    complete(party.h, &send);
    expect_drain(party.h, 1, 0, 0);
    party_free(&party);
  }
}

/* After a fault of the peer Abort makes every call succeed again. */
static void test_after_error(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    peer_sends_bad_text(&party);
    party.network.chunk = 1;
    queue_all(party.h);
    step = next(&party, RECEIVE_QUEUE);
    EXPECT_ERROR(step, FORMAT_ERROR);
    WebSocketAbortHandle(party.h);
    expect_drain(party.h, 1, 0, 0);
    party_free(&party);
  }
}

/* After a received CLOSE there is nothing but what was queued. */
static void test_after_close(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    peer_closes(&party, 1000, "");
    party.network.chunk = 1;
    queue_all(party.h);
    step = next(&party, RECEIVE_QUEUE);
    EXPECT(step, RECEIVE_COMPLETE, CLOSE, 1, &receives[0]);
    WebSocketAbortHandle(party.h);
    complete(party.h, &step);
    expect_drain(party.h, 1, 0, 1);
    party_free(&party);
  }
}

int main(void) {
  test_drain_by_queue();
  test_drain_all();
  test_read_out();
  test_read_completed_before();
  test_send_out();
  test_between_pieces();
  test_indications_out();
  test_pong_out();
  test_pending_pong();
  test_after_error();
  test_after_close();
  return 0;
}
