/* The WebSocket half of a connection: everything comes back to its sender. */
#ifndef ECHO_H
#define ECHO_H

#include "transport.h"

struct echo_options {
  struct handle_options handle;
  const char *subprotocol;   /* selected if the client offers it */
  unsigned long close_after; /* messages; 0: never */
  unsigned long keep_alive;  /* milliseconds; 0: never */
  int quiet;                 /* no word about good messages */
};

struct echo {
  const struct echo_options *options;
  unsigned long id; /* for the log */
  struct transport transport;
  unsigned long messages;
  unsigned long long message_length; /* of the pieces so far */
  unsigned long long message_empty;  /* pieces that were empty */
  int close_sent;                    /* a close is queued: no more echoes */
  int close_finished;                /* it is on the network */
  const char *lost;                  /* why the connection is lost, or NULL */
  const char *refused;               /* why the peer was closed, or NULL */
  unsigned long long sends, progress;
  int pinged; /* a ping went out and nothing has come since */

  /* What echo_check_progress saw the last time. */
  struct {
    int receiving, sending;
    unsigned long messages;
    unsigned long long wholes, octets_in, octets_out;
  } seen;
};

enum echo_result { ECHO_WAITS, ECHO_CLOSED, ECHO_LOST };

/* Works until it has to wait or the WebSocket connection is closed. */
enum echo_result echo_run(struct echo *echo);

/* Queues a close, unless one is queued already. */
void echo_close(struct echo *echo, USHORT status, const char *reason);

/* Time has passed: a ping if nothing has moved since, the end if twice. */
void echo_keep_alive(struct echo *echo);

/*
 * To be called in intervals: the end if a message or a frame, or what we send,
 * has not moved on since the last call.
 */
void echo_check_progress(struct echo *echo);

#endif /* ECHO_H */
