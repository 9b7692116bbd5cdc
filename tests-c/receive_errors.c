/*
 * Octets that break RFC 6455: which error they give, and after which octet.
 * Malformed ones are format errors; those that are well formed but not allowed
 * now are operation errors.
 *
 * Rows of docs/compatibility.md: *fault-classes*, *announced-lengths*.
 */
#include "party.h"

#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
#include <malloc.h>
#endif

#define UNMASKED WEB_SOCKET_DISABLE_MASKING_PROPERTY_TYPE

enum state { OUTSIDE, IN_MESSAGE, BEHIND_PIECES, STATES };

/* What comes before the octets in question. */
static void append_before(struct octets *wire, const BYTE *mask,
                          enum state state) {
  static BYTE zeros[600];
  append_frame(wire, FIN | OP_BINARY, mask, "\xFF", 1);
  if (state == IN_MESSAGE) {
    append_frame(wire, OP_TEXT, mask, "a", 1);
    append_frame(wire, FIN | OP_PONG, mask, "b", 1);
  } else if (state == BEHIND_PIECES) {
    append_frame(wire, FIN | OP_BINARY, mask, zeros, sizeof zeros);
  }
}

/* What came of some octets. */
struct result {
  HRESULT hr; /* S_OK: they were taken, and more are asked for */
  size_t at;  /* octets that were in by then */
};

/* Feeds all of it, with receives for whatever comes up before. */
static struct result feed(WEB_SOCKET_HANDLE h, const struct octets *wire,
                          size_t chunk) {
  struct network network = network_of(wire, chunk);
  struct result result;
  for (;;) {
    struct step step;
    CHECK_EQ(WebSocketReceive(h, NULL, contexts), S_OK);
    do {
      step = pump(h, RECEIVE_QUEUE, &network);
      if (step.action == SEND_TO_NETWORK) {
        complete(h, &step);
      }
    } while (step.action == SEND_TO_NETWORK);
    if (step.hr != S_OK || step.action == RECEIVE_FROM_NETWORK) {
      result.hr = step.hr;
      result.at = network.taken;
      return result;
    }
    EXPECT(step, RECEIVE_COMPLETE, step.type, 1, contexts);
    complete(h, &step);
    if (step.type == CLOSE) {
      result.hr = S_OK;
      result.at = network.taken;
      return result;
    }
  }
}

/*
 * `octets` behind the start that `state` names must give `hr` when the one
 * with the number `at` is in, however they are cut; S_OK: they are fine.
 */
static void check_octets_give(int server, int extra, enum state state,
                              const BYTE *octets, size_t length, HRESULT hr,
                              size_t at) {
  static const size_t chunks[] = {1, 7, ONE_READ};
  size_t i;
  for (i = 0; i < COUNT(chunks); i++) {
    struct receiver receiver = open_receiver_with(server, 256, extra);
    struct octets wire = {NULL, 0, 0};
    struct result result;
    size_t before;
    append_before(&wire, peer_mask(server), state);
    before = wire.length;
    octets_append(&wire, octets, length);
    result = feed(receiver.h, &wire, chunks[i]);
    CHECK_EQ(result.hr, hr);
    if (hr == S_OK) {
      CHECK_EQ(result.at, wire.length);
    } else if (chunks[i] == 1) {
      CHECK_EQ(result.at, before + at);
    }
    octets_free(&wire);
    close_receiver(&receiver);
  }
}

/* RFC 6455, sections 5.2, 5.4, 5.5: the first octet. */
static HRESULT first_octet_gives(int first, enum state state) {
  int opcode = first & 0xF;
  int control = opcode >= OP_CLOSE;
  if ((first & 0x70) || (opcode > OP_BINARY && opcode < OP_CLOSE) ||
      opcode > OP_PONG || (control && !(first & FIN))) {
    return FORMAT_ERROR;
  }
  if (!control && (opcode == OP_CONTINUATION) != (state == IN_MESSAGE)) {
    return OPERATION_ERROR;
  }
  return S_OK;
}

static void test_first_octets(void) {
  int server, first, state;
  EACH_ROLE(server) {
    for (state = OUTSIDE; state < STATES; state++) {
      for (first = 0; first < 256; first++) {
        BYTE octet = (BYTE)first;
        HRESULT hr = first_octet_gives(first, (enum state)state);
        check_octets_give(server, -1, (enum state)state, &octet, 1, hr, 1);
      }
    }
  }
}

