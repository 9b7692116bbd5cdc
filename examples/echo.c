#include "echo.h"

#include "text.h"

#include <string.h>

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
  echo->message_length = 0;
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
    log_line(echo->id, "pong");
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
  echo_close(echo, event->status, what);
}

/* Our close is out, and the peer's is in or can no longer be read. */
static int is_closed(const struct echo *echo) {
  return echo->close_finished &&
         (echo->transport.closed || echo->transport.faulted);
}

enum echo_result echo_run(struct echo *echo) {
  while (echo->lost == NULL && !is_closed(echo)) {
    struct transport_event event;
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
                           NULL) == S_OK) {
    log_line(echo->id, "ping");
    echo->pinged = 1;
  }
}
