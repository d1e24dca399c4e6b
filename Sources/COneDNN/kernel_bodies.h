// Included once per instruction set, with VARIANT, LOAD_PART and STORE_PART defined.

INLINE floats VARIANT(chosen)(ints condition, floats yes, floats no) {
  return (floats)(((ints)yes & condition) | ((ints)no & ~condition));
}

/// NaN stays NaN.
INLINE floats VARIANT(rectified)(floats value, float ceiling) {
  value = VARIANT(chosen)(value < ALL(0), ALL(0), value);
  return VARIANT(chosen)(value > ALL(ceiling), ALL(ceiling), value);
}

/// Loads 16 channels; if only `count` channels remain, the others are 0, which a blocked layout stores.
INLINE floats VARIANT(load)(const float *address, int64_t count, bool is_blocked) {
  return count >= lanes || is_blocked ? *(const floats *)address : LOAD_PART(address, count);
}

INLINE void VARIANT(store)(float *address, floats value, int64_t count, bool is_blocked) {
  if (count >= lanes || is_blocked) {
    *(floats *)address = value;
  } else {
    STORE_PART(address, value, count);
  }
}

static void VARIANT(add)(const void *context, int64_t begin, int64_t end) {
  const struct add *task = context;
  int64_t pixels = task->extent.pixels, channels = task->extent.channels;
  int64_t image = begin / pixels, pixel = begin % pixels;
  onednn_view a = task->a, b = task->b, copy = task->copy, out = task->out;
  for (int64_t index = begin; index < end; index++) {
    const float *a_pixel = a.data + image * a.image + pixel * a.pixel;
    const float *b_pixel = b.data + image * b.image + pixel * b.pixel;
    float *copy_pixel = copy.data + image * copy.image + pixel * copy.pixel;
    float *out_pixel = out.data + image * out.image + pixel * out.pixel;
    int64_t block = 0;
    for (int64_t count = channels; count > 0; count -= lanes, block++) {
      floats value = VARIANT(load)(a_pixel + block * a.block, count, a.is_blocked);
      if (copy.data) {
        VARIANT(store)(copy_pixel + block * copy.block, value, count, copy.is_blocked);
      }
      if (b.data) value += VARIANT(load)(b_pixel + block * b.block, count, b.is_blocked);
      if (task->ceiling > 0) value = VARIANT(rectified)(value, task->ceiling);
      VARIANT(store)(out_pixel + block * out.block, value, count, out.is_blocked);
    }
    if (++pixel == pixels) {
      pixel = 0;
      image++;
    }
  }
}

static void VARIANT(scale)(const void *context, int64_t begin, int64_t end) {
  const struct scale *task = context;
  int64_t pixels = task->extent.pixels, channels = task->extent.channels;
  for (int64_t index = begin; index < end; index++) {
    int64_t image = index / pixels, pixel = index % pixels;
    const float *x = task->x.data + image * task->x.image + pixel * task->x.pixel;
    float *out = task->out.data + image * task->out.image + pixel * task->out.pixel;
    const float *scale = task->scale + (task->per_image ? image * channels : 0);
    const float *shift = task->shift + (task->per_image ? image * channels : 0);
    for (int64_t channel = 0; channel < channels; channel += lanes) {
      int64_t count = channels - channel;
      floats value = VARIANT(load)(x + channel, count, false) *
              VARIANT(load)(scale + channel, count, false) +
          VARIANT(load)(shift + channel, count, false);
      if (task->ceiling > 0) value = VARIANT(rectified)(value, task->ceiling);
      VARIANT(store)(out + channel, value, count, false);
    }
  }
}

/// Transposes tiles of 16 pixels and 16 channels; an item is a run of 16 pixels of an image.
static void VARIANT(to_nchw)(const void *context, int64_t begin, int64_t end) {
  const struct to_nchw *task = context;
  int64_t pixels = task->extent.pixels, channels = task->extent.channels;
  int64_t runs = (pixels + lanes - 1) / lanes;
  for (int64_t index = begin; index < end; index++) {
    int64_t image = index / runs, pixel = index % runs * lanes;
    int64_t height = pixels - pixel < lanes ? pixels - pixel : lanes;
    const float *x = task->x.data + image * task->x.image + pixel * task->x.pixel;
    for (int64_t channel = 0; channel < channels; channel += lanes, x += task->x.block) {
      int64_t width = channels - channel < lanes ? channels - channel : lanes;
      float *out = task->out + (image * channels + channel) * pixels + pixel;
      floats rows[lanes];
      for (int64_t row = 0; row < lanes; row++) {
        rows[row] = row < height
            ? VARIANT(load)(x + row * task->x.pixel, width, task->x.is_blocked)
            : (floats){0};
      }
      transpose(rows);
      for (int64_t row = 0; row < width; row++) {
        VARIANT(store)(out + row * pixels, rows[row], height, false);
      }
    }
  }
}

