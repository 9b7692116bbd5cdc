/*
 * What a handle does after a fault of the peer, and after reads that were
 * cancelled or reported with a count that cannot be.
 *
 * Rows of docs/compatibility.md: *errors-repeat*, *end-of-stream*,
 * *overlong-read*.
 */
#include "party.h"

/* Queues receives and reports all that the peer has sent as one read. */
static void read_all(struct party *party, size_t receives) {
  struct network *network = &party->network;
  queue_receives(party, receives);
  network->read = get_action(party->h, RECEIVE_QUEUE, 1);
  EXPECT(network->read, RECEIVE_FROM_NETWORK, 0, 1, &contexts[0]);
  finish_read(party->h, network);
  CHECK_EQ(network->taken, network->length);
}

static void expect_error(WEB_SOCKET_HANDLE h, WEB_SOCKET_ACTION_QUEUE queue,
                         HRESULT hr) {
  ULONG slots;
  for (slots = 0; slots <= 2; slots++) {
    struct step step = get_action(h, queue, slots);
    EXPECT_ERROR(step, hr);
  }
}

/* Abort, and the receives are handed back in order. */
static void expect_handed_back(WEB_SOCKET_HANDLE h, size_t count) {
  size_t i;
  WebSocketAbortHandle(h);
  for (i = 0; i < count; i++) {
    struct step step = get_action(h, i % 2 ? ALL_QUEUES : RECEIVE_QUEUE, 1);
    EXPECT(step, RECEIVE_COMPLETE, 0, 0, &contexts[i]);
    EXPECT_IDLE(h, ALL_QUEUES);
    complete(h, &step);
  }
  EXPECT_IDLE(h, ALL_QUEUES);
}

/* A handle whose peer has sent what it must not. */
static WEB_SOCKET_HANDLE failed_handle(int server, size_t receives) {
  struct party party = party_of(server);
  peer_sends_bad_text(&party);
  read_all(&party, receives);
  octets_free(&party.wire);
  return party.h;
}

/* The error repeats, and nothing is handed back before Abort. */
static void test_error_repeats(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = failed_handle(server, 3);
    expect_error(h, RECEIVE_QUEUE, FORMAT_ERROR);
    CHECK_EQ(WebSocketReceive(h, NULL, NULL), OPERATION_ERROR);
    expect_error(h, ALL_QUEUES, FORMAT_ERROR);
    EXPECT_IDLE(h, SEND_QUEUE);
    expect_error(h, RECEIVE_QUEUE, FORMAT_ERROR);
    /* A NULL context, which the sample of the SDK completes, is harmless. */
    WebSocketCompleteAction(h, NULL, 0);
    expect_error(h, RECEIVE_QUEUE, FORMAT_ERROR);
    expect_handed_back(h, 3);
    WebSocketDeleteHandle(h);
  }
}

/* An operation error keeps its class as well. */
static void test_operation_error_repeats(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    peer_sends(&party, FIN | OP_CONTINUATION, "x", 1);
    read_all(&party, 2);
    expect_error(party.h, ALL_QUEUES, OPERATION_ERROR);
    expect_error(party.h, RECEIVE_QUEUE, OPERATION_ERROR);
    expect_handed_back(party.h, 2);
    party_free(&party);
  }
}

/* ALL serves what is to be sent first; the error is there when none is. */
static void test_sends_go_on(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = failed_handle(server, 1);
    WEB_SOCKET_BUFFER text = data_buffer("last words", 10);
    WEB_SOCKET_BUFFER bye = close_buffer(1002, "why", 3);
    struct octets wire = {NULL, 0, 0};
    struct frame frame;
    struct step step;
    expect_error(h, ALL_QUEUES, FORMAT_ERROR);
    send_all(h, 2, UTF8_MESSAGE, &text, &wire);
    CHECK_EQ(only_frame(&wire).length, 10);
    wire.length = 0;
    CHECK_EQ(WebSocketSend(h, CLOSE, &bye, &send_context), S_OK);
    expect_error(h, RECEIVE_QUEUE, FORMAT_ERROR);
    do {
      step = get_action(h, ALL_QUEUES, 1);
      EXPECT(step, SEND_TO_NETWORK, CLOSE, 1, &send_context);
      expect_error(h, ALL_QUEUES, FORMAT_ERROR);
      append_buffers(&wire, &step);
      complete(h, &step);
      step = get_action(h, ALL_QUEUES, 0);
    } while (step.hr == E_INVALIDARG);
    EXPECT(step, SEND_COMPLETE, CLOSE, 0, &send_context);
    complete(h, &step);
    frame = only_frame(&wire);
    CHECK_EQ(frame.first, FIN | OP_CLOSE);
    CHECK_OCTETS(frame.payload, frame.length, "\x03\xEAwhy", 5);
    expect_error(h, ALL_QUEUES, FORMAT_ERROR);
    CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &text, NULL), OPERATION_ERROR);
    expect_handed_back(h, 1);
    octets_free(&wire);
    WebSocketDeleteHandle(h);
  }
}

