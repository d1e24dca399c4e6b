// Included once per instruction set, with VARIANT and FMA defined.
//
// The approximations are those of the Cephes library's logf, sinf and cosf, with PyTorch's coefficients and order of
// evaluation, so that the last bit agrees.

// ln x for a normal, positive x.
INLINE floats VARIANT(logarithm)(floats argument) {
  ints bits = (ints)argument;
  floats exponent = __builtin_convertvector((bits >> 23) - 126, floats);
  floats mantissa = (floats)((bits & 0x007fffff) | 0x3f000000);  // in [1/2, 1)
  ints small = mantissa < 0.707106781186547524f;
  floats x = (mantissa - 1.0f) + (floats)((ints)mantissa & small);
  exponent = exponent - (floats)((ints)ALL(1.0f) & small);
  floats square = x * x;
  floats y = ALL(7.0376836292e-2f);
  y = FMA(y, x, ALL(-1.1514610310e-1f));
  y = FMA(y, x, ALL(1.1676998740e-1f));
  y = FMA(y, x, ALL(-1.2420140846e-1f));
  y = FMA(y, x, ALL(1.4249322787e-1f));
  y = FMA(y, x, ALL(-1.6668057665e-1f));
  y = FMA(y, x, ALL(2.0000714765e-1f));
  y = FMA(y, x, ALL(-2.4999993993e-1f));
  y = FMA(y, x, ALL(3.3333331174e-1f));
  y = y * x;
  y = FMA(y, square, exponent * -2.12194440e-4f);
  y = y - square * 0.5f;
  return (x + y) + exponent * 0.693359375f;  // the product is exact
}

// The Box-Muller transform of 16 uniforms, in place.
INLINE void VARIANT(transform)(float *data, floats mean, floats std) {
  floats *first = (floats *)data;
  floats *second = (floats *)(data + 8);
  floats radius = __builtin_elementwise_sqrt(VARIANT(logarithm)(1.0f - *first) * -2.0f);
  floats angle = *second * 6.28318530717958647692f;

  // Subtracts the nearest even multiple of pi / 4 from the angle, in three steps that add precision.
  ints octant = (__builtin_convertvector(angle * 1.27323954473516f, ints) + 1) & ~1;
  floats turns = __builtin_convertvector(octant, floats);
  floats x = FMA(turns, ALL(-0.78515625f), angle);
  x = FMA(turns, ALL(-2.4187564849853515625e-4f), x);
  x = FMA(turns, ALL(-3.77489497744594108e-8f), x);
  floats square = x * x;

  floats cosine = ALL(2.443315711809948e-5f);
  cosine = FMA(cosine, square, ALL(-1.388731625493765e-3f));
  cosine = FMA(cosine, square, ALL(4.166664568298827e-2f));
  cosine = cosine * square;
  cosine = FMA(cosine, square, square * -0.5f) + 1.0f;

  floats sine = ALL(-1.9515295891e-4f);
  sine = FMA(sine, square, ALL(8.3321608736e-3f));
  sine = FMA(sine, square, ALL(-1.6666654611e-1f));
  sine = sine * square;
  sine = FMA(sine, x, x);

  // Octants 2 and 6 swap sine and cosine; 4 and 6 negate the sine, 2 and 4 the cosine.
  ints swapped = ((ints)sine ^ (ints)cosine) & ((octant << 30) >> 31);
  floats sineOfAngle = (floats)(((ints)sine ^ swapped) ^ ((octant & 4) << 29));
  floats cosineOfAngle = (floats)(((ints)cosine ^ swapped) ^ ((~(octant - 2) & 4) << 29));

  *first = FMA(radius * cosineOfAngle, std, mean);
  *second = FMA(radius * sineOfAngle, std, mean);
}

static void VARIANT(fill)(float *data, size_t blocks, float mean, float std) {
  for (size_t block = 0; block < blocks; block++) {
    VARIANT(transform)(data + 16 * block, ALL(mean), ALL(std));
  }
}
