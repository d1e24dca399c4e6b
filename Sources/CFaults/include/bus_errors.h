#pragma once

// Installs a handler for SIGBUS, which an access to a mapped file raises after the file was cut short: the handler
// prints one sentence and ends the process with status 2. For programs only, never for a library in another program's
// process.
void pthconv_report_bus_errors(void);
