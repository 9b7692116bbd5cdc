/*
 * Received text has to be UTF-8 (RFC 6455 section 8.1, RFC 3629), also across
 * pieces and frames, and a fault is reported as early as the octets allow.
 *
 * Rows of docs/compatibility.md: *utf8-verification*.
 */
#include "script.h"
#include "utf8.h"

#define ONE_READ ((size_t)-1)
#define NOT_VERIFIED WEB_SOCKET_DISABLE_UTF8_VERIFICATION_PROPERTY_TYPE

/* What became of octets that were fed. */
struct outcome {
  size_t fault_at; /* octets that were in when the error came; 0: none */
  struct octets text;
  size_t indications;
};

/*
 * Feeds the octets with a receive always queued, into a buffer of `own` octets
 * if not 0, until they are used up or there is an error.
 */
static struct outcome feed(WEB_SOCKET_HANDLE h, const struct octets *wire,
                           size_t chunk, BYTE *own_memory, size_t own) {
  struct network network = network_of(wire, chunk);
  WEB_SOCKET_BUFFER buffer = data_buffer(own_memory, own);
  struct outcome outcome;
  memset(&outcome, 0, sizeof outcome);
  for (;;) {
    struct step step;
    CHECK_EQ(WebSocketReceive(h, own > 0 ? &buffer : NULL, NULL), S_OK);
    step = pump(h, RECEIVE_QUEUE, &network);
    if (step.hr != S_OK) {
      EXPECT_ERROR(step, FORMAT_ERROR);
      outcome.fault_at = network.taken;
      return outcome;
    }
    if (step.action == SEND_TO_NETWORK) {
      EXPECT(step, SEND_TO_NETWORK, PING_PONG, 1, NULL);
      complete(h, &step);
      step = pump(h, RECEIVE_QUEUE, &network);
      if (step.hr != S_OK) {
        EXPECT_ERROR(step, FORMAT_ERROR);
        outcome.fault_at = network.taken;
        return outcome;
      }
    }
    if (step.action == RECEIVE_FROM_NETWORK) {
      return outcome;
    }
    EXPECT(step, RECEIVE_COMPLETE, step.type, 1, NULL);
    append_buffers(&outcome.text, &step);
    outcome.indications++;
    complete(h, &step);
    if (step.type == CLOSE) {
      return outcome;
    }
  }
}

struct setting {
  int server;
  ULONG size;
  size_t chunk;
  size_t own;
  int extra;
};

/* The same on a fresh handle. */
static struct outcome feed_fresh(const struct setting *setting,
                                 const struct octets *wire) {
  struct receiver receiver =
      open_receiver_with(setting->server, setting->size, setting->extra);
  BYTE own[64];
  struct outcome outcome =
      feed(receiver.h, wire, setting->chunk, own, setting->own);
  close_receiver(&receiver);
  return outcome;
}

/* One text frame; what is expected comes from the octets alone. */
static void check_text(const struct setting *setting, const BYTE *text,
                       size_t length) {
  struct octets wire = {NULL, 0, 0};
  struct outcome outcome;
  size_t fault = fault_in(text, length), header;
  append_frame(&wire, FIN | OP_TEXT, peer_mask(setting->server), text, length);
  header = wire.length - length;
  outcome = feed_fresh(setting, &wire);
  if (fault == 0) {
    CHECK_EQ(outcome.fault_at, 0);
    CHECK_OCTETS(outcome.text.data, outcome.text.length, text, length);
  } else if (setting->chunk == 1) {
    CHECK_EQ(outcome.fault_at, header + fault);
  } else {
    CHECK(outcome.fault_at >= header + fault);
    CHECK(outcome.fault_at < header + fault + setting->chunk);
  }
  octets_free(&outcome.text);
  octets_free(&wire);
}

#define TEXT_LENGTH 40

/* Each sample at each position of a text of 40 octets, ASCII or not around. */
static void check_positions(const struct setting *setting, const BYTE *fill) {
  BYTE text[TEXT_LENGTH];
  size_t i, at;
  for (i = 0; i < COUNT(samples); i++) {
    size_t length = strlen(samples[i].octets);
    check_row = samples[i].name;
    for (at = 0; at + length <= TEXT_LENGTH; at++) {
      memcpy(text, fill, TEXT_LENGTH);
      memcpy(text + at, samples[i].octets, length);
      check_text(setting, text, TEXT_LENGTH);
    }
  }
  check_row = "";
}

