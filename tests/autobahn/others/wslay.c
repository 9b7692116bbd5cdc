/*
 * wslay for Autobahn|Testsuite: an echo server and a client that runs the
 * cases. One thread for each connection, and poll, as its tutorial has it.
 *
 * wslay has frames and messages, not the opening handshake: that is here.
 * Settings: the library's own, with messages of up to 64 MiB. It has no
 * permessage-deflate.
 *
 * Usage: wslay server | wslay client URL
 */
#include <wslay/wslay.h>

#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/sha.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#define AGENT "wslay"
#define GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define MOST_HEAD 8192
#define MOST_MESSAGE (64u * 1024 * 1024)

struct connection {
  int socket;
  int echoes;    /* what comes goes back */
  char text[32]; /* else here is the first message, cut off */
  int closed;    /* the peer has closed the stream */
};

/* ---- the opening handshake ---- */

static int send_all(int socket, const char *text) {
  size_t length = strlen(text);
  ssize_t sent;
  while (length > 0) {
    sent = send(socket, text, length, MSG_NOSIGNAL);
    if (sent < 0) {
      return 0;
    }
    text += sent;
    length -= (size_t)sent;
  }
  return 1;
}

/* An octet at a time, so that nothing of what follows is taken. */
static int receive_head(int socket, char *head) {
  size_t length = 0;
  while (length < MOST_HEAD - 1 && recv(socket, head + length, 1, 0) == 1) {
    head[++length] = '\0';
    if (length >= 4 && strcmp(head + length - 4, "\r\n\r\n") == 0) {
      return 1;
    }
  }
  return 0;
}

/* Copies the value of a field. */
static int find_field(const char *head, const char *name, char *value,
                      size_t room) {
  const char *line = head;
  size_t length;
  while ((line = strstr(line, "\r\n")) != NULL) {
    line += 2;
    if (strncasecmp(line, name, strlen(name)) == 0 &&
        line[strlen(name)] == ':') {
      line += strlen(name) + 1;
      line += strspn(line, " \t");
      length = strcspn(line, " \t\r");
      if (length >= room) {
        return 0;
      }
      memcpy(value, line, length);
      value[length] = '\0';
      return 1;
    }
  }
  return 0;
}

/* `accept` has room for 29. */
static void compute_accept(const char *key, char *accept) {
  unsigned char digest[SHA_DIGEST_LENGTH];
  char text[64 + sizeof GUID];
  int length = snprintf(text, sizeof text, "%s%s", key, GUID);
  SHA1((const unsigned char *)text, (size_t)length, digest);
  EVP_EncodeBlock((unsigned char *)accept, digest, sizeof digest);
}

static int accept_handshake(int socket) {
  char head[MOST_HEAD], answer[256], key[64], accept[29];
  if (!receive_head(socket, head) ||
      !find_field(head, "Sec-WebSocket-Key", key, sizeof key)) {
    return 0;
  }
  compute_accept(key, accept);
  snprintf(answer, sizeof answer,
           "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
           accept);
  return send_all(socket, answer);
}

static int request_handshake(int socket, const char *host, const char *path) {
  unsigned char nonce[16];
  char key[25], wanted[29], accept[29], head[MOST_HEAD], request[1024];
  if (RAND_bytes(nonce, sizeof nonce) != 1) {
    return 0;
  }
  EVP_EncodeBlock((unsigned char *)key, nonce, sizeof nonce);
  compute_accept(key, wanted);
  snprintf(request, sizeof request,
           "GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\n"
           "Connection: Upgrade\r\nSec-WebSocket-Key: %s\r\n"
           "Sec-WebSocket-Version: 13\r\n\r\n",
           path, host, key);
  return send_all(socket, request) && receive_head(socket, head) &&
         strncmp(head, "HTTP/1.1 101", 12) == 0 &&
         find_field(head, "Sec-WebSocket-Accept", accept, sizeof accept) &&
         strcmp(accept, wanted) == 0;
}

/* ---- what wslay calls ---- */

static ssize_t fail(wslay_event_context_ptr context) {
  int waits = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  wslay_event_set_error(context, waits ? WSLAY_ERR_WOULDBLOCK
                                       : WSLAY_ERR_CALLBACK_FAILURE);
  return -1;
}

static ssize_t receive_octets(wslay_event_context_ptr context, uint8_t *octets,
                              size_t room, int flags, void *user) {
  struct connection *connection = user;
  ssize_t received = recv(connection->socket, octets, room, 0);
  (void)flags;
  if (received < 0) {
    return fail(context);
  }
  if (received == 0) {
    connection->closed = 1;
    wslay_event_set_error(context, WSLAY_ERR_CALLBACK_FAILURE);
    return -1;
  }
  return received;
}

static ssize_t send_octets(wslay_event_context_ptr context,
                           const uint8_t *octets, size_t length, int flags,
                           void *user) {
  struct connection *connection = user;
  int more = flags & WSLAY_MSG_MORE ? MSG_MORE : 0;
  ssize_t sent = send(connection->socket, octets, length, more | MSG_NOSIGNAL);
  return sent < 0 ? fail(context) : sent;
}

static int make_mask(wslay_event_context_ptr context, uint8_t *mask,
                     size_t length, void *user) {
  (void)context;
  (void)user;
  return RAND_bytes(mask, (int)length) == 1 ? 0 : -1;
}

static void take_message(wslay_event_context_ptr context,
                         const struct wslay_event_on_msg_recv_arg *message,
                         void *user) {
  struct connection *connection = user;
  if (wslay_is_ctrl_frame(message->opcode)) {
    return; /* wslay itself answers a ping and a close */
  }
  if (connection->echoes) {
    struct wslay_event_msg answer = {message->opcode, message->msg,
                                     message->msg_length};
    wslay_event_queue_msg(context, &answer);
  } else {
    snprintf(connection->text, sizeof connection->text, "%.*s",
             (int)message->msg_length, (const char *)message->msg);
  }
}

