/* Sockets, as far as POSIX and Windows have them alike. */
#include "net_platform.h"

#include <stdio.h>
#include <string.h>

static char resolver_error[256];

const char *net_error(void) {
  return *resolver_error != '\0' ? resolver_error : net_system_error();
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
    snprintf(resolver_error, sizeof resolver_error, "%s",
             net_resolver_error(code));
    return NULL;
  }
  return found;
}

/* A frame shall go at once, not wait for the acknowledgement of the last. */
static void no_delay(net_socket socket) {
  int on = 1;
  setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, (const char *)&on, sizeof on);
}

/* Closing must not hide why. */
static void close_after_failure(net_socket socket) {
  int failure = net_failure();
  net_close(socket);
  net_set_failure(failure);
}

static void free_list(struct addrinfo *list) {
  int failure = net_failure();
  if (list != NULL) {
    freeaddrinfo(list);
  }
  net_set_failure(failure);
}

static net_socket listen_on(const struct addrinfo *address) {
  net_socket listener =
      socket(address->ai_family, SOCK_STREAM, address->ai_protocol);
  if (listener == NET_NONE) {
    return NET_NONE;
  }
  if (!net_claim_port(listener) ||
      bind(listener, address->ai_addr, (socklen_t)address->ai_addrlen) != 0 ||
      listen(listener, SOMAXCONN) != 0 || !net_prepare(listener)) {
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
  free_list(list);
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

net_socket net_accept(net_socket listener, char *peer, size_t peer_room,
                      enum net_refusal *why) {
  struct sockaddr_storage address;
  socklen_t length = sizeof address;
  net_socket socket = accept(listener, (struct sockaddr *)&address, &length);
  if (socket == NET_NONE) {
    *why = net_would_block()    ? NET_NOBODY
           : net_is_exhausted() ? NET_EXHAUSTED
                                : NET_BROKEN;
    return NET_NONE;
  }
  if (!net_prepare(socket)) {
    *why = NET_BROKEN;
    close_after_failure(socket);
    return NET_NONE;
  }
  no_delay(socket);
  describe(&address, length, peer, peer_room);
  return socket;
}

static net_socket connect_to(const struct addrinfo *address) {
  net_socket tried =
      socket(address->ai_family, SOCK_STREAM, address->ai_protocol);
  if (tried == NET_NONE) {
    return NET_NONE;
  }
  if (connect(tried, address->ai_addr, (socklen_t)address->ai_addrlen) != 0 ||
      !net_prepare(tried)) {
    close_after_failure(tried);
    return NET_NONE;
  }
  no_delay(tried);
  return tried;
}

net_socket net_connect(const char *host, const char *port) {
  struct addrinfo *list = resolve(host, port, 0), *address;
  net_socket connected = NET_NONE;
  for (address = list; address != NULL && connected == NET_NONE;
       address = address->ai_next) {
    connected = connect_to(address);
  }
  free_list(list);
  return connected;
}

long net_result(long octets) {
  if (octets >= 0) {
    return octets;
  }
  return net_would_block() ? NET_AGAIN : NET_FAILED;
}

int net_wait(net_socket socket, int what, long milliseconds) {
  struct pollfd wanted[2];
  nfds_t count = what & NET_INPUT ? 2 : 1;
  memset(wanted, 0, sizeof wanted);
  wanted[0].fd = socket;
  wanted[0].events = (short)((what & NET_READABLE ? POLLIN : 0) |
                             (what & NET_WRITABLE ? POLLOUT : 0));
  if (count == 2) {
    wanted[1].fd = net_input();
    wanted[1].events = POLLIN;
  }
  if (poll(wanted, count, (int)milliseconds) <= 0) {
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
