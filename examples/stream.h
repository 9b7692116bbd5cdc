/*
 * What a connection reads from and writes to: a socket that does not block,
 * plain or behind TLS. Its owner sees the same octets and the same waiting.
 */
#ifndef STREAM_H
#define STREAM_H

#include "net.h"
#include "tls.h"

struct stream {
  net_socket socket;
  struct tls *tls; /* NULL: plain */
  /*
   * What the socket has to be before the stream can be read, or written. TLS
   * may have to write before it can read, and the other way round.
   */
  int read_waits, write_waits;
};

/*
 * `context`: NULL for a plain stream. `host`: a client's name for its server,
 * NULL on a server. The socket belongs to the stream, unless this returns 0.
 */
int stream_start(struct stream *stream, net_socket socket,
                 struct tls_context *context, const char *host);

/* Closes the socket, whatever is under way. Says so, if that is possible. */
void stream_end(struct stream *stream);

/* As net_read and net_write. The first of them begins the TLS handshake. */
long stream_read(struct stream *stream, void *octets, size_t room);
long stream_write(struct stream *stream, const struct net_part *parts,
                  int count);

/* Says that we send no more. Returns 0 when it has to wait for `writable`. */
int stream_finish(struct stream *stream);

/* Why a read or a write has failed. */
const char *stream_error(const struct stream *stream);

/* Whether octets can pass: always, but for the time of a TLS handshake. */
int stream_is_open(const struct stream *stream);

/*
 * Whether octets can be read that the socket does not tell of: a record of TLS
 * is read and decrypted as a whole.
 */
int stream_pending(const struct stream *stream);

/*
 * From what its owner waits for to what is to be asked of the socket, and from
 * what the socket is ready for to what the stream is ready for.
 */
int stream_wants(const struct stream *stream, int what);
int stream_ready(const struct stream *stream, int ready);

/* ---- for a program that has one stream, and time to wait for it ---- */

/* As net_wait. */
int stream_wait(const struct stream *stream, int what, long milliseconds);

/*
 * Reads, to no use, until the peer finishes the stream, or for so long. Closing
 * a socket that has unread octets resets the connection, and the peer may
 * lose what we sent last.
 */
void stream_linger(struct stream *stream, long milliseconds);

/* As stream_finish, waiting at most so long. */
void stream_finish_within(struct stream *stream, long milliseconds);

#endif /* STREAM_H */
