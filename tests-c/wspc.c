/*
 * The companion functions: heads of requests and responses, the version.
 *
 * Rows of docs/compatibility.md: *wspc-heads*.
 */
#include <wspc.h>

#include "session.h"

#define GET "GET / HTTP/1.1\r\n"
#define OK_101 "HTTP/1.1 101 Switching Protocols\r\n"
#define RUBBISH 0xA5

/* All that one parse returned; a request or a response. */
struct head {
  HRESULT hr;
  WSPC_REQUEST request;
  WSPC_RESPONSE response;
  WEB_SOCKET_HTTP_HEADER fields[8];
  ULONG count;
  ULONG length;
};

enum kind { REQUEST, RESPONSE };

static void check_untouched(const void *object, size_t size) {
  const BYTE *octets = (const BYTE *)object;
  size_t i;
  for (i = 0; i < size; i++) {
    CHECK_EQ(octets[i], RUBBISH);
  }
}

/* Parses; what a failure must not touch, and slots not in use, stay rubbish. */
static struct head parse(enum kind kind, const char *text, size_t length,
                         ULONG room) {
  struct head head;
  memset(&head, RUBBISH, sizeof head);
  head.count = room;
  if (kind == REQUEST) {
    head.hr = WspcParseRequest(text, (ULONG)length, &head.request, head.fields,
                               &head.count, &head.length);
  } else {
    head.hr = WspcParseResponse(text, (ULONG)length, &head.response,
                                head.fields, &head.count, &head.length);
  }
  if (head.hr == S_OK) {
    CHECK(head.count <= room);
    CHECK(head.length <= length);
    check_untouched(head.fields + head.count,
                    (COUNT(head.fields) - head.count) * sizeof head.fields[0]);
  } else {
    CHECK_EQ(head.count, room);
    check_untouched(&head.request, sizeof head.request);
    check_untouched(&head.response, sizeof head.response);
    check_untouched(head.fields, sizeof head.fields);
    check_untouched(&head.length, sizeof head.length);
  }
  return head;
}

/* A string is a part of the octets given, also an empty one. */
static void check_part(const char *text, size_t length, const char *part,
                       ULONG part_length, const char *want) {
  CHECK_OCTETS(part, part_length, want, strlen(want));
  CHECK(part >= text && part + part_length <= text + length);
}

static const char full_request[] = "GET /chat?room=1 HTTP/1.1\r\n"
                                   "Host: localhost:8080\r\n"
                                   "Upgrade: websocket\r\n"
                                   "Connection:keep-alive, Upgrade\r\n"
                                   "X-Empty:\r\n"
                                   "x-spaces: \t  a \t b \t \r\n"
                                   "X-Octets: \x80\xff\tz\r\n"
                                   "\r\n";
static const char *const full_fields[][2] = {
    {"Host", "localhost:8080"},
    {"Upgrade", "websocket"},
    {"Connection", "keep-alive, Upgrade"},
    {"X-Empty", ""},
    {"x-spaces", "a \t b"},
    {"X-Octets", "\x80\xff\tz"}};

static void check_fields(const char *text, size_t length,
                         const struct head *head) {
  size_t i;
  CHECK_EQ(head->count, COUNT(full_fields));
  for (i = 0; i < COUNT(full_fields); i++) {
    const WEB_SOCKET_HTTP_HEADER *field = &head->fields[i];
    check_part(text, length, field->pcName, field->ulNameLength,
               full_fields[i][0]);
    check_part(text, length, field->pcValue, field->ulValueLength,
               full_fields[i][1]);
  }
}

static void a_request_is_taken_apart(void) {
  size_t length = strlen(full_request);
  struct head head = parse(REQUEST, full_request, length, 8);
  CHECK_EQ(head.hr, S_OK);
  CHECK_EQ(head.length, length);
  check_part(full_request, length, head.request.pcMethod,
             head.request.ulMethodLength, "GET");
  check_part(full_request, length, head.request.pcTarget,
             head.request.ulTargetLength, "/chat?room=1");
  CHECK_EQ(head.request.ulMinorVersion, 1);
  check_fields(full_request, length, &head);
}

/* Makes a response of the fields of the request. */
static size_t full_response(char *text, size_t room, const char *line) {
  const char *fields = strchr(full_request, '\n') + 1;
  int length = snprintf(text, room, "%s%s", line, fields);
  CHECK(length > 0 && (size_t)length < room);
  return (size_t)length;
}

static void a_response_is_taken_apart(void) {
  char text[512];
  size_t length = full_response(text, sizeof text, OK_101);
  struct head head = parse(RESPONSE, text, length, 8);
  CHECK_EQ(head.hr, S_OK);
  CHECK_EQ(head.length, length);
  CHECK_EQ(head.response.ulStatus, 101);
  CHECK_EQ(head.response.ulMinorVersion, 1);
  check_part(text, length, head.response.pcReason, head.response.ulReasonLength,
             "Switching Protocols");
  check_fields(text, length, &head);
}

