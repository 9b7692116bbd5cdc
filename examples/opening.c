#include "opening.h"

#include "text.h"

#include <stdlib.h>
#include <string.h>
#include <wspc.h>

#define FIELD_LIMIT 100

/* Says why, and which error it was. */
static const char *because(const char *what, HRESULT hr) {
  static char text[160];
  snprintf(text, sizeof text, "%s (%s)", what, text_hresult(hr));
  return text;
}

static const char *create_handle(struct opening *opening,
                                 const struct client_options *options) {
  HRESULT hr = transport_create_handle(&options->handle, 0, &opening->handle);
  return hr == S_OK ? NULL : because("no handle", hr);
}

/* Milliseconds as stream_wait takes them. */
static long time_to_wait(const struct client_options *options) {
  return options->timeout == 0 ? -1 : (long)options->timeout;
}

static const char *write_all(struct opening *opening,
                             const struct client_options *options,
                             const char *octets, size_t length) {
  while (length > 0) {
    struct net_part part;
    long written;
    part.octets = octets;
    part.length = length;
    written = stream_write(&opening->stream, &part, 1);
    if (written == NET_FAILED) {
      return stream_error(&opening->stream);
    }
    if (written > 0) {
      octets += written;
      length -= (size_t)written;
    } else if (stream_wait(&opening->stream, NET_WRITABLE,
                           time_to_wait(options)) == 0) {
      return stream_is_open(&opening->stream)
                 ? "the server does not read"
                 : "the TLS handshake takes too long";
    }
  }
  return NULL;
}

/* The request line and Host, then what the library made. */
static char *make_request(const struct url *url,
                          PWEB_SOCKET_HTTP_HEADER headers, ULONG count) {
  size_t room = strlen(url->path) + strlen(url->header) + 64, at;
  char *request;
  ULONG i;
  for (i = 0; i < count; i++) {
    room += headers[i].ulNameLength + headers[i].ulValueLength + 4;
  }
  request = malloc(room);
  if (request == NULL) {
    return NULL;
  }
  at = (size_t)snprintf(request, room, "GET %s%s HTTP/1.1\r\nHost: %s\r\n",
                        url->query_only, url->path, url->header);
  for (i = 0; i < count; i++) {
    at += (size_t)snprintf(request + at, room - at, "%s: %s\r\n",
                           headers[i].pcName, headers[i].pcValue);
  }
  snprintf(request + at, room - at, "\r\n");
  return request;
}

static const char *ask(struct opening *opening,
                       const struct client_options *options) {
  PCSTR *subprotocols = (PCSTR *)options->subprotocols;
  WEB_SOCKET_HTTP_HEADER host;
  PWEB_SOCKET_HTTP_HEADER headers;
  ULONG count;
  const char *problem;
  char *request;
  HRESULT hr;
  host.pcName = (PCHAR) "Host";
  host.ulNameLength = 4;
  host.pcValue = (PCHAR)options->url.header;
  host.ulValueLength = (ULONG)strlen(options->url.header);
  hr = WebSocketBeginClientHandshake(
      opening->handle, options->subprotocol_count > 0 ? subprotocols : NULL,
      options->subprotocol_count, NULL, 0, &host, 1, &headers, &count);
  if (hr != S_OK) {
    return because("no request can be made", hr);
  }
  request = make_request(&options->url, headers, count);
  if (request == NULL) {
    return "out of memory";
  }
  problem = write_all(opening, options, request, strlen(request));
  free(request);
  return problem;
}

static const char *read_more(struct opening *opening,
                             const struct client_options *options) {
  long length;
  if (opening->head_length == OPENING_LIMIT) {
    return "the head of the answer is too long";
  }
  if (stream_wait(&opening->stream, NET_READABLE, time_to_wait(options)) == 0) {
    return "the server does not answer";
  }
  length = stream_read(&opening->stream, opening->head + opening->head_length,
                       OPENING_LIMIT - opening->head_length);
  if (length == 0) {
    return "the server closed the connection without an answer";
  }
  if (length == NET_FAILED) {
    return stream_error(&opening->stream);
  }
  opening->head_length += length > 0 ? (size_t)length : 0;
  return NULL;
}

static const char *refused(const WSPC_RESPONSE *response) {
  static char text[128];
  snprintf(text, sizeof text, "the server answered %lu, not 101",
           (unsigned long)response->ulStatus);
  return text;
}

static const char *check_answer(struct opening *opening,
                                const struct client_options *options,
                                PWEB_SOCKET_HTTP_HEADER headers, ULONG count) {
  ULONG chosen = 0;
  HRESULT hr = WebSocketEndClientHandshake(opening->handle, headers, count,
                                           NULL, NULL, &chosen);
  if (hr == E_SUBPROTOCOL_NOT_SUPPORTED) {
    return because("the server takes none of the subprotocols", hr);
  }
  if (hr != S_OK) {
    return because("the server's answer is wrong", hr);
  }
  if (options->subprotocol_count > 0) {
    opening->subprotocol = options->subprotocols[chosen];
  }
  return NULL;
}

static const char *read_answer(struct opening *opening,
                               const struct client_options *options) {
  for (;;) {
    WEB_SOCKET_HTTP_HEADER headers[FIELD_LIMIT];
    WSPC_RESPONSE response;
    ULONG count = FIELD_LIMIT;
    HRESULT hr;
    const char *problem = read_more(opening, options);
    if (problem != NULL) {
      return problem;
    }
    hr = WspcParseResponse(opening->head, (ULONG)opening->head_length,
                           &response, headers, &count, &opening->answer_length);
    if (hr == S_OK) {
      return response.ulStatus != 101
                 ? refused(&response)
                 : check_answer(opening, options, headers, count);
    }
    if (hr != WSPC_E_INCOMPLETE) {
      return because("the answer cannot be read", hr);
    }
  }
}

const char *opening_run(struct opening *opening,
                        const struct client_options *options) {
  const char *problem;
  net_socket socket = net_connect(options->url.host, options->url.port);
  memset(opening, 0, sizeof *opening);
  opening->stream.socket = socket;
  if (socket == NET_NONE) {
    return net_error();
  }
  if (!stream_start(&opening->stream, socket, options->tls,
                    options->url.host)) {
    return "out of memory";
  }
  problem = create_handle(opening, options);
  if (problem == NULL) {
    problem = ask(opening, options);
  }
  if (problem == NULL) {
    problem = read_answer(opening, options);
  }
  return problem;
}
