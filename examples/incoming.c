#include "incoming.h"

#include "text.h"

#include <string.h>

/* CRC-32 as zip and zlib have it. */
static uint32_t crc32_of(uint32_t crc, const unsigned char *octets,
                         size_t length) {
  static uint32_t table[256];
  size_t i;
  if (table[1] == 0) {
    for (i = 0; i < 256; i++) {
      uint32_t entry = (uint32_t)i;
      int bit;
      for (bit = 0; bit < 8; bit++) {
        entry = entry & 1 ? entry >> 1 ^ 0xEDB88320u : entry >> 1;
      }
      table[i] = entry;
    }
  }
  crc = ~crc;
  for (i = 0; i < length; i++) {
    crc = crc >> 8 ^ table[(crc ^ octets[i]) & 0xFF];
  }
  return ~crc;
}

void incoming_end_line(struct incoming *in) {
  if (in->line_is_open) {
    putchar('\n');
    in->line_is_open = 0;
  }
}

static void begin(struct incoming *in, int is_text) {
  in->inside = 1;
  in->is_text = is_text;
  in->is_wrong = 0;
  in->length = 0;
  in->crc = 0;
}

static void compare(struct incoming *in, const struct message *expected,
                    const unsigned char *octets, size_t length) {
  if (expected == NULL || expected->is_text != in->is_text ||
      in->length > expected->length || length > expected->length - in->length ||
      memcmp(expected->octets + in->length, octets, length) != 0) {
    in->is_wrong = 1;
  }
}

static void keep_preview(struct incoming *in, const unsigned char *octets,
                         size_t length) {
  if (in->length < PREVIEW) {
    size_t room = PREVIEW - (size_t)in->length;
    memcpy(in->preview + in->length, octets, length < room ? length : room);
  }
}

static void print_text(struct incoming *in, const unsigned char *octets,
                       size_t length) {
  if (!in->line_is_open) {
    fputs(in->length == 0 ? "< text: " : "< text, going on: ", stdout);
    in->line_is_open = 1;
  }
  fwrite(octets, 1, length, stdout);
}

static void print_verdict(const struct incoming *in) {
  printf("< %s, %llu octets, %s", in->is_text ? "text" : "binary", in->length,
         in->is_wrong ? "NOT as sent" : "as sent");
  if (in->is_text) {
    fputs(": ", stdout);
    text_quote(stdout, in->preview,
               in->length < PREVIEW ? (size_t)in->length : PREVIEW);
    fputs(in->length > PREVIEW ? " ..." : "", stdout);
  }
  putchar('\n');
}

static void end(struct incoming *in, struct outbox *outbox) {
  in->inside = 0;
  in->messages++;
  if (in->compares) {
    const struct message *expected = outbox->expected;
    in->is_wrong |= expected == NULL || in->length != expected->length;
    in->any_wrong |= in->is_wrong;
    outbox_came_back(outbox);
    print_verdict(in);
  } else if (in->is_text) {
    incoming_end_line(in);
  } else {
    printf("< binary, %llu octets, crc32 %08lx\n", in->length,
           (unsigned long)in->crc);
  }
}

void incoming_piece(struct incoming *in, struct outbox *outbox,
                    WEB_SOCKET_BUFFER_TYPE type,
                    const WEB_SOCKET_BUFFER *buffer) {
  const unsigned char *octets = buffer->Data.pbBuffer;
  size_t length = buffer->Data.ulBufferLength;
  if (!in->inside) {
    begin(in, type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE ||
                  type == WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE);
  }
  if (in->compares) {
    compare(in, outbox->expected, octets, length);
    keep_preview(in, octets, length);
  } else if (in->is_text) {
    print_text(in, octets, length);
  } else {
    in->crc = crc32_of(in->crc, octets, length);
  }
  in->length += length;
  if (text_is_last(type)) {
    end(in, outbox);
  }
}
