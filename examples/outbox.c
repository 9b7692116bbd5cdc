#include "outbox.h"

#include <stdlib.h>
#include <string.h>

int outbox_add(struct outbox *outbox, int is_text, unsigned char *octets,
               size_t length) {
  struct message *message = calloc(1, sizeof *message);
  if (message == NULL) {
    free(octets);
    return 0;
  }
  message->is_text = is_text;
  message->octets = octets;
  message->length = length;
  if (outbox->last != NULL) {
    outbox->last->next = message;
  } else {
    outbox->first = message;
  }
  outbox->last = message;
  if (outbox->sending == NULL) {
    outbox->sending = message;
  }
  if (outbox->expected == NULL) {
    outbox->expected = message;
  }
  outbox->added++;
  return 1;
}

static WEB_SOCKET_BUFFER_TYPE type_of(int is_text, int is_last) {
  if (is_text) {
    return is_last ? WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE
                   : WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE;
  }
  return is_last ? WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE
                 : WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE;
}

int outbox_piece(struct outbox *outbox, size_t fragment,
                 WEB_SOCKET_BUFFER_TYPE *type, WEB_SOCKET_BUFFER *buffer) {
  struct message *message = outbox->sending;
  size_t left;
  if (message == NULL || outbox->piece_is_out) {
    return 0;
  }
  left = message->length - outbox->sent;
  outbox->piece_is_out = 1;
  outbox->piece_length =
      (ULONG)(fragment != 0 && left > fragment ? fragment : left);
  *type = type_of(message->is_text, outbox->piece_length == left);
  memset(buffer, 0, sizeof *buffer);
  buffer->Data.pbBuffer = message->octets + outbox->sent;
  buffer->Data.ulBufferLength = outbox->piece_length;
  return 1;
}

static void drop(struct message *message) {
  free(message->octets);
  free(message);
}

/* Messages that were sent and have come back are not needed any more. */
static void forget(struct outbox *outbox) {
  while (outbox->first != outbox->sending &&
         outbox->first != outbox->expected) {
    struct message *message = outbox->first;
    outbox->first = message->next;
    drop(message);
  }
  if (outbox->first == NULL) {
    outbox->last = NULL;
  }
}

void outbox_sent(struct outbox *outbox) {
  outbox->piece_is_out = 0;
  outbox->sent += outbox->piece_length;
  if (outbox->sent == outbox->sending->length) {
    outbox->finished++;
    outbox->sending = outbox->sending->next;
    outbox->sent = 0;
    forget(outbox);
  }
}

void outbox_came_back(struct outbox *outbox) {
  if (outbox->expected != NULL) {
    outbox->expected = outbox->expected->next;
    forget(outbox);
  }
}

void outbox_free(struct outbox *outbox) {
  while (outbox->first != NULL) {
    struct message *message = outbox->first;
    outbox->first = message->next;
    drop(message);
  }
  memset(outbox, 0, sizeof *outbox);
}
