/* One connection of the echo server, from the request to the last octet. */
#ifndef CONNECTION_H
#define CONNECTION_H

#include "echo.h"

struct connection_options {
  struct echo_options echo;
  unsigned long most_head; /* octets of the head of a request */
  /* Milliseconds. */
  unsigned long handshake_time; /* for the head of a request */
  unsigned long stall_time;     /* for what moves too slowly; 0: for ever */
};

struct connection;

/*
 * `tls`: NULL for plain connections. The socket belongs to the connection,
 * unless this returns NULL.
 */
struct connection *connection_new(const struct connection_options *options,
                                  struct tls_context *tls, net_socket socket,
                                  unsigned long id, const char *peer);

/* There are too many. Returns 0 when the connection is over. */
int connection_turn_away(struct connection *connection);

/* Works until it has to wait. Returns 0 when the connection is over. */
int connection_run(struct connection *connection, int ready);

/* The deadline has passed. Returns 0 when the connection is over. */
int connection_late(struct connection *connection);

/* The server ends. Returns 0 when the connection is over. */
int connection_goodbye(struct connection *connection);

/* What it waits for, and until when (0: for ever). */
net_socket connection_socket(const struct connection *connection);
int connection_wants(const struct connection *connection);
long long connection_deadline(const struct connection *connection);

/* Whether it was a WebSocket connection, not just an HTTP request. */
int connection_was_open(const struct connection *connection);

void connection_free(struct connection *connection);

#endif /* CONNECTION_H */
