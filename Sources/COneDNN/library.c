#ifdef ONEDNN

#include "fork_gate.h"
#include "library.h"

#include <dlfcn.h>
#include <pthread.h>

struct library library;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *fault;

static void load(void) {
  void *handle = dlopen("libdnnl.so.2", RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    fault = "oneDNN (libdnnl2) is not installed: apt-get install libdnnl2";
    return;
  }
  const struct {
    const char *name;
    void **function;
  } symbols[] = {
#define X(name) {"dnnl_" #name, (void **)&library.name},
    ONEDNN_FUNCTIONS(X)
#undef X
    {"omp_get_max_threads", (void **)&library.get_max_threads},
    {"omp_set_num_threads", (void **)&library.set_num_threads},
    {"omp_get_thread_num", (void **)&library.get_thread_num},
    {"omp_get_num_threads", (void **)&library.get_num_threads},
    {"GOMP_parallel", (void **)&library.parallel},
  };
  for (size_t index = 0; index < sizeof symbols / sizeof *symbols; index++) {
    *symbols[index].function = dlsym(handle, symbols[index].name);
    if (!*symbols[index].function) {
      fault = "the installed oneDNN is not the one of libdnnl2 (2.6, with GNU OpenMP): "
              "apt-get install --reinstall libdnnl2";
      return;
    }
  }
  if (library.engine_create(&library.cpu, dnnl_cpu, 0) != dnnl_success) {
    fault = "oneDNN finds no processor that it can use";
  }
}

const char *onednn_load(void) {
  fork_gate_once(&once, load);
  return fault;
}

int onednn_set_threads(int threads) {
  int before = library.get_max_threads();
  library.set_num_threads(threads);
  return before;
}

#endif
