/*
 * Sec-WebSocket-Accept computed without the library (RFC 3174, RFC 4648,
 * RFC 6455 section 4.2.2), so that a test never asks the library to agree
 * with itself.
 */
#ifndef ACCEPT_H
#define ACCEPT_H

#include <stdint.h>
#include <stdio.h>
#include <string.h>

static inline uint32_t sha1_rotate(uint32_t value, int bits) {
  return (value << bits) | (value >> (32 - bits));
}

static inline uint32_t sha1_mix(int round, const uint32_t s[5]) {
  if (round < 20) {
    return ((s[1] & s[2]) | (~s[1] & s[3])) + 0x5A827999u;
  }
  if (round < 40) {
    return (s[1] ^ s[2] ^ s[3]) + 0x6ED9EBA1u;
  }
  if (round < 60) {
    return ((s[1] & s[2]) | (s[1] & s[3]) | (s[2] & s[3])) + 0x8F1BBCDCu;
  }
  return (s[1] ^ s[2] ^ s[3]) + 0xCA62C1D6u;
}

static inline void sha1_block(uint32_t state[5], const unsigned char *block) {
  uint32_t w[80], s[5];
  int i;
  for (i = 0; i < 16; i++) {
    w[i] = (uint32_t)block[4 * i] << 24 | (uint32_t)block[4 * i + 1] << 16 |
           (uint32_t)block[4 * i + 2] << 8 | (uint32_t)block[4 * i + 3];
  }
  for (; i < 80; i++) {
    w[i] = sha1_rotate(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
  }
  memcpy(s, state, sizeof s);
  for (i = 0; i < 80; i++) {
    uint32_t t = sha1_rotate(s[0], 5) + sha1_mix(i, s) + s[4] + w[i];
    s[4] = s[3];
    s[3] = s[2];
    s[2] = sha1_rotate(s[1], 30);
    s[1] = s[0];
    s[0] = t;
  }
  for (i = 0; i < 5; i++) {
    state[i] += s[i];
  }
}

/* Two blocks are enough for a key of 24 characters and the GUID of 36. */
static inline void sha1_short(const char *text, unsigned char digest[20]) {
  uint32_t state[5] = {0x67452301u, 0xEFCDAB89u, 0x98BADCFEu, 0x10325476u,
                       0xC3D2E1F0u};
  unsigned char blocks[128] = {0};
  size_t length = strlen(text), total = length + 9 <= 64 ? 64 : 128;
  int i;
  memcpy(blocks, text, length);
  blocks[length] = 0x80;
  blocks[total - 2] = (unsigned char)(length * 8 >> 8);
  blocks[total - 1] = (unsigned char)(length * 8);
  sha1_block(state, blocks);
  if (total == 128) {
    sha1_block(state, blocks + 64);
  }
  for (i = 0; i < 20; i++) {
    digest[i] = (unsigned char)(state[i / 4] >> (24 - 8 * (i % 4)));
  }
}

/* `length` octets to base64 with padding and a terminator. */
static inline void base64_text(const unsigned char *in, size_t length,
                               char *out) {
  static const char digits[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  size_t i, j;
  for (i = 0; i < length; i += 3) {
    uint32_t group = (uint32_t)in[i] << 16;
    if (i + 1 < length) {
      group |= (uint32_t)in[i + 1] << 8;
    }
    if (i + 2 < length) {
      group |= in[i + 2];
    }
    for (j = 0; j < 4; j++) {
      *out++ = i + j > length ? '=' : digits[group >> (18 - 6 * j) & 63];
    }
  }
  *out = '\0';
}

/* The answer that a server owes to `key`, which has 24 characters. */
static inline void accept_for_key(const char *key, char accept[29]) {
  unsigned char digest[20];
  char text[64];
  snprintf(text, sizeof text, "%.24s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
  sha1_short(text, digest);
  base64_text(digest, sizeof digest, accept);
}

#endif /* ACCEPT_H */
