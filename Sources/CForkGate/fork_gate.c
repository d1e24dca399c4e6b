#define _GNU_SOURCE
#include "fork_gate.h"

// A fork that waits goes first, else threads that work without a pause would keep it waiting.
static pthread_rwlock_t gate = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static _Thread_local int depth;

void fork_gate_enter(void) {
  if (depth++ == 0) pthread_rwlock_rdlock(&gate);
}

void fork_gate_leave(void) {
  if (--depth == 0) pthread_rwlock_unlock(&gate);
}

static void before(void) {
  if (depth == 0) pthread_rwlock_wrlock(&gate);
}

static void after_in_parent(void) {
  if (depth == 0) pthread_rwlock_unlock(&gate);
}

// The lock counts threads that wait, which do not exist in the child: it starts anew.
static void after_in_child(void) {
  static const pthread_rwlock_t open = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
  gate = open;
  if (depth) pthread_rwlock_rdlock(&gate);
}

__attribute__((constructor)) static void install(void) {
  pthread_atfork(before, after_in_parent, after_in_child);
}
