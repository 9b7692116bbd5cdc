/*
 * Header arrays for the tests of the handshake: written as lines of text,
 * checked character by character. Included after session.h.
 */
#ifndef HANDSHAKE_H
#define HANDSHAKE_H

#include "session.h"

#define MOST_LINES 16

/* Runs a check for each row of a table; a failure names the row. */
#define CHECK_ROWS(rows, check)                                                \
  do {                                                                         \
    size_t check_index;                                                        \
    for (check_index = 0; check_index < COUNT(rows); check_index++) {          \
      check_row = (rows)[check_index].what;                                    \
      check(&(rows)[check_index]);                                             \
    }                                                                          \
    check_row = "";                                                            \
  } while (0)

/* The key of the example in RFC 6455 section 1.2, and the answer to it. */
#define SAMPLE_KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define SAMPLE_ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

/* What a Begin function returned. */
struct header_set {
  PWEB_SOCKET_HTTP_HEADER at;
  ULONG count;
};

#define EXPECT_HEADER(set, index, name, value)                                 \
  check_header(__FILE__, __LINE__, &(set), index, name, value)

/* Spelling and length are exact, and a NUL follows that is not counted. */
static inline void check_header(const char *file, int line,
                                const struct header_set *set, ULONG index,
                                const char *name, const char *value) {
  const WEB_SOCKET_HTTP_HEADER *header = &set->at[index];
  check_true(file, line, "there are enough headers", index < set->count);
  check_octets(file, line, "name", header->pcName, header->ulNameLength, name,
               strlen(name));
  check_equal(file, line, "octet behind the name",
              header->pcName[header->ulNameLength], 0);
  check_octets(file, line, "value", header->pcValue, header->ulValueLength,
               value, strlen(value));
  check_equal(file, line, "octet behind the value",
              header->pcValue[header->ulValueLength], 0);
}

static inline HRESULT begin_client(WEB_SOCKET_HANDLE h, PCSTR *subprotocols,
                                   ULONG subprotocol_count, PCSTR *extensions,
                                   ULONG extension_count,
                                   struct header_set *set) {
  return WebSocketBeginClientHandshake(h, subprotocols, subprotocol_count,
                                       extensions, extension_count, NULL, 0,
                                       &set->at, &set->count);
}

/* Headers that are given to the library; their text lives in `text`. */
struct lines {
  WEB_SOCKET_HTTP_HEADER at[MOST_LINES];
  ULONG count;
  char *text[MOST_LINES];
};

/*
 * Adds the header "Name:value"; the value is taken as it stands, white space
 * included, but "$" becomes `dollar`. Memory of exactly the right size: not
 * even a NUL stands behind it, so that a tool sees who reads too far.
 */
static inline void add_line(struct lines *lines, const char *line,
                            const char *dollar) {
  size_t name = strcspn(line, ":"), used;
  char *text = (char *)malloc(strlen(line) * (strlen(dollar) + 1) + 1);
  const char *from = line + name + 1;
  CHECK(text != NULL && lines->count < MOST_LINES);
  memcpy(text, line, name);
  for (used = name; *from != '\0'; from++) {
    if (*from == '$') {
      memcpy(text + used, dollar, strlen(dollar));
      used += strlen(dollar);
    } else {
      text[used++] = *from;
    }
  }
  text = (char *)realloc(text, used);
  CHECK(text != NULL);
  lines->at[lines->count].pcName = text;
  lines->at[lines->count].ulNameLength = (ULONG)name;
  lines->at[lines->count].pcValue = text + name;
  lines->at[lines->count].ulValueLength = (ULONG)(used - name);
  lines->text[lines->count++] = text;
}

/* Adds lines up to a NULL. */
static inline void collect(struct lines *lines, const char *const *text,
                           const char *accept) {
  for (; *text != NULL; text++) {
    add_line(lines, *text, accept);
  }
}

static inline void free_lines(struct lines *lines) {
  while (lines->count > 0) {
    free(lines->text[--lines->count]);
  }
}

/* The least that ends the handshake of a client whose headers are `set`. */
static inline void answer_to(const struct header_set *set,
                             struct lines *lines) {
  PWEB_SOCKET_HTTP_HEADER key =
      find_header(set->at, set->count, "Sec-WebSocket-Key");
  char accept[29];
  CHECK(key != NULL && key->ulValueLength == 24);
  accept_for_key(key->pcValue, accept);
  add_line(lines, "Connection:Upgrade", "");
  add_line(lines, "Upgrade:websocket", "");
  add_line(lines, "Sec-WebSocket-Accept:$", accept);
}

