/*
 * Compressed messages that arrive (RFC 7692 sections 6.2, 7.2.2 and 7.2.3):
 * decompressed, whole or in pieces, checked, and never longer than allowed.
 *
 * Rows of docs/compatibility.md: *deflate-receive*, *deflate-pieces*,
 * *deflate-faults*, *deflate-limit*.
 */
#include "party.h"

#include "deflate.h"

#define RECEIVE 256

/* "Hello" compressed in other ways, RFC 7692 section 7.2.3. */
#define HELLO "\xF2\x48\xCD\xC9\xC9\x07\x00", 7
#define HELLO_AGAIN "\xF2\x00\x11\x00\x00", 5
#define HELLO_STORED "\x00\x05\x00\xFA\xFF\x48\x65\x6C\x6C\x6F\x00", 11
#define HELLO_FINAL "\xF3\x48\xCD\xC9\xC9\x07\x00\x00", 8
#define HELLO_BLOCKS "\xF2\x48\x05\x00\x00\x00\xFF\xFF\xCA\xC9\xC9\x07\x00", 13

static struct party party_that_deflates(int server, const WSPC_DEFLATE *value) {
  return party_with(open_deflate(server, value, RECEIVE, 16), server);
}

#define EXPECT_TEXT(peer, type, text)                                          \
  EXPECT_RECEIVED((peer)->h, &(peer)->network, type, text, strlen(text))

/* GetAction fails, and has the close code for it. */
static void expect_fault(struct party *peer, HRESULT hr, USHORT status) {
  USHORT got = 0;
  struct step step;
  CHECK_EQ(WebSocketReceive(peer->h, NULL, NULL), S_OK);
  step = pump(peer->h, RECEIVE_QUEUE, &peer->network);
  EXPECT_ERROR(step, hr);
  CHECK_EQ(WspcGetCloseStatus(peer->h, &got), S_OK);
  CHECK_EQ(got, status);
}

/* ---- messages ---- */

static void the_examples_of_the_rfc(int server, size_t chunk) {
  struct party peer = party_that_deflates(server, &usual_deflate);
  int i;
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO);
  peer_sends(&peer, RSV1 | OP_TEXT, "\xF2\x48\xCD", 3);
  peer_sends(&peer, FIN | OP_PING, "ping", 4);
  peer_sends(&peer, FIN | OP_CONTINUATION, "\xC9\xC9\x07\x00", 4);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO_AGAIN);
  peer_sends(&peer, FIN | RSV1 | OP_BINARY, HELLO_STORED);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO_FINAL);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO_AGAIN);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO_BLOCKS);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, "\x00", 1);
  peer_sends(&peer, FIN | OP_TEXT, "plain", 5);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO);
  peer.network.chunk = chunk;
  EXPECT_TEXT(&peer, UTF8_MESSAGE, "Hello");
  /* The first frame brings what can be told by its octets: nothing or some. */
  for (i = 0;; i++) {
    struct step step;
    CHECK(i < 3);
    CHECK_EQ(WebSocketReceive(peer.h, NULL, NULL), S_OK);
    step = pump(peer.h, RECEIVE_QUEUE, &peer.network);
    if (step.action == SEND_TO_NETWORK) { /* the pong goes first */
      complete(peer.h, &step);
      step = pump(peer.h, RECEIVE_QUEUE, &peer.network);
    }
    CHECK_EQ(step.action, RECEIVE_COMPLETE);
    complete(peer.h, &step);
    if (step.type == UTF8_MESSAGE) {
      break;
    }
    CHECK_EQ(step.type, UTF8_FRAGMENT);
  }
  EXPECT_TEXT(&peer, UTF8_MESSAGE, "Hello");
  EXPECT_TEXT(&peer, BINARY_MESSAGE, "Hello");
  for (i = 0; i < 3; i++) {
    EXPECT_TEXT(&peer, UTF8_MESSAGE, "Hello");
  }
  EXPECT_TEXT(&peer, UTF8_MESSAGE, "");
  EXPECT_TEXT(&peer, UTF8_MESSAGE, "plain");
  EXPECT_TEXT(&peer, UTF8_MESSAGE, "Hello");
  CHECK_EQ(peer.network.taken, peer.network.length);
  party_free(&peer);
}

/* 1000 octets "a", by zlib. */
static const char thousand_a[] = "\x4A\x4C\x1C\x05\xA3\x60\x14\x0C\x77\x00\x00";
#define THOUSAND_A thousand_a, sizeof thousand_a - 1

