/*
 * A received CLOSE (RFC 6455 sections 5.5.1, 7.4): status and reason, which of
 * them are refused, and what the handle does from then on.
 *
 * Rows of docs/compatibility.md: *close-indication*, *close-codes*,
 * *receives-behind-close*.
 */
#include "party.h"

/* Feeds one frame to a fresh receive and returns what comes of it. */
static struct step feed_frame(WEB_SOCKET_HANDLE h, int server, int first,
                              const void *payload, size_t length,
                              size_t chunk) {
  struct party party = party_with(h, server);
  struct step step;
  party.network.chunk = chunk;
  peer_sends(&party, first, payload, length);
  queue_receive(&party);
  step = next(&party, RECEIVE_QUEUE);
  CHECK(step.action != RECEIVE_FROM_NETWORK);
  octets_free(&party.wire);
  return step;
}

static struct step feed_close(WEB_SOCKET_HANDLE h, int server,
                              const void *payload, size_t length) {
  return feed_frame(h, server, FIN | OP_CLOSE, payload, length, ONE_READ);
}

static void expect_close(const struct step *step, int status,
                         const char *reason, size_t length) {
  EXPECT(*step, RECEIVE_COMPLETE, CLOSE, 1, contexts);
  CHECK_EQ(step->buffers[0].CloseStatus.usStatus, status);
  /* The reason is never NULL, except where there is no status either. */
  CHECK(step->buffers[0].CloseStatus.pbReason != NULL);
  CHECK_OCTETS(step->buffers[0].CloseStatus.pbReason,
               step->buffers[0].CloseStatus.ulReasonLength, reason, length);
}

static void test_without_status(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    struct step step = feed_close(h, server, "", 0);
    EXPECT(step, RECEIVE_COMPLETE, CLOSE, 1, contexts);
    CHECK_EQ(step.buffers[0].CloseStatus.usStatus, 1005);
    CHECK_PTR(step.buffers[0].CloseStatus.pbReason, NULL);
    CHECK_EQ(step.buffers[0].CloseStatus.ulReasonLength, 0);
    complete(h, &step);
    WebSocketDeleteHandle(h);
  }
}

static void test_status_and_reason(void) {
  BYTE payload[125] = {0x03, 0xE9};
  int server;
  size_t length, chunk;
  memset(payload + 2, 'r', sizeof payload - 2);
  payload[2] = 0xC3;
  payload[3] = 0xA9;
  EACH_ROLE(server) {
    for (length = 0; length <= 123; length++) {
      for (chunk = 1; chunk < 140; chunk += 46) {
        struct receiver receiver;
        struct step step;
        if (length == 1) {
          continue; /* half a code point */
        }
        receiver = open_receiver(server, 256);
        step = feed_frame(receiver.h, server, FIN | OP_CLOSE, payload,
                          2 + length, chunk);
        expect_close(&step, 1001, (char *)payload + 2, length);
        CHECK(step.buffers[0].CloseStatus.pbReason >=
                  receiver_memory(&receiver) &&
              step.buffers[0].CloseStatus.pbReason + length <=
                  window_end(&receiver));
        complete(receiver.h, &step);
        close_receiver(&receiver);
      }
    }
  }
}

static int is_legal(int status) {
  return (status >= 1000 && status <= 1003) ||
         (status >= 1007 && status <= 1014) ||
         (status >= 3000 && status <= 4999);
}

/* Every status there is, with and without a reason. */
static void test_every_status(void) {
  int status;
  for (status = 0; status < 65536; status++) {
    int server = status & 1, reason = status >> 1 & 1;
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    BYTE payload[5] = {0, 0, 'w', 'h', 'y'};
    struct step step;
    payload[0] = (BYTE)(status >> 8);
    payload[1] = (BYTE)status;
    step = feed_close(h, server, payload, reason ? 5 : 2);
    if (is_legal(status)) {
      expect_close(&step, status, "why", reason ? 3 : 0);
      complete(h, &step);
    } else {
      EXPECT_ERROR(step, FORMAT_ERROR);
    }
    WebSocketDeleteHandle(h);
  }
}

