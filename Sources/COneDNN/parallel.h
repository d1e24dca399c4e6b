#ifndef ONEDNN_PARALLEL_H
#define ONEDNN_PARALLEL_H

#include <stdint.h>

/// Computes items `begin ..< end`.
typedef void parallel_body(const void *context, int64_t begin, int64_t end);

/// Divides `items` of `work` elements each between oneDNN's own OpenMP threads: these busy-wait for the next
/// primitive, so further threads would compete with them.
void parallel(int64_t items, int64_t work, parallel_body *body, const void *context);

#endif
