#include "connection.h"

#include "http.h"
#include "page.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Milliseconds. */
#define REQUEST_TIME 10000 /* for the head of a request, and for an answer */
#define CLOSE_TIME 5000    /* for the peer's close after ours */
#define LINGER_TIME 2000   /* for the peer to close the stream */

enum state {
  READING_HEAD,
  ANSWERING, /* with an HTTP answer; then FINISHING */
  SWITCHING, /* with the 101 answer; then ECHOING */
  ECHOING,
  FINISHING, /* all is sent: says so */
  LINGERING, /* waits until the peer closes the stream */
  OVER
};

struct connection {
  struct stream stream;
  unsigned long id;
  enum state state;
  int wants;
  long long deadline;
  char *head; /* octets of the request, and what came behind them */
  size_t head_length;
  char *answer;
  size_t answer_length, answer_sent;
  struct echo echo;
  int was_open;
};

struct connection *connection_new(const struct echo_options *options,
                                  struct tls_context *tls, net_socket socket,
                                  unsigned long id, const char *peer) {
  struct connection *c = calloc(1, sizeof *c);
  if (c == NULL || (c->head = malloc(HTTP_HEAD_LIMIT)) == NULL ||
      !stream_start(&c->stream, socket, tls, NULL)) {
    free(c != NULL ? c->head : NULL);
    free(c);
    return NULL;
  }
  c->id = c->echo.id = id;
  c->echo.options = options;
  c->wants = NET_READABLE;
  c->deadline = net_now() + REQUEST_TIME;
  log_line(id, "connected from %s", peer);
  return c;
}

void connection_free(struct connection *c) {
  log_line(c->id, "ended");
  transport_free(&c->echo.transport);
  stream_end(&c->stream);
  free(c->head);
  free(c->answer);
  free(c);
}

net_socket connection_socket(const struct connection *c) {
  return c->stream.socket;
}

int connection_wants(const struct connection *c) {
  return stream_wants(&c->stream, c->wants);
}

long long connection_deadline(const struct connection *c) {
  return c->deadline;
}

int connection_was_open(const struct connection *c) { return c->was_open; }

static void enter(struct connection *c, enum state state, int wants,
                  unsigned long time) {
  c->state = state;
  c->wants = wants;
  c->deadline = time == 0 ? 0 : net_now() + (long long)time;
}

static void lose(struct connection *c, const char *why) {
  log_line(c->id, "lost: %s", why);
  c->state = OVER;
}

/* ---- answering the request ---- */

static void start_answer(struct connection *c, enum state state, char *answer) {
  c->answer = answer;
  if (answer == NULL) {
    lose(c, "out of memory");
  } else {
    enter(c, state, NET_WRITABLE, REQUEST_TIME);
  }
}

static void refuse(struct connection *c, int status, const char *why) {
  char body[256];
  int length =
      snprintf(body, sizeof body, "%s: %s\n", http_status(status), why);
  log_line(c->id, "refused: %s: %s", http_status(status), why);
  start_answer(c, ANSWERING,
               http_answer(status, "text/plain", body, (size_t)length,
                           &c->answer_length));
}

static void refuse_upgrade(struct connection *c, HRESULT hr) {
  switch (hr) {
  case E_PROTOCOL_VERSION_NOT_SUPPORTED:
    refuse(c, 426, "only version 13 of the WebSocket protocol");
    break;
  case E_INVALID_PROTOCOL_FORMAT:
    refuse(c, 400, "not a WebSocket handshake by RFC 6455");
    break;
  default:
    refuse(c, 503, text_hresult(hr));
  }
}

/* RFC 6455 section 4.2. */
static void upgrade(struct connection *c, struct http_request *request) {
  const char *chosen = c->echo.options->subprotocol;
  PWEB_SOCKET_HTTP_HEADER headers;
  WEB_SOCKET_HANDLE handle = NULL;
  ULONG count;
  HRESULT hr = transport_create_handle(&c->echo.options->handle, 1, &handle);
  if (chosen != NULL &&
      !http_has(request, "Sec-WebSocket-Protocol", chosen, 1)) {
    chosen = NULL;
  }
  if (hr == S_OK) {
    hr = WebSocketBeginServerHandshake(handle, chosen, NULL, 0, request->fields,
                                       request->count, &headers, &count);
  }
  transport_start(&c->echo.transport, &c->stream, handle,
                  c->head + request->head_length,
                  c->head_length - request->head_length);
  if (hr != S_OK) {
    refuse_upgrade(c, hr);
    return;
  }
  log_quoted(c->id, "open", request->line.pcTarget,
             request->line.ulTargetLength);
  if (chosen != NULL) {
    log_line(c->id, "subprotocol: %s", chosen);
  }
  start_answer(c, SWITCHING, http_switch(headers, count, &c->answer_length));
}

