/*
 * Opens and closes the library named by the argument a hundred times, with
 * handles made and deleted in between, on two threads. It has to stay where it
 * was mapped first, since thread-local destructors and the fork handler point
 * into it, and neither the heap nor the resident memory may grow.
 *
 * Row of docs/compatibility.md: *stays-mapped*.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <websocket.h>

#define ROUNDS 100
#define WARM_UP 20
/* Less than the smallest chunk of malloc for each round. */
#define HEAP_SLACK ((ROUNDS - WARM_UP) * 16)
#define RESIDENT_SLACK (256 * 1024)

/* The library as it is opened this time. */
static struct {
  void *library;
  HRESULT (*create_client)(PWEB_SOCKET_PROPERTY, ULONG, WEB_SOCKET_HANDLE *);
  HRESULT (*create_server)(PWEB_SOCKET_PROPERTY, ULONG, WEB_SOCKET_HANDLE *);
  HRESULT (*begin_client)
  (WEB_SOCKET_HANDLE, PCSTR *, ULONG, PCSTR *, ULONG, PWEB_SOCKET_HTTP_HEADER,
   ULONG, PWEB_SOCKET_HTTP_HEADER *, ULONG *);
  HRESULT (*begin_server)
  (WEB_SOCKET_HANDLE, PCSTR, PCSTR *, ULONG, PWEB_SOCKET_HTTP_HEADER, ULONG,
   PWEB_SOCKET_HTTP_HEADER *, ULONG *);
  HRESULT (*end_client)
  (WEB_SOCKET_HANDLE, PWEB_SOCKET_HTTP_HEADER, ULONG, ULONG *, ULONG *,
   ULONG *);
  HRESULT (*send)(WEB_SOCKET_HANDLE, WEB_SOCKET_BUFFER_TYPE, void *, PVOID);
  HRESULT (*get_action)
  (WEB_SOCKET_HANDLE, WEB_SOCKET_ACTION_QUEUE, WEB_SOCKET_BUFFER *, ULONG *,
   WEB_SOCKET_ACTION *, WEB_SOCKET_BUFFER_TYPE *, PVOID *, PVOID *);
  VOID (*delete_handle)(WEB_SOCKET_HANDLE);
} api;

static void expect(int holds, const char *what) {
  if (!holds) {
    fprintf(stderr, "reopen: %s\n", what);
    exit(1);
  }
}

/* ---- the library ---- */

static void open_library(const char *path) {
  api.library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
  expect(api.library != NULL, "the library does not open");
}

static void close_library(void) {
  expect(dlclose(api.library) == 0, "the library does not close");
}

/* Stores an address as a function, which ISO C has no cast for. */
static void find(const char *name, void *function) {
  void *address = dlsym(api.library, name);
  expect(address != NULL, name);
  memcpy(function, &address, sizeof address);
}

static void find_all(void) {
  find("WebSocketCreateClientHandle", &api.create_client);
  find("WebSocketCreateServerHandle", &api.create_server);
  find("WebSocketBeginClientHandshake", &api.begin_client);
  find("WebSocketBeginServerHandshake", &api.begin_server);
  find("WebSocketEndClientHandshake", &api.end_client);
  find("WebSocketSend", &api.send);
  find("WebSocketGetAction", &api.get_action);
  find("WebSocketDeleteHandle", &api.delete_handle);
}

