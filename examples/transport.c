#include "transport.h"

#include <string.h>
#include <wspc.h>

/* So many reads in a row; then the other streams have their turn. */
#define READS_IN_A_ROW 16

static void add_property(WEB_SOCKET_PROPERTY *properties, ULONG *count,
                         WEB_SOCKET_PROPERTY_TYPE type, void *value,
                         ULONG size) {
  properties[*count].Type = type;
  properties[*count].pvValue = value;
  properties[*count].ulValueSize = size;
  ++*count;
}

HRESULT transport_create_handle(const struct handle_options *options,
                                int server, WEB_SOCKET_HANDLE *handle) {
  ULONG receive = options->receive_buffer, send = options->send_buffer;
  WSPC_DEFLATE deflate = {0}; /* all as usual, but for one */
  WEB_SOCKET_PROPERTY properties[3];
  ULONG count = 0;
  if (receive != 0) {
    add_property(properties, &count,
                 WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, &receive,
                 sizeof receive);
  }
  if (send != 0) {
    add_property(properties, &count, WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE,
                 &send, sizeof send);
  }
  deflate.ulMaxMessageLength = options->most_octets;
  if (options->deflate) {
    add_property(properties, &count, WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE,
                 &deflate, sizeof deflate);
  }
  return server ? WebSocketCreateServerHandle(properties, count, handle)
                : WebSocketCreateClientHandle(properties, count, handle);
}

void transport_start(struct transport *transport, struct stream *stream,
                     WEB_SOCKET_HANDLE handle, const char *early,
                     size_t early_length) {
  memset(transport, 0, sizeof *transport);
  transport->stream = stream;
  transport->handle = handle;
  transport->early = early;
  transport->early_length = early_length;
  transport_ready(transport, NET_READABLE | NET_WRITABLE);
}

void transport_ready(struct transport *transport, int ready) {
  if (ready & NET_READABLE) {
    transport->reads_left = READS_IN_A_ROW;
  }
  if (ready & NET_WRITABLE) {
    transport->writable = 1;
  }
}

static int ended(struct transport_event *event, const char *why) {
  event->kind = TRANSPORT_ENDED;
  event->why = why;
  return 1;
}

static void complete_read(struct transport *transport, ULONG length) {
  PVOID action = transport->read_action;
  transport->read_action = NULL;
  transport->octets_in += length;
  WebSocketCompleteAction(transport->handle, action, length);
}

static void read_early(struct transport *transport) {
  size_t length = transport->read_buffer.Data.ulBufferLength;
  if (length > transport->early_length) {
    length = transport->early_length;
  }
  memcpy(transport->read_buffer.Data.pbBuffer, transport->early, length);
  transport->early += length;
  transport->early_length -= length;
  complete_read(transport, (ULONG)length);
}

/* Goes on with the read that is out. Returns 1 when there is an event. */
static int read_some(struct transport *transport,
                     struct transport_event *event) {
  long length;
  if (transport->early_length > 0) {
    read_early(transport);
    return 0;
  }
  if (transport->reads_left == 0 && !stream_pending(transport->stream)) {
    return 0;
  }
  length = stream_read(transport->stream, transport->read_buffer.Data.pbBuffer,
                       transport->read_buffer.Data.ulBufferLength);
  if (length == NET_FAILED) {
    return ended(event, stream_error(transport->stream));
  }
  if (length == NET_AGAIN) {
    transport->reads_left = 0;
    return 0;
  }
  if (transport->reads_left > 0) {
    transport->reads_left--;
  }
  complete_read(transport, (ULONG)length); /* 0 cancels the receive */
  return 0;
}

/* What is left of the buffers after `done` octets. */
static int rest_of(const WEB_SOCKET_BUFFER *buffers, ULONG count, ULONG done,
                   struct net_part *parts) {
  int parts_count = 0;
  ULONG i;
  for (i = 0; i < count; i++) {
    ULONG length = buffers[i].Data.ulBufferLength;
    ULONG skip = done < length ? done : length;
    done -= skip;
    if (length > skip) {
      parts[parts_count].octets = buffers[i].Data.pbBuffer + skip;
      parts[parts_count].length = length - skip;
      parts_count++;
    }
  }
  return parts_count;
}

/* Goes on with the write that is out. Returns 1 when there is an event. */
static int write_some(struct transport *transport,
                      struct transport_event *event) {
  while (transport->writable && transport->written < transport->write_length) {
    struct net_part parts[2];
    int count = rest_of(transport->write_buffers, transport->write_count,
                        transport->written, parts);
    long length = stream_write(transport->stream, parts, count);
    if (length == NET_FAILED) {
      return ended(event, stream_error(transport->stream));
    }
    if (length == NET_AGAIN) {
      transport->writable = 0;
    } else {
      transport->written += (ULONG)length;
      transport->octets_out += (ULONG)length;
    }
  }
  if (transport->written == transport->write_length) {
    /* All or nothing: a smaller number would end the operation. */
    PVOID action = transport->write_action;
    transport->write_action = NULL;
    WebSocketCompleteAction(transport->handle, action, transport->written);
  }
  return 0;
}

static void begin_write(struct transport *transport,
                        const WEB_SOCKET_BUFFER *buffers, ULONG count,
                        PVOID action) {
  ULONG i;
  transport->write_count = count;
  transport->write_length = transport->written = 0;
  transport->write_action = action;
  for (i = 0; i < count; i++) {
    transport->write_buffers[i] = buffers[i];
    transport->write_length += buffers[i].Data.ulBufferLength;
  }
}

