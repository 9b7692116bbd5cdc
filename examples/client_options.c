#include "client_options.h"

#include "net.h"
#include "text.h"

#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

static const char usage[] =
    "Usage: echo_client [options] ws[s]://host[:port][/path]\n"
    "Sends messages, prints what comes back, closes.\n"
    "  --text STRING         a text message; may be repeated, as the next two\n"
    "  --binary-size N       a binary message; octet i is i mod 251\n"
    "  --file FILE           a binary message with the octets of a file\n"
    "  --stdin               each line of standard input is a text message;\n"
    "                        so it is where nothing else is asked for\n"
    "  --fragment N          send messages in fragments of N octets\n"
    "  --ping                send a ping first and wait for the pong\n"
    "  --receive N|all       messages to wait for; all: until the server\n"
    "                        closes (as many as are sent)\n"
    "  --expect-echo         each message must come back as it was sent\n"
    "  --subprotocol NAME    offer it; may be repeated\n"
    "  --close CODE[:REASON]|none  the close to send (1000)\n"
    "  --receive-buffer N    octets, at least 256 (4096)\n"
    "  --send-buffer N       octets, at least 16 (4096)\n"
    "  --deflate             offer to compress messages\n"
    "  --cases AGENT         run the cases of Autobahn|Testsuite's fuzzing\n"
    "                        server, under this name; no other messages\n"
    "  --tls FILE            certificates to trust for wss://, PEM (the "
    "system's)\n"
    "  --timeout SECONDS     give up when nothing has moved, 0 for never (30)\n"
    "  --help\n"
    "Exit codes: 0 all is well, 1 bad command line, 2 no connection,\n"
    "3 connection lost or time over, 4 messages missing or not as sent,\n"
    "5 the server broke the protocol\n";

enum {
  TEXT,
  BINARY,
  CONTENT,
  STANDARD_INPUT,
  FRAGMENT,
  PING,
  RECEIVE,
  EXPECT,
  SUBPROTOCOL,
  CLOSE,
  RECEIVE_BUFFER,
  SEND_BUFFER,
  DEFLATE,
  TIMEOUT,
  CASES,
  TLS,
  HELP
};

static const struct option table[] = {
    {"text", required_argument, NULL, TEXT},
    {"binary-size", required_argument, NULL, BINARY},
    {"file", required_argument, NULL, CONTENT},
    {"stdin", no_argument, NULL, STANDARD_INPUT},
    {"fragment", required_argument, NULL, FRAGMENT},
    {"ping", no_argument, NULL, PING},
    {"receive", required_argument, NULL, RECEIVE},
    {"expect-echo", no_argument, NULL, EXPECT},
    {"subprotocol", required_argument, NULL, SUBPROTOCOL},
    {"close", required_argument, NULL, CLOSE},
    {"receive-buffer", required_argument, NULL, RECEIVE_BUFFER},
    {"send-buffer", required_argument, NULL, SEND_BUFFER},
    {"deflate", no_argument, NULL, DEFLATE},
    {"timeout", required_argument, NULL, TIMEOUT},
    {"cases", required_argument, NULL, CASES},
    {"tls", required_argument, NULL, TLS},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0}};

#define MOST_OCTETS 0xFFFFFFFFul

static int add_text(struct outbox *outbox, const char *text) {
  size_t length = strlen(text);
  unsigned char *octets = malloc(length + 1);
  if (octets == NULL) {
    return 0;
  }
  memcpy(octets, text, length);
  return outbox_add(outbox, 1, octets, length);
}

static int add_pattern(struct outbox *outbox, const char *value) {
  unsigned long length, i;
  unsigned char *octets;
  if (!text_number(value, 0, MOST_OCTETS, &length) ||
      (octets = malloc(length + 1)) == NULL) {
    return 0;
  }
  for (i = 0; i < length; i++) {
    octets[i] = (unsigned char)(i % 251);
  }
  return outbox_add(outbox, 0, octets, length);
}

/* All octets of a file, which may be a pipe. */
static unsigned char *read_all(FILE *file, size_t *length) {
  size_t room = 65536, got;
  unsigned char *octets = malloc(room), *more;
  *length = 0;
  while (octets != NULL &&
         (got = fread(octets + *length, 1, room - *length, file)) > 0) {
    *length += got;
    if (*length == room) {
      room *= 2;
      more = room <= MOST_OCTETS ? realloc(octets, room) : NULL;
      if (more == NULL) {
        free(octets);
      }
      octets = more;
    }
  }
  return octets;
}

static int add_file(struct outbox *outbox, const char *name) {
  FILE *file = net_open(name);
  unsigned char *octets;
  size_t length;
  int good;
  if (file == NULL) {
    fprintf(stderr, "echo_client: %s: %s\n", name, strerror(errno));
    return 0;
  }
  octets = read_all(file, &length);
  good = octets != NULL && !ferror(file);
  if (!good) {
    fprintf(stderr, "echo_client: %s cannot be read\n", name);
    free(octets);
  }
  fclose(file);
  return good && outbox_add(outbox, 0, octets, length);
}

