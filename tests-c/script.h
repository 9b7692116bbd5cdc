/*
 * What the receive tests share: receivers of both roles on guarded memory, a
 * script of frames as a peer sends them, and the check that each comes up as
 * it should, in place.
 */
#ifndef SCRIPT_H
#define SCRIPT_H

#include "session.h"

#define GUARD 64
#define GUARD_OCTET 0xA5
#define SEND_SIZE 16
#define EACH_ROLE(server) for (server = 0; server < 2; server++)

/* A connected handle that works in memory of ours. */
struct receiver {
  WEB_SOCKET_HANDLE h;
  int server;
  ULONG size;  /* of the receive buffer */
  BYTE *block; /* the lent memory with a guard on either side */
  size_t lent;
};

static inline BYTE *receiver_memory(const struct receiver *receiver) {
  return receiver->block + GUARD;
}

/* Behind the last octet that a read can fill: room for the longest header. */
static inline BYTE *window_end(const struct receiver *receiver) {
  return receiver_memory(receiver) + receiver->size +
         (receiver->server ? 14 : 10);
}

/* `extra`: a property of the kind BOOL to be switched on, or -1. */
static inline struct receiver open_receiver_with(int server, ULONG size,
                                                 int extra) {
  struct receiver receiver;
  WEB_SOCKET_PROPERTY p[4];
  ULONG send = SEND_SIZE;
  BOOL on = TRUE;
  void *memory;
  receiver.server = server;
  receiver.size = size;
  receiver.lent = (size_t)size + SEND_SIZE + 144;
  receiver.block = (BYTE *)malloc(receiver.lent + 2 * GUARD);
  CHECK(receiver.block != NULL);
  memset(receiver.block, GUARD_OCTET, receiver.lent + 2 * GUARD);
  memory = receiver_memory(&receiver);
  size_properties(p, &size, &send);
  p[2] = property_of(WEB_SOCKET_ALLOCATED_BUFFER_PROPERTY_TYPE, &memory,
                     receiver.lent);
  p[3] = property_of((WEB_SOCKET_PROPERTY_TYPE)extra, &on, sizeof on);
  receiver.h = server ? server_with(p, extra < 0 ? 3 : 4)
                      : client_with(p, extra < 0 ? 3 : 4);
  return receiver;
}

static inline struct receiver open_receiver(int server, ULONG size) {
  return open_receiver_with(server, size, -1);
}

static inline void check_guard(const BYTE *guard, size_t length) {
  size_t i;
  for (i = 0; i < length; i++) {
    CHECK_EQ(guard[i], GUARD_OCTET);
  }
}

static inline void close_receiver(struct receiver *receiver) {
  WebSocketDeleteHandle(receiver->h);
  check_guard(receiver->block, GUARD);
  check_guard(receiver->block + GUARD + receiver->lent, GUARD);
  free(receiver->block);
  memset(receiver, 0, sizeof *receiver);
}

/* A handle of either role with memory of its own. */
static inline WEB_SOCKET_HANDLE plain_handle(int server, ULONG size) {
  return server ? server_sized(size, SEND_SIZE) : client_sized(size, SEND_SIZE);
}

#define MOST_FRAMES 64

struct scripted {
  int first;  /* FIN and opcode */
  int opcode; /* that of the message, for a continuation */
  size_t start;
  size_t payload;
  size_t length;
};

struct script {
  int server; /* the role of the receiver */
  struct octets wire;
  struct octets plain; /* the same without masking, octet for octet */
  struct scripted frames[MOST_FRAMES];
  size_t count;
  int message; /* opcode of the message that was begun last */
};

static inline void script_begin(struct script *script, int server) {
  memset(script, 0, sizeof *script);
  script->server = server;
}

static inline void script_free(struct script *script) {
  octets_free(&script->wire);
  octets_free(&script->plain);
}

