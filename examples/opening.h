/* Connects and shakes hands, RFC 6455 section 4.1. */
#ifndef OPENING_H
#define OPENING_H

#include "client_options.h"
#include "transport.h"

#define OPENING_LIMIT 16384

struct opening {
  struct stream stream; /* to be ended */
  WEB_SOCKET_HANDLE handle;
  char head[OPENING_LIMIT]; /* the answer, and what came behind it */
  size_t head_length;       /* octets read */
  ULONG answer_length;      /* of the answer among them */
  PCSTR subprotocol;        /* that the server chose, or NULL */
};

/* Returns NULL, or why there is no connection. */
const char *opening_run(struct opening *opening,
                        const struct client_options *options);

#endif /* OPENING_H */