static void note_whole(struct transport *transport) {
  transport->wholes++;
  transport->whole_end = transport->octets_in;
}

static void note_piece(struct transport *transport,
                       WEB_SOCKET_BUFFER_TYPE type) {
  switch (type) {
  case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE:
  case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE:
    transport->in_message = 1;
    return;
  case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE:
  case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE:
    transport->in_message = 0;
    break;
  default: /* a control frame, maybe between two pieces */
    break;
  }
  note_whole(transport);
}

static int received(struct transport *transport, struct transport_event *event,
                    const WEB_SOCKET_BUFFER *buffers, ULONG count,
                    WEB_SOCKET_BUFFER_TYPE type, PVOID action) {
  transport->receiving = 0;
  if (count == 0) { /* the receive was cancelled: the stream has ended */
    WebSocketCompleteAction(transport->handle, action, 0);
    return ended(event, "the peer closed the connection");
  }
  note_piece(transport, type);
  transport->held_action = action;
  transport->closed = type == WEB_SOCKET_CLOSE_BUFFER_TYPE;
  event->kind = TRANSPORT_RECEIVED;
  event->type = type;
  event->buffer = buffers[0];
  return 1;
}

static int fault(struct transport *transport, struct transport_event *event,
                 HRESULT hr) {
  transport->faulted = 1;
  event->kind = TRANSPORT_FAULT;
  event->hr = hr;
  if (WspcGetCloseStatus(transport->handle, &event->status) != S_OK) {
    /* No octets of the peer's did it: a call of ours has failed. */
    event->status = WEB_SOCKET_SERVER_ERROR_CLOSE_STATUS;
  }
  return 1;
}

static int wait(struct transport *transport, struct transport_event *event) {
  transport->wants = (transport->read_action != NULL ? NET_READABLE : 0) |
                     (transport->write_action != NULL ? NET_WRITABLE : 0);
  event->kind = TRANSPORT_WAITS;
  return 1;
}

/* One action. Returns 1 when there is an event. */
static int act(struct transport *transport, struct transport_event *event) {
  WEB_SOCKET_ACTION_QUEUE queue = transport->faulted
                                      ? WEB_SOCKET_SEND_ACTION_QUEUE
                                      : WEB_SOCKET_ALL_ACTION_QUEUE;
  WEB_SOCKET_BUFFER buffers[2];
  WEB_SOCKET_BUFFER_TYPE type;
  WEB_SOCKET_ACTION action;
  ULONG count = 2;
  PVOID context, id;
  HRESULT hr = WebSocketGetAction(transport->handle, queue, buffers, &count,
                                  &action, &type, &context, &id);
  if (hr != S_OK) {
    return fault(transport, event, hr);
  }
  switch (action) {
  case WEB_SOCKET_SEND_TO_NETWORK_ACTION:
    if (type == WEB_SOCKET_PING_PONG_BUFFER_TYPE && context == NULL) {
      note_whole(transport); /* a ping came, and this is the pong */
    }
    begin_write(transport, buffers, count, id);
    return 0;
  case WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION:
    transport->read_buffer = buffers[0];
    transport->read_action = id;
    return 0;
  case WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION:
    WebSocketCompleteAction(transport->handle, id, 0);
    event->kind = TRANSPORT_SENT;
    event->type = type;
    return 1;
  case WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION:
    return received(transport, event, buffers, count, type, id);
  default:
    return wait(transport, event);
  }
}

static int wants_receive(const struct transport *transport) {
  return !transport->receiving && transport->held_action == NULL &&
         !transport->closed && !transport->faulted;
}

void transport_next(struct transport *transport,
                    struct transport_event *event) {
  for (;;) {
    if (wants_receive(transport)) {
      HRESULT hr = WebSocketReceive(transport->handle, NULL, NULL);
      if (hr != S_OK) {
        fault(transport, event, hr);
        return;
      }
      transport->receiving = 1;
    }
    if ((transport->write_action != NULL && write_some(transport, event)) ||
        (transport->read_action != NULL && read_some(transport, event)) ||
        act(transport, event)) {
      return;
    }
  }
}

void transport_release(struct transport *transport) {
  PVOID action = transport->held_action;
  transport->held_action = NULL;
  WebSocketCompleteAction(transport->handle, action, 0);
}

void transport_stop_receiving(struct transport *transport) {
  transport->faulted = 1;
}

/*
 * What is still queued is handed back after an abort. A program that keeps
 * memory for its sends frees it here, by the application context.
 */
static void drain(struct transport *transport) {
  WEB_SOCKET_HANDLE handle = transport->handle;
  WEB_SOCKET_ACTION action = WEB_SOCKET_NO_ACTION;
  WebSocketAbortHandle(handle);
  WebSocketCompleteAction(handle, transport->read_action, 0);
  WebSocketCompleteAction(handle, transport->write_action, 0);
  WebSocketCompleteAction(handle, transport->held_action, 0);
  do {
    WEB_SOCKET_BUFFER buffers[2];
    WEB_SOCKET_BUFFER_TYPE type;
    ULONG count = 2;
    PVOID context, id;
    if (WebSocketGetAction(handle, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count,
                           &action, &type, &context, &id) != S_OK) {
      break;
    }
    WebSocketCompleteAction(handle, id, 0);
  } while (action != WEB_SOCKET_NO_ACTION);
}

void transport_free(struct transport *transport) {
  if (transport->handle != NULL) {
    drain(transport);
    WebSocketDeleteHandle(transport->handle);
    transport->handle = NULL;
  }
}
