#ifndef ONEDNN_LIBRARY_H
#define ONEDNN_LIBRARY_H

#include <oneapi/dnnl/dnnl.h>

#include "onednn.h"

/// All functions of libdnnl that are called, without the prefix `dnnl_`.
#define ONEDNN_FUNCTIONS(X) \
  X(dilated_convolution_forward_desc_init) \
  X(engine_create) \
  X(get_primitive_cache_capacity) \
  X(memory_create) \
  X(memory_desc_equal) \
  X(memory_desc_get_size) \
  X(memory_desc_init_by_tag) \
  X(memory_destroy) \
  X(post_ops_append_eltwise) \
  X(post_ops_append_sum) \
  X(post_ops_create) \
  X(post_ops_destroy) \
  X(primitive_attr_create) \
  X(primitive_attr_destroy) \
  X(primitive_attr_set_fpmath_mode) \
  X(primitive_attr_set_post_ops) \
  X(primitive_attr_set_scratchpad_mode) \
  X(primitive_create) \
  X(primitive_desc_destroy) \
  X(primitive_desc_iterator_create) \
  X(primitive_desc_iterator_destroy) \
  X(primitive_desc_iterator_fetch) \
  X(primitive_desc_iterator_next) \
  X(primitive_desc_query) \
  X(primitive_desc_query_md) \
  X(primitive_destroy) \
  X(primitive_execute) \
  X(reorder_primitive_desc_create) \
  X(set_primitive_cache_capacity) \
  X(stream_create) \
  X(stream_wait)

/// The functions of libdnnl and of the OpenMP runtime that it loads.
struct library {
#define X(name) __typeof__(&dnnl_##name) name;
  ONEDNN_FUNCTIONS(X)
#undef X
  int (*get_max_threads)(void);
  void (*set_num_threads)(int);
  int (*get_thread_num)(void);
  int (*get_num_threads)(void);
  void (*parallel)(void (*body)(void *), void *context, unsigned threads, unsigned flags);
  dnnl_engine_t cpu;
};

/// Filled by onednn_load.
extern struct library library;

#endif
