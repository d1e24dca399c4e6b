#ifdef ONEDNN

#include "parallel.h"

#include "library.h"

struct job {
  parallel_body *body;
  const void *context;
  int64_t items;
};

static void run(void *argument) {
  const struct job *job = argument;
  int64_t thread = library.get_thread_num(), threads = library.get_num_threads();
  int64_t begin = job->items * thread / threads, end = job->items * (thread + 1) / threads;
  if (begin < end) job->body(job->context, begin, end);
}

void parallel(int64_t items, int64_t work, parallel_body *body, const void *context) {
  // Waking the threads takes about as long as computing a few thousand elements.
  const int64_t few = 4096;
  if (items * work <= few) {
    body(context, 0, items);
    return;
  }
  struct job job = {body, context, items};
  library.parallel(run, &job, 0, 0);
}

#endif
