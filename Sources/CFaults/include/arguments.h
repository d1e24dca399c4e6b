#pragma once

// The arguments that the process was started with. Swift's CommandLine reads /proc/self/cmdline, which is
// not there in every container.
int pthconv_argument_count(void);
const char *pthconv_argument(int index);