/* The second octet: masking is a matter of the role, length of the opcode. */
static HRESULT second_octet_gives(int server, int opcode, int second) {
  int length = second & 0x7F;
  if (server != (second >= 0x80)) {
    return FORMAT_ERROR;
  }
  if (opcode >= OP_CLOSE && length > 125) {
    return FORMAT_ERROR;
  }
  return opcode == OP_CLOSE && length == 1 ? FORMAT_ERROR : S_OK;
}

static void test_second_octets(void) {
  static const int opcodes[] = {OP_TEXT, OP_BINARY, OP_CLOSE, OP_PING, OP_PONG};
  int server, second;
  size_t i;
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(opcodes); i++) {
      for (second = 0; second < 256; second++) {
        BYTE octets[2];
        octets[0] = (BYTE)(FIN | opcodes[i]);
        octets[1] = (BYTE)second;
        check_octets_give(server, -1, OUTSIDE, octets, 2,
                          second_octet_gives(server, opcodes[i], second), 2);
      }
    }
  }
}

/* Without masking a server takes both forms; a client never takes a mask. */
static void test_masking_disabled(void) {
  static const BYTE plain[] = {FIN | OP_TEXT, 2, 'o', 'k'};
  static const BYTE masked[] = {FIN | OP_TEXT, 0x82, 1, 2, 3, 4, 'n', 'i'};
  struct octets wire = {NULL, 0, 0};
  struct receiver receiver = open_receiver_with(1, 256, UNMASKED);
  struct network network;
  octets_append(&wire, plain, sizeof plain);
  octets_append(&wire, masked, sizeof masked);
  octets_append(&wire, plain, sizeof plain);
  network = network_of(&wire, 1);
  EXPECT_RECEIVED(receiver.h, &network, UTF8_MESSAGE, "ok", 2);
  EXPECT_RECEIVED(receiver.h, &network, UTF8_MESSAGE, "ok", 2);
  EXPECT_RECEIVED(receiver.h, &network, UTF8_MESSAGE, "ok", 2);
  octets_free(&wire);
  close_receiver(&receiver);
  check_octets_give(0, UNMASKED, OUTSIDE, plain, sizeof plain, S_OK, 0);
  check_octets_give(0, UNMASKED, OUTSIDE, masked, sizeof masked, FORMAT_ERROR,
                    2);
}

/* A header with that form of length: 2, or 8 octets. */
static size_t header_of_length(BYTE header[14], int server, int width,
                               uint64_t length) {
  int i;
  memset(header, 0, 14);
  header[0] = FIN | OP_BINARY;
  header[1] = (BYTE)((server ? 0x80 : 0) | (width == 2 ? 126 : 127));
  for (i = 0; i < width; i++) {
    header[2 + i] = (BYTE)(length >> (8 * (width - 1 - i)));
  }
  return 2 + (size_t)width + (server ? 4 : 0);
}

static void check_length(int width, uint64_t length, HRESULT hr, size_t at) {
  int server, state;
  EACH_ROLE(server) {
    for (state = OUTSIDE; state < STATES; state++) {
      BYTE header[14];
      size_t size = header_of_length(header, server, width, length);
      if (state == IN_MESSAGE) {
        header[0] = OP_CONTINUATION;
      }
      check_octets_give(server, -1, (enum state)state, header, size, hr, at);
    }
  }
}

/* A length has to be in its shortest form, and below 2^63. */
static void test_lengths(void) {
  uint64_t length;
  int bit;
  for (length = 0; length < 126; length++) {
    check_length(2, length, FORMAT_ERROR, 4);
    check_length(8, length, FORMAT_ERROR, 10);
  }
  check_length(2, 126, S_OK, 0);
  check_length(2, 65535, S_OK, 0);
  check_length(8, 126, FORMAT_ERROR, 10);
  check_length(8, 65535, FORMAT_ERROR, 10);
  for (bit = 16; bit < 63; bit++) {
    check_length(8, (uint64_t)1 << bit, S_OK, 0);
    check_length(8, ((uint64_t)2 << bit) - 1, S_OK, 0);
  }
  check_length(8, (uint64_t)1 << 63, FORMAT_ERROR, 3);
  check_length(8, ((uint64_t)1 << 63) + 5, FORMAT_ERROR, 3);
  check_length(8, ~(uint64_t)0, FORMAT_ERROR, 3);
}

