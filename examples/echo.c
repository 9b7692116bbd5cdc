#include "echo.h"

#include "text.h"

#include <string.h>

/* So many steps in a row; then the other connections have their turn. */
#define STEPS_IN_A_ROW 256

/* Octets by which a message has to grow from one check to the next. */
#define LEAST_PROGRESS 1024

static void send_close(struct echo *echo, WEB_SOCKET_BUFFER close) {
  if (WebSocketSend(echo->transport.handle, WEB_SOCKET_CLOSE_BUFFER_TYPE,
                    &close, NULL) != S_OK) {
    echo->lost = "no close can be sent";
    return;
  }
  log_close(echo->id, "close sent", &close);
  echo->close_sent = 1;
}

void echo_close(struct echo *echo, USHORT status, const char *reason) {
  WEB_SOCKET_BUFFER close;
  memset(&close, 0, sizeof close);
  close.CloseStatus.pbReason = (PBYTE)reason;
  close.CloseStatus.ulReasonLength = (ULONG)strlen(reason);
  close.CloseStatus.usStatus = status;
  if (!echo->close_sent) {
    send_close(echo, close);
  }
}

/* The peer has gone too far: our close is the last word. */
static void refuse(struct echo *echo, USHORT status, const char *why) {
  log_line(echo->id, "refused: %s", why);
  echo->refused = why;
  transport_stop_receiving(&echo->transport);
  echo_close(echo, status, why);
}

/* Pieces without octets count as well, or there could be any number. */
static int is_too_big(struct echo *echo, const struct transport_event *event) {
  ULONG length = event->buffer.Data.ulBufferLength;
  ULONG most = echo->options->handle.most_octets;
  if (length == 0 && !text_is_last(event->type)) {
    echo->message_empty++;
  }
  return most != 0 &&
         echo->message_length + echo->message_empty + length > most;
}

static void count_piece(struct echo *echo,
                        const struct transport_event *event) {
  echo->message_length += event->buffer.Data.ulBufferLength;
  if (!text_is_last(event->type)) {
    return;
  }
  echo->messages++;
  if (!echo->options->quiet) {
    log_line(echo->id, "%s message, %llu octets", text_type(event->type),
             echo->message_length);
  }
  echo->message_length = echo->message_empty = 0;
}

/*
 * A piece goes back as it came: a long message arrives as several FRAGMENTs
 * and a MESSAGE, and leaves so. Nothing is copied. The octets stay in the
 * receive buffer until they are sent, and nothing more is read until then.
 */
static void send_back(struct echo *echo, struct transport_event *event) {
  if (echo->close_sent) { /* after a close nothing may follow: thrown away */
    transport_release(&echo->transport);
    return;
  }
  if (is_too_big(echo, event)) {
    transport_release(&echo->transport);
    refuse(echo, WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS, "message too big");
    return;
  }
  count_piece(echo, event);
  if (WebSocketSend(echo->transport.handle, event->type, &event->buffer,
                    NULL) != S_OK) {
    echo->lost = "no echo can be sent";
  }
}

static void received(struct echo *echo, struct transport_event *event) {
  switch (event->type) {
  case WEB_SOCKET_CLOSE_BUFFER_TYPE:
    log_close(echo->id, "close received", &event->buffer);
    if (!echo->close_sent) { /* the same status and reason, where they are */
      send_close(echo, event->buffer);
    }
    break;
  case WEB_SOCKET_PING_PONG_BUFFER_TYPE:
    if (echo->pinged) { /* one that nobody asked for is not worth a line */
      log_line(echo->id, "pong");
      echo->pinged = 0;
    }
    transport_release(&echo->transport);
    break;
  default:
    send_back(echo, event);
  }
}

static void sent(struct echo *echo, WEB_SOCKET_BUFFER_TYPE type) {
  switch (type) {
  case WEB_SOCKET_CLOSE_BUFFER_TYPE:
    echo->close_finished = 1;
    break;
  case WEB_SOCKET_PING_PONG_BUFFER_TYPE:
    break;
  default:
    echo->sends++;
    transport_release(&echo->transport);
    if (echo->options->close_after != 0 && text_is_last(type) &&
        echo->messages >= echo->options->close_after) {
      echo_close(echo, WEB_SOCKET_SUCCESS_CLOSE_STATUS, "enough");
    }
  }
}

/* The close is our last word: it tells the peer what was wrong. */
static void fault(struct echo *echo, const struct transport_event *event) {
  const char *what = text_fault(event->hr, event->status);
  log_line(echo->id, "protocol error: %s (%s)", what, text_hresult(event->hr));
  echo->refused = what;
  echo_close(echo, event->status, what);
}

/* Our close is out, and the peer's is in or can no longer be read. */
static int is_closed(const struct echo *echo) {
  return echo->close_finished &&
         (echo->transport.closed || echo->transport.faulted);
}

enum echo_result echo_run(struct echo *echo) {
  int steps = 0;
  while (echo->lost == NULL && !is_closed(echo)) {
    struct transport_event event;
    if (steps++ == STEPS_IN_A_ROW) {
      /* Comes back at once: as a rule a stream can be written. */
      echo->transport.wants = NET_READABLE | NET_WRITABLE;
      return ECHO_WAITS;
    }
    transport_next(&echo->transport, &event);
    switch (event.kind) {
    case TRANSPORT_WAITS:
      return ECHO_WAITS;
    case TRANSPORT_SENT:
      sent(echo, event.type);
      break;
    case TRANSPORT_RECEIVED:
      received(echo, &event);
      break;
    case TRANSPORT_FAULT:
      fault(echo, &event);
      break;
    case TRANSPORT_ENDED:
      echo->lost = event.why;
      break;
    }
  }
  return echo->lost != NULL ? ECHO_LOST : ECHO_CLOSED;
}

void echo_keep_alive(struct echo *echo) {
  unsigned long long progress = echo->sends + echo->transport.octets_in;
  if (progress != echo->progress) {
    echo->progress = progress;
    echo->pinged = 0;
  } else if (echo->pinged) {
    echo->lost = "no answer to a ping";
  } else if (WebSocketSend(echo->transport.handle,
                           WEB_SOCKET_PING_PONG_BUFFER_TYPE, NULL,
                           echo) == S_OK) { /* not NULL: no pong */
    log_line(echo->id, "ping");
    echo->pinged = 1;
  }
}

void echo_check_progress(struct echo *echo) {
  struct transport *transport = &echo->transport;
  int sending = transport->write_action != NULL;
  int receiving =
      transport->in_message || transport->octets_in != transport->whole_end;
  unsigned long long moved = transport->octets_in - echo->seen.octets_in +
                             transport->octets_out - echo->seen.octets_out;
  int done = echo->messages != echo->seen.messages ||
             (!transport->in_message && transport->wholes != echo->seen.wholes);
  if (sending && echo->seen.sending &&
      transport->octets_out == echo->seen.octets_out) {
    echo->lost = "the peer does not read";
  } else if (receiving && echo->seen.receiving && !sending && !done &&
             moved < LEAST_PROGRESS) {
    refuse(echo, WEB_SOCKET_POLICY_VIOLATION_CLOSE_STATUS,
           "a message takes too long");
  }
  echo->seen.receiving = receiving;
  echo->seen.sending = sending;
  echo->seen.messages = echo->messages;
  echo->seen.wholes = transport->wholes;
  echo->seen.octets_in = transport->octets_in;
  echo->seen.octets_out = transport->octets_out;
}
