// What Swift's Glibc module leaves out.
#include <fcntl.h>
#include <malloc.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

// glibc declares copy_file_range only under _GNU_SOURCE, which a module map cannot set.
static inline ssize_t pthconv_copy_file_range(
    int input, off_t *position, int output, off_t *target, size_t count) {
  return syscall(SYS_copy_file_range, input, position, output, target, count, 0u);
}

// Asks the kernel to begin writing a part of a file to the disk, without waiting for it.
// 2 is SYNC_FILE_RANGE_WRITE.
static inline void pthconv_start_writeback(int descriptor, off_t offset, off_t count) {
  syscall(SYS_sync_file_range, descriptor, offset, count, 2u);
}

// Reserves room for a whole file; mode 0, so that the file gets its length.
static inline int pthconv_fallocate(int descriptor, off_t count) {
  return (int)syscall(SYS_fallocate, descriptor, 0, (off_t)0, count);
}
