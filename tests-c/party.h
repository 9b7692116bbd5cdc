/*
 * A handle and its peer: frames that the peer has sent, and steps of the
 * receive side with what they must bring. For the tests of received frames.
 */
#ifndef PARTY_H
#define PARTY_H

#include "script.h"

#define ONE_READ ((size_t)-1)

/* What the application gives along: receives have theirs in order. */
static char contexts[8], send_context;

struct party {
  WEB_SOCKET_HANDLE h;
  int server;
  struct octets wire; /* all that the peer has sent */
  struct network network;
};

static inline struct party party_with(WEB_SOCKET_HANDLE h, int server) {
  struct party party;
  memset(&party, 0, sizeof party);
  party.h = h;
  party.server = server;
  party.network.chunk = ONE_READ;
  return party;
}

static inline struct party party_of(int server) {
  return party_with(plain_handle(server, 256), server);
}

static inline void party_free(struct party *party) {
  WebSocketDeleteHandle(party->h);
  octets_free(&party->wire);
}

/* ---- what the peer sends ---- */

static inline void peer_has_sent(struct party *party) {
  party->network.data = party->wire.data;
  party->network.length = party->wire.length;
}

/* One more frame. */
static inline void peer_sends(struct party *party, int first,
                              const void *payload, size_t length) {
  append_frame(&party->wire, first, peer_mask(party->server), payload, length);
  peer_has_sent(party);
}

static inline void peer_pings(struct party *party, const char *payload) {
  peer_sends(party, FIN | OP_PING, payload, strlen(payload));
}

static inline void peer_closes(struct party *party, int status,
                               const char *reason) {
  append_close(&party->wire, peer_mask(party->server), status, reason);
  peer_has_sent(party);
}

/* A text frame that is no text. */
static inline void peer_sends_bad_text(struct party *party) {
  peer_sends(party, FIN | OP_TEXT, "\xFF", 1);
}

/* ---- receiving ---- */

static inline void queue_receives(struct party *party, size_t count) {
  size_t i;
  for (i = 0; i < count; i++) {
    CHECK_EQ(WebSocketReceive(party->h, NULL, &contexts[i]), S_OK);
  }
}

static inline void queue_receive(struct party *party) {
  queue_receives(party, 1);
}

static inline struct step next(struct party *party,
                               WEB_SOCKET_ACTION_QUEUE queue) {
  return pump(party->h, queue, &party->network);
}

/* What comes up is the answer to a ping with that payload. */
static inline void expect_pong(struct party *party,
                               WEB_SOCKET_ACTION_QUEUE queue,
                               const void *payload, size_t length) {
  struct step step = next(party, queue);
  finish_pong(party->h, &step, party->server, payload, length);
}

/* ---- a send in the way ---- */

/*
 * Begins a send of which the first action stays out. With one slot a server
 * is then inside its frame; a client's frame is longer than its send buffer.
 */
static inline struct step begin_send(struct party *party, const void *octets,
                                     size_t length) {
  WEB_SOCKET_BUFFER buffer = data_buffer(octets, length);
  struct step step;
  CHECK_EQ(WebSocketSend(party->h, BINARY_MESSAGE, &buffer, &send_context),
           S_OK);
  step = get_action(party->h, SEND_QUEUE, 1);
  EXPECT(step, SEND_TO_NETWORK, BINARY_MESSAGE, 1, &send_context);
  return step;
}

/* The frame that was begun ends, with its indication. */
static inline void end_send(struct party *party, const struct step *step,
                            size_t length) {
  struct octets wire = {NULL, 0, 0};
  append_buffers(&wire, step);
  complete(party->h, step);
  run_send(party->h, 1, BINARY_MESSAGE, &send_context, &wire);
  CHECK_EQ(only_frame(&wire).length, length);
  octets_free(&wire);
}

#endif /* PARTY_H */
