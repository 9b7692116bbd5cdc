#include "stream.h"

int stream_start(struct stream *stream, net_socket socket,
                 struct tls_context *context, const char *host) {
  stream->socket = socket;
  stream->tls = NULL;
  stream->read_waits = NET_READABLE;
  stream->write_waits = NET_WRITABLE;
  if (context != NULL) {
    stream->tls = tls_new(context, socket, host);
    return stream->tls != NULL;
  }
  return 1;
}

void stream_end(struct stream *stream) {
  if (stream->tls != NULL) {
    tls_finish(stream->tls);
  }
  tls_free(stream->tls);
  net_close(stream->socket);
  stream->tls = NULL;
  stream->socket = NET_NONE;
}

/*
 * Each call may have brought what the other direction waited for, so that
 * waits for nothing special again.
 */
long stream_read(struct stream *stream, void *octets, size_t room) {
  if (stream->tls == NULL) {
    return net_read(stream->socket, octets, room);
  }
  stream->read_waits = NET_READABLE;
  stream->write_waits = NET_WRITABLE;
  return tls_read(stream->tls, octets, room, &stream->read_waits);
}

long stream_write(struct stream *stream, const struct net_part *parts,
                  int count) {
  if (stream->tls == NULL) {
    return net_write(stream->socket, parts, count);
  }
  stream->read_waits = NET_READABLE;
  stream->write_waits = NET_WRITABLE;
  return tls_write(stream->tls, parts, count, &stream->write_waits);
}

int stream_finish(struct stream *stream) {
  if (stream->tls != NULL && !tls_finish(stream->tls)) {
    stream->write_waits = NET_WRITABLE;
    return 0;
  }
  net_finish(stream->socket);
  return 1;
}

const char *stream_error(const struct stream *stream) {
  return stream->tls != NULL ? tls_error(stream->tls) : net_error();
}

int stream_is_open(const struct stream *stream) {
  return stream->tls == NULL || tls_is_open(stream->tls);
}

int stream_pending(const struct stream *stream) {
  return stream->tls != NULL && tls_pending(stream->tls);
}

int stream_wants(const struct stream *stream, int what) {
  return (what & NET_READABLE ? stream->read_waits : 0) |
         (what & NET_WRITABLE ? stream->write_waits : 0);
}

int stream_ready(const struct stream *stream, int ready) {
  return (ready & stream->read_waits ? NET_READABLE : 0) |
         (ready & stream->write_waits ? NET_WRITABLE : 0);
}

int stream_wait(const struct stream *stream, int what, long milliseconds) {
  int ready;
  if (what & NET_READABLE && stream_pending(stream)) {
    return NET_READABLE;
  }
  ready =
      net_wait(stream->socket, stream_wants(stream, what) | (what & NET_INPUT),
               milliseconds);
  return stream_ready(stream, ready) | (ready & NET_INPUT);
}

void stream_linger(struct stream *stream, long milliseconds) {
  long long deadline = net_now() + milliseconds;
  char octets[4096];
  long length = NET_AGAIN;
  while (length > 0 || length == NET_AGAIN) {
    long left = (long)(deadline - net_now());
    if (left <= 0 || stream_wait(stream, NET_READABLE, left) == 0) {
      return;
    }
    length = stream_read(stream, octets, sizeof octets);
  }
}

void stream_finish_within(struct stream *stream, long milliseconds) {
  long long deadline = net_now() + milliseconds;
  while (!stream_finish(stream)) {
    long left = (long)(deadline - net_now());
    if (left <= 0 || stream_wait(stream, NET_WRITABLE, left) == 0) {
      return;
    }
  }
}
