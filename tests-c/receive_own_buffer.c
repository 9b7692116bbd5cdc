/*
 * WebSocketReceive with a buffer of the caller's: the payload is copied there
 * once, in fragments if the buffer is too short for the frame. What the
 * network brings still goes through the receive buffer.
 *
 * Rows of docs/compatibility.md: *own-receive-buffer*.
 */
#include "script.h"

#define MOST_OWN 5000
#define ONE_READ ((size_t)-1)

/* A buffer with guards; size 0: none, the library's memory is to be used. */
struct own {
  ULONG size;
  BYTE *block;
};

static struct own own_of(ULONG size) {
  struct own own;
  own.size = size;
  own.block = (BYTE *)malloc((size_t)size + 2 * GUARD);
  CHECK(own.block != NULL);
  memset(own.block, GUARD_OCTET, (size_t)size + 2 * GUARD);
  return own;
}

static BYTE *own_memory(const struct own *own) { return own->block + GUARD; }

static void own_free(struct own *own) {
  check_guard(own->block, GUARD);
  check_guard(own->block + GUARD + own->size, GUARD);
  free(own->block);
}

static void queue_receive(WEB_SOCKET_HANDLE h, const struct own *own) {
  WEB_SOCKET_BUFFER buffer = data_buffer(own_memory(own), own->size);
  CHECK_EQ(WebSocketReceive(h, own->size ? &buffer : NULL, (PVOID)own), S_OK);
  /* The structure is copied by the call. */
  memset(&buffer, 0xEE, sizeof buffer);
}

static size_t least(size_t a, size_t b) { return a < b ? a : b; }

/* How far a script is. */
struct reading {
  struct receiver *receiver;
  const struct script *script;
  struct network network;
  size_t frame;
  size_t done; /* octets of that frame that were indicated */
};

static struct reading reading_of(struct receiver *receiver,
                                 const struct script *script, size_t chunk) {
  struct reading reading;
  memset(&reading, 0, sizeof reading);
  reading.receiver = receiver;
  reading.script = script;
  reading.network = network_of(&script->wire, chunk);
  return reading;
}

static const struct scripted *current(const struct reading *reading) {
  return &reading->script->frames[reading->frame];
}

/* The caller's buffer where the octets fit, the library's memory elsewhere. */
static void check_memory(const struct reading *reading, const struct own *own,
                         const BYTE *octets, size_t length) {
  if (own->size > 0 && length <= own->size) {
    CHECK_PTR(octets, own_memory(own));
  } else {
    CHECK(octets >= receiver_memory(reading->receiver) &&
          octets + length <= window_end(reading->receiver));
  }
}

static void check_data(struct reading *reading, const struct own *own,
                       const struct step *step) {
  const struct scripted *frame = current(reading);
  const BYTE *octets = step->buffers[0].Data.pbBuffer;
  size_t length = step->buffers[0].Data.ulBufferLength;
  size_t limit = reading->receiver->size, at = frame->payload + reading->done;
  if (own->size > 0) {
    limit = least(limit, own->size);
  }
  CHECK(length <= limit && (length > 0 || frame->length == 0));
  if (reading->done == 0 && frame->length <= limit) {
    CHECK_EQ(length, frame->length);
  }
  check_memory(reading, own, octets, length);
  reading->done += length;
  CHECK(reading->done <= frame->length);
  EXPECT(*step, RECEIVE_COMPLETE,
         scripted_type(frame, reading->done == frame->length), 1, own);
  CHECK_OCTETS(octets, length, reading->script->plain.data + at, length);
}

static void check_control(struct reading *reading, const struct own *own,
                          const struct step *step) {
  const struct scripted *frame = current(reading);
  size_t status = frame->opcode == OP_CLOSE ? 2 : 0;
  size_t length = frame->length - status;
  EXPECT(*step, RECEIVE_COMPLETE, frame->opcode == OP_CLOSE ? CLOSE : PING_PONG,
         1, own);
  /* Both arms of the union have pointer and length at the same place. */
  CHECK_OCTETS(step->buffers[0].Data.pbBuffer,
               step->buffers[0].Data.ulBufferLength,
               reading->script->plain.data + frame->payload + status, length);
  check_memory(reading, own, step->buffers[0].Data.pbBuffer, length);
  if (frame->opcode == OP_CLOSE) {
    CHECK_EQ(step->buffers[0].CloseStatus.usStatus, 1000);
  }
  reading->done = frame->length;
}