/* What is left of a message: pieces of the buffer's size, then the rest. */
static void expect_pieces(struct party *peer, const char *octets,
                          size_t length) {
  for (; length > RECEIVE; octets += RECEIVE, length -= RECEIVE) {
    EXPECT_RECEIVED(peer->h, &peer->network, BINARY_FRAGMENT, octets, RECEIVE);
  }
  EXPECT_RECEIVED(peer->h, &peer->network, BINARY_MESSAGE, octets, length);
}

/* Longer than the receive buffer: pieces of its size, the last one the rest. */
static void a_long_message_comes_in_pieces(int server, size_t chunk) {
  struct party peer = party_that_deflates(server, &usual_deflate);
  char a[1000];
  BYTE own[100];
  WEB_SOCKET_BUFFER buffer = data_buffer(own, sizeof own);
  struct step step;
  memset(a, 'a', sizeof a);
  peer_sends(&peer, FIN | RSV1 | OP_BINARY, THOUSAND_A);
  peer_sends(&peer, FIN | RSV1 | OP_BINARY, THOUSAND_A);
  peer.network.chunk = chunk;
  expect_pieces(&peer, a, sizeof a);
  /* Into a buffer of the application's, of its size. */
  CHECK_EQ(WebSocketReceive(peer.h, &buffer, &buffer), S_OK);
  step = pump(peer.h, RECEIVE_QUEUE, &peer.network);
  EXPECT(step, RECEIVE_COMPLETE, BINARY_FRAGMENT, 1, &buffer);
  CHECK_PTR(step.buffers[0].Data.pbBuffer, own);
  CHECK_OCTETS(own, step.buffers[0].Data.ulBufferLength, a, sizeof own);
  complete(peer.h, &step);
  expect_pieces(&peer, a, sizeof a - sizeof own);
  party_free(&peer);
}

/* Where the peer begins anew with each message, so do we. */
static void no_window_is_taken_over(int server) {
  WSPC_DEFLATE value = usual_deflate;
  struct party peer;
  value.ulFlags = server ? NO_CLIENT_TAKEOVER : NO_SERVER_TAKEOVER;
  peer = party_that_deflates(server, &value);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO);
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO_AGAIN);
  peer.network.chunk = 100;
  EXPECT_TEXT(&peer, UTF8_MESSAGE, "Hello");
  expect_fault(&peer, FORMAT_ERROR, 1007);
  party_free(&peer);
}

/* ---- faults ---- */

struct fault_row {
  const char *what;
  int first;
  const char *payload;
  size_t length;
  HRESULT hr;
  USHORT status;
};

static const struct fault_row fault_rows[] = {
    {"no deflate", FIN | RSV1 | OP_TEXT, "\x07", 1, FORMAT_ERROR, 1007},
    {"a message that is cut", FIN | RSV1 | OP_TEXT, "\xF2\x48\xCD\xC9", 4,
     FORMAT_ERROR, 1007},
    {"a stored block that is cut", FIN | RSV1 | OP_TEXT,
     "\x00\x05\x00\xFA\xFF\x48", 6, FORMAT_ERROR, 1007},
    {"a reference to nowhere", FIN | RSV1 | OP_TEXT, HELLO_AGAIN, FORMAT_ERROR,
     1007},
    {"no UTF-8", FIN | RSV1 | OP_TEXT, "\x00\x01\x00\xFE\xFF\xFF\x00", 7,
     FORMAT_ERROR, 1007},
    {"UTF-8 that is cut", FIN | RSV1 | OP_TEXT, "\x00\x01\x00\xFE\xFF\xC3\x00",
     7, FORMAT_ERROR, 1007},
    {"another bit", FIN | RSV2 | OP_TEXT, HELLO, FORMAT_ERROR, 1002},
    {"another bit besides", FIN | RSV1 | RSV3 | OP_TEXT, HELLO, FORMAT_ERROR,
     1002},
    {"a ping", FIN | RSV1 | OP_PING, "", 0, FORMAT_ERROR, 1002},
    {"a close", FIN | RSV1 | OP_CLOSE, "", 0, FORMAT_ERROR, 1002},
    {"a continuation of nothing", FIN | RSV1 | OP_CONTINUATION, HELLO,
     OPERATION_ERROR, 1002},
};

