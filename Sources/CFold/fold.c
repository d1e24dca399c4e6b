#include "fold.h"

#if defined(__x86_64__)

#include <immintrin.h>

// No vector is passed in a call: every function with a vector argument is inlined.
#define INLINE static inline __attribute__((always_inline, target("pclmul,sse4.1")))

// Multiplies both halves of `value` by their powers of x, which moves them by a distance, and adds (XOR) the block
// at that distance.
INLINE __m128i fold(__m128i value, __m128i powers, __m128i there) {
  __m128i low = _mm_clmulepi64_si128(value, powers, 0x00);
  __m128i high = _mm_clmulepi64_si128(value, powers, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), there);
}

__attribute__((target("pclmul,sse4.1")))
static size_t fold_all(uint32_t crc, const __m128i *from, size_t blocks, uint8_t *rest) {
  // x^(512+32) and x^(512-32), x^(128+32) and x^(128-32), bits reversed, modulo the polynomial.
  const __m128i by64 = _mm_set_epi64x(0x1c6e41596, 0x154442bd4);
  const __m128i by16 = _mm_set_epi64x(0x0ccaa009e, 0x1751997d0);
  __m128i a = _mm_xor_si128(_mm_loadu_si128(from), _mm_cvtsi32_si128((int)~crc));
  __m128i b = _mm_loadu_si128(from + 1);
  __m128i c = _mm_loadu_si128(from + 2);
  __m128i d = _mm_loadu_si128(from + 3);
  size_t next = 4;
  for (; next + 4 <= blocks; next += 4) {
    a = fold(a, by64, _mm_loadu_si128(from + next));
    b = fold(b, by64, _mm_loadu_si128(from + next + 1));
    c = fold(c, by64, _mm_loadu_si128(from + next + 2));
    d = fold(d, by64, _mm_loadu_si128(from + next + 3));
  }
  a = fold(fold(fold(a, by16, b), by16, c), by16, d);
  for (; next < blocks; next++) a = fold(a, by16, _mm_loadu_si128(from + next));
  _mm_storeu_si128((__m128i *)rest, a);
  return blocks * 16;
}

size_t pthconv_crc32_fold(uint32_t crc, const void *bytes, size_t count, uint8_t rest[16]) {
  if (count < 64 || !__builtin_cpu_supports("pclmul") || !__builtin_cpu_supports("sse4.1")) return 0;
  return fold_all(crc, bytes, count / 16, rest);
}

#else

size_t pthconv_crc32_fold(uint32_t crc, const void *bytes, size_t count, uint8_t rest[16]) {
  (void)crc, (void)bytes, (void)count, (void)rest;
  return 0;
}

#endif
