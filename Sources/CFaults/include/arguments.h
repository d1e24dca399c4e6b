#pragma once

// The arguments of the process. Swift's CommandLine reads /proc/self/cmdline, which some containers do not have.
int pthconv_argument_count(void);
const char *pthconv_argument(int index);