/* Serves the receive at the front, which has this buffer. */
static void serve(struct reading *reading, const struct own *own) {
  struct step step =
      pump(reading->receiver->h, RECEIVE_QUEUE, &reading->network);
  if (reading->network.reads > 0) {
    const BYTE *read = reading->network.read.buffers[0].Data.pbBuffer;
    CHECK(read >= receiver_memory(reading->receiver) &&
          read < window_end(reading->receiver));
  }
  if (current(reading)->opcode & 0x8) {
    check_control(reading, own, &step);
  } else {
    check_data(reading, own, &step);
  }
  complete(reading->receiver->h, &step);
  if (reading->done == current(reading)->length) {
    reading->frame++;
    reading->done = 0;
  }
}

static void fill_script(struct script *script, int server) {
  static const size_t lengths[] = {0, 1, 5, 125, 126, 255, 256, 257, 300, 1000};
  size_t i;
  script_begin(script, server);
  for (i = 0; i < COUNT(lengths); i++) {
    script_fill(script, FIN | OP_BINARY, lengths[i]);
    script_fill(script, OP_TEXT, lengths[i]);
    script_fill(script, FIN | OP_PONG, least(lengths[i], 125));
    script_fill(script, FIN | OP_CONTINUATION, lengths[COUNT(lengths) - 1 - i]);
  }
  script_add(script, FIN | OP_CLOSE,
             "\x03\xE8"
             "a reason",
             10);
}

/* Plays all of it with the same sequence of buffer sizes over and over. */
static void play_sizes(int server, ULONG size, size_t chunk, const ULONG *sizes,
                       size_t count) {
  struct receiver receiver = open_receiver(server, size);
  struct script script;
  struct reading reading;
  size_t i;
  fill_script(&script, server);
  reading = reading_of(&receiver, &script, chunk);
  for (i = 0; reading.frame < script.count; i++) {
    struct own own = own_of(sizes[i % count]);
    queue_receive(receiver.h, &own);
    serve(&reading, &own);
    own_free(&own);
  }
  CHECK_EQ(reading.network.taken, script.wire.length);
  EXPECT_IDLE(receiver.h, ALL_QUEUES);
  script_free(&script);
  close_receiver(&receiver);
}

static void test_one_size(void) {
  static const ULONG sizes[] = {1,   2,   3,    7,    64,      124, 125,
                                126, 200, 255,  256,  257,     270, 271,
                                300, 999, 1000, 1001, MOST_OWN};
  static const size_t chunks[] = {1, 5, 256, ONE_READ};
  int server;
  size_t i, j;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(sizes); i++) {
      for (j = 0; j < COUNT(chunks); j++) {
        play_sizes(server, 256, chunks[j], &sizes[i], 1);
        play_sizes(server, 4096, chunks[j], &sizes[i], 1);
      }
    }
  }
}

static void test_mixed_sizes(void) {
  static const ULONG sizes[] = {10, 0, 1, MOST_OWN, 0, 256, 100, 0, 3, 257, 64};
  static const size_t chunks[] = {1, 2, 3, 50, 100, 256, 300, ONE_READ};
  int server;
  size_t i, count;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(chunks); i++) {
      for (count = 2; count <= COUNT(sizes); count++) {
        play_sizes(server, 256, chunks[i], sizes, count);
        play_sizes(server, 1000, chunks[i], sizes, count);
      }
    }
  }
}

/* Receives that are queued together are served in order, each with its own. */
static void test_queued(void) {
  static const ULONG sizes[] = {7, 0, 300, 1, 0, 2, 125, 60, MOST_OWN};
  int server;
  EACH_ROLE(server) {
    struct receiver receiver = open_receiver(server, 256);
    struct script script;
    struct reading reading;
    fill_script(&script, server);
    reading = reading_of(&receiver, &script, 100);
    /* The CLOSE may leave receives over, so it stays out of this. */
    while (reading.frame + COUNT(sizes) < script.count) {
      struct own own[COUNT(sizes)];
      size_t i;
      for (i = 0; i < COUNT(sizes); i++) {
        own[i] = own_of(sizes[i]);
        queue_receive(receiver.h, &own[i]);
      }
      for (i = 0; i < COUNT(sizes); i++) {
        serve(&reading, &own[i]);
      }
      for (i = 0; i < COUNT(sizes); i++) {
        own_free(&own[i]);
      }
    }
    script_free(&script);
    close_receiver(&receiver);
  }
}