/* Each prefix in memory of exactly its size, so that a read beyond it shows. */
static void check_prefixes(enum kind kind, const char *text, size_t length) {
  size_t i;
  for (i = 0; i < length; i++) {
    char *prefix = (char *)malloc(i + (i == 0));
    struct head head;
    CHECK(prefix != NULL);
    memcpy(prefix, text, i);
    head = parse(kind, prefix, i, 8);
    CHECK_EQ(head.hr, WSPC_E_INCOMPLETE);
    free(prefix);
  }
  CHECK_EQ(parse(kind, NULL, 0, 8).hr, WSPC_E_INCOMPLETE);
}

static void every_prefix_is_incomplete(void) {
  char text[512];
  size_t length = full_response(text, sizeof text, OK_101);
  check_prefixes(REQUEST, full_request, strlen(full_request));
  check_prefixes(RESPONSE, text, length);
}

/* What stands behind the head is frames already, and is not looked at. */
static void octets_behind_the_head_are_left(void) {
  char text[512];
  size_t head_length = strlen(full_request), extra;
  for (extra = 1; extra < 20; extra++) {
    struct head head;
    memset(text, extra % 2 == 0 ? 0 : 0x81, sizeof text);
    memcpy(text, full_request, head_length);
    head = parse(REQUEST, text, head_length + extra, 8);
    CHECK_EQ(head.hr, S_OK);
    CHECK_EQ(head.length, head_length);
    check_fields(text, head_length, &head);
  }
}

static void room_is_counted_exactly(void) {
  char text[512];
  size_t request_length = strlen(full_request);
  size_t length = full_response(text, sizeof text, OK_101);
  ULONG room, fields = COUNT(full_fields);
  for (room = 0; room <= 8; room++) {
    HRESULT want = room < fields ? WSPC_E_TOO_MANY_HEADERS : S_OK;
    CHECK_EQ(parse(REQUEST, full_request, request_length, room).hr, want);
    CHECK_EQ(parse(RESPONSE, text, length, room).hr, want);
  }
}

/* More fields than the parser keeps room for on its stack. */
static void check_many_fields(ULONG fields, ULONG room) {
  struct octets text = {NULL, 0, 0};
  WEB_SOCKET_HTTP_HEADER *found;
  WSPC_REQUEST request;
  ULONG i, count = room, length = 0;
  char line[64];
  octets_append(&text, GET, strlen(GET));
  for (i = 0; i < fields; i++) {
    snprintf(line, sizeof line, "X-%lu: %lu\r\n", (unsigned long)i,
             (unsigned long)(i * 7));
    octets_append(&text, line, strlen(line));
  }
  octets_append(&text, "\r\n", 2);
  found = (WEB_SOCKET_HTTP_HEADER *)calloc(room + 1, sizeof *found);
  CHECK(found != NULL);
  if (room < fields) {
    CHECK_EQ(WspcParseRequest((const char *)text.data, (ULONG)text.length,
                              &request, found, &count, &length),
             WSPC_E_TOO_MANY_HEADERS);
    CHECK_EQ(count, room);
  } else {
    CHECK_EQ(WspcParseRequest((const char *)text.data, (ULONG)text.length,
                              &request, found, &count, &length),
             S_OK);
    CHECK_EQ(count, fields);
    CHECK_EQ(length, text.length);
    for (i = 0; i < fields; i++) {
      snprintf(line, sizeof line, "%lu", (unsigned long)(i * 7));
      CHECK_OCTETS(found[i].pcValue, found[i].ulValueLength, line,
                   strlen(line));
    }
    CHECK_PTR(found[fields].pcName, NULL);
  }
  free(found);
  octets_free(&text);
}

static void many_fields_are_fine(void) {
  static const ULONG fields[] = {0, 1, 63, 64, 65, 66, 100, 1000};
  size_t i;
  for (i = 0; i < COUNT(fields); i++) {
    check_many_fields(fields[i], fields[i]);
    check_many_fields(fields[i], fields[i] + 1);
    if (fields[i] > 0) {
      check_many_fields(fields[i], fields[i] - 1);
    }
  }
}

#define FORMAT FORMAT_ERROR

struct row {
  enum kind kind;
  const char *text;
  HRESULT hr;
};

#include "wspc_rows.h"

static void each_row(void) {
  size_t i;
  for (i = 0; i < COUNT(rows); i++) {
    check_row = rows[i].text;
    CHECK_EQ(parse(rows[i].kind, rows[i].text, strlen(rows[i].text), 8).hr,
             rows[i].hr);
  }
  check_row = "";
}