static int take_close(struct client_options *options, char *value) {
  char *colon = strchr(value, ':');
  unsigned long status;
  if (strcmp(value, "none") == 0) {
    options->close_status = WEB_SOCKET_EMPTY_CLOSE_STATUS;
    return 1;
  }
  if (colon != NULL) {
    *colon = '\0';
    options->close_reason = colon + 1;
  }
  options->close_status =
      (USHORT)(text_number(value, 0, 65535, &status) ? status : 0);
  return options->close_status != 0 &&
         strlen(options->close_reason) <= WEB_SOCKET_MAX_CLOSE_REASON_LENGTH;
}

static int take_receive(struct client_options *options, const char *value) {
  unsigned long number = 0;
  if (strcmp(value, "all") == 0) {
    options->receive = RECEIVE_ALL;
    return 1;
  }
  if (!text_number(value, 0, 1ul << 30, &number)) {
    return 0;
  }
  options->receive = (long)number;
  return 1;
}

static int take_size(const char *value, unsigned long least, ULONG *size) {
  unsigned long number = 0;
  int good = text_number(value, least, 1ul << 30, &number);
  *size = (ULONG)number;
  return good;
}

static int take_seconds(const char *value, unsigned long *milliseconds) {
  int good = text_number(value, 0, 1000000, milliseconds);
  *milliseconds *= 1000;
  return good;
}

static int take_subprotocol(struct client_options *options, const char *name) {
  if (options->subprotocol_count == MOST_SUBPROTOCOLS) {
    return 0;
  }
  options->subprotocols[options->subprotocol_count++] = name;
  return 1;
}

/* It becomes a part of a query: what needs no escapes there, RFC 3986. */
static int take_agent(struct client_options *options, const char *name) {
  size_t length = strlen(name);
  options->agent = name;
  return length > 0 && length <= MOST_AGENT &&
         strspn(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                      "0123456789-._~") == length;
}

/* Returns 0 when the option makes no sense. */
static int take(struct client_options *options, struct outbox *outbox,
                int option, char *value) {
  switch (option) {
  case TEXT:
    return add_text(outbox, value);
  case BINARY:
    return add_pattern(outbox, value);
  case CONTENT:
    return add_file(outbox, value);
  case STANDARD_INPUT:
    options->reads_input = 1;
    return 1;
  case FRAGMENT:
    return text_number(value, 1, MOST_OCTETS, &options->fragment);
  case PING:
    options->ping = 1;
    return 1;
  case RECEIVE:
    return take_receive(options, value);
  case EXPECT:
    options->expect_echo = 1;
    return 1;
  case SUBPROTOCOL:
    return take_subprotocol(options, value);
  case CLOSE:
    return take_close(options, value);
  case RECEIVE_BUFFER:
    return take_size(value, 256, &options->handle.receive_buffer);
  case SEND_BUFFER:
    return take_size(value, 16, &options->handle.send_buffer);
  case DEFLATE:
    options->handle.deflate = 1;
    return 1;
  case TIMEOUT:
    return take_seconds(value, &options->timeout);
  case CASES:
    return take_agent(options, value);
  case TLS:
    options->trusted = value;
    return 1;
  default:
    return 0;
  }
}

static const char *take_tls(struct client_options *options) {
  if (!options->url.is_secure) {
    return options->trusted == NULL ? NULL : "--tls is for wss:// addresses";
  }
  options->tls = tls_for_client(options->trusted);
  return options->tls == NULL ? tls_problem() : NULL;
}

static int take_address(struct client_options *options, int count,
                        char **arguments) {
  const char *problem;
  if (optind != count - 1) {
    fputs(usage, stderr);
    return 0;
  }
  problem = url_parse(arguments[optind], &options->url);
  if (problem == NULL) {
    problem = take_tls(options);
  }
  if (problem != NULL) {
    fprintf(stderr, "echo_client: %s: %s\n", arguments[optind], problem);
  }
  return problem == NULL;
}

int client_options(struct client_options *options, struct outbox *outbox,
                   int count, char **arguments) {
  static char no_reason[] = "";
  int option;
  memset(options, 0, sizeof *options);
  options->receive = RECEIVE_AS_SENT;
  options->close_status = WEB_SOCKET_SUCCESS_CLOSE_STATUS;
  options->close_reason = no_reason;
  options->timeout = 30000;
  while ((option = getopt_long(count, arguments, "", table, NULL)) != -1) {
    if (option == HELP) {
      fputs(usage, stdout);
      return 0;
    }
    if (!take(options, outbox, option, optarg)) {
      fprintf(stderr, "echo_client: cannot take \"%s\"; see --help\n",
              arguments[optind - 1]);
      return 1;
    }
  }
  if (outbox->added == 0 && !options->ping &&
      options->receive == RECEIVE_AS_SENT) {
    options->reads_input = 1;
  }
  return take_address(options, count, arguments) ? -1 : 1;
}
