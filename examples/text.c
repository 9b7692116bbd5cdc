#include "text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>

const char *text_type(WEB_SOCKET_BUFFER_TYPE type) {
  switch (type) {
  case WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE:
  case WEB_SOCKET_UTF8_FRAGMENT_BUFFER_TYPE:
    return "text";
  case WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE:
  case WEB_SOCKET_BINARY_FRAGMENT_BUFFER_TYPE:
    return "binary";
  case WEB_SOCKET_CLOSE_BUFFER_TYPE:
    return "close";
  default:
    return "ping or pong";
  }
}

int text_is_last(WEB_SOCKET_BUFFER_TYPE type) {
  return type == WEB_SOCKET_UTF8_MESSAGE_BUFFER_TYPE ||
         type == WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE;
}

const char *text_hresult(HRESULT hr) {
  static const struct {
    HRESULT hr;
    const char *name;
  } names[] = {
      {E_INVALID_PROTOCOL_OPERATION, "E_INVALID_PROTOCOL_OPERATION"},
      {E_INVALID_PROTOCOL_FORMAT, "E_INVALID_PROTOCOL_FORMAT"},
      {E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED,
       "E_PROTOCOL_EXTENSIONS_NOT_SUPPORTED"},
      {E_SUBPROTOCOL_NOT_SUPPORTED, "E_SUBPROTOCOL_NOT_SUPPORTED"},
      {E_PROTOCOL_VERSION_NOT_SUPPORTED, "E_PROTOCOL_VERSION_NOT_SUPPORTED"},
      {E_INVALIDARG, "E_INVALIDARG"},
      {E_OUTOFMEMORY, "E_OUTOFMEMORY"},
  };
  size_t i;
  for (i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (names[i].hr == hr) {
      return names[i].name;
    }
  }
  return "error";
}

const char *text_fault(HRESULT hr, USHORT status) {
  switch (status) {
  case WEB_SOCKET_PROTOCOL_ERROR_CLOSE_STATUS:
    return hr == E_INVALID_PROTOCOL_FORMAT ? "malformed frame"
                                           : "a frame that may not come here";
  case WEB_SOCKET_INVALID_PAYLOAD_CLOSE_STATUS:
    return "text that is not UTF-8";
  case WEB_SOCKET_MESSAGE_TOO_BIG_CLOSE_STATUS:
    return "message too big";
  default:
    return "the library failed";
  }
}

void text_quote(FILE *out, const void *octets, size_t length) {
  const unsigned char *text = octets;
  size_t i;
  putc('"', out);
  for (i = 0; i < length; i++) {
    /* U+0080 to U+009F are control characters too: C2 80 to C2 9F. */
    int c1 = text[i] == 0xC2 && i + 1 < length && text[i + 1] < 0xA0;
    if (text[i] < 0x20 || text[i] == 0x7F || c1) {
      fprintf(out, "\\x%02X", text[i]);
    } else if (text[i] == '"' || text[i] == '\\') {
      fprintf(out, "\\%c", text[i]);
    } else {
      putc(text[i], out);
    }
  }
  putc('"', out);
}

void text_close(FILE *out, const WEB_SOCKET_BUFFER *close) {
  if (close->CloseStatus.usStatus == WEB_SOCKET_EMPTY_CLOSE_STATUS) {
    fputs("without a status", out);
    return;
  }
  fprintf(out, "%u ", (unsigned)close->CloseStatus.usStatus);
  text_quote(out, close->CloseStatus.pbReason,
             close->CloseStatus.ulReasonLength);
}

void log_line(unsigned long id, const char *format, ...) {
  va_list arguments;
  printf("#%lu ", id);
  va_start(arguments, format);
  vprintf(format, arguments);
  va_end(arguments);
  putchar('\n');
}

void log_quoted(unsigned long id, const char *what, const void *octets,
                size_t length) {
  printf("#%lu %s: ", id, what);
  text_quote(stdout, octets, length);
  putchar('\n');
}

void log_close(unsigned long id, const char *what,
               const WEB_SOCKET_BUFFER *close) {
  printf("#%lu %s: ", id, what);
  text_close(stdout, close);
  putchar('\n');
}

int text_number(const char *text, unsigned long least, unsigned long most,
                unsigned long *number) {
  char *end;
  if (*text < '0' || *text > '9') {
    return 0;
  }
  errno = 0;
  *number = strtoul(text, &end, 10);
  return errno == 0 && *end == '\0' && *number >= least && *number <= most;
}
