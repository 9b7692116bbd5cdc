/*
 * wslay for the benchmark. Settings: the library's own, but no buffering:
 * parts of a message are delivered as they come, as ours are. It checks UTF-8
 * all the same.
 */
#include "stream.h"

#include <wslay/wslay.h>

#include <sys/random.h>

static ssize_t receive_octets(wslay_event_context_ptr context, uint8_t *octets,
                              size_t room, int flags, void *user) {
  size_t length = stream_next(user, octets, room);
  (void)flags;
  if (length == 0) {
    wslay_event_set_error(context, WSLAY_ERR_WOULDBLOCK);
    return -1;
  }
  return (ssize_t)length;
}

static ssize_t send_octets(wslay_event_context_ptr context,
                           const uint8_t *octets, size_t length, int flags,
                           void *user) {
  struct stream *stream = user;
  (void)context;
  (void)flags;
  stream->write(stream->network, octets, length);
  return (ssize_t)length;
}

/* A call of the system for many masks: one for each would be most of what a
 * short message takes. */
static int make_mask(wslay_event_context_ptr context, uint8_t *mask,
                     size_t length, void *user) {
  static __thread uint8_t pool[4096];
  static __thread size_t used = sizeof pool;
  (void)context;
  (void)user;
  if (length > sizeof pool - used) {
    if (getrandom(pool, sizeof pool, 0) != (ssize_t)sizeof pool) {
      return -1;
    }
    used = 0;
  }
  memcpy(mask, pool + used, length);
  used += length;
  return 0;
}

static void take_part(wslay_event_context_ptr context,
                      const struct wslay_event_on_frame_recv_chunk_arg *part,
                      void *user) {
  struct stream *stream = user;
  (void)context;
  stream->deliver(stream->sink, part->data, part->data_length, 0);
}

static void end_message(wslay_event_context_ptr context,
                        const struct wslay_event_on_msg_recv_arg *message,
                        void *user) {
  struct stream *stream = user;
  (void)context;
  (void)message;
  stream->deliver(stream->sink, (const uint8_t *)"", 0, 1);
}

static const struct wslay_event_callbacks callbacks = {
    receive_octets, send_octets, make_mask, NULL, take_part, NULL, end_message};

/* NULL without memory. */
void *bench_wslay_open(int is_server, struct stream *stream) {
  wslay_event_context_ptr context;
  if ((is_server ? wslay_event_context_server_init
                 : wslay_event_context_client_init)(&context, &callbacks,
                                                    stream) != 0) {
    return NULL;
  }
  wslay_event_config_set_no_buffering(context, 1);
  return context;
}

/* wslay_event_recv also returns when a header has come in part. */
int bench_wslay_receive(void *context, const struct stream *stream,
                        size_t messages) {
  (void)messages;
  do {
    if (wslay_event_recv(context) != 0 ||
        !wslay_event_get_read_enabled(context)) {
      return 0;
    }
  } while (stream->read < stream->reads);
  return 1;
}

int bench_wslay_send(void *context, const uint8_t *octets, size_t length) {
  struct wslay_event_msg message = {WSLAY_BINARY_FRAME, octets, length};
  return wslay_event_queue_msg(context, &message) == 0 &&
         wslay_event_send(context) == 0;
}

void bench_wslay_close(void *context) { wslay_event_context_free(context); }
