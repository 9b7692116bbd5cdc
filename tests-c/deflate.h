/* Handles that may compress: their property, and handshakes with the extension.
 */
#ifndef DEFLATE_H
#define DEFLATE_H

#include "handshake.h"

#include <wspc.h>

#define EXTENSIONS "Sec-WebSocket-Extensions"
#define NAME "permessage-deflate"

#define NO_CLIENT_TAKEOVER WSPC_DEFLATE_CLIENT_NO_CONTEXT_TAKEOVER
#define NO_SERVER_TAKEOVER WSPC_DEFLATE_SERVER_NO_CONTEXT_TAKEOVER

static const WSPC_DEFLATE usual_deflate = {0, 0, 0, 0, 0};

static inline WEB_SOCKET_PROPERTY deflate_property(const WSPC_DEFLATE *value) {
  return property_of(WSPC_PERMESSAGE_DEFLATE_PROPERTY_TYPE, (void *)value,
                     sizeof *value);
}

/* The property and sizes of buffers; the cells must outlive the call only. */
static inline WEB_SOCKET_HANDLE create_deflate(int server,
                                               const WSPC_DEFLATE *value,
                                               ULONG receive, ULONG send) {
  WEB_SOCKET_PROPERTY p[3];
  WEB_SOCKET_HANDLE h = NULL;
  size_properties(p, &receive, &send);
  p[2] = deflate_property(value);
  CHECK_EQ(server ? WebSocketCreateServerHandle(p, 3, &h)
                  : WebSocketCreateClientHandle(p, 3, &h),
           S_OK);
  return h;
}

/* The extension as a header says it, or "" where there is none. */
static inline void extension_of(const struct header_set *set, char text[256]) {
  PWEB_SOCKET_HTTP_HEADER header = find_header(set->at, set->count, EXTENSIONS);
  snprintf(text, 256, "%.*s", header != NULL ? (int)header->ulValueLength : 0,
           header != NULL ? header->pcValue : "");
}

/* What a server answers to that offer. */
static inline void answer_to_offer(WEB_SOCKET_HANDLE h, const char *offer,
                                   char answer[256]) {
  char line[256];
  struct lines request = {0};
  struct header_set set;
  snprintf(line, sizeof line, EXTENSIONS ":%s", offer);
  request_with(&request, line);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), S_OK);
  extension_of(&set, answer);
  free_lines(&request);
}

/* A server is offered that, and has to answer with `want`. */
static inline void offer_to(WEB_SOCKET_HANDLE h, const char *offer,
                            const char *want) {
  char answer[256];
  answer_to_offer(h, offer, answer);
  CHECK_STRING(answer, want);
}

/* A client offers `want`, or whatever if NULL, and is answered with that. */
static inline HRESULT answer_with(WEB_SOCKET_HANDLE h, const char *want,
                                  const char *answer) {
  char line[300], offer[256];
  struct lines response = {0};
  struct header_set set;
  HRESULT hr;
  CHECK_EQ(begin_client(h, NULL, 0, NULL, 0, &set), S_OK);
  extension_of(&set, offer);
  if (want != NULL) {
    CHECK_STRING(offer, want);
  }
  answer_to(&set, &response);
  snprintf(line, sizeof line, EXTENSIONS ":%s", answer);
  add_line(&response, line, "");
  hr = WebSocketEndClientHandshake(h, response.at, response.count, NULL, NULL,
                                   NULL);
  free_lines(&response);
  return hr;
}

/* An open handle of which the peer has agreed to what it wanted. */
static inline WEB_SOCKET_HANDLE
open_deflate(int server, const WSPC_DEFLATE *value, ULONG receive, ULONG send) {
  WEB_SOCKET_HANDLE h = create_deflate(server, value, receive, send);
  char answer[256];
  if (server) {
    answer_to_offer(h, NAME "; client_max_window_bits", answer);
    CHECK(answer[0] != '\0');
  } else {
    int bits =
        value->ulServerWindowBits != 0 ? (int)value->ulServerWindowBits : 15;
    snprintf(answer, sizeof answer, NAME "; server_max_window_bits=%d%s", bits,
             value->ulFlags & NO_SERVER_TAKEOVER
                 ? "; server_no_context_takeover"
                 : "");
    CHECK_EQ(answer_with(h, NULL, answer), S_OK);
  }
  return h;
}

#endif /* DEFLATE_H */
