#pragma once

#include <pthread.h>

// A gate in front of what must not be under way when the process forks. The child has only the thread that forked: a
// lock that another thread held at that moment is never released there. A fork waits until nobody is inside, and nobody
// enters while it waits.
//
// Threads may be inside together, and may enter again while they are inside. A thread inside must not wait for another
// one that could be waiting at the gate: whoever takes a lock inside takes it nowhere else.
void fork_gate_enter(void);
void fork_gate_leave(void);

// pthread_once inside of the gate: the dynamic linker has a lock of its own.
static inline void fork_gate_once(pthread_once_t *once, void (*load)(void)) {
  fork_gate_enter();
  pthread_once(once, load);
  fork_gate_leave();
}
