#include "box_muller.h"

// All fused multiply-adds are explicit; the compiler must not add others, which would change the last bit.
#pragma STDC FP_CONTRACT OFF
// No vector is passed in a call: every function with a vector argument is inlined.
#pragma clang diagnostic ignored "-Wpsabi"

typedef float floats __attribute__((vector_size(32), aligned(4)));
typedef int ints __attribute__((vector_size(32), aligned(4)));
typedef double doubles __attribute__((vector_size(64), aligned(8)));

#define INLINE static inline __attribute__((always_inline))
#define ALL(x) ((floats){(x), (x), (x), (x), (x), (x), (x), (x)})

// FMA without the instruction: in double the product of two floats is exact, and the sum nearly always is.
#define DOUBLES(x) __builtin_convertvector((x), doubles)
#define FMA(a, b, c) __builtin_convertvector(DOUBLES(a) * DOUBLES(b) + DOUBLES(c), floats)
#define VARIANT(name) name##_portable
#include "box_muller_kernel.h"
#undef VARIANT
#undef FMA

#if defined(__x86_64__)

#define FMA(a, b, c) __builtin_elementwise_fma((a), (b), (c))
#define VARIANT(name) name##_avx2
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#include "box_muller_kernel.h"
#pragma clang attribute pop

void box_muller_fill(float *data, size_t blocks, float mean, float std) {
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    fill_avx2(data, blocks, mean, std);
  } else {
    fill_portable(data, blocks, mean, std);
  }
}

#else

void box_muller_fill(float *data, size_t blocks, float mean, float std) {
  fill_portable(data, blocks, mean, std);
}

#endif

void box_muller_fill_portable(float *data, size_t blocks, float mean, float std) {
  fill_portable(data, blocks, mean, std);
}