/* A ping before the fault: its pong is pending behind a half-sent frame. */
static void test_pending_pong(void) {
  BYTE data[25] = {1};
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step piece = begin_send(&party, data, sizeof data);
    struct step step;
    peer_pings(&party, "p");
    peer_sends_bad_text(&party);
    read_all(&party, 2);
    expect_error(party.h, RECEIVE_QUEUE, FORMAT_ERROR);
    expect_error(party.h, ALL_QUEUES, FORMAT_ERROR);
    end_send(&party, &piece, sizeof data);
    expect_error(party.h, RECEIVE_QUEUE, FORMAT_ERROR);
    step = get_action(party.h, ALL_QUEUES, 1);
    finish_pong(party.h, &step, server, "p", 1);
    expect_error(party.h, ALL_QUEUES, FORMAT_ERROR);
    expect_handed_back(party.h, 2);
    party_free(&party);
  }
}

/* A pong that is out when the fault is found is completed as usual. */
static void test_pong_out(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    peer_pings(&party, "p");
    peer_sends_bad_text(&party);
    read_all(&party, 1);
    step = get_action(party.h, ALL_QUEUES, 1);
    /* Nothing behind the ping is parsed yet. */
    EXPECT_IDLE(party.h, RECEIVE_QUEUE);
    EXPECT_IDLE(party.h, ALL_QUEUES);
    finish_pong(party.h, &step, server, "p", 1);
    expect_error(party.h, ALL_QUEUES, FORMAT_ERROR);
    expect_handed_back(party.h, 1);
    party_free(&party);
  }
}

/* 0 octets: the receive is over without data, and the next one goes on. */
static void test_cancelled_read(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    size_t i;
    for (i = 0; i < 3; i++) {
      CHECK_EQ(WebSocketReceive(h, NULL, &contexts[i]), S_OK);
    }
    for (i = 0; i < 3; i++) {
      struct step step = get_action(h, RECEIVE_QUEUE, 1);
      EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &contexts[i]);
      complete_with(h, &step, 0);
      EXPECT_BACK(h, i % 2 ? ALL_QUEUES : RECEIVE_QUEUE, i ? 1 : 0,
                  &contexts[i]);
    }
    EXPECT_IDLE(h, ALL_QUEUES);
    WebSocketDeleteHandle(h);
  }
}

/* The receive that is queued is cancelled before its next octet. */
static void cancel_read(WEB_SOCKET_HANDLE h, const struct step *read) {
  complete_with(h, read, 0);
  EXPECT_BACK(h, RECEIVE_QUEUE, 1, &contexts[0]);
  EXPECT_IDLE(h, ALL_QUEUES);
  CHECK_EQ(WebSocketReceive(h, NULL, &contexts[0]), S_OK);
}

