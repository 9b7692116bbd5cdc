/*
 * Received frames: read into the receive buffer, unmasked and indicated where
 * they arrived; whole if they fit, in pieces if not, however the network cuts
 * them (RFC 6455 sections 5.2, 5.4).
 *
 * Rows of docs/compatibility.md: *large-reads*, *whole-frames*, *long-frames*,
 * *received-in-place*, *no-read-behind-message*, *continuation-type*.
 */
#include "script.h"

#define ONE_READ ((size_t)-1)

/* Plays on a fresh handle, first on memory of ours and then on its own. */
static void play_once(const struct script *script, ULONG size, size_t chunk,
                      size_t cut) {
  struct receiver receiver = open_receiver(script->server, size);
  play_script(receiver.h, &receiver, size, script, chunk, cut);
  close_receiver(&receiver);
}

static void play_on_own_memory(const struct script *script, ULONG size,
                               size_t chunk) {
  WEB_SOCKET_HANDLE h = plain_handle(script->server, size);
  play_script(h, NULL, size, script, chunk, 0);
  WebSocketDeleteHandle(h);
}

static void play_every_cut(const struct script *script, ULONG size) {
  size_t cut;
  for (cut = 1; cut < script->wire.length; cut++) {
    play_once(script, size, ONE_READ, cut);
  }
}

/* Frames that all fit, of each kind and form of length, pings between. */
static void fill_small(struct script *script) {
  script_fill(script, FIN | OP_TEXT, 5);
  script_fill(script, FIN | OP_BINARY, 0);
  script_fill(script, OP_TEXT, 0);
  script_fill(script, FIN | OP_PING, 0);
  script_fill(script, OP_CONTINUATION, 0);
  script_fill(script, OP_CONTINUATION, 3);
  script_fill(script, FIN | OP_PING, 7);
  script_fill(script, FIN | OP_PONG, 0);
  script_fill(script, FIN | OP_CONTINUATION, 0);
  script_fill(script, OP_BINARY, 125);
  script_fill(script, FIN | OP_PONG, 9);
  script_fill(script, FIN | OP_CONTINUATION, 126);
  script_fill(script, FIN | OP_TEXT, 200);
  script_fill(script, FIN | OP_TEXT, 1);
  script_fill(script, FIN | OP_PING, 125);
  script_add(script, FIN | OP_CLOSE,
             "\x03\xE8"
             "bye",
             5);
}

static void test_every_split(void) {
  int server;
  EACH_ROLE(server) {
    struct script script;
    size_t chunk;
    script_begin(&script, server);
    fill_small(&script);
    play_every_cut(&script, 256);
    play_every_cut(&script, 4096);
    for (chunk = 1; chunk < 40; chunk++) {
      play_once(&script, 256, chunk, 0);
      play_once(&script, 257, chunk, 0);
      play_on_own_memory(&script, 256, chunk);
    }
    play_once(&script, 4096, 1, 0);
    play_once(&script, 4096, ONE_READ, 0);
    script_free(&script);
  }
}

/* Each length between two small frames, that is: not at the window's start. */
static void fill_around(struct script *script, size_t length) {
  script_fill(script, FIN | OP_BINARY, 3);
  script_fill(script, FIN | OP_BINARY, length);
  script_fill(script, FIN | OP_TEXT, 4);
  script_fill(script, OP_TEXT, length);
  script_fill(script, FIN | OP_PONG, 2);
  script_fill(script, FIN | OP_CONTINUATION, length);
  script_fill(script, FIN | OP_TEXT, 2);
}

static void play_lengths(int server, ULONG size, const size_t *chunks,
                         size_t chunk_count) {
  size_t lengths[8], i, j;
  lengths[0] = size - 1;
  lengths[1] = size;
  lengths[2] = size + 1;
  lengths[3] = size + 9;
  lengths[4] = size + 14;
  lengths[5] = 2 * (size_t)size;
  lengths[6] = 2 * (size_t)size + 15;
  lengths[7] = 10 * (size_t)size;
  for (i = 0; i < COUNT(lengths); i++) {
    struct script script;
    if (size > 65536 && lengths[i] > 2 * (size_t)size) {
      continue;
    }
    script_begin(&script, server);
    fill_around(&script, lengths[i]);
    for (j = 0; j < chunk_count; j++) {
      play_once(&script, size, chunks[j], 0);
    }
    play_on_own_memory(&script, size, ONE_READ);
    script_free(&script);
  }
}

