/* Sockets, POSIX. */
#define _POSIX_C_SOURCE 200809L

#include "net.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* then SIGPIPE is ignored, see net_stop_request */
#endif

static char resolver_error[128];

const char *net_error(void) {
  return *resolver_error != '\0' ? resolver_error : strerror(errno);
}

static struct addrinfo *resolve(const char *host, const char *port, int flags) {
  struct addrinfo hints, *found = NULL;
  int code;
  memset(&hints, 0, sizeof hints);
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = flags;
  code = getaddrinfo(host, port, &hints, &found);
  *resolver_error = '\0';
  if (code != 0) {
    snprintf(resolver_error, sizeof resolver_error, "%s", gai_strerror(code));
    return NULL;
  }
  return found;
}

/* Not blocking, not inherited by programs that we start. */
static int prepare(int socket) {
  int flags = fcntl(socket, F_GETFL);
  return flags >= 0 && fcntl(socket, F_SETFL, flags | O_NONBLOCK) == 0 &&
         fcntl(socket, F_SETFD, FD_CLOEXEC) == 0;
}

/* A frame shall go at once, not wait for the acknowledgement of the last. */
static void no_delay(int socket) {
  int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

/* Closing must not hide why. */
static void close_after_failure(int socket) {
  int error = errno;
  close(socket);
  errno = error;
}

static net_socket listen_on(const struct addrinfo *address) {
  int on = 1;
  int listener = socket(address->ai_family, SOCK_STREAM, address->ai_protocol);
  if (listener < 0) {
    return NET_NONE;
  }
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (bind(listener, address->ai_addr, address->ai_addrlen) != 0 ||
      listen(listener, SOMAXCONN) != 0 || !prepare(listener)) {
    close_after_failure(listener);
    return NET_NONE;
  }
  return listener;
}

net_socket net_listen(const char *host, const char *port) {
  struct addrinfo *list = resolve(host, port, AI_PASSIVE), *address;
  net_socket listener = NET_NONE;
  for (address = list; address != NULL && listener == NET_NONE;
       address = address->ai_next) {
    listener = listen_on(address);
  }
  if (list != NULL) {
    freeaddrinfo(list);
  }
  return listener;
}

unsigned net_port(net_socket listener) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  char port[8] = "0";
  unsigned number = 0;
  if (getsockname(listener, (struct sockaddr *)&address, &length) == 0) {
    getnameinfo((struct sockaddr *)&address, length, NULL, 0, port, sizeof port,
                NI_NUMERICSERV);
    sscanf(port, "%u", &number);
  }
  return number;
}

static void describe(const struct sockaddr_storage *address, socklen_t length,
                     char *text, size_t room) {
  char host[64], port[8];
  if (getnameinfo((const struct sockaddr *)address, length, host, sizeof host,
                  port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV) == 0) {
    snprintf(text, room, "%s port %s", host, port);
  } else {
    snprintf(text, room, "an unknown address");
  }
}

static enum net_refusal refusal(void) {
  if (errno == EAGAIN || errno == EWOULDBLOCK) {
    return NET_NOBODY;
  }
  return errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
                 errno == ENOMEM
             ? NET_EXHAUSTED
             : NET_BROKEN;
}

net_socket net_accept(net_socket listener, char *peer, size_t peer_room,
                      enum net_refusal *why) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  int socket = accept(listener, (struct sockaddr *)&address, &length);
  if (socket < 0) {
    *why = refusal();
    return NET_NONE;
  }
  if (!prepare(socket)) {
    *why = NET_BROKEN;
    close_after_failure(socket);
    return NET_NONE;
  }
  no_delay(socket);
  describe(&address, length, peer, peer_room);
  return socket;
}

