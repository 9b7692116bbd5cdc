#include "http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int http_parse(const char *octets, size_t length, size_t most,
               struct http_request *request) {
  HRESULT hr;
  request->count = HTTP_FIELD_LIMIT;
  hr = WspcParseRequest(octets, (ULONG)length, &request->line, request->fields,
                        &request->count, &request->head_length);
  switch (hr) {
  case S_OK:
    return 200;
  case WSPC_E_INCOMPLETE:
    return length < most ? 0 : 431;
  case WSPC_E_TOO_MANY_HEADERS:
    return 431;
  case E_OUTOFMEMORY:
    return 503;
  default:
    return 400;
  }
}

static char lower(char c) { return (char)(c >= 'A' && c <= 'Z' ? c + 32 : c); }

static int equal(const char *text, size_t length, const char *other,
                 int with_case) {
  size_t i;
  if (length != strlen(other)) {
    return 0;
  }
  for (i = 0; i < length; i++) {
    if (text[i] != other[i] &&
        (with_case || lower(text[i]) != lower(other[i]))) {
      return 0;
    }
  }
  return 1;
}

int http_method_is(const struct http_request *request, const char *method) {
  return equal(request->line.pcMethod, request->line.ulMethodLength, method, 1);
}

int http_path_is(const struct http_request *request, const char *path) {
  const char *target = request->line.pcTarget;
  size_t length = 0;
  while (length < request->line.ulTargetLength && target[length] != '?') {
    length++;
  }
  return equal(target, length, path, 1);
}

static int is_space(char c) { return c == ' ' || c == '\t'; }

/* Whether the list "a, b, c" has this element. */
static int list_has(const char *list, size_t length, const char *element,
                    int with_case) {
  size_t start = 0, comma, end;
  for (; start <= length; start = comma + 1) {
    for (comma = start; comma < length && list[comma] != ',';) {
      comma++;
    }
    for (end = comma; end > start && is_space(list[end - 1]);) {
      end--;
    }
    while (start < end && is_space(list[start])) {
      start++;
    }
    if (equal(list + start, end - start, element, with_case)) {
      return 1;
    }
  }
  return 0;
}

int http_has(const struct http_request *request, const char *name,
             const char *element, int with_case) {
  ULONG i;
  for (i = 0; i < request->count; i++) {
    const WEB_SOCKET_HTTP_HEADER *field = &request->fields[i];
    if (equal(field->pcName, field->ulNameLength, name, 0) &&
        list_has(field->pcValue, field->ulValueLength, element, with_case)) {
      return 1;
    }
  }
  return 0;
}

char *http_switch(PWEB_SOCKET_HTTP_HEADER headers, ULONG count,
                  size_t *length) {
  static const char first[] = "HTTP/1.1 101 Switching Protocols\r\n";
  size_t room = sizeof first + 2, at = sizeof first - 1;
  char *answer;
  ULONG i;
  for (i = 0; i < count; i++) {
    room += headers[i].ulNameLength + headers[i].ulValueLength + 4;
  }
  answer = malloc(room);
  if (answer == NULL) {
    return NULL;
  }
  memcpy(answer, first, at);
  for (i = 0; i < count; i++) {
    at += (size_t)snprintf(answer + at, room - at, "%.*s: %.*s\r\n",
                           (int)headers[i].ulNameLength, headers[i].pcName,
                           (int)headers[i].ulValueLength, headers[i].pcValue);
  }
  memcpy(answer + at, "\r\n", 2);
  *length = at + 2;
  return answer;
}

const char *http_status(int status) {
  switch (status) {
  case 200:
    return "200 OK";
  case 400:
    return "400 Bad Request";
  case 404:
    return "404 Not Found";
  case 405:
    return "405 Method Not Allowed";
  case 408:
    return "408 Request Timeout";
  case 426:
    return "426 Upgrade Required";
  case 431:
    return "431 Request Header Fields Too Large";
  case 503:
    return "503 Service Unavailable";
  default:
    return "500 Internal Server Error";
  }
}

/* Headers that belong to a status. */
static const char *extra_headers(int status) {
  switch (status) {
  case 405:
    return "Allow: GET\r\n";
  case 426: /* RFC 6455 section 4.4; an Upgrade is a must in any 426 */
    return "Sec-WebSocket-Version: 13\r\nUpgrade: websocket\r\n";
  case 503:
    return "Retry-After: 10\r\n";
  default:
    return "";
  }
}

char *http_answer(int status, const char *type, const char *body,
                  size_t body_length, size_t *length) {
  char head[512], *answer;
  int head_length = snprintf(
      head, sizeof head,
      "HTTP/1.1 %s\r\nContent-Type: %s; charset=utf-8\r\n"
      "Content-Length: %lu\r\nCache-Control: no-store\r\n"
      "X-Content-Type-Options: nosniff\r\n%sConnection: %s\r\n\r\n",
      http_status(status), type, (unsigned long)body_length,
      extra_headers(status), status == 426 ? "Upgrade, close" : "close");
  *length = (size_t)head_length + body_length;
  answer = malloc(*length);
  if (answer != NULL) {
    memcpy(answer, head, (size_t)head_length);
    memcpy(answer + head_length, body, body_length);
  }
  return answer;
}
