#ifdef ONEDNN

#include <pthread.h>
#include <stdlib.h>
#include <math.h>
#include <string.h>

#include "library.h"

/// A primitive that changes a layout; NULL if both layouts are equal.
typedef dnnl_primitive_t reorder;

struct onednn_convolution {
  dnnl_primitive_t primitive;
  /// The layouts of the memory that the kernel reads and writes.
  dnnl_memory_desc_t source, weights, bias, destination, scratch;
  /// The layouts of the engine's input (`given`) and output (`wanted`), and the reorders if the kernel needs
  /// other layouts: `bring` for the input, `bring_sum` for the addend, `give` for the output.
  dnnl_memory_desc_t given, wanted;
  reorder bring, bring_sum, give;
  /// The layout of PyTorch's weights.
  dnnl_memory_desc_t plain_weights;
  char kernel[64];
};

static const size_t alignment = 64;

static size_t aligned_bytes(const dnnl_memory_desc_t *description) {
  return (library.memory_desc_get_size(description) + alignment - 1) / alignment * alignment;
}

static dnnl_memory_desc_t describe(
    int rank, const int64_t *dimensions, dnnl_format_tag_t layout) {
  dnnl_memory_desc_t description;
  memset(&description, 0, sizeof description);
  library.memory_desc_init_by_tag(&description, rank, dimensions, dnnl_f32, layout);
  return description;
}

static dnnl_primitive_attr_t attributes(const onednn_convolution_spec *spec) {
  dnnl_primitive_attr_t attributes;
  if (library.primitive_attr_create(&attributes) != dnnl_success) return NULL;
  library.primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  // Without this, an environment variable could make oneDNN round float32 to bfloat16.
  library.primitive_attr_set_fpmath_mode(attributes, dnnl_fpmath_mode_strict);
  dnnl_post_ops_t operations;
  if (library.post_ops_create(&operations) == dnnl_success) {
    if (spec->adds) library.post_ops_append_sum(operations, 1);
    if (spec->ceiling == INFINITY) {
      library.post_ops_append_eltwise(operations, 1, dnnl_eltwise_relu, 0, 0);
    } else if (spec->ceiling > 0) {
      library.post_ops_append_eltwise(operations, 1, dnnl_eltwise_clip, 0, spec->ceiling);
    }
    library.primitive_attr_set_post_ops(attributes, operations);
    library.post_ops_destroy(operations);
  }
  return attributes;
}

/// The first implementation whose name contains `part` (NULL for any name).
static dnnl_primitive_desc_t find(
    const dnnl_convolution_desc_t *description, dnnl_primitive_attr_t attributes,
    const char *part) {
  dnnl_primitive_desc_iterator_t iterator;
  if (library.primitive_desc_iterator_create(
          &iterator, description, attributes, library.cpu, NULL) != dnnl_success) {
    return NULL;
  }
  dnnl_primitive_desc_t found = NULL;
  do {
    dnnl_primitive_desc_t candidate = library.primitive_desc_iterator_fetch(iterator);
    if (!candidate) break;
    const char *name = "";
    library.primitive_desc_query(candidate, dnnl_query_impl_info_str, 0, &name);
    if (!part || strstr(name, part)) {
      found = candidate;
    } else {
      library.primitive_desc_destroy(candidate);
    }
  } while (!found && library.primitive_desc_iterator_next(iterator) == dnnl_success);
  library.primitive_desc_iterator_destroy(iterator);
  return found;
}

static bool is_reference(dnnl_primitive_desc_t description) {
  const char *name = "";
  library.primitive_desc_query(description, dnnl_query_impl_info_str, 0, &name);
  return strncmp(name, "ref", 3) == 0;
}

static bool make_reorder(
    const dnnl_memory_desc_t *from, const dnnl_memory_desc_t *to, reorder *result) {
  *result = NULL;
  if (library.memory_desc_equal(from, to)) return true;
  dnnl_primitive_attr_t attributes;
  if (library.primitive_attr_create(&attributes) != dnnl_success) return false;
  dnnl_primitive_desc_t description = NULL;
  bool fine =
      library.reorder_primitive_desc_create(
          &description, from, library.cpu, to, library.cpu, attributes) == dnnl_success &&
      library.primitive_create(result, description) == dnnl_success;
  if (description) library.primitive_desc_destroy(description);
  library.primitive_attr_destroy(attributes);
  return fine;
}

/// Compiles an implementation. oneDNN's primitive cache does not distinguish the implementations of one convolution
/// and could return another one, so the cache is off meanwhile.
static bool compile(dnnl_primitive_t *primitive, dnnl_primitive_desc_t description) {
  static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&mutex);
  int capacity = 0;
  library.get_primitive_cache_capacity(&capacity);
  library.set_primitive_cache_capacity(0);
  bool fine = library.primitive_create(primitive, description) == dnnl_success;
  library.set_primitive_cache_capacity(capacity);
  pthread_mutex_unlock(&mutex);
  return fine;
}