static void test_lengths(void) {
  static const size_t short_reads[] = {1,   2,   3,   7,   100,
                                       255, 256, 257, 300, ONE_READ};
  static const size_t middle_reads[] = {13, 1000, 4095, 4096, 4097, ONE_READ};
  static const size_t long_reads[] = {1460, 65535, ONE_READ};
  int server;
  EACH_ROLE(server) {
    play_lengths(server, 256, short_reads, COUNT(short_reads));
    play_lengths(server, 257, short_reads, COUNT(short_reads));
    play_lengths(server, 4096, middle_reads, COUNT(middle_reads));
    play_lengths(server, 65536, long_reads, COUNT(long_reads));
    play_lengths(server, 1 << 20, long_reads + 1, 2);
  }
}

/* A frame around the size of the buffer, alone, with one cut anywhere. */
static void test_lengths_every_split(void) {
  int server;
  size_t length;
  EACH_ROLE(server) {
    for (length = 240; length <= 272; length += 4) {
      struct script script;
      script_begin(&script, server);
      script_fill(&script, FIN | OP_BINARY, 20);
      script_fill(&script, FIN | OP_BINARY, length + (length == 256));
      script_fill(&script, FIN | OP_BINARY, length);
      play_every_cut(&script, 256);
      script_free(&script);
    }
  }
}

/* One read, of which the frame is the whole; the indication lies in it. */
static void expect_in_place(struct receiver *receiver, size_t length) {
  struct script script;
  struct step step, read;
  size_t header;
  script_begin(&script, receiver->server);
  script_fill(&script, FIN | OP_BINARY, length);
  header = script.frames[0].payload;
  CHECK_EQ(WebSocketReceive(receiver->h, NULL, NULL), S_OK);
  read = get_action(receiver->h, RECEIVE_QUEUE, 1);
  EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, NULL);
  CHECK_PTR(read.buffers[0].Data.pbBuffer, receiver_memory(receiver));
  CHECK_EQ(read.buffers[0].Data.ulBufferLength, receiver->size);
  memcpy(read.buffers[0].Data.pbBuffer, script.wire.data, script.wire.length);
  complete_with(receiver->h, &read, script.wire.length);
  step = get_action(receiver->h, RECEIVE_QUEUE, 1);
  EXPECT(step, RECEIVE_COMPLETE, BINARY_MESSAGE, 1, NULL);
  CHECK_PTR(step.buffers[0].Data.pbBuffer,
            read.buffers[0].Data.pbBuffer + header);
  CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
               step.buffers[0].Data.ulBufferLength, script.plain.data + header,
               length);
  complete(receiver->h, &step);
  script_free(&script);
}

static void test_in_place(void) {
  int server;
  EACH_ROLE(server) {
    struct receiver receiver = open_receiver(server, 4096);
    size_t length;
    for (length = 0; length < 300; length++) {
      expect_in_place(&receiver, length);
    }
    expect_in_place(&receiver, 4096 - 8);
    close_receiver(&receiver);
  }
}

/*
 * A read is as large as the buffer allows, and stays inside the memory. The
 * last one ends with the frame where no header has room behind that.
 */