/* Octets that are allocated now, where the C library can tell. */
static size_t allocated(void) {
#if defined(__GLIBC__) && (__GLIBC__ > 2 || __GLIBC_MINOR__ >= 33)
  struct mallinfo2 info = mallinfo2();
  return info.uordblks + info.hblkhd;
#else
  return 0;
#endif
}

/* Whatever is announced, only what arrives is held, and comes in pieces. */
static void test_announced_lengths(void) {
  static const uint64_t lengths[] = {
      0x100000000u,           0x100000001u,        0x100000100u,
      (uint64_t)1 << 40,      ((uint64_t)1 << 62), ((uint64_t)1 << 62) + 7,
      ((uint64_t)1 << 63) - 1};
  BYTE data[4096];
  int server;
  size_t i;
  memset(data, 'x', sizeof data);
  EACH_ROLE(server) {
    for (i = 0; i < COUNT(lengths); i++) {
      struct receiver receiver = open_receiver(server, 256);
      struct octets wire = {NULL, 0, 0};
      struct network network;
      size_t done = 0, before;
      BYTE header[14];
      octets_append(&wire, header,
                    header_of_length(header, server, 8, lengths[i]));
      octets_append(&wire, data, sizeof data);
      network = network_of(&wire, ONE_READ);
      before = allocated();
      /* The key is 0. */
      while (done + 512 < sizeof data) {
        struct step step;
        CHECK_EQ(WebSocketReceive(receiver.h, NULL, contexts), S_OK);
        step = pump(receiver.h, RECEIVE_QUEUE, &network);
        EXPECT(step, RECEIVE_COMPLETE, BINARY_FRAGMENT, 1, contexts);
        CHECK(step_length(&step) > 0 && step_length(&step) <= 256);
        CHECK_OCTETS(step.buffers[0].Data.pbBuffer, step_length(&step), data,
                     step_length(&step));
        done += step_length(&step);
        complete(receiver.h, &step);
      }
      /* The list of receives may have been allocated. */
      CHECK(allocated() <= before + 1024);
      octets_free(&wire);
      close_receiver(&receiver);
    }
  }
}

/* A fault in the payload of a frame that was indicated in part. */
static void test_fault_in_later_piece(void) {
  int server;
  EACH_ROLE(server) {
    WEB_SOCKET_HANDLE h = plain_handle(server, 256);
    struct octets wire = {NULL, 0, 0};
    struct result result;
    BYTE text[1000];
    memset(text, 'a', sizeof text);
    text[700] = 0xC0;
    append_frame(&wire, FIN | OP_TEXT, peer_mask(server), text, sizeof text);
    result = feed(h, &wire, 1);
    CHECK_EQ(result.hr, FORMAT_ERROR);
    CHECK_EQ(result.at, wire.length - sizeof text + 701);
    octets_free(&wire);
    WebSocketDeleteHandle(h);
  }
}

/* Messages before the fault come up first, all in the same read. */
static void test_good_before_bad(void) {
  int server;
  EACH_ROLE(server) {
    struct party party = party_of(server);
    struct step step;
    int i;
    peer_sends(&party, FIN | OP_TEXT, "one", 3);
    peer_sends(&party, FIN | OP_PONG, "two", 3);
    peer_sends(&party, 0x83, "bad", 3);
    EXPECT_RECEIVED(party.h, &party.network, UTF8_MESSAGE, "one", 3);
    EXPECT_RECEIVED(party.h, &party.network, PING_PONG, "two", 3);
    /* Nobody has asked for what comes now. */
    EXPECT_IDLE(party.h, ALL_QUEUES);
    queue_receive(&party);
    for (i = 0; i < 3; i++) {
      step = get_action(party.h, RECEIVE_QUEUE, 1);
      EXPECT_ERROR(step, FORMAT_ERROR);
    }
    party_free(&party);
  }
}

int main(void) {
  test_first_octets();
  test_second_octets();
  test_masking_disabled();
  test_lengths();
  test_announced_lengths();
  test_fault_in_later_piece();
  test_good_before_bad();
  return 0;
}