onednn_convolution *onednn_convolution_create(const onednn_convolution_spec *spec) {
  const int64_t source[] = {spec->images, spec->in_channels, spec->in_size[0], spec->in_size[1]};
  const int64_t destination[] = {
    spec->images, spec->out_channels, spec->out_size[0], spec->out_size[1]
  };
  const int64_t grouped[] = {
    spec->groups, spec->out_channels / spec->groups, spec->in_channels / spec->groups,
    spec->kernel[0], spec->kernel[1]
  };
  // With several groups, the weights have an additional first dimension.
  bool has_groups = spec->groups > 1;
  int weight_rank = has_groups ? 5 : 4;
  const int64_t *weights = has_groups ? grouped : grouped + 1;
  const int64_t gaps[] = {spec->dilation[0] - 1, spec->dilation[1] - 1};
  // The padding behind the end equals that in front, unless the output's size requires another number.
  int64_t behind[2];
  for (int axis = 0; axis < 2; axis++) {
    int64_t reach = (spec->kernel[axis] - 1) * spec->dilation[axis] + 1;
    int64_t both = (spec->out_size[axis] - 1) * spec->stride[axis] + reach - spec->in_size[axis];
    bool is_symmetric =
        both <= 2 * spec->padding[axis] && 2 * spec->padding[axis] < both + spec->stride[axis];
    behind[axis] = is_symmetric ? spec->padding[axis] : both - spec->padding[axis];
  }

  onednn_convolution *result = calloc(1, sizeof *result);
  if (!result) return NULL;
  dnnl_format_tag_t layout = spec->is_winograd ? dnnl_nChw16c : dnnl_nhwc;
  result->given = describe(4, source, layout);
  result->wanted = describe(4, destination, layout);
  result->plain_weights =
      describe(weight_rank, weights, has_groups ? dnnl_goihw : dnnl_oihw);
  dnnl_memory_desc_t any_weights = describe(weight_rank, weights, dnnl_format_tag_any);
  dnnl_memory_desc_t any_source = describe(4, source, dnnl_format_tag_any);
  dnnl_memory_desc_t any_destination = describe(4, destination, dnnl_format_tag_any);
  dnnl_memory_desc_t bias = describe(1, &spec->out_channels, dnnl_a);

  dnnl_primitive_attr_t attribute = attributes(spec);
  dnnl_primitive_desc_t chosen = NULL;
  dnnl_convolution_desc_t description;
  dnnl_alg_kind_t algorithm =
      spec->is_winograd ? dnnl_convolution_winograd : dnnl_convolution_direct;
  if (attribute &&
      library.dilated_convolution_forward_desc_init(
          &description, dnnl_forward_inference, algorithm, &result->given, &any_weights, &bias,
          &result->wanted, spec->stride, gaps, spec->padding, behind) == dnnl_success) {
    chosen = find(&description, attribute, spec->is_winograd ? "4x3" : NULL);
  }
  // Some shapes, mainly narrow groups, have no optimised kernel for nhwc, so any layout is allowed.
  if (chosen && is_reference(chosen) &&
      library.dilated_convolution_forward_desc_init(
          &description, dnnl_forward_inference, algorithm, &any_source, &any_weights, &bias,
          &any_destination, spec->stride, gaps, spec->padding, behind) == dnnl_success) {
    dnnl_primitive_desc_t other = find(&description, attribute, NULL);
    if (other) {
      library.primitive_desc_destroy(chosen);
      chosen = other;
    }
  }
  bool fine = chosen && compile(&result->primitive, chosen);
  if (fine) {
    const char *name = "";
    library.primitive_desc_query(chosen, dnnl_query_impl_info_str, 0, &name);
    strncpy(result->kernel, name, sizeof result->kernel - 1);
    result->source = *library.primitive_desc_query_md(chosen, dnnl_query_src_md, 0);
    result->weights = *library.primitive_desc_query_md(chosen, dnnl_query_weights_md, 0);
    result->bias = *library.primitive_desc_query_md(chosen, dnnl_query_weights_md, 1);
    result->destination = *library.primitive_desc_query_md(chosen, dnnl_query_dst_md, 0);
    result->scratch = *library.primitive_desc_query_md(chosen, dnnl_query_scratchpad_md, 0);
    fine = make_reorder(&result->given, &result->source, &result->bring) &&
        make_reorder(&result->destination, &result->wanted, &result->give) &&
        (!spec->adds || make_reorder(&result->wanted, &result->destination, &result->bring_sum));
  }
  if (chosen) library.primitive_desc_destroy(chosen);
  if (attribute) library.primitive_attr_destroy(attribute);
  if (fine) return result;
  onednn_convolution_destroy(result);
  return NULL;
}

void onednn_convolution_destroy(onednn_convolution *convolution) {
  if (convolution->primitive) library.primitive_destroy(convolution->primitive);
  if (convolution->bring) library.primitive_destroy(convolution->bring);
  if (convolution->bring_sum) library.primitive_destroy(convolution->bring_sum);
  if (convolution->give) library.primitive_destroy(convolution->give);
  free(convolution);
}

size_t onednn_convolution_scratch_bytes(const onednn_convolution *convolution) {
  size_t bytes = aligned_bytes(&convolution->scratch);
  if (convolution->bring) bytes += aligned_bytes(&convolution->source);
  if (convolution->give) bytes += aligned_bytes(&convolution->destination);
  return bytes;
}

