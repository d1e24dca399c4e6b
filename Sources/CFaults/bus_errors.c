#include "bus_errors.h"

#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

// Everything here may run inside a signal handler: no allocation, no stdio.

static void say(const char *text, size_t length) {
  if (write(STDERR_FILENO, text, length) < 0) return;
}

static const char *hexadecimal(const char *text, uintptr_t *value) {
  *value = 0;
  for (;; text++) {
    if (*text >= '0' && *text <= '9') *value = *value * 16 + (uintptr_t)(*text - '0');
    else if (*text >= 'a' && *text <= 'f') *value = *value * 16 + (uintptr_t)(*text - 'a' + 10);
    else return text;
  }
}

// Prints the path in a line of /proc/self/maps (`from-to perms offset device inode path`) if `address` is in its
// range. Returns whether it did.
static int say_path(const char *line, uintptr_t address) {
  uintptr_t from, to;
  const char *rest = hexadecimal(line, &from);
  if (*rest != '-') return 0;
  hexadecimal(rest + 1, &to);
  const char *path = strchr(line, '/');
  if (address < from || address >= to || !path) return 0;
  say(path, strlen(path));
  return 1;
}

static void handle(int signal_number, siginfo_t *info, void *context) {
  (void)context;
  static const char start[] = "pthconv: ";
  static const char unknown[] = "the input";
  static const char end[] =
      ": became shorter while it was read; copy it again and do not change it while it is read\n";
  if (info->si_code == SI_USER) {
    // A process sent the signal; no memory access raised it.
    signal(signal_number, SIG_DFL);
    raise(signal_number);
    return;
  }
  say(start, sizeof start - 1);
  int found = 0;
  int maps = open("/proc/self/maps", O_RDONLY | O_CLOEXEC);
  if (maps >= 0) {
    char line[4352];  // a path of 4096 bytes and what precedes it
    size_t length = 0;
    char byte;
    while (!found && read(maps, &byte, 1) == 1) {
      if (byte != '\n') {
        if (length < sizeof line - 1) line[length++] = byte;
        continue;
      }
      line[length] = 0;
      found = say_path(line, (uintptr_t)info->si_addr);
      length = 0;
    }
    close(maps);
  }
  if (!found) say(unknown, sizeof unknown - 1);
  say(end, sizeof end - 1);
  _exit(2);
}

void pthconv_report_bus_errors(void) {
  struct sigaction action = {.sa_flags = SA_SIGINFO | SA_NODEFER};
  action.sa_sigaction = handle;
  sigemptyset(&action.sa_mask);
  sigaction(SIGBUS, &action, 0);
}
