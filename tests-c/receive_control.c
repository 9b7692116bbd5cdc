/*
 * Pings and pongs (RFC 6455 sections 5.5.2, 5.5.3): a ping is answered by the
 * library, between frames and never at the cost of a receive; a pong comes up
 * as PING_PONG and completes one.
 *
 * Rows of docs/compatibility.md: *pong-on-receive-queue*, *pong-latest-wins*,
 * *pong-between-frames*, *receive-never-stalls*, *pongs-are-ping-pong*,
 * *one-indication*.
 */
#include "party.h"

/* All that came is read; the read stays out. */
static void expect_reading(struct party *party, WEB_SOCKET_ACTION_QUEUE queue) {
  struct step step = next(party, queue);
  EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, contexts);
  CHECK(party->network.reading);
}

static void expect_text(struct party *party, WEB_SOCKET_ACTION_QUEUE queue,
                        const char *text) {
  struct step step = next(party, queue);
  EXPECT(step, RECEIVE_COMPLETE, UTF8_MESSAGE, 1, contexts);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, text, strlen(text));
  complete(party->h, &step);
}

static const WEB_SOCKET_ACTION_QUEUE both[] = {RECEIVE_QUEUE, ALL_QUEUES};

/* Every length; the answer has the same payload, masked by a client. */
static void test_answers(void) {
  BYTE payload[125];
  size_t length, i;
  int server;
  for (i = 0; i < sizeof payload; i++) {
    payload[i] = (BYTE)(i * 7 + 1);
  }
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(both); i++) {
      struct party party = party_of(server);
      for (length = 0; length <= sizeof payload; length++) {
        queue_receive(&party);
        peer_sends(&party, FIN | OP_PING, payload, length);
        peer_sends(&party, FIN | OP_TEXT, "behind", 6);
        party.network.chunk = length % 9 + 1;
        expect_pong(&party, both[i], payload, length);
        expect_text(&party, both[i], "behind");
        EXPECT_IDLE(party.h, ALL_QUEUES);
      }
      party_free(&party);
    }
  }
}

/* A client draws a key for each pong. */
static void test_keys(void) {
  struct party party = party_of(0);
  BYTE keys[32][4];
  size_t i, j, same = 0;
  for (i = 0; i < COUNT(keys); i++) {
    struct octets wire = {NULL, 0, 0};
    struct step step;
    queue_receive(&party);
    peer_pings(&party, "x");
    peer_sends(&party, FIN | OP_TEXT, "t", 1);
    step = next(&party, RECEIVE_QUEUE);
    EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
    append_buffers(&wire, &step);
    memcpy(keys[i], only_frame(&wire).mask, 4);
    complete(party.h, &step);
    expect_text(&party, RECEIVE_QUEUE, "t");
    octets_free(&wire);
    for (j = 0; j < i; j++) {
      same += memcmp(keys[i], keys[j], 4) == 0;
    }
  }
  /* One pair in 32 keys is equal by chance once in 8 million runs. */
  CHECK(same <= 1);
  party_free(&party);
}

/* Without a queued receive nothing is parsed, so that nothing is answered. */
static void test_no_receive(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    peer_sends(&party, FIN | OP_TEXT, "first", 5);
    peer_pings(&party, "ping");
    peer_sends(&party, FIN | OP_TEXT, "second", 6);
    EXPECT_IDLE(party.h, ALL_QUEUES);
    queue_receive(&party);
    expect_text(&party, ALL_QUEUES, "first");
    CHECK_EQ(party.network.taken, party.wire.length);
    EXPECT_IDLE(party.h, ALL_QUEUES);
    EXPECT_IDLE(party.h, RECEIVE_QUEUE);
    EXPECT_IDLE(party.h, SEND_QUEUE);
    queue_receive(&party);
    EXPECT_IDLE(party.h, SEND_QUEUE);
    expect_pong(&party, RECEIVE_QUEUE, "ping", 4);
    expect_text(&party, RECEIVE_QUEUE, "second");
    party_free(&party);
  }
}

/* While a pong is out, nothing is parsed and SEND waits as well. */
static void test_pong_out(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    WEB_SOCKET_BUFFER text = data_buffer("mine", 4);
    struct octets wire = {NULL, 0, 0};
    struct step pong;
    queue_receive(&party);
    peer_pings(&party, "1");
    peer_sends(&party, FIN | OP_TEXT, "behind", 6);
    pong = next(&party, RECEIVE_QUEUE);
    EXPECT(pong, SEND_TO_NETWORK, PING_PONG, 1, NULL);
    EXPECT_IDLE(party.h, RECEIVE_QUEUE);
    EXPECT_IDLE(party.h, SEND_QUEUE);
    EXPECT_IDLE(party.h, ALL_QUEUES);
    CHECK_EQ(WebSocketSend(party.h, UTF8_MESSAGE, &text, &send_context), S_OK);
    EXPECT_IDLE(party.h, SEND_QUEUE);
    EXPECT_IDLE(party.h, ALL_QUEUES);
    finish_pong(party.h, &pong, server, "1", 1);
    expect_text(&party, RECEIVE_QUEUE, "behind");
    run_send(party.h, 2, UTF8_MESSAGE, &send_context, &wire);
    octets_free(&wire);
    party_free(&party);
  }
}

