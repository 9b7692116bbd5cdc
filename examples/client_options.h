/* The command line of the echo client. */
#ifndef CLIENT_OPTIONS_H
#define CLIENT_OPTIONS_H

#include "outbox.h"
#include "tls.h"
#include "transport.h"
#include "url.h"

#define RECEIVE_AS_SENT (-1) /* as many messages as are sent */
#define RECEIVE_ALL (-2)     /* until the server closes */
#define MOST_SUBPROTOCOLS 16
#define MOST_AGENT 64

struct client_options {
  struct url url;
  const char *trusted;     /* a file of certificates; NULL: the system's */
  struct tls_context *tls; /* for wss://, else NULL; to be freed */
  int reads_input;         /* lines of standard input are messages */
  unsigned long fragment;
  int ping;
  long receive;
  int expect_echo;
  PCSTR subprotocols[MOST_SUBPROTOCOLS];
  ULONG subprotocol_count;
  USHORT close_status;
  char *close_reason;
  struct handle_options handle;
  unsigned long timeout; /* milliseconds; 0: never */
  const char *agent; /* the name to run a test server's cases under, or NULL */
};

/* Fills the outbox too. Returns -1 to go on, else the exit code. */
int client_options(struct client_options *options, struct outbox *outbox,
                   int count, char **arguments);

#endif /* CLIENT_OPTIONS_H */
