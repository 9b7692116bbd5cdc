/*
 * What the tests share: connected handles made with a faked handshake, one
 * step of the action loop with everything about it that always holds checked,
 * a pretended network, frames built and taken apart without the library.
 */
#ifndef SESSION_H
#define SESSION_H

#include <websocket.h>

#include "accept.h"
#include "check.h"

#define SEND_QUEUE WEB_SOCKET_SEND_ACTION_QUEUE
#define RECEIVE_QUEUE WEB_SOCKET_RECEIVE_ACTION_QUEUE
#define ALL_QUEUES WEB_SOCKET_ALL_ACTION_QUEUE
#define UTF8_MESSAGE WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE
#define UTF8_FRAGMENT WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE
#define BINARY_MESSAGE WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE
#define BINARY_FRAGMENT WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE
#define CLOSE WEB_SOCKET_CLOSE_BUFFER_TYPE
#define PING_PONG WEB_SOCKET_PING_PONG_BUFFER_TYPE
#define UNSOLICITED_PONG WEB_SOCKET_UNSOLICITED_PONG_BUFFER_TYPE
#define NO_ACTION WEB_SOCKET_NO_ACTION
#define SEND_TO_NETWORK WEB_SOCKET_SEND_TO_NETWORK_ACTION
#define SEND_COMPLETE WEB_SOCKET_INDICATE_SEND_COMPLETE_ACTION
#define RECEIVE_FROM_NETWORK WEB_SOCKET_RECEIVE_FROM_NETWORK_ACTION
#define RECEIVE_COMPLETE WEB_SOCKET_INDICATE_RECEIVE_COMPLETE_ACTION

#define OPERATION_ERROR E_INVALID_PROTOCOL_OPERATION
#define FORMAT_ERROR E_INVALID_PROTOCOL_FORMAT

/* The first octet of a frame: FIN, reserved bits and opcode. */
#define FIN 0x80
#define RSV1 0x40
#define RSV2 0x20
#define RSV3 0x10
#define OP_CONTINUATION 0x0
#define OP_TEXT 0x1
#define OP_BINARY 0x2
#define OP_CLOSE 0x8
#define OP_PING 0x9
#define OP_PONG 0xA

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The masking key of the examples in RFC 6455; any key would do. */
static const BYTE test_mask[4] = {0x37, 0xfa, 0x21, 0x3d};

/* How the peer of a server masks its frames; a server does not. */
static inline const BYTE *peer_mask(int server) {
  return server ? test_mask : NULL;
}

/* A buffer type that carries no value, as the enumeration has no zero. */
static inline WEB_SOCKET_BUFFER_TYPE type_of(ULONG value) {
  return (WEB_SOCKET_BUFFER_TYPE)value;
}

static inline WEB_SOCKET_BUFFER data_buffer(const void *octets, size_t length) {
  WEB_SOCKET_BUFFER buffer;
  memset(&buffer, 0, sizeof buffer);
  buffer.Data.pbBuffer = (PBYTE)octets;
  buffer.Data.ulBufferLength = (ULONG)length;
  return buffer;
}

static inline WEB_SOCKET_BUFFER close_buffer(USHORT status, const void *reason,
                                             size_t length) {
  WEB_SOCKET_BUFFER buffer;
  memset(&buffer, 0, sizeof buffer);
  buffer.CloseStatus.pbReason = (PBYTE)reason;
  buffer.CloseStatus.ulReasonLength = (ULONG)length;
  buffer.CloseStatus.usStatus = status;
  return buffer;
}

/* Octets that grow. */
struct octets {
  BYTE *data;
  size_t length;
  size_t room;
};

static inline void octets_append(struct octets *octets, const void *data,
                                 size_t length) {
  if (octets->room - octets->length < length) {
    octets->room = 2 * octets->room + length;
    octets->data = (BYTE *)realloc(octets->data, octets->room);
    CHECK(octets->data != NULL);
  }
  if (length != 0) {
    memcpy(octets->data + octets->length, data, length);
  }
  octets->length += length;
}