/// An item is a row of output pixels.
static void VARIANT(pool)(const void *context, int64_t begin, int64_t end) {
  const struct pool *task = context;
  const onednn_window *window = task->window;
  for (int64_t item = begin; item < end; item++) {
    int64_t image = item / window->out_size[0], row = item % window->out_size[0];
    struct span vertical = span(window, 0, row);
    for (int64_t column = 0; column < window->out_size[1]; column++) {
      struct span horizontal = span(window, 1, column);
      int64_t counted = task->counts_padding
          ? vertical.padded * horizontal.padded
          : (vertical.end - vertical.begin) * (horizontal.end - horizontal.begin);
      const float *x = task->x.data + image * task->x.image;
      float *out = task->out.data + image * task->out.image +
          (row * window->out_size[1] + column) * task->out.pixel;
      for (int64_t channel = 0; channel < window->channels; channel += lanes) {
        int64_t count = window->channels - channel;
        floats best = ALL(-INFINITY), sum = ALL(0);
        for (int64_t y = vertical.begin; y < vertical.end; y++) {
          for (int64_t z = horizontal.begin; z < horizontal.end; z++) {
            floats value = VARIANT(load)(
                x + (y * window->in_size[1] + z) * task->x.pixel + channel, count, false);
            sum += value;
            // Keeps NaN like PyTorch.
            best = VARIANT(chosen)((value > best) | (value != value), value, best);
          }
        }
        floats result = task->is_mean ? sum / ALL((float)counted) : best;
        VARIANT(store)(out + channel, result, count, false);
      }
    }
  }
}

static void VARIANT(fold)(const void *context, int64_t begin, int64_t end) {
  const struct fold *task = context;
  for (int64_t row = begin; row < end; row++) {
    double scale = task->scale[row];
    float *weights = task->weights + row * task->columns;
    for (int64_t column = 0; column < task->columns; column++) {
      weights[column] = (float)(weights[column] * scale);
    }
  }
}

/// An item is a part of an image's pixels. At most 32 floats are summed in float32 before the sum is added in
/// float64, which keeps rounding errors small.
static void VARIANT(sums)(const void *context, int64_t begin, int64_t end) {
  const struct sums *task = context;
  int64_t channels = task->extent.channels, pixels = task->extent.pixels;
  for (int64_t item = begin; item < end; item++) {
    int64_t image = item / task->parts, part = item % task->parts;
    int64_t last = pixels * (part + 1) / task->parts;
    const float *x = task->x.data + image * task->x.image;
    double *sums = task->sums + item * 2 * channels;
    for (int64_t index = 0; index < 2 * channels; index++) sums[index] = 0;
    for (int64_t run = pixels * part / task->parts; run < last; run += 32) {
      int64_t stop = run + 32 < last ? run + 32 : last;
      for (int64_t channel = 0; channel < channels; channel += lanes) {
        int64_t count = channels - channel;
        floats origin = VARIANT(load)(x + channel, count, false);
        floats sum = ALL(0), squares = ALL(0);
        for (int64_t pixel = run; pixel < stop; pixel++) {
          floats value =
              VARIANT(load)(x + pixel * task->x.pixel + channel, count, false) - origin;
          sum += value;
          squares += value * value;
        }
        for (int64_t lane = 0; lane < lanes && lane < count; lane++) {
          sums[channel + lane] += (double)sum[lane];
          sums[channels + channel + lane] += (double)squares[lane];
        }
      }
    }
  }
}

static const struct kernels VARIANT(kernels) = {
  VARIANT(add), VARIANT(scale), VARIANT(to_nchw), VARIANT(pool), VARIANT(fold), VARIANT(sums),
};
