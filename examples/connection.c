#include "connection.h"

#include "http.h"
#include "page.h"
#include "text.h"

#include <stdlib.h>
#include <string.h>

/* Milliseconds. */
#define CLOSE_TIME 5000  /* for the peer's close after ours */
#define LINGER_TIME 2000 /* for the peer to close the stream */

#define FIRST_HEAD 1024 /* octets; more only for a head that is longer */

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
  const struct connection_options *options;
  struct stream stream;
  unsigned long id;
  char peer[96]; /* its address */
  char why[128]; /* it was refused or lost; "": it was not */
  enum state state;
  int wants;
  long long deadline;
  long long ping_at, check_at; /* while echoing; 0: never */
  int closing;                 /* a close went out, and time runs */
  char *head; /* octets of the request, and what came behind them */
  size_t head_length, head_room;
  char *answer;
  size_t answer_length, answer_sent;
  struct echo echo;
  int was_open;
};

struct connection *connection_new(const struct connection_options *options,
                                  struct tls_context *tls, net_socket socket,
                                  unsigned long id, const char *peer) {
  struct connection *c = calloc(1, sizeof *c);
  if (c == NULL || !stream_start(&c->stream, socket, tls, NULL)) {
    free(c);
    return NULL;
  }
  c->options = options;
  c->id = c->echo.id = id;
  c->echo.options = &options->echo;
  snprintf(c->peer, sizeof c->peer, "%s", peer);
  c->wants = NET_READABLE;
  c->deadline = net_now() + (long long)options->handshake_time;
  log_line(id, "connected from %s", peer);
  return c;
}

void connection_free(struct connection *c) {
  const char *why = c->echo.refused != NULL ? c->echo.refused : c->why;
  if (*why != '\0') { /* one line with all that one has to know of it */
    log_line(c->id, "ended: %s: %s", c->peer, why);
  } else {
    log_line(c->id, "ended");
  }
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

/* Points in time, 0 for never. */
static long long later(unsigned long time) {
  return time == 0 ? 0 : net_now() + (long long)time;
}

static long long earlier(long long one, long long other) {
  return one == 0 || (other != 0 && other < one) ? other : one;
}

static void enter(struct connection *c, enum state state, int wants,
                  unsigned long time) {
  c->state = state;
  c->wants = wants;
  c->deadline = later(time);
}

/* What was wrong first is the reason. */
static void note(struct connection *c, const char *why) {
  if (*c->why == '\0') {
    size_t length = strlen(why);
    memcpy(c->why, why, length < sizeof c->why ? length : sizeof c->why - 1);
  }
}

static void lose(struct connection *c, const char *why) {
  log_line(c->id, "lost: %s", why);
  note(c, why);
  c->state = OVER;
}

/* ---- answering the request ---- */

static void start_answer(struct connection *c, enum state state, char *answer) {
  c->answer = answer;
  if (answer == NULL) {
    lose(c, "out of memory");
  } else {
    enter(c, state, NET_WRITABLE, c->options->handshake_time);
  }
}

static void refuse(struct connection *c, int status, const char *why) {
  char body[sizeof c->why];
  int length = snprintf(body, sizeof body, "%s: %s", http_status(status), why);
  log_line(c->id, "refused: %s", body);
  note(c, body);
  body[length++] = '\n'; /* in the place of the NUL */
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

/* Memory for more of the head; there is none for more than the most. */
static int grow_head(struct connection *c) {
  size_t most = c->options->most_head;
  size_t room = c->head_room == 0 ? FIRST_HEAD : 2 * c->head_room;
  char *head;
  if (c->head_length < c->head_room) {
    return 1;
  }
  room = room < most ? room : most;
  head = realloc(c->head, room);
  if (head == NULL) {
    return 0;
  }
  c->head = head;
  c->head_room = room;
  return 1;
}

static void refuse_head(struct connection *c, int status) {
  char why[64];
  if (status == 431) {
    snprintf(why, sizeof why, "at most %lu octets and %d fields",
             c->options->most_head, HTTP_FIELD_LIMIT);
    refuse(c, status, why);
  } else {
    refuse(c, status, "not a request that can be read");
  }
}

static int read_head(struct connection *c) {
  struct http_request request;
  int status;
  long length;
  if (!grow_head(c)) {
    lose(c, "out of memory");
    return 1;
  }
  length = stream_read(&c->stream, c->head + c->head_length,
                       c->head_room - c->head_length);
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
  status = http_parse(c->head, c->head_length, c->options->most_head, &request);
  if (status == 200) {
    answer(c, &request);
  } else if (status != 0) {
    refuse_head(c, status);
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
    free(c->answer); /* an open connection needs it no more */
    c->answer = NULL;
    enter(c, ECHOING, NET_READABLE, 0);
    c->ping_at = later(c->options->echo.keep_alive);
    c->check_at = later(c->options->stall_time);
    c->deadline = earlier(c->ping_at, c->check_at);
  } else {
    enter(c, FINISHING, NET_WRITABLE, LINGER_TIME);
  }
  return 1;
}

static int echo(struct connection *c) {
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
  if (c->echo.close_sent && !c->closing) {
    c->closing = 1;
    c->deadline = later(CLOSE_TIME);
  }
  if (c->echo.transport.early_length == 0) {
    free(c->head); /* nor this */
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

int connection_turn_away(struct connection *c) {
  if (c->stream.tls == NULL) {
    refuse(c, 503, "too many connections");
  } else { /* a handshake of TLS is no work for one that is not wanted */
    lose(c, "too many connections");
  }
  return connection_run(c, NET_WRITABLE);
}

/* Looks after an open connection. Returns 0 when it is over. */
static int echo_late(struct connection *c) {
  long long now = net_now();
  /* A socket can take octets long before it is said to be writable. */
  if (!connection_run(c, NET_WRITABLE)) {
    return 0;
  }
  if (c->state != ECHOING || c->closing) {
    return 1;
  }
  if (c->ping_at != 0 && c->ping_at <= now) {
    echo_keep_alive(&c->echo);
    c->ping_at = later(c->options->echo.keep_alive);
  }
  if (c->check_at != 0 && c->check_at <= now) {
    echo_check_progress(&c->echo);
    c->check_at = later(c->options->stall_time);
  }
  c->deadline = earlier(c->ping_at, c->check_at);
  return connection_run(c, 0);
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
    if (!c->closing) {
      return echo_late(c);
    }
    lose(c, "no answer to our close");
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
  }
  return connection_run(c, 0);
}