static void test_positions(void) {
  static const size_t owns[] = {0, 1, 7, 40, 64};
  BYTE plain[TEXT_LENGTH], wide[TEXT_LENGTH];
  struct setting setting = {0, 256, 1, 0, -1};
  size_t i;
  memset(plain, 'a', TEXT_LENGTH);
  for (i = 0; i < TEXT_LENGTH; i++) {
    wide[i] = (BYTE)("\xE2\x82\xACz"[i % 4]);
  }
  EACH_ROLE(setting.server) {
    for (setting.chunk = 1; setting.chunk < 50; setting.chunk += 16) {
      for (i = 0; i < COUNT(owns); i++) {
        setting.own = owns[i];
        check_positions(&setting, plain);
        check_positions(&setting, wide);
      }
    }
  }
}

/* All first and second octets, with what can and cannot come behind. */
static void test_all_pairs(void) {
  struct setting setting = {0, 256, 1, 0, -1};
  BYTE text[6] = {'a', 0, 0, 0x80, 0xBF, 'z'};
  int first, second;
  for (first = 0x70; first < 256; first++) {
    for (second = 0x7E; second < 0xC2; second++) {
      text[1] = (BYTE)first;
      text[2] = (BYTE)second;
      setting.server = second & 1;
      check_text(&setting, text, 3);
      check_text(&setting, text, 4);
      check_text(&setting, text, 5);
      check_text(&setting, text, 6);
    }
  }
}

/* `text` cut into frames of at most `piece` octets, pings between them. */
static void append_fragments(struct octets *wire, const BYTE *mask,
                             const BYTE *text, size_t length, size_t piece) {
  size_t at = 0;
  while (at < length) {
    size_t part = length - at < piece ? length - at : piece;
    int first = at == 0 ? OP_TEXT : OP_CONTINUATION;
    if (at + part == length) {
      first |= FIN;
    }
    append_frame(wire, first, mask, text + at, part);
    at += part;
    if (at < length) {
      append_frame(wire, FIN | OP_PING, mask, "between", 7);
    }
  }
}

/* After how many octets of the wire the given octet of the text is in. */
static size_t wire_position(int server, size_t text_at, size_t piece) {
  size_t header = server ? 6 : 2, frames = (text_at - 1) / piece;
  return text_at + (frames + 1) * header + frames * (header + 7);
}

static void test_fragments(void) {
  BYTE text[TEXT_LENGTH];
  struct setting setting = {0, 256, 1, 0, -1};
  size_t i, at, piece;
  memset(text, 'a', TEXT_LENGTH);
  EACH_ROLE(setting.server) {
    for (i = 0; i < COUNT(samples); i++) {
      size_t length = strlen(samples[i].octets);
      check_row = samples[i].name;
      for (piece = 1; piece <= 5; piece++) {
        for (at = 0; at + length <= TEXT_LENGTH; at += 3) {
          struct octets wire = {NULL, 0, 0};
          struct outcome outcome;
          size_t fault;
          memset(text, 'a', TEXT_LENGTH);
          memcpy(text + at, samples[i].octets, length);
          fault = fault_in(text, TEXT_LENGTH);
          append_fragments(&wire, peer_mask(setting.server), text, TEXT_LENGTH,
                           piece);
          outcome = feed_fresh(&setting, &wire);
          CHECK_EQ(outcome.fault_at,
                   fault ? wire_position(setting.server, fault, piece) : 0);
          CHECK(fault != 0 || outcome.text.length == TEXT_LENGTH);
          octets_free(&outcome.text);
          octets_free(&wire);
        }
      }
    }
  }
  check_row = "";
}

/* A long text in pieces: their ends cut code points, and the check goes on. */
static void test_pieces(void) {
  enum { LONG = 1001 };
  BYTE text[LONG];
  struct setting setting = {0, 256, 1, 0, -1};
  size_t i, bad;
  EACH_ROLE(setting.server) {
    for (bad = 0; bad < LONG; bad += 13) {
      for (i = 0; i < LONG; i++) {
        text[i] = (BYTE)(i < LONG / 4 * 4 ? "\xF0\x9F\x98\x80"[i % 4] : '!');
      }
      check_text(&setting, text, LONG);
      text[bad] = 0xFF;
      setting.own = bad % 64;
      check_text(&setting, text, LONG);
      setting.own = 0;
    }
  }
}

/* The fault is behind octets that could be indicated, all in one read. */
static void test_fault_behind_good_octets(void) {
  struct setting setting = {0, 256, ONE_READ, 10, -1};
  BYTE text[TEXT_LENGTH];
  EACH_ROLE(setting.server) {
    struct octets wire = {NULL, 0, 0};
    struct outcome outcome;
    memset(text, 'a', TEXT_LENGTH);
    text[TEXT_LENGTH - 1] = 0x80;
    append_frame(&wire, FIN | OP_TEXT, peer_mask(setting.server), text,
                 TEXT_LENGTH);
    outcome = feed_fresh(&setting, &wire);
    CHECK(outcome.fault_at != 0);
    CHECK_EQ(outcome.indications, 0);
    octets_free(&outcome.text);
    /* A message before it, however, is indicated. */
    wire.length = 0;
    append_frame(&wire, FIN | OP_TEXT, peer_mask(setting.server), "ok", 2);
    append_frame(&wire, FIN | OP_TEXT, peer_mask(setting.server), text,
                 TEXT_LENGTH);
    outcome = feed_fresh(&setting, &wire);
    CHECK(outcome.fault_at != 0);
    CHECK_EQ(outcome.indications, 1);
    CHECK_OCTETS(outcome.text.data, outcome.text.length, "ok", 2);
    octets_free(&outcome.text);
    octets_free(&wire);
  }
}

