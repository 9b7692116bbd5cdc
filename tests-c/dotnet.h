/*
 * A connection as .NET's HttpListener WebSockets keep one: everything lies in
 * one byte array of the user's, and each pointer that the library returns is
 * checked against it. Nothing here is .NET's own code.
 */
#ifndef DOTNET_H
#define DOTNET_H

#include "handshake.h"

#define OVERHEAD 144

/* Properties as they lie in the array, at any address. */
struct cells {
  ULONG receive, send;
  PVOID start;
  BOOL no_masking;
};

struct dotnet {
  WEB_SOCKET_HANDLE h;
  int server;
  BYTE *array; /* the user's */
  BYTE *start; /* the part that is lent to the library */
  size_t size;
  ULONG longest;      /* of what is not the user's payload */
  const BYTE *pinned; /* the payload that is being sent */
  size_t pinned_length;
  int close_sent;
  struct network network;
  struct octets wire;
};

/* The cells are read where they lie, though nothing aligns them. */
static inline ULONG dotnet_properties(struct dotnet *d, WEB_SOCKET_PROPERTY *p,
                                      const struct cells *cells) {
  BYTE *at = d->start + d->size + 1;
  ULONG count = d->server || !cells->no_masking ? 3 : 4;
  memcpy(at, &cells->receive, sizeof(ULONG));
  p[0] = property_of(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, at,
                     sizeof(ULONG));
  at += sizeof(ULONG);
  memcpy(at, &cells->send, sizeof(ULONG));
  p[1] =
      property_of(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, at, sizeof(ULONG));
  at += sizeof(ULONG) + 1;
  memcpy(at, &cells->start, sizeof(PVOID));
  p[2] = property_of(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, at, d->size);
  at += sizeof(PVOID);
  memcpy(at, &cells->no_masking, sizeof(BOOL));
  p[3] =
      property_of(WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE, at, sizeof(BOOL));
  return count;
}

/* A server tells the library a send buffer of 16, whatever the user chose. */
static inline struct dotnet dotnet_open(int server, ULONG receive, ULONG send,
                                        size_t offset, BOOL no_masking) {
  struct dotnet d;
  struct cells cells;
  WEB_SOCKET_PROPERTY p[4];
  ULONG count;
  memset(&d, 0, sizeof d);
  d.server = server;
  cells.receive = receive;
  cells.send = server ? 16 : send;
  cells.no_masking = no_masking;
  d.size = cells.receive + cells.send + OVERHEAD;
  d.array = (BYTE *)malloc(offset + d.size + 64);
  CHECK(d.array != NULL);
  memset(d.array, 0xEE, offset + d.size + 64);
  d.start = d.array + offset;
  cells.start = d.start;
  d.longest = receive > send ? receive : send;
  count = dotnet_properties(&d, p, &cells);
  CHECK_EQ(server ? WebSocketCreateServerHandle(p, count, &d.h)
                  : WebSocketCreateClientHandle(p, count, &d.h),
           S_OK);
  server ? connect_server(d.h) : connect_client(d.h);
  return d;
}

static inline void dotnet_close(struct dotnet *d) {
  WebSocketDeleteHandle(d->h);
  octets_free(&d->wire);
  free(d->array);
}

static inline const BYTE *dotnet_mask(const struct dotnet *d) {
  return d->server ? test_mask : NULL;
}

static inline int dotnet_is_pinned(const struct dotnet *d,
                                   const WEB_SOCKET_BUFFER *buffer) {
  const BYTE *at = buffer->Data.pbBuffer;
  return d->pinned != NULL && at >= d->pinned &&
         at + buffer->Data.ulBufferLength <= d->pinned + d->pinned_length;
}

static inline int is_send_action(WEB_SOCKET_ACTION action) {
  return action == SEND_TO_NETWORK || action == SEND_COMPLETE;
}

/*
 * A pointer outside the array is taken for damaged memory and ends the
 * process; so is a length above both buffers. Of anything but sends all slots
 * are looked at, used or not.
 */
static inline void dotnet_validate(const struct dotnet *d,
                                   const struct step *step, ULONG slots) {
  ULONG i, looked_at = is_send_action(step->action) ? step->count : slots;
  int found = 0;
  CHECK(step->count <= slots);
  CHECK(step->type == 0 ||
        (step->type >= 0x80000000u && step->type <= (ULONG)UNSOLICITED_PONG));
  for (i = 0; i < looked_at; i++) {
    const WEB_SOCKET_BUFFER *buffer = &step->buffers[i];
    const BYTE *at = buffer->Data.pbBuffer;
    if (at == NULL) {
      continue;
    }
    found = 1;
    if (is_send_action(step->action) && dotnet_is_pinned(d, buffer)) {
      continue;
    }
    CHECK(buffer->Data.ulBufferLength <= d->longest);
    CHECK(at >= d->start && at <= d->start + d->size);
    CHECK(at + buffer->Data.ulBufferLength <= d->start + d->size);
  }
  CHECK(found || (step->action != SEND_TO_NETWORK &&
                  step->action != RECEIVE_FROM_NETWORK));
  CHECK((step->id != NULL) == (step->action != NO_ACTION));
}

/* GetAction with slots that are zero, as a new array of .NET is. */
static inline struct step
dotnet_get(const struct dotnet *d, WEB_SOCKET_ACTION_QUEUE queue, ULONG slots) {
  struct step step;
  memset(&step, 0, sizeof step);
  step.count = slots;
  step.hr = WebSocketGetAction(d->h, queue, step.buffers, &step.count,
                               &step.action, &step.type, &step.app, &step.id);
  if (step.hr == S_OK) {
    dotnet_validate(d, &step, slots);
  }
  return step;
}