static inline void script_add(struct script *script, int first,
                              const void *payload, size_t length) {
  struct scripted *frame = &script->frames[script->count++];
  CHECK(script->count <= MOST_FRAMES);
  frame->first = first;
  frame->start = script->wire.length;
  append_frame(&script->wire, first, peer_mask(script->server), payload,
               length);
  frame->payload = script->wire.length - length;
  frame->length = length;
  octets_append(&script->plain, script->wire.data + frame->start,
                frame->payload - frame->start);
  octets_append(&script->plain, payload, length);
  if ((first & 0xF) == OP_TEXT || (first & 0xF) == OP_BINARY) {
    script->message = first & 0xF;
  }
  frame->opcode = first & 0x8 ? first & 0xF : script->message;
}

/* A frame with a payload of that length that differs from frame to frame. */
static inline void script_fill(struct script *script, int first,
                               size_t length) {
  BYTE *payload = (BYTE *)malloc(length + 1);
  size_t i, seed = script->count * 31;
  CHECK(payload != NULL);
  for (i = 0; i < length; i++) {
    payload[i] = (BYTE)(' ' + (i + i / 95 + seed) % 95);
  }
  script_add(script, first, payload, length);
  free(payload);
}

static inline ULONG scripted_type(const struct scripted *frame, int ends) {
  int message = ends && (frame->first & FIN);
  if (frame->opcode == OP_TEXT) {
    return (ULONG)(message ? UTF8_MESSAGE : UTF8_FRAGMENT);
  }
  return (ULONG)(message ? BINARY_MESSAGE : BINARY_FRAGMENT);
}

/* How a script is played. */
struct play {
  WEB_SOCKET_HANDLE h;
  const struct receiver *receiver; /* NULL: the memory is not ours */
  ULONG size;
  const struct script *script;
  size_t at; /* the frame that has to come up next */
  struct network network;
};

/*
 * Octets of a frame that fits may have been moved once, with its header to the
 * front, and only if the rest had no room behind them; those of a longer one
 * stay where they arrived.
 */
static inline void check_place(const struct play *play,
                               const struct scripted *frame,
                               const BYTE *octets, size_t at, size_t length,
                               int fits) {
  const BYTE *const *where = play->network.where + at;
  size_t moved = length;
  while (moved > 0 && where[moved - 1] == octets + moved - 1) {
    moved--;
  }
  if (moved > 0) {
    const BYTE *behind = where[moved - 1] + 1;
    CHECK(fits);
    CHECK_PTR(octets - (frame->payload - frame->start),
              receiver_memory(play->receiver));
    CHECK((size_t)(window_end(play->receiver) - behind) < length - moved);
  }
}

/* A piece of a frame longer than the receive buffer comes when that is full. */
static inline void check_piece(const struct play *play, const BYTE *octets,
                               size_t length) {
  if (length != play->size) {
    CHECK_PTR(octets + length, window_end(play->receiver));
  }
}

/* Completes the automatic answer to a ping with that payload. */
static inline void finish_pong(WEB_SOCKET_HANDLE h, const struct step *step,
                               int server, const void *payload, size_t length) {
  struct octets wire = {NULL, 0, 0};
  struct frame frame;
  EXPECT(*step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
  append_buffers(&wire, step);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, FIN | OP_PONG);
  CHECK_EQ(frame.masked, !server);
  CHECK_OCTETS(frame.payload, frame.length, payload, length);
  octets_free(&wire);
  complete(h, step);
}

/* One receive; the pings before its frame are answered on the way. */
static inline struct step play_step(struct play *play,
                                    const struct scripted *frame) {
  CHECK_EQ(WebSocketReceive(play->h, NULL, (PVOID)frame), S_OK);
  for (;;) {
    struct step step = pump(play->h, RECEIVE_QUEUE, &play->network);
    const struct scripted *next = &play->script->frames[play->at];
    if (step.action != SEND_TO_NETWORK) {
      CHECK_PTR(next, frame);
      return step;
    }
    CHECK_EQ(next->first, FIN | OP_PING);
    finish_pong(play->h, &step, play->script->server,
                play->script->plain.data + next->payload, next->length);
    play->at++;
  }
}

