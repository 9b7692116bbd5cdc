/* Handles whose handshake selected an extension, and the types of its frames.
 */
#ifndef EXTENSION_H
#define EXTENSION_H

#include "handshake.h"

#define ANY_RSV 0x70

/*
 * The buffer type of a frame with that first octet: bits 9 to 2 are the
 * octet, bit 1 is the mask bit.
 */
static inline WEB_SOCKET_BUFFER_TYPE extended(int first) {
  return type_of((ULONG)first << 2);
}

static inline WEB_SOCKET_BUFFER_TYPE extended_masked(int first) {
  return type_of((ULONG)first << 2 | 2);
}

static inline WEB_SOCKET_HANDLE extension_server_with(WEB_SOCKET_PROPERTY *p,
                                                      ULONG count) {
  PCSTR extension = "x-test";
  struct lines request = {0};
  struct header_set set;
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(p, count, &h), S_OK);
  request_with(&request, "Sec-WebSocket-Extensions:x-test");
  CHECK_EQ(begin_server(h, NULL, &extension, 1, &request, &set), S_OK);
  free_lines(&request);
  return h;
}

static inline WEB_SOCKET_HANDLE extension_client_with(WEB_SOCKET_PROPERTY *p,
                                                      ULONG count) {
  PCSTR extension = "x-test";
  struct lines answer = {0};
  struct header_set set;
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateClientHandle(p, count, &h), S_OK);
  CHECK_EQ(begin_client(h, NULL, 0, &extension, 1, &set), S_OK);
  answer_to(&set, &answer);
  add_line(&answer, "Sec-WebSocket-Extensions:x-test", "");
  CHECK_EQ(
      WebSocketEndClientHandshake(h, answer.at, answer.count, NULL, NULL, NULL),
      S_OK);
  free_lines(&answer);
  return h;
}

static inline WEB_SOCKET_HANDLE extension_server(void) {
  return extension_server_with(NULL, 0);
}

static inline WEB_SOCKET_HANDLE extension_client(void) {
  return extension_client_with(NULL, 0);
}

/* Handles where an extension was offered and not selected. */
static inline WEB_SOCKET_HANDLE offered_server(void) {
  struct lines request = {0};
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_server();
  request_with(&request, "Sec-WebSocket-Extensions:x-test");
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), S_OK);
  free_lines(&request);
  return h;
}

static inline WEB_SOCKET_HANDLE offered_client(void) {
  PCSTR extension = "x-test";
  struct header_set set;
  WEB_SOCKET_HANDLE h = new_client();
  CHECK_EQ(begin_client(h, NULL, 0, &extension, 1, &set), S_OK);
  end_client(h, &set);
  return h;
}

#endif /* EXTENSION_H */
