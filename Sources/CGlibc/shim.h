// What Swift's Glibc module leaves out.
#include <malloc.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// glibc declares copy_file_range only under _GNU_SOURCE, which a module map cannot set.
static inline ssize_t pthconv_copy_file_range(int input, off_t *position, int output, size_t count) {
  return syscall(SYS_copy_file_range, input, position, output, (off_t *)0, count, 0u);
}
