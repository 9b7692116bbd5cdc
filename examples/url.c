#include "url.h"

#include "text.h"

#include <string.h>

static int begins(const char *text, const char *start) {
  return strncmp(text, start, strlen(start)) == 0;
}

/* What a request line or a header cannot carry. */
static int has_bad_character(const char *text) {
  for (; *text != '\0'; text++) {
    unsigned char c = (unsigned char)*text;
    if (c <= ' ' || c >= 0x7F || c == '#' || c == '"' || c == '\\') {
      return 1;
    }
  }
  return 0;
}

static const char *take_host(const char *start, const char *end,
                             struct url *url) {
  size_t length = (size_t)(end - start);
  if (length == 0 || length >= sizeof url->host) {
    return "there is no host in it";
  }
  memcpy(url->host, start, length);
  url->host[length] = '\0';
  return strpbrk(url->host, "@[]") != NULL ? "the host cannot be so" : NULL;
}

static const char *take_port(const char *start, const char *end,
                             struct url *url) {
  unsigned long number;
  size_t length = (size_t)(end - start);
  if (length >= sizeof url->port) {
    return "the port is too long";
  }
  memcpy(url->port, start, length);
  url->port[length] = '\0';
  return text_number(url->port, 1, 65535, &number) ? NULL
                                                   : "the port is no port";
}

const char *url_parse(const char *text, struct url *url) {
  const char *start, *end, *host_end, *problem;
  memset(url, 0, sizeof *url);
  url->is_secure = begins(text, "wss://");
  if (!url->is_secure && !begins(text, "ws://")) {
    return "an address begins with ws:// or wss://";
  }
  start = text + (url->is_secure ? 6 : 5);
  if (has_bad_character(text)) {
    return "white space, quotes and # must be escaped with %";
  }
  end = start + strcspn(start, "/?");
  if (*start == '[') { /* an IPv6 address */
    host_end = strchr(start, ']');
    if (host_end == NULL || host_end > end) {
      return "there is no ] behind the [";
    }
    problem = take_host(start + 1, host_end, url);
    host_end++;
  } else {
    host_end = start + strcspn(start, ":/?");
    problem = take_host(start, host_end, url);
  }
  memcpy(url->port, url->is_secure ? "443" : "80\0", 4);
  if (problem == NULL && host_end < end) {
    problem = *host_end == ':' ? take_port(host_end + 1, end, url)
                               : "there is more behind the host";
  }
  if (problem == NULL) {
    memcpy(url->header, start, (size_t)(end - start));
  }
  url->path = end;
  url->query_only = *end == '/' ? "" : "/";
  return problem;
}
