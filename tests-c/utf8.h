/*
 * UTF-8 as RFC 3629 defines it, told without the library, and samples of what
 * is and what is not.
 */
#ifndef UTF8_H
#define UTF8_H

#include "session.h"

/* RFC 3629, section 4: what may follow a first octet. */
struct sequence {
  BYTE first_low, first_high;
  BYTE second_low, second_high;
  int tail; /* octets behind the first */
};

static const struct sequence sequences[] = {
    {0x00, 0x7F, 0x00, 0x00, 0}, {0xC2, 0xDF, 0x80, 0xBF, 1},
    {0xE0, 0xE0, 0xA0, 0xBF, 2}, {0xE1, 0xEC, 0x80, 0xBF, 2},
    {0xED, 0xED, 0x80, 0x9F, 2}, {0xEE, 0xEF, 0x80, 0xBF, 2},
    {0xF0, 0xF0, 0x90, 0xBF, 3}, {0xF1, 0xF3, 0x80, 0xBF, 3},
    {0xF4, 0xF4, 0x80, 0x8F, 3},
};

static inline const struct sequence *sequence_of(BYTE first) {
  size_t i;
  for (i = 0; i < COUNT(sequences); i++) {
    if (first >= sequences[i].first_low && first <= sequences[i].first_high) {
      return &sequences[i];
    }
  }
  return NULL;
}

/* After how many octets it shows that this is no text; 0: it is text. */
static inline size_t fault_in(const BYTE *text, size_t length) {
  size_t i = 0;
  while (i < length) {
    const struct sequence *sequence = sequence_of(text[i]);
    int k;
    if (sequence == NULL) {
      return i + 1;
    }
    for (k = 1; k <= sequence->tail; k++) {
      BYTE low = k == 1 ? sequence->second_low : 0x80;
      BYTE high = k == 1 ? sequence->second_high : 0xBF;
      if (i + (size_t)k >= length) {
        return length; /* cut by the end */
      }
      if (text[i + (size_t)k] < low || text[i + (size_t)k] > high) {
        return i + (size_t)k + 1;
      }
    }
    i += (size_t)sequence->tail + 1;
  }
  return 0;
}

struct sample {
  const char *name;
  const char *octets;
};

static const struct sample samples[] = {
    {"U+0001", "\x01"},
    {"U+007F", "\x7F"},
    {"U+0080", "\xC2\x80"},
    {"U+07FF", "\xDF\xBF"},
    {"U+0800", "\xE0\xA0\x80"},
    {"U+D7FF", "\xED\x9F\xBF"},
    {"U+E000", "\xEE\x80\x80"},
    {"U+FFFD", "\xEF\xBF\xBD"},
    {"U+FFFF", "\xEF\xBF\xBF"},
    {"U+10000", "\xF0\x90\x80\x80"},
    {"U+1F600", "\xF0\x9F\x98\x80"},
    {"U+10FFFF", "\xF4\x8F\xBF\xBF"},
    {"lone continuation", "\x80"},
    {"last continuation", "\xBF"},
    {"overlong slash", "\xC0\xAF"},
    {"overlong of 2", "\xC1\xBF"},
    {"overlong of 3", "\xE0\x80\xAF"},
    {"longest overlong of 3", "\xE0\x9F\xBF"},
    {"overlong of 4", "\xF0\x80\x80\xAF"},
    {"longest overlong of 4", "\xF0\x8F\xBF\xBF"},
    {"first surrogate", "\xED\xA0\x80"},
    {"last surrogate", "\xED\xBF\xBF"},
    {"surrogate pair", "\xED\xA1\x8C\xED\xBE\xB4"},
    {"U+110000", "\xF4\x90\x80\x80"},
    {"above", "\xF5\x80\x80\x80"},
    {"sequence of 5", "\xF8\x88\x80\x80\x80"},
    {"sequence of 6", "\xFC\x84\x80\x80\x80\x80"},
    {"FE", "\xFE"},
    {"FF", "\xFF"},
    {"cut after 1 of 2", "\xC3"},
    {"cut after 1 of 3", "\xE2"},
    {"cut after 2 of 3", "\xE2\x82"},
    {"cut after 1 of 4", "\xF0"},
    {"cut after 2 of 4", "\xF0\x9F"},
    {"cut after 3 of 4", "\xF0\x9F\x98"},
    {"one continuation too many", "\xC3\xA9\xA9"},
    {"text instead of the third", "\xE2\x82x"},
    {"two beginnings", "\xC3\xC3\xA9"},
};

#endif /* UTF8_H */
