#include "cases.h"

#include "echo.h"
#include "opening.h"
#include "text.h"

#include <string.h>

/* Milliseconds for the server to close the stream. */
#define LINGER_TIME 5000

/* One connection. Each path of the server is a request of its own. */
struct visit {
  struct client_options options;
  struct opening opening;
  struct echo echo; /* that of the echo server, on a client's handle */
};

static const struct echo_options quiet = {{0, 0, 0, 0}, NULL, 0, 0, 1};

static const char *begin(struct visit *visit,
                         const struct client_options *options, unsigned long id,
                         const char *path) {
  struct opening *opening = &visit->opening;
  const char *problem;
  visit->options = *options;
  visit->options.url.path = path;
  visit->options.url.query_only = "";
  memset(&visit->echo, 0, sizeof visit->echo);
  visit->echo.options = &quiet;
  visit->echo.id = id;
  problem = opening_run(opening, &visit->options);
  transport_start(&visit->echo.transport, &opening->stream, opening->handle,
                  opening->head + opening->answer_length,
                  opening->head_length - opening->answer_length);
  return problem;
}

static void end(struct visit *visit) {
  transport_free(&visit->echo.transport);
  stream_end(&visit->opening.stream);
}

/* Returns 0 when nothing has moved for too long. */
static int wait(struct visit *visit) {
  struct transport *transport = &visit->echo.transport;
  unsigned long timeout = visit->options.timeout;
  int ready = stream_wait(transport->stream, transport->wants,
                          timeout == 0 ? -1 : (long)timeout);
  transport_ready(transport, ready);
  return ready != 0;
}

/* Sends back what comes, until the connection is closed. */
static void echo(struct visit *visit) {
  enum echo_result result;
  while ((result = echo_run(&visit->echo)) == ECHO_WAITS) {
    if (!wait(visit)) {
      visit->echo.lost = "nothing has moved for too long";
    }
  }
  if (result == ECHO_LOST) { /* some cases have the server do that */
    log_line(visit->echo.id, "lost: %s", visit->echo.lost);
  } else {
    /* The server closes the stream first, RFC 6455 section 7.1.1. */
    stream_linger(&visit->opening.stream, LINGER_TIME);
  }
}

/* A message that is a number. Returns 0 if none comes. */
static int read_number(struct visit *visit, unsigned long *number) {
  struct transport *transport = &visit->echo.transport;
  struct transport_event event;
  char digits[16];
  size_t length = 0, more;
  do {
    do {
      transport_next(transport, &event);
    } while (event.kind == TRANSPORT_WAITS && wait(visit));
    if (event.kind != TRANSPORT_RECEIVED ||
        event.type == WEB_SOCKET_CLOSE_BUFFER_TYPE) {
      return 0;
    }
    more = event.buffer.Data.ulBufferLength;
    if (more >= sizeof digits - length) {
      return 0;
    }
    memcpy(digits + length, event.buffer.Data.pbBuffer, more);
    length += more;
    transport_release(transport);
  } while (!text_is_last(event.type));
  digits[length] = '\0';
  return text_number(digits, 0, 1000000, number);
}

/* `number`: where the first message goes, which is one; or NULL. */
static const char *visit_path(const struct client_options *options,
                              unsigned long id, const char *path,
                              unsigned long *number) {
  static struct visit visit;
  const char *problem = begin(&visit, options, id, path);
  if (problem == NULL && number != NULL && !read_number(&visit, number)) {
    problem = "the server does not say how many cases it has";
  }
  if (problem == NULL) {
    echo(&visit);
  }
  end(&visit);
  return problem;
}

const char *cases_run(const struct client_options *options) {
  char path[64 + MOST_AGENT];
  unsigned long count = 0, id;
  const char *problem = visit_path(options, 0, "/getCaseCount", &count);
  if (problem == NULL) {
    printf("= %lu cases\n", count);
  }
  for (id = 1; problem == NULL && id <= count; id++) {
    snprintf(path, sizeof path, "/runCase?case=%lu&agent=%s", id,
             options->agent);
    problem = visit_path(options, id, path, NULL);
  }
  if (problem == NULL) {
    snprintf(path, sizeof path, "/updateReports?agent=%s", options->agent);
    problem = visit_path(options, id, path, NULL);
  }
  if (problem == NULL) {
    puts("= reports updated");
  }
  return problem;
}
