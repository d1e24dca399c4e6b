#pragma once

// Ends the process with status 2 and one sentence when a mapped file turns out to be shorter than it was:
// the access raises SIGBUS. For programs only, never for a library inside somebody else's process.
void pthconv_report_bus_errors(void);
