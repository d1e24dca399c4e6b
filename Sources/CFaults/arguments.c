#include "arguments.h"

static int count;
static char **values;

// glibc passes the arguments of main to constructors.
__attribute__((constructor)) static void keep(int argc, char **argv) {
  count = argc;
  values = argv;
}

int pthconv_argument_count(void) { return count; }

const char *pthconv_argument(int index) { return values[index]; }