/* A count that is not right drops the pong; nothing else is lost. */
static void test_wrong_counts(void) {
  static const size_t counts[] = {0, 1, 1000, 0xFFFFFFFF};
  int server;
  size_t i;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    for (i = 0; i < COUNT(counts); i++) {
      struct step step;
      queue_receive(&party);
      peer_pings(&party, "lost");
      peer_sends(&party, FIN | OP_TEXT, "behind", 6);
      step = next(&party, ALL_QUEUES);
      EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
      complete_with(party.h, &step, counts[i]);
      expect_text(&party, ALL_QUEUES, "behind");
      EXPECT_IDLE(party.h, ALL_QUEUES);
    }
    party_free(&party);
  }
}

/* No pong inside a frame that is half sent; messages go on coming in. */
static void test_half_sent_frame(void) {
  BYTE data[100] = {1};
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(both); i++) {
      struct party party = party_of(server);
      struct octets wire = {NULL, 0, 0};
      struct step piece = begin_send(&party, data, sizeof data);
      queue_receive(&party);
      peer_pings(&party, "first");
      peer_sends(&party, FIN | OP_TEXT, "one", 3);
      peer_pings(&party, "second");
      peer_sends(&party, FIN | OP_TEXT, "two", 3);
      expect_text(&party, both[i], "one");
      append_buffers(&wire, &piece);
      complete(party.h, &piece);
      /* Between two actions of the frame the send track is not free. */
      EXPECT_IDLE(party.h, RECEIVE_QUEUE);
      queue_receive(&party);
      expect_text(&party, RECEIVE_QUEUE, "two");
      EXPECT_IDLE(party.h, RECEIVE_QUEUE);
      run_send(party.h, 1, BINARY_MESSAGE, &send_context, &wire);
      CHECK_EQ(only_frame(&wire).length, sizeof data);
      /* The latest ping wins, and its answer needs no receive. */
      EXPECT_IDLE(party.h, SEND_QUEUE);
      expect_pong(&party, both[i], "second", 6);
      EXPECT_IDLE(party.h, ALL_QUEUES);
      octets_free(&wire);
      party_free(&party);
    }
  }
}

/* A pong that could not go is handed out even while a read is out. */
static void test_pong_while_reading(void) {
  BYTE data[40] = {2};
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(both); i++) {
      struct party party = party_of(server);
      struct step piece = begin_send(&party, data, sizeof data);
      queue_receive(&party);
      peer_pings(&party, "early");
      peer_pings(&party, "late");
      expect_reading(&party, RECEIVE_QUEUE);
      EXPECT_IDLE(party.h, RECEIVE_QUEUE);
      end_send(&party, &piece, sizeof data);
      piece = get_action(party.h, both[i], 1);
      EXPECT(piece, SEND_TO_NETWORK, PING_PONG, 1, NULL);
      /* The read is finished while the pong is out: nothing is parsed. */
      peer_sends(&party, FIN | OP_TEXT, "behind", 6);
      finish_read(party.h, &party.network);
      EXPECT_IDLE(party.h, RECEIVE_QUEUE);
      EXPECT_IDLE(party.h, ALL_QUEUES);
      finish_pong(party.h, &piece, server, "late", 4);
      expect_text(&party, both[i], "behind");
      party_free(&party);
    }
  }
}

/* With a send buffer for the whole of a short frame. */
static struct party roomy_party(int server) {
  return party_with(server ? server_sized(256, 64) : client_sized(256, 64),
                    server);
}

/* The pong goes before sends that wait, and after the one that is out. */
static void test_between_sends(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = roomy_party(server);
    WEB_SOCKET_BUFFER buffer = data_buffer("x", 1);
    struct octets wire = {NULL, 0, 0};
    struct step first;
    CHECK_EQ(WebSocketSend(party.h, UTF8_MESSAGE, &buffer, &party), S_OK);
    CHECK_EQ(WebSocketSend(party.h, UTF8_MESSAGE, &buffer, &wire), S_OK);
    first = get_action(party.h, ALL_QUEUES, 2);
    EXPECT(first, SEND_TO_NETWORK, UTF8_MESSAGE, first.count, &party);
    queue_receive(&party);
    peer_pings(&party, "p");
    expect_reading(&party, ALL_QUEUES);
    complete(party.h, &first);
    /* The indication of the first send has not been fetched. */
    first = get_action(party.h, ALL_QUEUES, 2);
    finish_pong(party.h, &first, server, "p", 1);
    first = get_action(party.h, ALL_QUEUES, 2);
    EXPECT(first, SEND_COMPLETE, UTF8_MESSAGE, 0, &party);
    complete(party.h, &first);
    run_send(party.h, 2, UTF8_MESSAGE, &wire, &wire);
    octets_free(&wire);
    party_free(&party);
  }
}