/* A request with the key of the RFC and whatever `more` adds to it. */
static inline void request_with(struct lines *lines, const char *more) {
  add_line(lines, "Host:server.example.com", "");
  add_line(lines, "Upgrade:websocket", "");
  add_line(lines, "Connection:Upgrade", "");
  add_line(lines, "Sec-WebSocket-Key:" SAMPLE_KEY, "");
  add_line(lines, "Sec-WebSocket-Version:13", "");
  if (more != NULL) {
    add_line(lines, more, "");
  }
}

static inline HRESULT begin_server(WEB_SOCKET_HANDLE h, PCSTR subprotocol,
                                   PCSTR *extensions, ULONG extension_count,
                                   struct lines *request,
                                   struct header_set *set) {
  return WebSocketBeginServerHandshake(h, subprotocol, extensions,
                                       extension_count, request->at,
                                       request->count, &set->at, &set->count);
}

static inline WEB_SOCKET_HANDLE new_client(void) {
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateClientHandle(NULL, 0, &h), S_OK);
  CHECK(h != NULL);
  return h;
}

static inline WEB_SOCKET_HANDLE new_server(void) {
  WEB_SOCKET_HANDLE h = NULL;
  CHECK_EQ(WebSocketCreateServerHandle(NULL, 0, &h), S_OK);
  CHECK(h != NULL);
  return h;
}

/* The headers of a client and a Host are the request of a server. */
static inline void pass_request(const struct header_set *sent,
                                WEB_SOCKET_HANDLE server,
                                struct header_set *answer) {
  WEB_SOCKET_HTTP_HEADER request[MOST_LINES];
  ULONG i;
  CHECK(sent->count > 0 && sent->count < COUNT(request));
  for (i = 0; i < sent->count; i++) {
    request[i] = sent->at[i];
  }
  request[sent->count] = header_of("Host", "localhost");
  CHECK_EQ(WebSocketBeginServerHandshake(server, NULL, NULL, 0, request,
                                         sent->count + 1, &answer->at,
                                         &answer->count),
           S_OK);
  CHECK(answer->count > 0);
}

/* Ends the handshake in the right way. */
static inline void end_client(WEB_SOCKET_HANDLE h,
                              const struct header_set *set) {
  struct lines answer = {0};
  answer_to(set, &answer);
  CHECK_EQ(
      WebSocketEndClientHandshake(h, answer.at, answer.count, NULL, NULL, NULL),
      S_OK);
  free_lines(&answer);
}

/* A text leaves the handle: the session is there. */
static inline void expect_open(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER text = data_buffer("open", 4);
  struct octets wire = {0};
  struct frame frame;
  send_all(h, 2, UTF8_MESSAGE, &text, &wire);
  frame = only_frame(&wire);
  CHECK_EQ(frame.first, FIN | OP_TEXT);
  CHECK_OCTETS(frame.payload, frame.length, "open", 4);
  octets_free(&wire);
}

/* No session call works yet. */
static inline void expect_not_open(WEB_SOCKET_HANDLE h) {
  WEB_SOCKET_BUFFER text = data_buffer("open", 4);
  struct step step;
  CHECK_EQ(WebSocketSend(h, UTF8_MESSAGE, &text, NULL), OPERATION_ERROR);
  CHECK_EQ(WebSocketReceive(h, NULL, NULL), OPERATION_ERROR);
  step = get_action(h, ALL_QUEUES, 2);
  EXPECT_ERROR(step, OPERATION_ERROR);
}

/* The headers of every answer to a request. */
static inline void check_answer(const struct header_set *set,
                                const char *accept) {
  EXPECT_HEADER(*set, 0, "Upgrade", "websocket");
  EXPECT_HEADER(*set, 1, "Connection", "Upgrade");
  EXPECT_HEADER(*set, 2, "Sec-WebSocket-Accept", accept);
}

/* A good request for a handle that has refused another one. */
static inline void begin_again(WEB_SOCKET_HANDLE h) {
  struct lines request = {0};
  struct header_set set;
  request_with(&request, NULL);
  CHECK_EQ(begin_server(h, NULL, NULL, 0, &request, &set), S_OK);
  CHECK_EQ(set.count, 3);
  check_answer(&set, SAMPLE_ACCEPT);
  free_lines(&request);
  expect_open(h);
}

#endif /* HANDSHAKE_H */