static inline void octets_free(struct octets *octets) {
  free(octets->data);
  memset(octets, 0, sizeof *octets);
}

/* ---- frames, RFC 6455 section 5.2 ---- */

static inline void append_header(struct octets *out, BYTE first,
                                 const BYTE *mask, uint64_t length) {
  BYTE header[14], bit = mask != NULL ? 0x80 : 0;
  int size, i;
  header[0] = first;
  if (length < 126) {
    header[1] = (BYTE)(bit | length);
    size = 2;
  } else {
    int width = length < 65536 ? 2 : 8;
    header[1] = (BYTE)(bit | (width == 2 ? 126 : 127));
    for (i = 0; i < width; i++) {
      header[2 + i] = (BYTE)(length >> (8 * (width - 1 - i)));
    }
    size = 2 + width;
  }
  if (mask != NULL) {
    memcpy(header + size, mask, 4);
    size += 4;
  }
  octets_append(out, header, (size_t)size);
}

/* A whole frame; no mask for one that a server sends. */
static inline void append_frame(struct octets *out, int first, const BYTE *mask,
                                const void *payload, size_t length) {
  size_t i, start;
  append_header(out, (BYTE)first, mask, length);
  start = out->length;
  octets_append(out, payload, length);
  for (i = 0; mask != NULL && i < length; i++) {
    out->data[start + i] ^= mask[i % 4];
  }
}

static inline void append_close(struct octets *out, const BYTE *mask,
                                int status, const char *reason) {
  BYTE payload[125];
  size_t length = strlen(reason);
  payload[0] = (BYTE)(status >> 8);
  payload[1] = (BYTE)status;
  memcpy(payload + 2, reason, length);
  append_frame(out, FIN | OP_CLOSE, mask, payload, length + 2);
}

struct frame {
  int first;
  int masked;
  BYTE mask[4];
  BYTE *payload; /* inside the octets, unmasked in place */
  size_t length;
};

/* Takes the frame at *at apart and moves *at behind it. */
static inline struct frame take_frame(struct octets *octets, size_t *at) {
  struct frame frame;
  const BYTE *p = octets->data + *at;
  size_t i, size = 2, width;
  CHECK(octets->length - *at >= 2);
  frame.first = p[0];
  frame.masked = (p[1] & 0x80) != 0;
  frame.length = p[1] & 0x7f;
  if (frame.length >= 126) {
    width = frame.length == 126 ? 2 : 8;
    CHECK(octets->length - *at >= size + width);
    frame.length = 0;
    for (i = 0; i < width; i++) {
      frame.length = frame.length << 8 | p[size + i];
    }
    CHECK(frame.length >= (width == 2 ? 126u : 65536u)); /* shortest form */
    size += width;
  }
  memset(frame.mask, 0, sizeof frame.mask);
  if (frame.masked) {
    CHECK(octets->length - *at >= size + 4);
    memcpy(frame.mask, p + size, 4);
    size += 4;
  }
  CHECK(octets->length - *at - size >= frame.length);
  frame.payload = octets->data + *at + size;
  for (i = 0; i < frame.length; i++) {
    frame.payload[i] ^= frame.mask[i % 4];
  }
  *at += size + frame.length;
  return frame;
}

/* Exactly one frame and nothing behind it. */
static inline struct frame only_frame(struct octets *octets) {
  size_t at = 0;
  struct frame frame = take_frame(octets, &at);
  CHECK_EQ(at, octets->length);
  return frame;
}

/* ---- connected handles ---- */

static inline WEB_SOCKET_HTTP_HEADER header_of(const char *name,
                                               const char *value) {
  WEB_SOCKET_HTTP_HEADER header;
  header.pcName = (PCHAR)name;
  header.ulNameLength = (ULONG)strlen(name);
  header.pcValue = (PCHAR)value;
  header.ulValueLength = (ULONG)strlen(value);
  return header;
}