/* A caller that leaves INDICATE_SEND_COMPLETE unfetched still gets pongs. */
static void test_unfetched_indication(void) {
  BYTE data[3] = {3};
  int server;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < 2; i++) {
      struct party party = roomy_party(server);
      WEB_SOCKET_BUFFER buffer = data_buffer(data, sizeof data);
      struct step step;
      CHECK_EQ(WebSocketSend(party.h, BINARY_MESSAGE, &buffer, &send_context),
               S_OK);
      step = get_action(party.h, SEND_QUEUE, 2);
      EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, step.count, &send_context);
      /* As mORMot 2 makes the calls: 0 after a send that went well. */
      complete_with(party.h, &step, i == 0 ? 0 : step_length(&step));
      queue_receive(&party);
      peer_pings(&party, "go");
      peer_sends(&party, FIN | OP_TEXT, "behind", 6);
      expect_pong(&party, RECEIVE_QUEUE, "go", 2);
      expect_text(&party, RECEIVE_QUEUE, "behind");
      EXPECT_SENT(party.h, 2, BINARY_MESSAGE, &send_context);
      party_free(&party);
    }
  }
}

/* Our own CLOSE does not end the answers, before and after it is sent. */
static void test_after_own_close(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    WEB_SOCKET_BUFFER bye = close_buffer(1000, "bye", 3);
    struct octets wire = {NULL, 0, 0};
    CHECK_EQ(WebSocketSend(party.h, CLOSE, &bye, &send_context), S_OK);
    queue_receive(&party);
    peer_pings(&party, "queued");
    peer_sends(&party, FIN | OP_TEXT, "one", 3);
    expect_pong(&party, RECEIVE_QUEUE, "queued", 6);
    expect_text(&party, RECEIVE_QUEUE, "one");
    run_send(party.h, 1, CLOSE, &send_context, &wire);
    queue_receive(&party);
    peer_pings(&party, "sent");
    peer_sends(&party, FIN | OP_TEXT, "two", 3);
    expect_pong(&party, ALL_QUEUES, "sent", 4);
    expect_text(&party, ALL_QUEUES, "two");
    octets_free(&wire);
    party_free(&party);
  }
}

/* Each pong completes one receive, whether anybody asked for it or not. */
static void test_received_pongs(void) {
  BYTE payload[125];
  int server;
  size_t length;
  memset(payload, 'p', sizeof payload);
  EACH_ROLE(server) {
    struct party party = party_of(server);
    for (length = 0; length <= sizeof payload; length++) {
      peer_sends(&party, FIN | OP_PONG, payload, length);
    }
    for (length = 0; length <= sizeof payload; length++) {
      EXPECT_RECEIVED(party.h, &party.network, PING_PONG, payload, length);
      EXPECT_IDLE(party.h, ALL_QUEUES);
    }
    /* Also inside a message, of which it changes nothing. */
    peer_sends(&party, OP_TEXT, "a", 1);
    peer_sends(&party, FIN | OP_PONG, "b", 1);
    peer_sends(&party, FIN | OP_CONTINUATION, "c", 1);
    EXPECT_RECEIVED(party.h, &party.network, UTF8_FRAGMENT, "a", 1);
    EXPECT_RECEIVED(party.h, &party.network, PING_PONG, "b", 1);
    EXPECT_RECEIVED(party.h, &party.network, UTF8_MESSAGE, "c", 1);
    party_free(&party);
  }
}

/* No slot, no pong: it is refused and comes again. */
static void test_no_slot(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    queue_receive(&party);
    expect_reading(&party, RECEIVE_QUEUE);
    peer_pings(&party, "p");
    finish_read(party.h, &party.network);
    step = get_action(party.h, RECEIVE_QUEUE, 0);
    EXPECT_ERROR(step, E_INVALIDARG);
    step = get_action(party.h, ALL_QUEUES, 0);
    EXPECT_ERROR(step, E_INVALIDARG);
    expect_pong(&party, ALL_QUEUES, "p", 1);
    party_free(&party);
  }
}

int main(void) {
  test_answers();
  test_keys();
  test_no_receive();
  test_pong_out();
  test_wrong_counts();
  test_half_sent_frame();
  test_pong_while_reading();
  test_between_sends();
  test_unfetched_indication();
  test_after_own_close();
  test_received_pongs();
  test_no_slot();
  return 0;
}