static void test_reads(void) {
  static const ULONG sizes[] = {256, 257, 4096, 65536, 1 << 20};
  int ends_with_frame = 0;
  size_t i;
  int server;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(sizes); i++) {
      struct receiver receiver = open_receiver(server, sizes[i]);
      struct script script;
      size_t at = 0;
      script_begin(&script, server);
      script_fill(&script, FIN | OP_BINARY, sizes[i]);
      CHECK_EQ(WebSocketReceive(receiver.h, NULL, &script), S_OK);
      while (at < script.wire.length) {
        struct step read = get_action(receiver.h, RECEIVE_QUEUE, 4);
        BYTE *start = read.buffers[0].Data.pbBuffer;
        ULONG length = read.buffers[0].Data.ulBufferLength;
        size_t rest = script.wire.length - at;
        EXPECT(read, RECEIVE_FROM_NETWORK, 0, 1, &script);
        CHECK(length >= 1 && length <= sizes[i]);
        CHECK(start >= receiver_memory(&receiver) &&
              start + length <= window_end(&receiver));
        if (length < sizes[i] && start + length < window_end(&receiver)) {
          CHECK_EQ(length, rest);
          CHECK(start + length > receiver_memory(&receiver) + sizes[i]);
          ends_with_frame++;
        }
        rest = rest < length ? rest : length;
        memcpy(start, script.wire.data + at, rest);
        at += rest;
        complete_with(receiver.h, &read, rest);
      }
      {
        /* A frame of exactly that size never had to move. */
        struct step step = get_action(receiver.h, RECEIVE_QUEUE, 4);
        EXPECT(step, RECEIVE_COMPLETE, BINARY_MESSAGE, 1, &script);
        CHECK_PTR(step.buffers[0].Data.pbBuffer,
                  receiver_memory(&receiver) + script.frames[0].payload);
        complete(receiver.h, &step);
      }
      script_free(&script);
      close_receiver(&receiver);
    }
  }
  CHECK_EQ(ends_with_frame, 2 * 3); /* the others end with the memory */
}

/* What one read brought is served to many receives without another. */
static void test_leftovers(void) {
  int server, i;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 4096);
    struct script script;
    struct network network;
    script_begin(&script, server);
    for (i = 0; i < 60; i++) {
      script_fill(&script, FIN | OP_BINARY, (size_t)i);
    }
    network = network_of(&script.wire, ONE_READ);
    for (i = 0; i < 60; i++) {
      EXPECT_RECEIVED(h, &network, BINARY_MESSAGE,
                      script.plain.data + script.frames[i].payload,
                      script.frames[i].length);
      CHECK_EQ(network.reads, 1);
      EXPECT_IDLE(h, ALL_QUEUES);
    }
    script_free(&script);
    WebSocketDeleteHandle(h);
  }
}

/* Several queued receives take what comes in their order, one each. */
static void test_queued_receives(void) {
  int server;
  char context[8];
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    struct script script;
    struct network network;
    size_t i;
    script_begin(&script, server);
    for (i = 0; i < COUNT(context); i++) {
      script_fill(&script, i % 2 ? FIN | OP_TEXT : FIN | OP_PONG, i);
      CHECK_EQ(WebSocketReceive(h, NULL, &context[i]), S_OK);
    }
    network = network_of(&script.wire, 11);
    for (i = 0; i < COUNT(context); i++) {
      struct step step = pump(h, ALL_QUEUES, &network);
      EXPECT(step, RECEIVE_COMPLETE, i % 2 ? UTF8_MESSAGE : PING_PONG, 1,
             &context[i]);
      CHECK_OCTETS(step.buffers[0].Data.pbBuffer,
                   step.buffers[0].Data.ulBufferLength,
                   script.plain.data + script.frames[i].payload, i);
      EXPECT_IDLE(h, ALL_QUEUES);
      complete(h, &step);
    }
    EXPECT_IDLE(h, ALL_QUEUES);
    script_free(&script);
    WebSocketDeleteHandle(h);
  }
}

/* Many fragments of one message keep its type, pongs and pings between. */
static void test_fragments(void) {
  int server, kind;
  size_t i;
  EACH_ROLE(server) {
    for (kind = OP_TEXT; kind <= OP_BINARY; kind++) {
      struct script script;
      script_begin(&script, server);
      script_fill(&script, kind, 300);
      for (i = 0; i < 20; i++) {
        script_fill(&script, OP_CONTINUATION, i * 37 % 530);
        script_fill(&script, i % 2 ? FIN | OP_PING : FIN | OP_PONG, i);
      }
      script_fill(&script, FIN | OP_CONTINUATION, 0);
      script_fill(&script, FIN | (OP_TEXT + OP_BINARY - kind), 6);
      for (i = 1; i < 600; i = i * 3 / 2 + 1) {
        play_once(&script, 256, i, 0);
      }
      script_free(&script);
    }
  }
}

int main(void) {
  test_in_place();
  test_reads();
  test_leftovers();
  test_queued_receives();
  test_every_split();
  test_fragments();
  test_lengths_every_split();
  test_lengths();
  return 0;
}