/* The least that a server accepts, as .NET fakes it. */
static inline void fake_request(WEB_SOCKET_HTTP_HEADER request[5]) {
  request[0] = header_of("Connection", "Upgrade");
  request[1] = header_of("Upgrade", "websocket");
  request[2] = header_of("Host", "");
  request[3] = header_of("Sec-WebSocket-Version", "13");
  request[4] = header_of("Sec-WebSocket-Key", "AAAAAAAAAAAAAAAAAAAAAA==");
}

static inline void connect_server(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_HTTP_HEADER request[5];
  PWEB_SOCKET_HTTP_HEADER answer = NULL;
  ULONG count = 0;
  fake_request(request);
  CHECK_EQ(WebSocketBeginServerHandshake(h, NULL, NULL, 0, request, 5, &answer,
                                         &count),
           S_OK);
  CHECK_EQ(WebSocketEndServerHandshake(h), S_OK);
}

/* The header of that name, or NULL. */
static inline PWEB_SOCKET_HTTP_HEADER
find_header(PWEB_SOCKET_HTTP_HEADER headers, ULONG count, const char *name) {
  ULONG i;
  for (i = 0; i < count; i++) {
    if (headers[i].ulNameLength == strlen(name) &&
        memcmp(headers[i].pcName, name, strlen(name)) == 0) {
      return &headers[i];
    }
  }
  return NULL;
}

static inline void connect_client(WEB_SOCKET_HANDLE h) {
  PWEB_SOCKET_HTTP_HEADER sent = NULL, key;
  WEB_SOCKET_HTTP_HEADER answer[3];
  ULONG count = 0;
  char accept[29];
  CHECK_EQ(WebSocketBeginClientHandshake(h, NULL, 0, NULL, 0, NULL, 0, &sent,
                                         &count),
           S_OK);
  key = find_header(sent, count, "Sec-WebSocket-Key");
  CHECK(key != NULL && key->ulValueLength == 24);
  accept_for_key(key->pcValue, accept);
  answer[0] = header_of("Connection", "Upgrade");
  answer[1] = header_of("Upgrade", "websocket");
  answer[2] = header_of("Sec-WebSocket-Accept", accept);
  CHECK_EQ(WebSocketEndClientHandshake(h, answer, 3, NULL, NULL, NULL), S_OK);
}

static inline WEB_SOCKET_HANDLE server_with(WEB_SOCKET_PROPERTY *properties,
                                            ULONG count) {
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(properties, count, &h), S_OK);
  CHECK(h != NULL);
  connect_server(h);
  return h;
}

static inline WEB_SOCKET_HANDLE client_with(WEB_SOCKET_PROPERTY *properties,
                                            ULONG count) {
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateClientHandle(properties, count, &h), S_OK);
  CHECK(h != NULL);
  connect_client(h);
  return h;
}

static inline WEB_SOCKET_PROPERTY property_of(WEB_SOCKET_PROPERTY_TYPE type,
                                              void *value, size_t size) {
  WEB_SOCKET_PROPERTY property;
  property.Type = type;
  property.pvValue = value;
  property.ulValueSize = (ULONG)size;
  return property;
}

/* Buffer sizes as properties; the two cells must outlive the call only. */
static inline void size_properties(WEB_SOCKET_PROPERTY p[2], ULONG *receive,
                                   ULONG *send) {
  p[0] = property_of(WEB_SOCKET_RECEIVE_BUFFER_SIZE_PROPERTY_TYPE, receive,
                     sizeof *receive);
  p[1] = property_of(WEB_SOCKET_SEND_BUFFER_SIZE_PROPERTY_TYPE, send,
                     sizeof *send);
}

static inline WEB_SOCKET_HANDLE server_sized(ULONG receive, ULONG send) {
  WEB_SOCKET_PROPERTY p[2];
  size_properties(p, &receive, &send);
  return server_with(p, 2);
}

static inline WEB_SOCKET_HANDLE client_sized(ULONG receive, ULONG send) {
  WEB_SOCKET_PROPERTY p[2];
  size_properties(p, &receive, &send);
  return client_with(p, 2);
}

#include "steps.h"

#endif /* SESSION_H */