/* A frame that is all there fills the caller's buffer time after time. */
static void test_piece_lengths(void) {
  static const size_t want[] = {100, 100, 40};
  int server;
  size_t i;
  EACH_ROLE(server) {
    struct receiver receiver = open_receiver(server, 256);
    struct own own = own_of(100);
    struct script script;
    struct network network;
    script_begin(&script, server);
    script_fill(&script, FIN | OP_BINARY, 240);
    network = network_of(&script.wire, ONE_READ);
    for (i = 0; i < COUNT(want); i++) {
      struct step step;
      queue_receive(receiver.h, &own);
      step = pump(receiver.h, RECEIVE_QUEUE, &network);
      EXPECT(step, RECEIVE_COMPLETE, i < 2 ? BINARY_FRAGMENT : BINARY_MESSAGE,
             1, &own);
      CHECK_PTR(step.buffers[0].Data.pbBuffer, own_memory(&own));
      CHECK_EQ(step.buffers[0].Data.ulBufferLength, want[i]);
      CHECK_EQ(network.reads, 1);
      complete(receiver.h, &step);
    }
    own_free(&own);
    script_free(&script);
    close_receiver(&receiver);
  }
}

/* A code point may be cut by the end of the caller's buffer. */
static void test_text(void) {
  static const char text[] = "\xF0\x9F\x98\x80\xE2\x82\xAC\xC3\xA9";
  int server;
  size_t i;
  EACH_ROLE(server) {
    struct receiver receiver = open_receiver(server, 256);
    struct script script;
    struct reading reading;
    script_begin(&script, server);
    script_add(&script, FIN | OP_TEXT, text, sizeof text - 1);
    reading = reading_of(&receiver, &script, ONE_READ);
    for (i = 0; i < sizeof text - 1; i++) {
      struct own own = own_of(1);
      queue_receive(receiver.h, &own);
      serve(&reading, &own);
      own_free(&own);
    }
    CHECK_EQ(reading.frame, 1);
    script_free(&script);
    close_receiver(&receiver);
  }
}

/* A cancelled receive gives nothing, and its buffer is not touched later. */
static void test_cancel(void) {
  int server;
  EACH_ROLE(server) {
    struct receiver receiver = open_receiver(server, 256);
    struct own first = own_of(20), second = own_of(20);
    struct script script;
    struct reading reading;
    struct step step;
    script_begin(&script, server);
    script_fill(&script, FIN | OP_TEXT, 50);
    reading = reading_of(&receiver, &script, 10);
    queue_receive(receiver.h, &first);
    step = get_action(receiver.h, RECEIVE_QUEUE, 1);
    EXPECT(step, RECEIVE_FROM_NETWORK, 0, 1, &first);
    complete_with(receiver.h, &step, 0);
    step = get_action(receiver.h, RECEIVE_QUEUE, 1);
    EXPECT(step, RECEIVE_COMPLETE, 0, 0, &first);
    complete(receiver.h, &step);
    check_guard(own_memory(&first), first.size);
    while (reading.frame == 0) {
      queue_receive(receiver.h, &second);
      serve(&reading, &second);
    }
    check_guard(own_memory(&first), first.size);
    own_free(&first);
    own_free(&second);
    script_free(&script);
    close_receiver(&receiver);
  }
}

static void test_refused(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    BYTE octet = GUARD_OCTET;
    WEB_SOCKET_BUFFER buffer = data_buffer(NULL, 10);
    CHECK_EQ(WebSocketReceive(h, &buffer, NULL), E_INVALIDARG);
    buffer = data_buffer(&octet, 0);
    CHECK_EQ(WebSocketReceive(h, &buffer, NULL), E_INVALIDARG);
    buffer = data_buffer(NULL, 0);
    CHECK_EQ(WebSocketReceive(h, &buffer, NULL), E_INVALIDARG);
    /* Nothing was queued. */
    EXPECT_IDLE(h, ALL_QUEUES);
    buffer = data_buffer(&octet, 1);
    CHECK_EQ(WebSocketReceive(h, &buffer, &octet), S_OK);
    WebSocketDeleteHandle(h);
    CHECK_EQ(octet, GUARD_OCTET);
  }
}

int main(void) {
  test_refused();
  test_piece_lengths();
  test_text();
  test_cancel();
  test_queued();
  test_one_size();
  test_mixed_sizes();
  return 0;
}