/* The edges of the ranges, for either role, and when the fault is seen. */
static void test_edges(void) {
  static const int edges[] = {0,    1,    999,  1000,   1003,   1004, 1005,
                              1006, 1007, 1014, 1015,   1016,   2999, 3000,
                              4999, 5000, 9999, 0x7FFF, 0x8000, 65535};
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(edges); i++) {
      struct party party = party_of(server);
      struct step step;
      peer_closes(&party, edges[i], "reason");
      party.network.chunk = 1;
      queue_receive(&party);
      step = next(&party, RECEIVE_QUEUE);
      if (is_legal(edges[i])) {
        expect_close(&step, edges[i], "reason", 6);
        complete(party.h, &step);
      } else {
        EXPECT_ERROR(step, FORMAT_ERROR);
        CHECK(party.network.taken <= party.wire.length - 6);
      }
      party_free(&party);
    }
  }
}

/* A payload of one octet is refused from the header on. */
static void test_one_octet(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    peer_sends(&party, FIN | OP_CLOSE, "\x03", 1);
    party.network.chunk = 1;
    queue_receive(&party);
    step = next(&party, RECEIVE_QUEUE);
    EXPECT_ERROR(step, FORMAT_ERROR);
    CHECK_EQ(party.network.taken, 2);
    party_free(&party);
  }
}

static void test_bad_reason(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    struct step step = feed_close(h, server, "\x03\xE8 no\xFF", 6);
    EXPECT_ERROR(step, FORMAT_ERROR);
    WebSocketDeleteHandle(h);
    h = plain_handle(server, 256);
    step = feed_close(h, server, "\x03\xE8 cut \xE2\x82", 9);
    EXPECT_ERROR(step, FORMAT_ERROR);
    WebSocketDeleteHandle(h);
  }
}

/* Receives that were queued too long are handed back, before and after. */
static void test_queued_receives(void) {
  int server;
  size_t i;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    peer_closes(&party, 1000, "");
    peer_sends(&party, FIN | OP_TEXT, "behind", 6);
    queue_receives(&party, 4);
    step = next(&party, RECEIVE_QUEUE);
    expect_close(&step, 1000, "", 0);
    CHECK_EQ(WebSocketReceive(party.h, NULL, NULL), OPERATION_ERROR);
    EXPECT_IDLE(party.h, RECEIVE_QUEUE);
    complete(party.h, &step);
    for (i = 1; i < 4; i++) {
      step = get_action(party.h, i == 2 ? ALL_QUEUES : RECEIVE_QUEUE, 1);
      EXPECT(step, RECEIVE_COMPLETE, 0, 0, &contexts[i]);
      EXPECT_IDLE(party.h, RECEIVE_QUEUE);
      CHECK_EQ(WebSocketReceive(party.h, NULL, NULL), OPERATION_ERROR);
      complete(party.h, &step);
    }
    EXPECT_IDLE(party.h, ALL_QUEUES);
    party_free(&party);
  }
}

/*
 * A receive may be queued until GetAction has returned the CLOSE, even when
 * all its octets are in.
 */
static void test_when_receive_fails(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    peer_closes(&party, 4999, "bye");
    queue_receive(&party);
    party.network.read = get_action(party.h, RECEIVE_QUEUE, 1);
    finish_read(party.h, &party.network);
    CHECK_EQ(WebSocketReceive(party.h, NULL, &contexts[1]), S_OK);
    step = get_action(party.h, RECEIVE_QUEUE, 1);
    expect_close(&step, 4999, "bye", 3);
    CHECK_EQ(WebSocketReceive(party.h, NULL, NULL), OPERATION_ERROR);
    complete(party.h, &step);
    EXPECT_BACK(party.h, ALL_QUEUES, 0, &contexts[1]);
    CHECK_EQ(WebSocketReceive(party.h, NULL, NULL), OPERATION_ERROR);
    party_free(&party);
  }
}

