/*
 * A thread that comes to a handle again and again keeps its lock, and another
 * one that comes has the system see to it that both agree: by membarrier(2).
 * Here it is counted how often that is asked for, by a filter that refuses it,
 * as a program may that is careful; which must only cost time.
 *
 * Rows of docs/compatibility.md: *lock-lease*, *threads*.
 */
#define _GNU_SOURCE /* the registers of a signal */
#include "script.h"

#include <errno.h>
#include <linux/filter.h>
#include <linux/membarrier.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/ucontext.h>
#include <sys/wait.h>
#include <unistd.h>

/* Enough for a lease, at first and once more. */
#define OFTEN 1000

/* How often each command was refused. */
static volatile sig_atomic_t registered, fenced;
/* How many calls came back in threads that were cancelled. */
static volatile int returned;

static void refuse(int number, siginfo_t *info, void *context) {
  greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
  (void)number;
  (void)info;
  if (registers[REG_RDI] == MEMBARRIER_CMD_PRIVATE_EXPEDITED) {
    fenced++;
  } else {
    registered++;
  }
  registers[REG_RAX] = -EPERM;
}

/* From here on the system is asked in vain. */
static void allow_no_fences(void) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_membarrier, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = {COUNT(filter), filter};
  struct sigaction action;
  memset(&action, 0, sizeof action);
  action.sa_sigaction = refuse;
  action.sa_flags = SA_SIGINFO;
  CHECK_EQ(sigaction(SIGSYS, &action, NULL), 0);
  CHECK_EQ(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), 0);
  CHECK_EQ(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), 0);
}

static void use(WEB_SOCKET_HANDLE h, int times) {
  for (; times > 0; times--) {
    CHECK_EQ(get_action(h, ALL_QUEUES, 1).action, NO_ACTION);
  }
}

static void *use_once(void *handle) {
  use((WEB_SOCKET_HANDLE)handle, 1);
  return NULL;
}

/* Whoever is cancelled while it waits must not be so with the lock in hand. */
static void *use_once_though_cancelled(void *handle) {
  CHECK_EQ(pthread_cancel(pthread_self()), 0);
  use((WEB_SOCKET_HANDLE)handle, 1);
  returned++;
  pthread_testcancel();
  return NULL;
}

static void *use_and_delete(void *handle) {
  use((WEB_SOCKET_HANDLE)handle, OFTEN);
  WebSocketDeleteHandle((WEB_SOCKET_HANDLE)handle);
  return NULL;
}

static void *delete_handle(void *handle) {
  WebSocketDeleteHandle((WEB_SOCKET_HANDLE)handle);
  return NULL;
}

static void in_another_thread(void *(*run)(void *), WEB_SOCKET_HANDLE h) {
  pthread_t thread;
  CHECK_EQ(pthread_create(&thread, NULL, run, h), 0);
  CHECK_EQ(pthread_join(thread, NULL), 0);
}

static void in_a_child(void (*run)(WEB_SOCKET_HANDLE), WEB_SOCKET_HANDLE h) {
  int status;
  pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    run(h);
    _exit(0);
  }
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static WEB_SOCKET_HANDLE leased(void) {
  WEB_SOCKET_HANDLE h = plain_handle(1, 256);
  use(h, OFTEN);
  return h;
}

static void the_fence_is_refused_afterwards(WEB_SOCKET_HANDLE h) {
  allow_no_fences();
  in_another_thread(use_once_though_cancelled, h);
  CHECK_EQ(returned, 1);
  CHECK_EQ(fenced, 1);
  CHECK_EQ(registered, 1);
  /* There is no other lease, and nobody has to be asked when others come. */
  use(h, OFTEN);
  CHECK_EQ(registered, 2);
  in_another_thread(use_and_delete, h);
  CHECK_EQ(registered, 2);
  CHECK_EQ(fenced, 1);
}

static void the_fence_is_refused_from_the_beginning(WEB_SOCKET_HANDLE none) {
  WEB_SOCKET_HANDLE h;
  (void)none;
  allow_no_fences();
  h = leased();
  CHECK_EQ(registered, 1);
  in_another_thread(use_and_delete, h);
  CHECK_EQ(registered, 1);
  CHECK_EQ(fenced, 0);
}

static void the_one_that_has_it_goes_on_in_the_child(WEB_SOCKET_HANDLE h) {
  use(h, OFTEN);
  in_another_thread(use_once, h);
  use(h, OFTEN);
  WebSocketDeleteHandle(h);
}

static void another_one_goes_on_in_the_child(WEB_SOCKET_HANDLE h) {
  use(h, OFTEN);
  in_another_thread(use_and_delete, h);
}

static void *fork_here(void *handle) {
  in_a_child(another_one_goes_on_in_the_child, (WEB_SOCKET_HANDLE)handle);
  return NULL;
}

int main(void) {
  WEB_SOCKET_HANDLE h = leased();
  in_another_thread(use_once, h);
  use(h, OFTEN);
  in_another_thread(delete_handle, h);
  h = leased();
  in_a_child(the_one_that_has_it_goes_on_in_the_child, h);
  in_another_thread(fork_here, h);
  in_a_child(the_fence_is_refused_afterwards, h);
  WebSocketDeleteHandle(h);
  in_a_child(the_fence_is_refused_from_the_beginning, NULL);
  return 0;
}