static void answer(struct connection *c, struct http_request *request) {
  if (!http_method_is(request, "GET")) {
    refuse(c, 405, "only GET");
  } else if (http_has(request, "Upgrade", "websocket", 0)) {
    if (request->line.ulMinorVersion < 1) {
      refuse(c, 400, "a WebSocket handshake takes HTTP/1.1");
    } else {
      upgrade(c, request);
    }
  } else if (http_path_is(request, "/")) {
    log_quoted(c->id, "page", request->line.pcTarget,
               request->line.ulTargetLength);
    start_answer(c, ANSWERING,
                 http_answer(200, "text/html", (const char *)page_html,
                             page_html_length, &c->answer_length));
  } else {
    refuse(c, 404, "there is a page at / and a WebSocket everywhere");
  }
}

/* ---- the steps; they return 0 when there is nothing to do but wait ---- */

static int read_head(struct connection *c) {
  struct http_request request;
  int status;
  long length = stream_read(&c->stream, c->head + c->head_length,
                            HTTP_HEAD_LIMIT - c->head_length);
  if (length == NET_AGAIN) {
    return 0;
  }
  if (length <= 0) {
    lose(c, length < 0            ? stream_error(&c->stream)
            : c->head_length == 0 ? "the peer closed without a request"
                                  : "the peer closed within its request");
    return 1;
  }
  c->head_length += (size_t)length;
  status = http_parse(c->head, c->head_length, &request);
  if (status == 200) {
    answer(c, &request);
  } else if (status == 431) {
    refuse(c, status, "at most 16 KiB and 100 fields");
  } else if (status != 0) {
    refuse(c, status, "not a request that can be read");
  }
  return 1;
}

static int write_answer(struct connection *c) {
  struct net_part part;
  long length;
  part.octets = c->answer + c->answer_sent;
  part.length = c->answer_length - c->answer_sent;
  length = stream_write(&c->stream, &part, 1);
  if (length == NET_AGAIN) {
    return 0;
  }
  if (length == NET_FAILED) {
    lose(c, stream_error(&c->stream));
    return 1;
  }
  c->answer_sent += (size_t)length;
  if (c->answer_sent < c->answer_length) {
    return 1;
  }
  if (c->state == SWITCHING) {
    c->was_open = 1;
    enter(c, ECHOING, NET_READABLE, c->echo.options->keep_alive);
  } else {
    enter(c, FINISHING, NET_WRITABLE, LINGER_TIME);
  }
  return 1;
}

static int echo(struct connection *c) {
  int was_closing = c->echo.close_sent;
  enum echo_result result = echo_run(&c->echo);
  if (result == ECHO_LOST) {
    lose(c, c->echo.lost);
    return 1;
  }
  if (result == ECHO_CLOSED) {
    /* The server closes the stream first (RFC 6455 section 7.1.1). */
    transport_free(&c->echo.transport);
    enter(c, FINISHING, NET_WRITABLE, LINGER_TIME);
    return 1;
  }
  c->wants = c->echo.transport.wants;
  if (c->echo.close_sent && !was_closing) {
    c->deadline = net_now() + CLOSE_TIME;
  }
  if (c->echo.transport.early_length == 0) {
    free(c->head); /* an open connection needs it no more */
    c->head = NULL;
  }
  return 0;
}

static int finish(struct connection *c) {
  if (!stream_finish(&c->stream)) {
    return 0;
  }
  enter(c, LINGERING, NET_READABLE, LINGER_TIME);
  return 1;
}

/*
 * Closing a socket that has unread octets resets the connection, and the peer
 * may lose what we sent last. So we read on until the peer closes as well.
 */
static int linger(struct connection *c) {
  char octets[4096];
  long length = stream_read(&c->stream, octets, sizeof octets);
  if (length == NET_AGAIN) {
    return 0;
  }
  if (length <= 0) {
    c->state = OVER;
    return 1;
  }
  /* Other sockets have their turn before this one is read again. */
  return stream_pending(&c->stream);
}

static int step(struct connection *c) {
  switch (c->state) {
  case READING_HEAD:
    return read_head(c);
  case ANSWERING:
  case SWITCHING:
    return write_answer(c);
  case ECHOING:
    return echo(c);
  case FINISHING:
    return finish(c);
  case LINGERING:
    return linger(c);
  default:
    return 0;
  }
}

int connection_run(struct connection *c, int ready) {
  transport_ready(&c->echo.transport, stream_ready(&c->stream, ready));
  while (step(c)) {
  }
  return c->state != OVER;
}

int connection_late(struct connection *c) {
  switch (c->state) {
  case READING_HEAD:
    if (stream_is_open(&c->stream)) {
      refuse(c, 408, "no request came");
    } else {
      lose(c, "the TLS handshake takes too long");
    }
    break;
  case ECHOING:
    if (c->echo.close_sent) {
      lose(c, "no answer to our close");
    } else {
      echo_keep_alive(&c->echo);
      c->deadline = net_now() + (long long)c->echo.options->keep_alive;
    }
    break;
  case LINGERING:
    c->state = OVER;
    break;
  default:
    lose(c, "the peer does not read");
  }
  return connection_run(c, 0);
}

int connection_goodbye(struct connection *c) {
  if (c->state != ECHOING) {
    c->state = OVER;
  } else if (!c->echo.close_sent) {
    echo_close(&c->echo, WEB_SOCKET_ENDPOINT_UNAVAILABLE_CLOSE_STATUS,
               "the server ends");
    c->deadline = net_now() + CLOSE_TIME;
  }
  return connection_run(c, 0);
}