static const struct wslay_event_callbacks callbacks = {
    receive_octets, send_octets, make_mask, NULL, NULL, NULL, take_message};

/* ---- connections ---- */

/* Returns 1 if both ends have closed, 0 if wslay says that it cannot go on. */
static int run(wslay_event_context_ptr context, struct connection *connection) {
  struct pollfd ready = {connection->socket, 0, 0};
  while (wslay_event_want_read(context) || wslay_event_want_write(context)) {
    ready.events = 0;
    if (wslay_event_want_read(context)) {
      ready.events |= POLLIN;
    }
    if (wslay_event_want_write(context)) {
      ready.events |= POLLOUT;
    }
    if (poll(&ready, 1, -1) < 0 && errno != EINTR) {
      return 0;
    }
    if ((ready.revents & POLLIN && wslay_event_recv(context) != 0) ||
        (ready.revents & POLLOUT && wslay_event_send(context) != 0) ||
        (ready.revents & (POLLERR | POLLNVAL)) || ready.revents == POLLHUP) {
      return 0;
    }
  }
  return 1;
}

/* Waits for the peer to end the stream, so that nothing on its way is reset.
 * RFC 6455 section 7.1.1: a client leaves the first step to the server, unless
 * the connection has failed. */
static void end_stream(struct connection *connection, int is_first) {
  char octets[4096];
  struct timeval time_limit = {5, 0};
  int flags = fcntl(connection->socket, F_GETFL);
  fcntl(connection->socket, F_SETFL, flags & ~O_NONBLOCK);
  setsockopt(connection->socket, SOL_SOCKET, SO_RCVTIMEO, &time_limit,
             sizeof time_limit);
  if (is_first) {
    shutdown(connection->socket, SHUT_WR);
  }
  while (!connection->closed &&
         recv(connection->socket, octets, sizeof octets, 0) > 0) {
  }
  close(connection->socket);
}

static void speak(struct connection *connection, int is_server) {
  wslay_event_context_ptr context;
  int flags = fcntl(connection->socket, F_GETFL), on = 1, well;
  fcntl(connection->socket, F_SETFL, flags | O_NONBLOCK);
  setsockopt(connection->socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if ((is_server ? wslay_event_context_server_init
                 : wslay_event_context_client_init)(&context, &callbacks,
                                                    connection) != 0) {
    fputs("wslay: no memory\n", stderr);
    exit(1);
  }
  wslay_event_config_set_max_recv_msg_length(context, MOST_MESSAGE);
  well = run(context, connection);
  wslay_event_context_free(context);
  end_stream(connection, is_server || !well);
}

static void *serve_one(void *socket) {
  struct connection connection = {(int)(intptr_t)socket, 1, "", 0};
  if (accept_handshake(connection.socket)) {
    speak(&connection, 1);
  } else {
    fputs("wslay: no opening handshake\n", stderr);
    close(connection.socket);
  }
  return NULL;
}

static void die(const char *what) {
  fprintf(stderr, "wslay: %s: %s\n", what, strerror(errno));
  exit(1);
}

static void serve(void) {
  struct sockaddr_in address = {0};
  socklen_t length = sizeof address;
  pthread_t thread;
  int listener = socket(AF_INET, SOCK_STREAM, 0), socket;
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (listener < 0 ||
      bind(listener, (struct sockaddr *)&address, sizeof address) != 0 ||
      listen(listener, 64) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &length) != 0) {
    die("listen");
  }
  printf("listening on ws://127.0.0.1:%u\n", ntohs(address.sin_port));
  fflush(stdout);
  while ((socket = accept(listener, NULL, NULL)) >= 0) {
    if (pthread_create(&thread, NULL, serve_one, (void *)(intptr_t)socket)) {
      die("thread");
    }
    pthread_detach(thread);
  }
  die("accept");
}

/* `url`: ws://127.0.0.1:PORT. The first message goes to `text`, if given. */
static void visit(const char *url, const char *path, char *text) {
  struct connection connection = {-1, text == NULL, "", 0};
  struct sockaddr_in address = {0};
  const char *host = strstr(url, "://127.0.0.1:");
  if (host == NULL) {
    errno = EINVAL;
    die("the URL has to be ws://127.0.0.1:PORT");
  }
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons((uint16_t)atoi(strrchr(url, ':') + 1));
  connection.socket = socket(AF_INET, SOCK_STREAM, 0);
  if (connection.socket < 0 ||
      connect(connection.socket, (struct sockaddr *)&address, sizeof address) !=
          0 ||
      !request_handshake(connection.socket, host + 3, path)) {
    die(path);
  }
  speak(&connection, 0);
  if (text != NULL) {
    memcpy(text, connection.text, sizeof connection.text);
  }
}

static void run_cases(const char *url) {
  char path[64], text[32];
  int count, number;
  visit(url, "/getCaseCount", text);
  count = atoi(text);
  if (count < 1) {
    errno = EPROTO;
    die("number of cases");
  }
  for (number = 1; number <= count; number++) {
    snprintf(path, sizeof path, "/runCase?case=%d&agent=" AGENT, number);
    visit(url, path, NULL);
  }
  visit(url, "/updateReports?agent=" AGENT, NULL);
}

int main(int count, char **arguments) {
  if (count == 2 && strcmp(arguments[1], "server") == 0) {
    serve();
  } else if (count == 3 && strcmp(arguments[1], "client") == 0) {
    run_cases(arguments[2]);
  } else {
    fputs("usage: wslay server | wslay client URL\n", stderr);
    return 2;
  }
  return 0;
}