/* A cut code point waits for the next frame, but not for the next message. */
static void test_cut_by_frames(void) {
  struct setting setting = {0, 256, 1, 0, -1};
  EACH_ROLE(setting.server) {
    const BYTE *mask = peer_mask(setting.server);
    struct octets wire = {NULL, 0, 0};
    struct outcome outcome;
    append_frame(&wire, OP_TEXT, mask, "\xE2", 1);
    append_frame(&wire, OP_CONTINUATION, mask, "", 0);
    append_frame(&wire, OP_CONTINUATION, mask, "\x82", 1);
    append_frame(&wire, FIN | OP_CONTINUATION, mask, "\xAC", 1);
    append_frame(&wire, FIN | OP_TEXT, mask, "", 0);
    append_frame(&wire, FIN | OP_BINARY, mask, "\xC3", 1);
    append_frame(&wire, FIN | OP_TEXT, mask, "\xC3\xA9", 2);
    outcome = feed_fresh(&setting, &wire);
    CHECK_EQ(outcome.fault_at, 0);
    CHECK_EQ(outcome.indications, 7);
    octets_free(&outcome.text);
    /* An empty last frame shows that the code point stays cut. */
    append_frame(&wire, OP_TEXT, mask, "\xE2\x82", 2);
    append_frame(&wire, FIN | OP_CONTINUATION, mask, "", 0);
    outcome = feed_fresh(&setting, &wire);
    CHECK_EQ(outcome.fault_at, wire.length);
    CHECK_EQ(outcome.indications, 8);
    octets_free(&outcome.text);
    octets_free(&wire);
  }
}

/* A close reason is text too, behind two octets of status. */
static void test_reasons(void) {
  struct setting setting = {0, 256, 1, 0, -1};
  BYTE payload[2 + TEXT_LENGTH] = {0x03, 0xE8};
  size_t i, at;
  EACH_ROLE(setting.server) {
    for (i = 0; i < COUNT(samples); i++) {
      size_t length = strlen(samples[i].octets), fault;
      check_row = samples[i].name;
      for (at = 0; at + length <= TEXT_LENGTH; at++) {
        struct octets wire = {NULL, 0, 0};
        struct outcome outcome;
        memset(payload + 2, 'a', TEXT_LENGTH);
        memcpy(payload + 2 + at, samples[i].octets, length);
        append_frame(&wire, FIN | OP_CLOSE, peer_mask(setting.server), payload,
                     sizeof payload);
        fault = fault_in(payload + 2, TEXT_LENGTH);
        outcome = feed_fresh(&setting, &wire);
        CHECK_EQ(outcome.fault_at,
                 fault ? wire.length - TEXT_LENGTH + fault : 0);
        CHECK_EQ(outcome.indications, fault ? 0 : 1);
        octets_free(&outcome.text);
        octets_free(&wire);
      }
    }
  }
  check_row = "";
}

/* Switched off, whatever comes is indicated as text, or as a reason. */
static void test_not_verified(void) {
  struct setting setting = {0, 256, 1, 0, NOT_VERIFIED};
  size_t i;
  EACH_ROLE(setting.server) {
    for (i = 0; i < COUNT(samples); i++) {
      const BYTE *mask = peer_mask(setting.server);
      struct octets wire = {NULL, 0, 0};
      struct outcome outcome;
      check_row = samples[i].name;
      append_frame(&wire, OP_TEXT, mask, samples[i].octets,
                   strlen(samples[i].octets));
      append_frame(&wire, FIN | OP_CONTINUATION, mask, "\xE2", 1);
      outcome = feed_fresh(&setting, &wire);
      CHECK_EQ(outcome.fault_at, 0);
      CHECK_EQ(outcome.indications, 2);
      octets_free(&outcome.text);
      append_close(&wire, mask, 1000, samples[i].octets);
      outcome = feed_fresh(&setting, &wire);
      CHECK_EQ(outcome.fault_at, 0);
      CHECK_EQ(outcome.indications, 3);
      octets_free(&outcome.text);
      octets_free(&wire);
    }
  }
  check_row = "";
}

int main(void) {
  test_positions();
  test_all_pairs();
  test_fragments();
  test_pieces();
  test_fault_behind_good_octets();
  test_cut_by_frames();
  test_reasons();
  test_not_verified();
  return 0;
}