size_t onednn_convolution_weight_bytes(const onednn_convolution *convolution) {
  return library.memory_desc_get_size(&convolution->weights);
}

bool onednn_convolution_shares_weights(
    const onednn_convolution *convolution, const onednn_convolution *other) {
  return library.memory_desc_equal(&convolution->weights, &other->weights);
}

const char *onednn_convolution_kernel(const onednn_convolution *convolution) {
  return convolution->kernel;
}

// MARK: Execution

enum { most_arguments = 5, most_steps = 4 };

/// A primitive with its arguments.
struct step {
  dnnl_primitive_t primitive;
  int count;
  dnnl_exec_arg_t arguments[most_arguments];
};

struct onednn_call {
  int memories_count, steps_count;
  dnnl_memory_t memories[2 * most_arguments];
  struct step steps[most_steps];
};

static dnnl_stream_t stream(void) {
  // One per thread, never freed, since an in-order CPU stream holds no resources.
  static _Thread_local dnnl_stream_t stream;
  if (!stream) library.stream_create(&stream, library.cpu, dnnl_stream_in_order);
  return stream;
}

static bool execute(const struct step *step) {
  dnnl_stream_t current = stream();
  return current &&
      library.primitive_execute(step->primitive, current, step->count, step->arguments) ==
          dnnl_success &&
      library.stream_wait(current) == dnnl_success;
}

/// A memory object for an address, owned by the call; NULL if that fails.
static dnnl_memory_t place(
    onednn_call *call, const dnnl_memory_desc_t *description, const void *address) {
  dnnl_memory_t memory;
  if (library.memory_create(&memory, description, library.cpu, (void *)address) != dnnl_success) {
    return NULL;
  }
  call->memories[call->memories_count++] = memory;
  return memory;
}

static void append_reorder(
    onednn_call *call, reorder reorder, dnnl_memory_t from, dnnl_memory_t to) {
  if (!reorder) return;
  call->steps[call->steps_count++] = (struct step){
    reorder, 2, {{DNNL_ARG_FROM, from}, {DNNL_ARG_TO, to}}
  };
}

onednn_call *onednn_call_create(
    const onednn_convolution *convolution, const void *weights, const float *bias,
    const float *source, float *destination, void *scratch) {
  onednn_call *call = calloc(1, sizeof *call);
  if (!call) return NULL;
  char *rest = (char *)scratch + aligned_bytes(&convolution->scratch);
  dnnl_memory_t given = place(call, &convolution->given, source);
  dnnl_memory_t wanted = place(call, &convolution->wanted, destination);
  dnnl_memory_t read = given, written = wanted;
  if (convolution->bring) {
    read = place(call, &convolution->source, rest);
    rest += aligned_bytes(&convolution->source);
  }
  if (convolution->give) written = place(call, &convolution->destination, rest);
  struct step step = {
    convolution->primitive, 5, {
      {DNNL_ARG_SRC, read},
      {DNNL_ARG_WEIGHTS, place(call, &convolution->weights, weights)},
      {DNNL_ARG_BIAS, place(call, &convolution->bias, bias)},
      {DNNL_ARG_DST, written},
      {DNNL_ARG_SCRATCHPAD, place(call, &convolution->scratch, scratch)},
    }
  };
  for (int index = 0; index < step.count; index++) {
    if (!step.arguments[index].memory || !given || !wanted) {
      onednn_call_destroy(call);
      return NULL;
    }
  }
  append_reorder(call, convolution->bring, given, read);
  append_reorder(call, convolution->bring_sum, wanted, written);
  call->steps[call->steps_count++] = step;
  append_reorder(call, convolution->give, written, wanted);
  return call;
}

void onednn_call_destroy(onednn_call *call) {
  for (int index = 0; index < call->memories_count; index++) {
    library.memory_destroy(call->memories[index]);
  }
  free(call);
}

bool onednn_call_run(const onednn_call *call) {
  for (int index = 0; index < call->steps_count; index++) {
    if (!execute(&call->steps[index])) return false;
  }
  return true;
}

bool onednn_convolution_pack(
    const onednn_convolution *convolution, const float *weights, void *packed) {
  if (library.memory_desc_equal(&convolution->plain_weights, &convolution->weights)) {
    memcpy(packed, weights, library.memory_desc_get_size(&convolution->weights));
    return true;
  }
  reorder change;
  if (!make_reorder(&convolution->plain_weights, &convolution->weights, &change)) return false;
  onednn_call call = {.memories_count = 0};
  struct step step = {
    change, 2, {
      {DNNL_ARG_FROM, place(&call, &convolution->plain_weights, weights)},
      {DNNL_ARG_TO, place(&call, &convolution->weights, packed)},
    }
  };
  bool fine = step.arguments[0].memory && step.arguments[1].memory && execute(&step);
  for (int index = 0; index < call.memories_count; index++) {
    library.memory_destroy(call.memories[index]);
  }
  library.primitive_destroy(change);
  return fine;
}

#endif
