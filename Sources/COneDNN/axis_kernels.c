#ifdef ONEDNN

#include <math.h>

#include "onednn_kernels.h"
#include "parallel.h"

// Kernels for layers of newer networks, with plain loops over pixels or over any axes.

// MARK: GELU

struct gelu {
  onednn_view x, out;
  onednn_extent extent;
  bool approximates;
};

static void gelu(const void *context, int64_t begin, int64_t end) {
  const struct gelu *task = context;
  int64_t pixels = task->extent.pixels;
  for (int64_t index = begin; index < end; index++) {
    int64_t image = index / pixels, pixel = index % pixels;
    const float *x = task->x.data + image * task->x.image + pixel * task->x.pixel;
    float *out = task->out.data + image * task->out.image + pixel * task->out.pixel;
    for (int64_t channel = 0; channel < task->extent.channels; channel++) {
      float value = x[channel];
      float part = task->approximates
          ? tanhf(0.7978845608f * (value + 0.044715f * value * value * value))
          : erff(value * 0.7071067812f);
      out[channel] = 0.5f * value * (1 + part);
    }
  }
}

void onednn_gelu(onednn_view x, onednn_view out, onednn_extent extent, bool approximates) {
  struct gelu task = {x, out, extent, approximates};
  parallel(extent.images * extent.pixels, 32 * extent.channels, gelu, &task);
}

// MARK: Axes

/// The offsets, in two operands and the result, of an item's first element.
struct place {
  int64_t a, b, out;
};

static struct place place_of(const onednn_axis *axes, int count, int64_t item) {
  struct place place = {0, 0, 0};
  for (int axis = count - 1; axis >= 0; axis--) {
    int64_t position = item % axes[axis].length;
    item /= axes[axis].length;
    place.a += position * axes[axis].a;
    place.b += position * axes[axis].b;
    place.out += position * axes[axis].out;
  }
  return place;
}

static int64_t items(const onednn_axis *axes, int count) {
  int64_t result = 1;
  for (int axis = 0; axis < count; axis++) result *= axes[axis].length;
  return result;
}

// MARK: Multiplication

struct multiply {
  const float *a, *b;
  float *out;
  const onednn_axis *axes;
};

/// An item is a row along the last axis.
static void multiply(const void *context, int64_t begin, int64_t end) {
  const struct multiply *task = context;
  onednn_axis row = task->axes[ONEDNN_AXES - 1];
  for (int64_t item = begin; item < end; item++) {
    struct place place = place_of(task->axes, ONEDNN_AXES - 1, item);
    const float *a = task->a + place.a, *b = task->b + place.b;
    float *out = task->out + place.out;
    if (row.a == 1 && row.b == 1 && row.out == 1) {
      for (int64_t index = 0; index < row.length; index++) out[index] = a[index] * b[index];
    } else {
      for (int64_t index = 0; index < row.length; index++) {
        out[index * row.out] = a[index * row.a] * b[index * row.b];
      }
    }
  }
}

void onednn_multiply(const float *a, const float *b, float *out, const onednn_axis *axes) {
  struct multiply task = {a, b, out, axes};
  parallel(items(axes, ONEDNN_AXES - 1), axes[ONEDNN_AXES - 1].length, multiply, &task);
}

// MARK: Layer norm

struct layer_norm {
  const float *x;
  float *out;
  const float *weight, *bias;
  double eps;
  const onednn_axis *kept, *normalised;
};

/// An item is the set of elements that are normalised together, as rows along the last normalised axis.
static void layer_norm(const void *context, int64_t begin, int64_t end) {
  const struct layer_norm *task = context;
  onednn_axis row = task->normalised[ONEDNN_AXES - 1];
  int64_t rows = items(task->normalised, ONEDNN_AXES - 1);
  double count = (double)(rows * row.length);
  for (int64_t item = begin; item < end; item++) {
    struct place start = place_of(task->kept, ONEDNN_AXES, item);
    double sum = 0, squares = 0;
    for (int64_t index = 0; index < rows; index++) {
      const float *x = task->x + start.a + place_of(task->normalised, ONEDNN_AXES - 1, index).a;
      for (int64_t element = 0; element < row.length; element++) sum += x[element * row.a];
    }
    double mean = sum / count;
    for (int64_t index = 0; index < rows; index++) {
      const float *x = task->x + start.a + place_of(task->normalised, ONEDNN_AXES - 1, index).a;
      for (int64_t element = 0; element < row.length; element++) {
        double difference = x[element * row.a] - mean;
        squares += difference * difference;
      }
    }
    double inverse = 1 / sqrt(squares / count + task->eps);
    for (int64_t index = 0; index < rows; index++) {
      struct place place = place_of(task->normalised, ONEDNN_AXES - 1, index);
      const float *x = task->x + start.a + place.a;
      const float *weight = task->weight + place.b, *bias = task->bias + place.b;
      float *out = task->out + start.out + place.out;
      for (int64_t element = 0; element < row.length; element++) {
        double value = (x[element * row.a] - mean) * inverse;
        out[element * row.out] =
            (float)(value * weight[element * row.b] + bias[element * row.b]);
      }
    }
  }
}

void onednn_layer_norm(
    const float *x, float *out, const float *weight, const float *bias, double eps,
    const onednn_axis *kept, const onednn_axis *normalised) {
  struct layer_norm task = {x, out, weight, bias, eps, kept, normalised};
  parallel(
      items(kept, ONEDNN_AXES), 3 * items(normalised, ONEDNN_AXES), layer_norm, &task);
}

#endif