/* A NUL is no character of a head; the length counts, not the terminator. */
static void a_nul_is_refused(void) {
  static const char value[] = GET "A: b\0c\r\n\r\n";
  static const char name[] = GET "A\0B: c\r\n\r\n";
  static const char target[] = "GET /\0 HTTP/1.1\r\n\r\n";
  CHECK_EQ(parse(REQUEST, value, sizeof value - 1, 8).hr, FORMAT);
  CHECK_EQ(parse(REQUEST, name, sizeof name - 1, 8).hr, FORMAT);
  CHECK_EQ(parse(REQUEST, target, sizeof target - 1, 8).hr, FORMAT);
}

/* Reasons that are missing or say nothing to a program. */
static void reasons_are_taken_as_they_are(void) {
  static const char *const lines[][2] = {
      {"HTTP/1.1 101 \r\n\r\n", ""},
      {"HTTP/1.1 101\r\n\r\n", ""},
      {"HTTP/1.1 101\n\n", ""},
      {"HTTP/1.0 101 a\tb c\r\n\r\n", "a\tb c"},
      {"HTTP/1.1 101 \xe4 \xff\n\n", "\xe4 \xff"}};
  size_t i;
  for (i = 0; i < COUNT(lines); i++) {
    size_t length = strlen(lines[i][0]);
    struct head head = parse(RESPONSE, lines[i][0], length, 8);
    check_row = lines[i][0];
    CHECK_EQ(head.hr, S_OK);
    CHECK_EQ(head.response.ulStatus, 101);
    CHECK_EQ(head.response.ulMinorVersion, lines[i][0][7] == '1');
    check_part(lines[i][0], length, head.response.pcReason,
               head.response.ulReasonLength, lines[i][1]);
    CHECK_EQ(head.count, 0);
  }
  check_row = "";
}

/* A head sets the limit, not the room that is said to be there. */
static void room_is_not_allocated(void) {
  WSPC_REQUEST request;
  WEB_SOCKET_HTTP_HEADER fields[2];
  ULONG count = 0xFFFFFFFFu, length = 0;
  CHECK_EQ(WspcParseRequest("GET / HTTP/1.1\na:\nb:\n\n", 22, &request, fields,
                            &count, &length),
           S_OK);
  CHECK_EQ(count, 2);
  CHECK_EQ(length, 22);
}

#define REQUEST_HR(data, n, request, fields, count, length)                    \
  CHECK_EQ(WspcParseRequest(data, n, request, fields, count, length),          \
           E_INVALIDARG)
#define RESPONSE_HR(data, n, response, fields, count, length)                  \
  CHECK_EQ(WspcParseResponse(data, n, response, fields, count, length),        \
           E_INVALIDARG)

static void null_is_refused(void) {
  WSPC_REQUEST rq;
  WSPC_RESPONSE rs;
  WEB_SOCKET_HTTP_HEADER fields[8];
  ULONG count = 8, length = 77, n = (ULONG)strlen(full_request);
  REQUEST_HR(NULL, n, &rq, fields, &count, &length);
  REQUEST_HR(full_request, n, NULL, fields, &count, &length);
  REQUEST_HR(full_request, n, &rq, NULL, &count, &length);
  REQUEST_HR(full_request, n, &rq, fields, NULL, &length);
  REQUEST_HR(full_request, n, &rq, fields, &count, NULL);
  RESPONSE_HR(NULL, n, &rs, fields, &count, &length);
  RESPONSE_HR(full_request, n, NULL, fields, &count, &length);
  RESPONSE_HR(full_request, n, &rs, NULL, &count, &length);
  RESPONSE_HR(full_request, n, &rs, fields, NULL, &length);
  RESPONSE_HR(full_request, n, &rs, fields, &count, NULL);
  CHECK_EQ(count, 8);
  CHECK_EQ(length, 77);
}

static void no_room_needs_no_array(void) {
  WSPC_REQUEST request;
  ULONG count = 0, length = 0;
  CHECK_EQ(WspcParseRequest(GET "\r\n", 18, &request, NULL, &count, &length),
           S_OK);
  CHECK_EQ(count, 0);
  CHECK_EQ(length, 18);
}

static void version_is_that_of_the_header(void) {
  char text[32];
  CHECK_EQ(WspcVersion(), WSPC_VERSION);
  snprintf(text, sizeof text, "%d.%d.%d", WSPC_VERSION_MAJOR,
           WSPC_VERSION_MINOR, WSPC_VERSION_PATCH);
  CHECK_STRING(WSPC_VERSION_STRING, text);
}

int main(void) {
  a_request_is_taken_apart();
  a_response_is_taken_apart();
  every_prefix_is_incomplete();
  octets_behind_the_head_are_left();
  room_is_counted_exactly();
  many_fields_are_fine();
  each_row();
  a_nul_is_refused();
  null_is_refused();
  no_room_needs_no_array();
  reasons_are_taken_as_they_are();
  room_is_not_allocated();
  version_is_that_of_the_header();
  return 0;
}