/* Shakes hands and sends, which draws a masking key, and leaves it at that. */
static void use_library(void) {
  WEB_SOCKET_HANDLE client, server;
  WEB_SOCKET_HTTP_HEADER request[16], *asked, *answered;
  ULONG asked_count, answered_count, count = 2;
  WEB_SOCKET_BUFFER buffers[2], text;
  WEB_SOCKET_ACTION action;
  WEB_SOCKET_BUFFER_TYPE type;
  PVOID application_context, action_context;
  static char host[] = "Host", value[] = "localhost", octets[] = "octets";

  request[0].pcName = host;
  request[0].ulNameLength = 4;
  request[0].pcValue = value;
  request[0].ulValueLength = 9;
  expect(api.create_client(NULL, 0, &client) == S_OK, "create client");
  expect(api.create_server(NULL, 0, &server) == S_OK, "create server");
  expect(api.begin_client(client, NULL, 0, NULL, 0, request, 1, &asked,
                          &asked_count) == S_OK &&
             asked_count < 16,
         "begin client");
  memcpy(&request[1], asked, asked_count * sizeof *asked);
  expect(api.begin_server(server, NULL, NULL, 0, request, asked_count + 1,
                          &answered, &answered_count) == S_OK,
         "begin server");
  expect(api.end_client(client, answered, answered_count, NULL, NULL, NULL) ==
             S_OK,
         "end client");
  text.Data.pbBuffer = (PBYTE)octets;
  text.Data.ulBufferLength = 6;
  expect(api.send(client, WEB_SOCKET_BINARY_MESSAGE_BUFFER_TYPE, &text, NULL) ==
             S_OK,
         "send");
  expect(api.get_action(client, WEB_SOCKET_ALL_ACTION_QUEUE, buffers, &count,
                        &action, &type, &application_context,
                        &action_context) == S_OK &&
             action == WEB_SOCKET_SEND_TO_NETWORK_ACTION,
         "get action");
  api.delete_handle(client);
  api.delete_handle(server);
}

/* ---- a thread that ends after the library was closed ---- */

static pthread_barrier_t used, closed;

static void *use_on_thread(void *unused) {
  (void)unused;
  use_library();
  pthread_barrier_wait(&used);
  pthread_barrier_wait(&closed);
  return NULL;
}

static void use_and_close(void) {
  pthread_t thread;
  expect(pthread_create(&thread, NULL, use_on_thread, NULL) == 0, "a thread");
  use_library();
  pthread_barrier_wait(&used);
  close_library();
  pthread_barrier_wait(&closed);
  expect(pthread_join(thread, NULL) == 0, "the end of the thread");
}

/* ---- what the system says ---- */

/* The address of the library's code, or 0 if it is not mapped. */
static unsigned long mapped_at(const char *path) {
  char line[4096], rights[5];
  unsigned long start, found = 0;
  FILE *maps = fopen("/proc/self/maps", "r");
  expect(maps != NULL, "no /proc/self/maps");
  while (fgets(line, sizeof line, maps) != NULL) {
    line[strcspn(line, "\n")] = '\0';
    if (sscanf(line, "%lx-%*x %4s", &start, rights) == 2 && rights[2] == 'x' &&
        strchr(line, '/') != NULL && strcmp(strchr(line, '/'), path) == 0) {
      found = start;
    }
  }
  fclose(maps);
  return found;
}

static long resident(void) {
  long size, pages = -1;
  FILE *statm = fopen("/proc/self/statm", "r");
  expect(statm != NULL && fscanf(statm, "%ld %ld", &size, &pages) == 2,
         "no /proc/self/statm");
  fclose(statm);
  return pages * sysconf(_SC_PAGESIZE);
}

int main(int argc, char **argv) {
  char path[4096];
  unsigned long address;
  long heap = 0, memory = 0;
  int round;

  expect(argc == 2 && realpath(argv[1], path) != NULL, "usage: reopen LIBRARY");
  expect(mapped_at(path) == 0, "the library is mapped before it is opened");
  open_library(path);
  address = mapped_at(path);
  expect(address != 0, "the library is not mapped");
  close_library();
  expect(mapped_at(path) == address, "the library is no longer mapped");
  pthread_barrier_init(&used, NULL, 2);
  pthread_barrier_init(&closed, NULL, 2);
  for (round = 0; round < ROUNDS; round++) {
    if (round == WARM_UP) {
      heap = (long)mallinfo2().uordblks;
      memory = resident();
    }
    open_library(path);
    find_all();
    use_and_close();
    expect(mapped_at(path) == address, "the library is no longer mapped");
  }
  heap = (long)mallinfo2().uordblks - heap;
  memory = resident() - memory;
  printf("%d rounds: mapped at the same address, heap %+ld octets, resident "
         "memory %+ld octets\n",
         ROUNDS, heap, memory);
  expect(heap < HEAP_SLACK, "the heap grows");
  expect(memory < RESIDENT_SLACK, "the resident memory grows");
  return 0;
}
