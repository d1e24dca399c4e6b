#ifdef ONEDNN

#include <math.h>
#include <string.h>

#include "library.h"
#include "parallel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// No vector is passed in a call: every function with a vector argument is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

enum { lanes = 16 };
typedef float floats __attribute__((vector_size(64), aligned(4), may_alias));
typedef int ints __attribute__((vector_size(64), aligned(4)));

#define INLINE static inline __attribute__((always_inline))
#define ALL(x) ((floats){0} + (x))

/// Transposes 16 × 16 elements in four rounds, which swap blocks of 8, 4, 2 and 1.
INLINE void transpose(floats *rows) {
#define ROUND(distance, low, high) \
  for (int row = 0; row < lanes; row++) { \
    if (row & distance) continue; \
    floats a = rows[row], b = rows[row + distance]; \
    rows[row] = low(a, b); \
    rows[row + distance] = high(a, b); \
  }
#define SHUFFLE(a, b, ...) __builtin_shufflevector(a, b, __VA_ARGS__)
#define LOW8(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23)
#define HIGH8(a, b) SHUFFLE(a, b, 8, 9, 10, 11, 12, 13, 14, 15, 24, 25, 26, 27, 28, 29, 30, 31)
#define LOW4(a, b) SHUFFLE(a, b, 0, 1, 2, 3, 16, 17, 18, 19, 8, 9, 10, 11, 24, 25, 26, 27)
#define HIGH4(a, b) SHUFFLE(a, b, 4, 5, 6, 7, 20, 21, 22, 23, 12, 13, 14, 15, 28, 29, 30, 31)
#define LOW2(a, b) SHUFFLE(a, b, 0, 1, 16, 17, 4, 5, 20, 21, 8, 9, 24, 25, 12, 13, 28, 29)
#define HIGH2(a, b) SHUFFLE(a, b, 2, 3, 18, 19, 6, 7, 22, 23, 10, 11, 26, 27, 14, 15, 30, 31)
#define LOW1(a, b) SHUFFLE(a, b, 0, 16, 2, 18, 4, 20, 6, 22, 8, 24, 10, 26, 12, 28, 14, 30)
#define HIGH1(a, b) SHUFFLE(a, b, 1, 17, 3, 19, 5, 21, 7, 23, 9, 25, 11, 27, 13, 29, 15, 31)
  ROUND(8, LOW8, HIGH8)
  ROUND(4, LOW4, HIGH4)
  ROUND(2, LOW2, HIGH2)
  ROUND(1, LOW1, HIGH1)
}

// MARK: Arguments

struct add {
  onednn_view a, b, copy, out;
  onednn_extent extent;
  float ceiling;
};

struct scale {
  onednn_view x, out;
  const float *scale, *shift;
  bool per_image;
  float ceiling;
  onednn_extent extent;
};

struct to_nchw {
  onednn_view x;
  float *out;
  onednn_extent extent;
};

struct pool {
  onednn_view x, out;
  const onednn_window *window;
  bool is_mean, counts_padding;
};

struct fold {
  float *weights;
  const double *scale;
  int64_t columns;
};

struct sums {
  onednn_view x;
  double *sums;
  int64_t parts;
  onednn_extent extent;
};

struct kernels {
  parallel_body *add, *scale, *to_nchw, *pool, *fold, *sums;
};

/// The elements under one position of a window along one axis.
struct span {
  int64_t begin, end;
  /// Number of elements inside of the padded input.
  int64_t padded;
};

static struct span span(const onednn_window *window, int axis, int64_t position) {
  int64_t length = window->in_size[axis], padding = window->padding[axis];
  int64_t begin = position * window->stride[axis] - padding;
  int64_t end = begin + window->kernel[axis];
  int64_t padded_end = end < length + padding ? end : length + padding;
  return (struct span){begin > 0 ? begin : 0, end < length ? end : length, padded_end - begin};
}

// MARK: Variants

static _Atomic int widest = 512;

void onednn_limit_vectors(int bits) { widest = bits; }

INLINE floats load_part(const float *address, int64_t count) {
  floats value = {0};
  for (int64_t lane = 0; lane < count; lane++) value[lane] = address[lane];
  return value;
}

INLINE void store_part(float *address, floats value, int64_t count) {
  for (int64_t lane = 0; lane < count; lane++) address[lane] = value[lane];
}

#define LOAD_PART load_part
#define STORE_PART store_part
#define VARIANT(name) name##_portable
#include "kernel_bodies.h"
#undef VARIANT

#if defined(__x86_64__)

#define VARIANT(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "kernel_bodies.h"
#pragma clang attribute pop
#undef VARIANT
#undef LOAD_PART
#undef STORE_PART

#define MASK(count) ((__mmask16)((1u << (count)) - 1))
#define LOAD_PART(address, count) ((floats)_mm512_maskz_loadu_ps(MASK(count), (address)))
#define STORE_PART(address, value, count) \
  _mm512_mask_storeu_ps((address), MASK(count), (__m512)(value))
#define VARIANT(name) name##_avx512
#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
#include "kernel_bodies.h"
#pragma clang attribute pop

static const struct kernels *kernels(void) {
  if (widest >= 512 && __builtin_cpu_supports("avx512f")) return &kernels_avx512;
  if (widest >= 256 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    return &kernels_avx2;
  }
  return &kernels_portable;
}

#else

static const struct kernels *kernels(void) { return &kernels_portable; }

#endif

// MARK: Calls

void onednn_add(
    onednn_view a, onednn_view b, onednn_view copy, onednn_view out, onednn_extent extent,
    float ceiling) {
  struct add task = {a, b, copy, out, extent, ceiling};
  parallel(extent.images * extent.pixels, extent.channels, kernels()->add, &task);
}

void onednn_scale(
    onednn_view x, const float *scale, const float *shift, bool per_image, onednn_view out,
    onednn_extent extent, float ceiling) {
  struct scale task = {x, out, scale, shift, per_image, ceiling, extent};
  parallel(extent.images * extent.pixels, extent.channels, kernels()->scale, &task);
}

void onednn_to_nchw(onednn_view x, float *out, onednn_extent extent) {
  struct to_nchw task = {x, out, extent};
  int64_t runs = extent.images * ((extent.pixels + lanes - 1) / lanes);
  parallel(runs, lanes * extent.channels, kernels()->to_nchw, &task);
}

void onednn_max_pool(onednn_view x, onednn_view out, const onednn_window *window) {
  struct pool task = {x, out, window, false, false};
  int64_t work = window->out_size[1] * window->channels * window->kernel[0] * window->kernel[1];
  parallel(window->images * window->out_size[0], work, kernels()->pool, &task);
}

void onednn_avg_pool(
    onednn_view x, onednn_view out, const onednn_window *window, bool counts_padding) {
  struct pool task = {x, out, window, true, counts_padding};
  int64_t work = window->out_size[1] * window->channels * window->kernel[0] * window->kernel[1];
  parallel(window->images * window->out_size[0], work, kernels()->pool, &task);
}

void onednn_sums(onednn_view x, int64_t parts, double *sums, onednn_extent extent) {
  struct sums task = {x, sums, parts, extent};
  int64_t work = extent.pixels / parts * extent.channels;
  parallel(extent.images * parts, work, kernels()->sums, &task);
}

void onednn_fold(float *weights, const double *scale, int64_t rows, int64_t columns) {
  struct fold task = {weights, scale, columns};
  parallel(rows, columns, kernels()->fold, &task);
}

#endif
