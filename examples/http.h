/* The little HTTP that the echo server speaks. */
#ifndef HTTP_H
#define HTTP_H

#include <stddef.h>
#include <wspc.h>

#define HTTP_FIELD_LIMIT 100

struct http_request {
  WSPC_REQUEST line;
  WEB_SOCKET_HTTP_HEADER fields[HTTP_FIELD_LIMIT];
  ULONG count;
  ULONG head_length;
};

/*
 * Whether the head is complete: 200; 0 for "read on"; else what to answer.
 * `most`: octets that a head may have.
 */
int http_parse(const char *octets, size_t length, size_t most,
               struct http_request *request);

int http_method_is(const struct http_request *request, const char *method);

/* Whether the path is this one, whatever query follows. */
int http_path_is(const struct http_request *request, const char *path);

/* Whether a header that is a list has this element, with or without case. */
int http_has(const struct http_request *request, const char *name,
             const char *element, int with_case);

/* The 101 answer with these headers, to be freed; NULL: out of memory. */
char *http_switch(PWEB_SOCKET_HTTP_HEADER headers, ULONG count, size_t *length);

/* Any other answer, to be freed; NULL: out of memory. */
char *http_answer(int status, const char *type, const char *body,
                  size_t body_length, size_t *length);

/* "404 Not Found" */
const char *http_status(int status);

#endif /* HTTP_H */
