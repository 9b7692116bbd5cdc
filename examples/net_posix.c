/* Sockets, standard input, signals and the clock of POSIX. */
#include "net_platform.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

#ifndef MSG_NOSIGNAL
#define MSG_NOSIGNAL 0 /* then SIGPIPE is ignored, see net_stop_request */
#endif

int net_start(int *count, char ***arguments) {
  (void)count;
  (void)arguments;
  return 1;
}

long net_most_sockets(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) {
    return -1;
  }
  if (limit.rlim_cur != limit.rlim_max) {
    rlim_t before = limit.rlim_cur;
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0) {
      limit.rlim_cur = before;
    }
  }
  return limit.rlim_cur < LONG_MAX ? (long)limit.rlim_cur : -1;
}

FILE *net_open(const char *name) { return fopen(name, "rb"); }

const char *net_system_error(void) { return strerror(errno); }

const char *net_resolver_error(int code) { return gai_strerror(code); }

int net_prepare(net_socket socket) {
  int flags = fcntl(socket, F_GETFL);
  return flags >= 0 && fcntl(socket, F_SETFL, flags | O_NONBLOCK) == 0 &&
         fcntl(socket, F_SETFD, FD_CLOEXEC) == 0;
}

/* Also when connections of a server before us are not forgotten yet. */
int net_claim_port(net_socket listener) {
  int on = 1;
  return setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
}

int net_would_block(void) {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

int net_is_exhausted(void) {
  return errno == EMFILE || errno == ENFILE || errno == ENOBUFS ||
         errno == ENOMEM;
}

long net_read(net_socket socket, void *octets, size_t room) {
  return net_result((long)recv(socket, octets, room, 0));
}

long net_write(net_socket socket, const struct net_part *parts, int count) {
  struct iovec pieces[NET_MOST_PARTS];
  struct msghdr message;
  int i;
  memset(&message, 0, sizeof message);
  for (i = 0; i < count && i < NET_MOST_PARTS; i++) {
    pieces[i].iov_base = (void *)parts[i].octets;
    pieces[i].iov_len = parts[i].length;
  }
  message.msg_iov = pieces;
  message.msg_iovlen = i;
  return net_result((long)sendmsg(socket, &message, MSG_NOSIGNAL));
}

void net_finish(net_socket socket) { shutdown(socket, SHUT_WR); }

void net_close(net_socket socket) {
  if (socket != NET_NONE) {
    close(socket);
  }
}

net_socket net_input(void) { return STDIN_FILENO; }

long net_read_input(void *octets, size_t room) {
  return net_result((long)read(STDIN_FILENO, octets, room));
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
  if (pipe(stop_pipe) != 0 || !net_prepare(stop_pipe[0]) ||
      !net_prepare(stop_pipe[1])) {
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