net_socket net_connect(const char *host, const char *port) {
  struct addrinfo *list = resolve(host, port, 0), *address;
  net_socket connected = NET_NONE;
  for (address = list; address != NULL && connected == NET_NONE;
       address = address->ai_next) {
    int tried = socket(address->ai_family, SOCK_STREAM, address->ai_protocol);
    if (tried < 0) {
      continue;
    }
    if (connect(tried, address->ai_addr, address->ai_addrlen) == 0 &&
        prepare(tried)) {
      no_delay(tried);
      connected = tried;
    } else {
      close_after_failure(tried);
    }
  }
  if (list != NULL) {
    int error = errno;
    freeaddrinfo(list);
    errno = error;
  }
  return connected;
}

static long result(ssize_t octets) {
  if (octets >= 0) {
    return (long)octets;
  }
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? NET_AGAIN
                                                                   : NET_FAILED;
}

long net_read(net_socket socket, void *octets, size_t room) {
  return result(recv(socket, octets, room, 0));
}

long net_write(net_socket socket, const struct net_part *parts, int count) {
  struct iovec pieces[4];
  struct msghdr message;
  int i;
  memset(&message, 0, sizeof message);
  for (i = 0; i < count && i < 4; i++) {
    pieces[i].iov_base = (void *)parts[i].octets;
    pieces[i].iov_len = parts[i].length;
  }
  message.msg_iov = pieces;
  message.msg_iovlen = i;
  return result(sendmsg(socket, &message, MSG_NOSIGNAL));
}

void net_finish(net_socket socket) { shutdown(socket, SHUT_WR); }

void net_close(net_socket socket) {
  if (socket != NET_NONE) {
    close(socket);
  }
}

int net_wait(net_socket socket, int what, long milliseconds) {
  struct pollfd wanted[2];
  int ready;
  memset(wanted, 0, sizeof wanted);
  wanted[0].fd = socket;
  wanted[0].events = (short)((what & NET_READABLE ? POLLIN : 0) |
                             (what & NET_WRITABLE ? POLLOUT : 0));
  wanted[1].fd = what & NET_INPUT ? STDIN_FILENO : -1;
  wanted[1].events = POLLIN;
  ready = poll(wanted, 2, (int)milliseconds);
  if (ready <= 0) {
    return 0;
  }
  /* A socket in trouble counts as ready: the next read or write tells. */
  if (wanted[0].revents & ~(POLLIN | POLLOUT)) {
    wanted[0].revents |= POLLIN | POLLOUT;
  }
  return (wanted[0].revents & POLLIN ? NET_READABLE : 0) |
         (wanted[0].revents & POLLOUT ? NET_WRITABLE : 0) |
         (wanted[1].revents != 0 ? NET_INPUT : 0);
}

long net_read_input(void *octets, size_t room) {
  return result(read(STDIN_FILENO, octets, room));
}

static int stop_pipe[2] = {NET_NONE, NET_NONE};

static void stop(int signal_number) {
  int error = errno;
  char octet = (char)signal_number;
  if (write(stop_pipe[1], &octet, 1) < 0) {
    /* The pipe is full: the request is known already. */
  }
  errno = error;
}

net_socket net_stop_request(void) {
  struct sigaction action;
  memset(&action, 0, sizeof action);
  if (pipe(stop_pipe) != 0 || !prepare(stop_pipe[0]) ||
      !prepare(stop_pipe[1])) {
    return NET_NONE;
  }
  action.sa_handler = SIG_IGN;
  sigaction(SIGPIPE, &action, NULL);
  action.sa_handler = stop;
  sigaction(SIGINT, &action, NULL);
  sigaction(SIGTERM, &action, NULL);
  return stop_pipe[0];
}

void net_stop_seen(void) {
  char octets[16];
  while (read(stop_pipe[0], octets, sizeof octets) > 0) {
  }
}

void net_stop_end(void) {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
  net_close(stop_pipe[0]);
  net_close(stop_pipe[1]);
  stop_pipe[0] = stop_pipe[1] = NET_NONE;
}

long long net_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
