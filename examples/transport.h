/*
 * Joins a WebSocket handle and a stream: turns the crank of the action loop
 * and tells its owner what has happened.
 */
#ifndef TRANSPORT_H
#define TRANSPORT_H

#include "stream.h"
#include <websocket.h>

enum transport_kind {
  TRANSPORT_WAITS,    /* nothing to do until the stream is ready for `wants` */
  TRANSPORT_SENT,     /* what was given to WebSocketSend is free again */
  TRANSPORT_RECEIVED, /* the buffer stays until transport_release */
  TRANSPORT_FAULT,    /* the peer broke the protocol; sending still works */
  TRANSPORT_ENDED     /* the stream is over; nothing works any more */
};

struct transport_event {
  enum transport_kind kind;
  WEB_SOCKET_BUFFER_TYPE type; /* SENT, RECEIVED */
  WEB_SOCKET_BUFFER buffer;    /* RECEIVED */
  HRESULT hr;                  /* FAULT */
  USHORT status;               /* FAULT: the close code that tells the peer */
  const char *why;             /* ENDED */
};

struct transport {
  struct stream *stream;
  WEB_SOCKET_HANDLE handle;
  int wants; /* NET_READABLE, NET_WRITABLE */
  unsigned long long octets_in, octets_out;

  /*
   * Whole messages and control frames that came, and octets_in when the last
   * of them did: what came later belongs to one that is not whole.
   */
  unsigned long long wholes, whole_end;
  int in_message; /* pieces of a message came, and not the last */

  /* Octets that came behind the HTTP head. */
  const char *early;
  size_t early_length;

  /* The read that is out. */
  WEB_SOCKET_BUFFER read_buffer;
  PVOID read_action;
  int reads_left; /* before other streams have their turn */

  /* The write that is out. */
  WEB_SOCKET_BUFFER write_buffers[2];
  ULONG write_count;
  ULONG write_length, written;
  PVOID write_action;
  int writable;

  /* The indication that is out. */
  PVOID held_action;

  int receiving; /* a receive is queued */
  int closed;    /* the peer's close has come: no more receives */
  int faulted;   /* only the send queue is asked from now on */
};

/* What the command lines can say of a handle. */
struct handle_options {
  ULONG receive_buffer, send_buffer; /* octets; 0: the library's default */
  int deflate;       /* compress messages if the peer agrees (RFC 7692) */
  ULONG most_octets; /* of a message that comes, decompressed; 0: of one that
                        was compressed as the library has it, else any */
};

HRESULT transport_create_handle(const struct handle_options *options,
                                int server, WEB_SOCKET_HANDLE *handle);

/* The octets of `early` must stay where they are. */
void transport_start(struct transport *transport, struct stream *stream,
                     WEB_SOCKET_HANDLE handle, const char *early,
                     size_t early_length);

/* The stream is ready for this. */
void transport_ready(struct transport *transport, int ready);

/* Works until there is something to tell. */
void transport_next(struct transport *transport, struct transport_event *event);

/* What was received has been used; the next receive may begin. */
void transport_release(struct transport *transport);

/* Nothing more is received; what is queued to be sent still goes. */
void transport_stop_receiving(struct transport *transport);

/* Ends the session and deletes the handle; the stream is the owner's. */
void transport_free(struct transport *transport);

#endif /* TRANSPORT_H */