/* What a send action asks for, from either queue. */
static inline void dotnet_write(struct dotnet *d, const struct step *step) {
  int is_pong = step->type == PING_PONG || step->type == UNSOLICITED_PONG;
  if (d->close_sent && is_pong) {
    complete_with(d->h, step, 0); /* dropped: the close was said already */
    return;
  }
  append_buffers(&d->wire, step);
  complete(d->h, step);
}

/* A send from begin to end: the loop runs until "no action". */
static inline void dotnet_run_send(struct dotnet *d) {
  int completed = 0;
  for (;;) {
    struct step step = dotnet_get(d, SEND_QUEUE, 2);
    CHECK_EQ(step.hr, S_OK);
    if (step.action == NO_ACTION) {
      CHECK(completed); /* or it would ask for ever */
      return;
    }
    if (step.action == SEND_TO_NETWORK) {
      dotnet_write(d, &step);
    } else {
      CHECK_EQ(step.action, SEND_COMPLETE);
      complete(d->h, &step);
      completed = 1;
    }
  }
}

static inline void dotnet_send(struct dotnet *d, WEB_SOCKET_BUFFER_TYPE type,
                               const BYTE *payload, size_t length) {
  WEB_SOCKET_BUFFER buffer = data_buffer(payload, length);
  d->pinned = payload;
  d->pinned_length = length;
  CHECK_EQ(WebSocketSend(d->h, type, &buffer, NULL), S_OK);
  memset(&buffer, 0, sizeof buffer); /* it was a temporary */
  dotnet_run_send(d);
  d->pinned = NULL;
}

static inline void dotnet_send_without_body(struct dotnet *d,
                                            WEB_SOCKET_BUFFER_TYPE type) {
  CHECK_EQ(WebSocketSend(d->h, type, NULL, NULL), S_OK);
  dotnet_run_send(d);
}

/* A close: 1005 has no buffer; a reason of no octets is no NULL. */
static inline void dotnet_send_close(struct dotnet *d, USHORT status,
                                     const char *reason) {
  WEB_SOCKET_BUFFER buffer = close_buffer(status, reason, strlen(reason));
  d->close_sent = 1;
  d->pinned = (const BYTE *)reason;
  d->pinned_length = strlen(reason);
  CHECK_EQ(WebSocketSend(d->h, CLOSE, status == 1005 ? NULL : &buffer, NULL),
           S_OK);
  dotnet_run_send(d);
  d->pinned = NULL;
}

/* What a receive brought; the octets are those that the user has room for. */
struct dotnet_result {
  HRESULT hr;
  WEB_SOCKET_BUFFER_TYPE type;
  BYTE octets[1 << 17];
  size_t length; /* of what was indicated */
  WEB_SOCKET_BUFFER buffer;
};

static inline void dotnet_indicated(struct dotnet *d, const struct step *step,
                                    size_t room, struct dotnet_result *result) {
  size_t length = step->buffers[0].Data.ulBufferLength;
  result->type = step->type;
  result->buffer = step->buffers[0];
  result->length = length;
  CHECK_EQ(step->count, 1);
  CHECK(length <= sizeof result->octets);
  if (length > 0) {
    memcpy(result->octets, step->buffers[0].Data.pbBuffer, length);
  }
  /* The count says what the user could take, and means nothing here. */
  complete_with(d->h, step, length < room ? length : room);
}

/*
 * A receive from begin to end. "No action" ends it, but only after something
 * was indicated; after a pong it queues the next receive.
 */
static inline void dotnet_receive(struct dotnet *d, size_t room,
                                  struct dotnet_result *result) {
  int indicated = 0, pong = 0;
  memset(&result->type, 0, sizeof result->type);
  CHECK_EQ(WebSocketReceive(d->h, NULL, NULL), S_OK);
  for (;;) {
    struct step step = dotnet_get(d, RECEIVE_QUEUE, 1);
    result->hr = step.hr;
    if (step.hr != S_OK) {
      return;
    }
    switch (step.action) {
    case NO_ACTION:
      CHECK(indicated || pong);
      if (indicated) {
        return;
      }
      pong = 0;
      CHECK_EQ(WebSocketReceive(d->h, NULL, NULL), S_OK);
      break;
    case RECEIVE_FROM_NETWORK:
      CHECK(d->network.taken < d->network.length);
      d->network.read = step;
      finish_read(d->h, &d->network);
      break;
    case RECEIVE_COMPLETE:
      pong = step.type == PING_PONG;
      CHECK(step.type != UNSOLICITED_PONG);
      if (pong) {
        complete(d->h, &step);
      } else {
        dotnet_indicated(d, &step, room, result);
        indicated = 1;
      }
      break;
    default:
      CHECK_EQ(step.action, SEND_TO_NETWORK);
      dotnet_write(d, &step);
    }
  }
}

/* Abort, then both queues until they are empty; no call may fail. */
static inline int dotnet_abort(struct dotnet *d) {
  static const WEB_SOCKET_ACTION_QUEUE queues[] = {SEND_QUEUE, RECEIVE_QUEUE};
  int i, drained = 0;
  WebSocketAbortHandle(d->h);
  for (i = 0; i < 2; i++) {
    for (;;) {
      struct step step = dotnet_get(d, queues[i], 1);
      CHECK_EQ(step.hr, S_OK);
      if (step.action == NO_ACTION) {
        break;
      }
      CHECK_EQ(step.count, 0);
      complete(d->h, &step);
      drained++;
    }
  }
  return drained;
}

#endif /* DOTNET_H */
