#include "server_options.h"

#include "text.h"

#include <getopt.h>
#include <string.h>

static const char usage[] =
    "Usage: echo_server [options]\n"
    "Sends every WebSocket message back. GET / gives a page to try it with.\n"
    "  --host HOST           address to listen on (127.0.0.1)\n"
    "  --port N              port, 0 for any that is free (9001)\n"
    "  --tls FILE            speak TLS; PEM with certificate chain and key\n"
    "  --once                end after one WebSocket connection\n"
    "  --receive-buffer N    octets, at least 256 (4096)\n"
    "  --send-buffer N       octets, at least 16 (16)\n"
    "  --deflate             compress messages where a client offers it\n"
    "  --subprotocol NAME    selected where a client offers it\n"
    "  --close-after N       close with 1000 after N messages\n"
    "  --keep-alive MS       ping after so long without traffic, 0 for never\n"
    "                        (what the library recommends: 30000)\n"
    "  --max-connections N   further ones are turned away with 503 (1000)\n"
    "  --max-message N       octets, decompressed; then a close with 1009\n"
    "                        (67108864)\n"
    "  --max-head N          octets of the head of a request (16384)\n"
    "  --handshake-time MS   for TLS and the head, as long for the answer\n"
    "                        (10000)\n"
    "  --stall-time MS       for 1024 more octets of a message, or one that\n"
    "                        the peer reads, 0 for ever (30000)\n"
    "  --quiet               say nothing about messages\n"
    "  --help\n";

enum {
  HOST,
  PORT,
  TLS,
  ONCE,
  RECEIVE,
  SEND,
  DEFLATE,
  SUB,
  AFTER,
  ALIVE,
  CONNECTIONS,
  MESSAGE,
  HEAD,
  HANDSHAKE,
  STALL,
  QUIET,
  HELP
};

static const struct option table[] = {
    {"host", required_argument, NULL, HOST},
    {"port", required_argument, NULL, PORT},
    {"tls", required_argument, NULL, TLS},
    {"once", no_argument, NULL, ONCE},
    {"receive-buffer", required_argument, NULL, RECEIVE},
    {"send-buffer", required_argument, NULL, SEND},
    {"deflate", no_argument, NULL, DEFLATE},
    {"subprotocol", required_argument, NULL, SUB},
    {"close-after", required_argument, NULL, AFTER},
    {"keep-alive", required_argument, NULL, ALIVE},
    {"max-connections", required_argument, NULL, CONNECTIONS},
    {"max-message", required_argument, NULL, MESSAGE},
    {"max-head", required_argument, NULL, HEAD},
    {"handshake-time", required_argument, NULL, HANDSHAKE},
    {"stall-time", required_argument, NULL, STALL},
    {"quiet", no_argument, NULL, QUIET},
    {"help", no_argument, NULL, HELP},
    {NULL, 0, NULL, 0}};

/* Of a buffer; the library has the least value, we have the most. */
#define MOST_BUFFER (1ul << 30)

static int take_size(const char *text, unsigned long least, unsigned long most,
                     ULONG *size) {
  unsigned long number;
  if (!text_number(text, least, most, &number)) {
    return 0;
  }
  *size = (ULONG)number;
  return 1;
}

/* Returns 0 when the option makes no sense. */
static int take(struct server_options *options, int option, char *value) {
  struct connection_options *connection = &options->connection;
  struct echo_options *echo = &connection->echo;
  unsigned long number;
  switch (option) {
  case HOST:
    options->host = value;
    return 1;
  case PORT:
    options->port = value;
    return text_number(value, 0, 65535, &number);
  case TLS:
    options->tls = value;
    return 1;
  case ONCE:
    options->once = 1;
    return 1;
  case RECEIVE:
    return take_size(value, 256, MOST_BUFFER, &echo->handle.receive_buffer);
  case SEND:
    return take_size(value, 16, MOST_BUFFER, &echo->handle.send_buffer);
  case DEFLATE:
    echo->handle.deflate = 1;
    return 1;
  case SUB:
    echo->subprotocol = value;
    return 1;
  case AFTER:
    return text_number(value, 1, 1ul << 30, &echo->close_after);
  case ALIVE:
    return text_number(value, 0, 1ul << 30, &echo->keep_alive);
  case CONNECTIONS:
    return text_number(value, 1, 1000000, &options->most_connections);
  case MESSAGE:
    return take_size(value, 1, 0xFFFFFFFFul, &echo->handle.most_octets);
  case HEAD:
    return text_number(value, 256, 1ul << 20, &connection->most_head);
  case HANDSHAKE:
    return text_number(value, 1, 1ul << 30, &connection->handshake_time);
  case STALL:
    return text_number(value, 0, 1ul << 30, &connection->stall_time);
  case QUIET:
    echo->quiet = 1;
    return 1;
  default:
    return 0;
  }
}

/* What the library recommends. */
static unsigned long keep_alive_interval(void) {
  ULONG interval = 0, size = sizeof interval;
  HRESULT hr = WebSocketGetGlobalProperty(
      WEB_SOCKET_KEEPALIVE_INTERVAL_PROPERTY_TYPE, &interval, &size);
  return hr == S_OK ? interval : 0;
}

int server_options(struct server_options *options, int count,
                   char **arguments) {
  int option;
  memset(options, 0, sizeof *options);
  options->host = "127.0.0.1";
  options->port = "9001";
  options->most_connections = 1000;
  options->connection.most_head = 16384;
  options->connection.handshake_time = 10000;
  options->connection.stall_time = 30000;
  options->connection.echo.handle.most_octets = 1ul << 26;
  options->connection.echo.keep_alive = keep_alive_interval();
  while ((option = getopt_long(count, arguments, "", table, NULL)) != -1) {
    if (option == HELP) {
      fputs(usage, stdout);
      return 0;
    }
    if (!take(options, option, optarg)) {
      fprintf(stderr, "echo_server: what does \"%s\" mean?\n%s",
              arguments[optind - 1], usage);
      return 2;
    }
  }
  if (optind < count) {
    fprintf(stderr, "echo_server: what is \"%s\" for?\n%s", arguments[optind],
            usage);
    return 2;
  }
  return -1;
}