/* Cancelled before every single octet, all still comes right. */
static void test_cancel_inside_frames(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    struct script script;
    struct octets got = {NULL, 0, 0};
    size_t at, pongs = 0;
    script_begin(&script, server);
    script_fill(&script, FIN | OP_TEXT, 20);
    script_fill(&script, OP_BINARY, 130);
    script_fill(&script, FIN | OP_PING, 3);
    script_fill(&script, FIN | OP_CONTINUATION, 700);
    CHECK_EQ(WebSocketReceive(h, NULL, &contexts[0]), S_OK);
    for (at = 0; at < script.wire.length; at++) {
      struct step step = get_action(h, RECEIVE_QUEUE, 1);
      EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &contexts[0]);
      cancel_read(h, &step);
      step = get_action(h, RECEIVE_QUEUE, 1);
      EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &contexts[0]);
      step.buffers[0].Data.pbBuffer[0] = script.wire.data[at];
      complete_with(h, &step, 1);
      /* A call without a slot changes nothing. */
      step = get_action(h, ALL_QUEUES, 0);
      EXPECT_ERROR(step, E_INVALIDARG);
      step = get_action(h, ALL_QUEUES, 1);
      if (step.action == RECEIVE_FROM_NETWORK) {
        cancel_read(h, &step);
        continue;
      }
      if (step.action == SEND_TO_NETWORK) {
        finish_pong(h, &step, server,
                    script.plain.data + script.frames[2].payload, 3);
        pongs++;
        continue;
      }
      EXPECT(step, RECEIVE_COMPLETE, step.type, 1, &contexts[0]);
      append_buffers(&got, &step);
      complete(h, &step);
      CHECK_EQ(WebSocketReceive(h, NULL, &contexts[0]), S_OK);
    }
    CHECK_EQ(pongs, 1);
    CHECK_EQ(got.length, 20 + 130 + 700);
    CHECK_OCTETS(got.data + 150, 700,
                 script.plain.data + script.frames[3].payload, 700);
    CHECK_OCTETS(got.data + 20, 130,
                 script.plain.data + script.frames[1].payload, 130);
    octets_free(&got);
    script_free(&script);
    WebSocketDeleteHandle(h);
  }
}

/* More octets than there was room for cannot be: the receive side ends. */
static void test_overlong_counts(void) {
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < 3; i++) {
      WEB_SOCKET_HANDLE h = plain_handle(server, 256);
      WEB_SOCKET_BUFFER text = data_buffer("x", 1);
      struct octets wire = {NULL, 0, 0};
      struct step read;
      CHECK_EQ(WebSocketReceive(h, NULL, &contexts[0]), S_OK);
      CHECK_EQ(WebSocketReceive(h, NULL, &contexts[1]), S_OK);
      read = get_action(h, RECEIVE_QUEUE, 1);
      EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, &contexts[0]);
      complete_with(h, &read,
                    i == 0   ? read.buffers[0].Data.ulBufferLength + 1
                    : i == 1 ? 0x80000000u
                             : 0xFFFFFFFFu);
      expect_error(h, RECEIVE_QUEUE, FORMAT_ERROR);
      CHECK_EQ(WebSocketReceive(h, NULL, NULL), OPERATION_ERROR);
      send_all(h, 2, UTF8_MESSAGE, &text, &wire);
      expect_error(h, ALL_QUEUES, FORMAT_ERROR);
      expect_handed_back(h, 2);
      octets_free(&wire);
      WebSocketDeleteHandle(h);
    }
  }
}

/* A read may be reported with fewer octets than it asked for, or all. */
static void test_counts_that_can_be(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    size_t length = 256 - (server ? 8 : 4);
    struct step step;
    BYTE data[256];
    memset(data, 'd', sizeof data);
    peer_sends(&party, FIN | OP_BINARY, data, length);
    CHECK_EQ(party.wire.length, 256);
    read_all(&party, 1);
    step = get_action(party.h, RECEIVE_QUEUE, 1);
    EXPECT(step, RECEIVE_COMPLETE, BINARY_MESSAGE, 1, &contexts[0]);
    CHECK_OCTETS(step.buffers[0].Data.pbBuffer, step_length(&step), data,
                 length);
    complete(party.h, &step);
    party_free(&party);
  }
}

/* The count of an indication is ignored, and nothing is delivered again. */
static void test_counts_of_indications(void) {
  static const size_t counts[] = {0, 1, 5, 6, 0xFFFFFFFF};
  int server;
  size_t i;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    for (i = 0; i < COUNT(counts); i++) {
      struct step step;
      peer_sends(&party, FIN | OP_TEXT, "hello", 5);
      read_all(&party, 1);
      step = get_action(party.h, RECEIVE_QUEUE, 1);
      EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, &contexts[0]);
      CHECK_OCTETS(step.buffers[0].Data.pbBuffer, step_length(&step), "hello",
                   5);
      complete_with(party.h, &step, counts[i]);
      EXPECT_IDLE(party.h, ALL_QUEUES);
    }
    party_free(&party);
  }
}

int main(void) {
  test_error_repeats();
  test_operation_error_repeats();
  test_sends_go_on();
  test_pending_pong();
  test_pong_out();
  test_cancelled_read();
  test_cancel_inside_frames();
  test_overlong_counts();
  test_counts_that_can_be();
  test_counts_of_indications();
  return 0;
}
