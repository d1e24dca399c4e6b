// Declarations that Swift's Glibc module leaves out.
#include <fcntl.h>
#include <malloc.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/xattr.h>
#include <unistd.h>

// glibc declares copy_file_range only under _GNU_SOURCE, which a module map cannot set.
static inline ssize_t pthconv_copy_file_range(
    int input, off_t *position, int output, off_t *target, size_t count) {
  return syscall(SYS_copy_file_range, input, position, output, target, count, 0u);
}

// Asks the kernel to start writing a part of a file to the disk, without waiting. 2 is SYNC_FILE_RANGE_WRITE.
static inline void pthconv_start_writeback(int descriptor, off_t offset, off_t count) {
  syscall(SYS_sync_file_range, descriptor, offset, count, 2u);
}

// Reserves disk space for a whole file. Mode 0 also sets the file's length.
static inline int pthconv_fallocate(int descriptor, off_t count) {
  return (int)syscall(SYS_fallocate, descriptor, 0, (off_t)0, count);
}

// The path under which /proc shows an open file.
static inline void pthconv_descriptor_path(int descriptor, char path[40]) {
  snprintf(path, 40, "/proc/self/fd/%d", descriptor);
}

// Creates a file without a name, in the file system of a directory; the file is deleted when its last descriptor is
// closed. Returns -1 where the file system does not support that, or where the file could not be named later.
static inline int pthconv_open_unnamed(const char *directory) {
#ifdef __O_TMPFILE
  int descriptor = open(directory, __O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
  if (descriptor < 0) return -1;
  char path[40];
  pthconv_descriptor_path(descriptor, path);
  if (access(path, F_OK) == 0) return descriptor;
  close(descriptor);
#endif
  return -1;
}

// Gives a file without a name a name. Returns 0, or -1 with errno.
static inline int pthconv_link_unnamed(int descriptor, const char *name) {
  char path[40];
  pthconv_descriptor_path(descriptor, path);
  return linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
}

static inline void pthconv_set_mark(int descriptor, const char *mark) {
  fsetxattr(descriptor, mark, "1", 1, 0);
}

static inline int pthconv_has_mark(int descriptor, const char *mark) {
  char value;
  return fgetxattr(descriptor, mark, &value, 1) == 1;
}
