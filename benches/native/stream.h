/*
 * A connection in memory, for the peers that are not Rust: reads are those of
 * a wire, one after the other; writes and messages go to Rust. Rust's side of
 * it is src/peers/native.rs.
 */
#ifndef BENCH_STREAM_H
#define BENCH_STREAM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct stream {
  const uint8_t *octets;
  const size_t *ends; /* of each read */
  size_t reads;
  size_t at, read; /* how far it has been read */
  void (*write)(void *network, const uint8_t *octets, size_t length);
  void *network;
  void (*deliver)(void *sink, const uint8_t *octets, size_t length, int last);
  void *sink;
};

/* At most `room` octets, never more than is left of a read; 0 at the end. */
static inline size_t stream_next(struct stream *stream, void *to, size_t room) {
  size_t length;
  if (stream->read == stream->reads) {
    return 0;
  }
  length = stream->ends[stream->read] - stream->at;
  if (length > room) {
    length = room;
  } else {
    stream->read++;
  }
  memcpy(to, stream->octets + stream->at, length);
  stream->at += length;
  return length;
}

#endif
