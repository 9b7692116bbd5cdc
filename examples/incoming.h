/* Prints messages as they come, piece by piece, and compares them. */
#ifndef INCOMING_H
#define INCOMING_H

#include "outbox.h"
#include <stdint.h>

#define PREVIEW 60

struct incoming {
  int compares; /* with what the outbox expects, instead of printing text */
  unsigned long messages;
  int any_wrong;

  /* The message that is coming. */
  int inside;
  int is_text, is_wrong;
  unsigned long long length;
  uint32_t crc;
  char preview[PREVIEW]; /* the first octets */

  int line_is_open; /* text was printed and its line is not ended */
};

/* A piece of a message has come. */
void incoming_piece(struct incoming *incoming, struct outbox *outbox,
                    WEB_SOCKET_BUFFER_TYPE type,
                    const WEB_SOCKET_BUFFER *buffer);

/* To be called before anything else is printed. */
void incoming_end_line(struct incoming *incoming);

#endif /* INCOMING_H */
