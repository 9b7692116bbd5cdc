/* The command line of the echo server. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "connection.h"

struct server_options {
  const char *host, *port;
  const char *tls; /* a file with key and certificate, or NULL */
  int once;
  unsigned long most_connections;
  struct connection_options connection;
};

/* Returns -1 to go on, else the exit code. */
int server_options(struct server_options *options, int count, char **arguments);

#endif /* SERVER_OPTIONS_H */