static void check_fault(const struct fault_row *row) {
  int server;
  for (server = 0; server < 2; server++) {
    struct party peer = party_that_deflates(server, &usual_deflate);
    peer_sends(&peer, row->first, row->payload, row->length);
    peer.network.chunk = 1;
    expect_fault(&peer, row->hr, row->status);
    party_free(&peer);
  }
}

/* RSV1 belongs to the first frame alone (RFC 7692 section 6.1). */
static void a_continuation_with_the_bit_is_a_fault(int server, int first) {
  struct party peer = party_that_deflates(server, &usual_deflate);
  peer_sends(&peer, first, "\x00\x01\x00\xFE\xFF\x61", 6);
  peer_sends(&peer, FIN | RSV1 | OP_CONTINUATION, HELLO);
  peer.network.chunk = 100;
  EXPECT_RECEIVED(peer.h, &peer.network, BINARY_FRAGMENT,
                  first & RSV1 ? "a" : "\x00\x01\x00\xFE\xFF\x61",
                  first & RSV1 ? 1u : 6u);
  expect_fault(&peer, FORMAT_ERROR, 1002);
  party_free(&peer);
}

/* A handle that asked, and a peer that declined: the bit means nothing. */
static void the_bit_is_a_fault_where_nothing_was_agreed(int server) {
  WEB_SOCKET_HANDLE h = create_deflate(server, &usual_deflate, RECEIVE, 16);
  struct party peer = party_with(h, server);
  if (server) {
    offer_to(peer.h, "x-other", "");
  } else {
    CHECK_EQ(answer_with(peer.h, NULL, ""), S_OK);
  }
  peer_sends(&peer, FIN | RSV1 | OP_TEXT, HELLO);
  peer.network.chunk = 100;
  expect_fault(&peer, FORMAT_ERROR, 1002);
  party_free(&peer);
}

/* ---- the limit ---- */

static void exactly_the_limit_is_well(int server) {
  WSPC_DEFLATE value = usual_deflate;
  struct party peer;
  char a[1000];
  memset(a, 'a', sizeof a);
  value.ulMaxMessageLength = 1000;
  peer = party_that_deflates(server, &value);
  peer_sends(&peer, FIN | RSV1 | OP_BINARY, THOUSAND_A);
  peer.network.chunk = 100;
  expect_pieces(&peer, a, sizeof a);
  party_free(&peer);
}

/* What is within the limit may be shown, but not one octet more. */
static void one_octet_more_is_a_fault(int server) {
  WSPC_DEFLATE value = usual_deflate;
  struct party peer;
  size_t shown = 0;
  value.ulMaxMessageLength = 999;
  peer = party_that_deflates(server, &value);
  peer_sends(&peer, FIN | RSV1 | OP_BINARY, THOUSAND_A);
  peer.network.chunk = 100;
  for (;;) {
    struct step step;
    USHORT status = 0;
    CHECK_EQ(WebSocketReceive(peer.h, NULL, NULL), S_OK);
    step = pump(peer.h, RECEIVE_QUEUE, &peer.network);
    if (step.hr != S_OK) {
      EXPECT_ERROR(step, FORMAT_ERROR);
      CHECK_EQ(WspcGetCloseStatus(peer.h, &status), S_OK);
      CHECK_EQ(status, 1009);
      break;
    }
    EXPECT(step, RECEIVE_COMPLETE, BINARY_FRAGMENT, 1, NULL);
    shown += step_length(&step);
    complete(peer.h, &step);
  }
  CHECK(shown <= 999);
  party_free(&peer);
}

int main(void) {
  static const size_t chunks[] = {1, 3, 1000};
  int server;
  size_t i;
  for (server = 0; server < 2; server++) {
    for (i = 0; i < COUNT(chunks); i++) {
      the_examples_of_the_rfc(server, chunks[i]);
      a_long_message_comes_in_pieces(server, chunks[i]);
    }
    no_window_is_taken_over(server);
    a_continuation_with_the_bit_is_a_fault(server, RSV1 | OP_BINARY);
    a_continuation_with_the_bit_is_a_fault(server, OP_BINARY);
    the_bit_is_a_fault_where_nothing_was_agreed(server);
    exactly_the_limit_is_well(server);
    one_octet_more_is_a_fault(server);
  }
  CHECK_ROWS(fault_rows, check_fault);
  return 0;
}