static inline void play_data(struct play *play, const struct scripted *frame) {
  size_t done = 0, length;
  int fits = frame->length <= play->size;
  do {
    struct step step = play_step(play, frame);
    const BYTE *octets = step.buffers[0].Data.pbBuffer;
    size_t at = frame->payload + done;
    length = step.buffers[0].Data.ulBufferLength;
    done += length;
    EXPECT(step, RECEIVE_COMPLETE, scripted_type(frame, done == frame->length),
           1, frame);
    CHECK(octets != NULL && done <= frame->length && length <= play->size);
    CHECK(!fits || done == frame->length);
    CHECK(length > 0 || frame->length == 0);
    CHECK_OCTETS(octets, length, play->script->plain.data + at, length);
    if (play->receiver != NULL) {
      check_place(play, frame, octets, at, length, fits);
      if (done < frame->length) {
        check_piece(play, octets, length);
      }
    }
    complete(play->h, &step);
  } while (done < frame->length);
}

static inline void play_close(struct play *play, const struct scripted *frame) {
  struct step step = play_step(play, frame);
  const BYTE *payload = play->script->plain.data + frame->payload;
  EXPECT(step, RECEIVE_COMPLETE, CLOSE, 1, frame);
  CHECK_EQ(step.buffers[0].CloseStatus.usStatus,
           frame->length == 0 ? 1005 : payload[0] << 8 | payload[1]);
  if (frame->length == 0) {
    CHECK_PTR(step.buffers[0].CloseStatus.pbReason, NULL);
    CHECK_EQ(step.buffers[0].CloseStatus.ulReasonLength, 0);
  } else {
    CHECK(step.buffers[0].CloseStatus.pbReason != NULL);
    CHECK_OCTETS(step.buffers[0].CloseStatus.pbReason,
                 step.buffers[0].CloseStatus.ulReasonLength, payload + 2,
                 frame->length - 2);
  }
  complete(play->h, &step);
}

static inline void play_pong(struct play *play, const struct scripted *frame) {
  struct step step = play_step(play, frame);
  EXPECT(step, RECEIVE_COMPLETE, PING_PONG, 1, frame);
  CHECK(step.buffers[0].Data.pbBuffer != NULL);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength,
               play->script->plain.data + frame->payload, frame->length);
  if (play->receiver != NULL) {
    check_place(play, frame, step.buffers[0].Data.pbBuffer, frame->payload,
                frame->length, 1);
  }
  complete(play->h, &step);
}

static inline void play_frame(struct play *play, const struct scripted *frame) {
  /* Once all of the frame is there, more must not be asked for. */
  play->network.need = frame->payload + frame->length;
  switch (frame->first & 0xF) {
  case OP_CLOSE:
    play_close(play, frame);
    break;
  case OP_PONG:
    play_pong(play, frame);
    break;
  default:
    play_data(play, frame);
  }
  play->at++;
}

/*
 * Plays all of a script, which must not end with a ping. The octets come at
 * most `chunk` at a time, and a read ends at `cut`.
 */
static inline void play_script(WEB_SOCKET_HANDLE h,
                               const struct receiver *receiver, ULONG size,
                               const struct script *script, size_t chunk,
                               size_t cut) {
  struct play play;
  size_t i;
  memset(&play, 0, sizeof play);
  play.h = h;
  play.receiver = receiver;
  play.size = size;
  play.script = script;
  play.network = network_of(&script->wire, chunk);
  play.network.cut = cut;
  play.network.where =
      (const BYTE **)calloc(script->wire.length, sizeof *play.network.where);
  CHECK(play.network.where != NULL);
  for (i = 0; i < script->count; i++) {
    if (script->frames[i].first != (FIN | OP_PING)) {
      play_frame(&play, &script->frames[i]);
    }
  }
  CHECK_EQ(play.network.taken, script->wire.length);
  EXPECT_IDLE(h, ALL_QUEUES);
  free(play.network.where);
}

#endif /* SCRIPT_H */
