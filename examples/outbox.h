/* The messages to send, and what is expected to come back. */
#ifndef OUTBOX_H
#define OUTBOX_H

#include <stddef.h>
#include <websocket.h>

struct message {
  struct message *next;
  int is_text;
  unsigned char *octets;
  size_t length;
};

struct outbox {
  struct message *first, *last;
  struct message *sending; /* NULL: all that is here was sent */
  size_t sent;             /* octets of it */
  int piece_is_out;
  ULONG piece_length;
  struct message *expected; /* NULL: all that is here came back */
  unsigned long added, finished;
};

/* Takes the octets over, which come from malloc. Returns 0 without memory. */
int outbox_add(struct outbox *outbox, int is_text, unsigned char *octets,
               size_t length);

/*
 * The next piece to send; 0 if there is none, or one is out. `fragment`: the
 * most octets of a piece, 0 for whole messages.
 */
int outbox_piece(struct outbox *outbox, size_t fragment,
                 WEB_SOCKET_BUFFER_TYPE *type, WEB_SOCKET_BUFFER *buffer);

/* The piece that is out was sent. */
void outbox_sent(struct outbox *outbox);

/* The message that was expected has come, whether or not it is the same. */
void outbox_came_back(struct outbox *outbox);

void outbox_free(struct outbox *outbox);

#endif /* OUTBOX_H */