/* Nothing behind a CLOSE is looked at, neither faults nor pings. */
static void test_nothing_behind(void) {
  static const int firsts[] = {FIN | OP_TEXT, FIN | OP_PING, FIN | OP_CLOSE,
                               0xFF, OP_PING};
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(firsts); i++) {
      struct party party = party_of(server);
      struct step step;
      peer_closes(&party, 1000, "");
      peer_sends(&party, firsts[i], "\x03\xE8", 2);
      queue_receives(&party, 2);
      step = next(&party, ALL_QUEUES);
      expect_close(&step, 1000, "", 0);
      complete(party.h, &step);
      EXPECT_BACK(party.h, ALL_QUEUES, 1, &contexts[1]);
      EXPECT_IDLE(party.h, ALL_QUEUES);
      party_free(&party);
    }
  }
}

/* A ping before the CLOSE is answered; inside a message the CLOSE stands. */
static void test_inside_message(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    peer_sends(&party, OP_TEXT, "half", 4);
    peer_pings(&party, "p");
    peer_closes(&party, 1001, "away");
    party.network.chunk = 3;
    EXPECT_RECEIVED(party.h, &party.network, UTF8_FRAGMENT, "half", 4);
    queue_receive(&party);
    expect_pong(&party, RECEIVE_QUEUE, "p", 1);
    step = next(&party, RECEIVE_QUEUE);
    expect_close(&step, 1001, "away", 4);
    complete(party.h, &step);
    party_free(&party);
  }
}

/* A pong that was held up by a send still goes after the CLOSE came. */
static void test_pending_pong(void) {
  BYTE data[25] = {1};
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step piece = begin_send(&party, data, sizeof data);
    struct step step;
    peer_pings(&party, "p");
    peer_closes(&party, 1000, "");
    queue_receive(&party);
    step = next(&party, RECEIVE_QUEUE);
    expect_close(&step, 1000, "", 0);
    complete(party.h, &step);
    end_send(&party, &piece, sizeof data);
    step = get_action(party.h, ALL_QUEUES, 1);
    finish_pong(party.h, &step, server, "p", 1);
    party_free(&party);
  }
}

/* No answer is made up: the caller sends its own, and data before it. */
static void test_sending_goes_on(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    WEB_SOCKET_BUFFER data = data_buffer("still here", 10);
    WEB_SOCKET_BUFFER bye = close_buffer(1000, NULL, 0);
    struct octets wire = {NULL, 0, 0};
    struct step step = feed_close(h, server, "\x03\xE8", 2);
    struct frame frame;
    expect_close(&step, 1000, "", 0);
    complete(h, &step);
    EXPECT_IDLE(h, ALL_QUEUES);
    send_all(h, 2, UTF8_MESSAGE, &data, &wire);
    frame = only_frame(&wire);
    CHECK_EQ(frame.first, FIN | OP_TEXT);
    CHECK_OCTETS(frame.payload, frame.length, "still here", 10);
    wire.length = 0;
    send_all(h, 2, CLOSE, &bye, &wire);
    frame = only_frame(&wire);
    CHECK_EQ(frame.first, FIN | OP_CLOSE);
    CHECK_OCTETS(frame.payload, frame.length, "\x03\xE8", 2);
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &data, NULL), OPERATION_ERROR);
    EXPECT_IDLE(h, ALL_QUEUES);
    octets_free(&wire);
    WebSocketDeleteHandle(h);
  }
}

int main(void) {
  test_without_status();
  test_status_and_reason();
  test_every_status();
  test_edges();
  test_one_octet();
  test_bad_reason();
  test_queued_receives();
  test_when_receive_fails();
  test_nothing_behind();
  test_inside_message();
  test_pending_pong();
  test_sending_goes_on();
  return 0;
}
