#include "on_demand.h"
#include "fork_gate.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

bool on_demand_symbols(const char *const *libraries, const char *const *names, void **functions) {
  void *handle = NULL;
  for (; *libraries && !handle; libraries++) handle = dlopen(*libraries, RTLD_NOW | RTLD_LOCAL);
  if (!handle) return false;
  for (; *names; names++, functions++) {
    *functions = dlsym(handle, *names);
    if (!*functions) return false;
  }
  return true;
}

static struct libzip libzip;
static bool has_libzip;
static void load_libzip(void) {
  static const char *const libraries[] = {"libzip.so.5", "libzip.so.4", NULL};
  static const char *const names[] = {LIBZIP_FUNCTIONS(ON_DEMAND_NAME) NULL};
  has_libzip = on_demand_symbols(libraries, names, (void **)&libzip);
}

const struct libzip *on_demand_libzip(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  fork_gate_once(&once, load_libzip);
  return has_libzip ? &libzip : NULL;
}

static struct libcrypto libcrypto;
static bool has_libcrypto;
static void load_libcrypto(void) {
  static const char *const libraries[] = {"libcrypto.so.3", NULL};
  static const char *const names[] = {LIBCRYPTO_FUNCTIONS(ON_DEMAND_NAME) NULL};
  has_libcrypto = on_demand_symbols(libraries, names, (void **)&libcrypto);
}

const struct libcrypto *on_demand_libcrypto(void) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  fork_gate_once(&once, load_libcrypto);
  return has_libcrypto ? &libcrypto : NULL;
}
