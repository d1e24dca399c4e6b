#ifndef ONEDNN_PARALLEL_H
#define ONEDNN_PARALLEL_H

#include <stdint.h>

/// Computes items `begin ..< end`.
typedef void parallel_body(const void *context, int64_t begin, int64_t end);

/// Shares `items` of `work` elements each between the threads. These are the OpenMP threads of
/// oneDNN: they still wait actively for its next primitive, and others would be in their way.
void parallel(int64_t items, int64_t work, parallel_body *body, const void *context);

#endif
