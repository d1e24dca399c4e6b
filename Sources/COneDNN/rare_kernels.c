#ifdef ONEDNN

#include <math.h>
#include <string.h>

#include "library.h"
#include "parallel.h"

// Kernels for small or rare tensors, with plain loops.

static const float *pixel_of(const onednn_view *view, int64_t image, int64_t pixel) {
  return view->data + image * view->image + pixel * view->pixel;
}

// MARK: The input

struct from_nchw {
  const float *x;
  onednn_view out;
  onednn_extent extent;
};

static void from_nchw(const void *context, int64_t begin, int64_t end) {
  const struct from_nchw *task = context;
  int64_t pixels = task->extent.pixels, channels = task->extent.channels;
  for (int64_t index = begin; index < end; index++) {
    int64_t image = index / pixels, pixel = index % pixels;
    const float *x = task->x + image * channels * pixels + pixel;
    float *out = (float *)pixel_of(&task->out, image, pixel);
    for (int64_t channel = 0; channel < channels; channel++) out[channel] = x[channel * pixels];
  }
}

void onednn_from_nchw(const float *x, onednn_view out, onednn_extent extent) {
  struct from_nchw task = {x, out, extent};
  parallel(extent.images * extent.pixels, extent.channels, from_nchw, &task);
}

// MARK: Sigmoid

struct sigmoid {
  onednn_view x, out;
  onednn_extent extent;
};

static void sigmoid(const void *context, int64_t begin, int64_t end) {
  const struct sigmoid *task = context;
  int64_t pixels = task->extent.pixels;
  for (int64_t index = begin; index < end; index++) {
    const float *x = pixel_of(&task->x, index / pixels, index % pixels);
    float *out = (float *)pixel_of(&task->out, index / pixels, index % pixels);
    for (int64_t channel = 0; channel < task->extent.channels; channel++) {
      out[channel] = 1 / (1 + expf(-x[channel]));
    }
  }
}

void onednn_sigmoid(onednn_view x, onednn_view out, onednn_extent extent) {
  struct sigmoid task = {x, out, extent};
  parallel(extent.images * extent.pixels, 16 * extent.channels, sigmoid, &task);
}

// MARK: Means

struct mean {
  onednn_view x;
  float *out;
  onednn_extent extent;
};

/// An item is a channel of an image.
static void mean(const void *context, int64_t begin, int64_t end) {
  const struct mean *task = context;
  int64_t channels = task->extent.channels;
  for (int64_t index = begin; index < end; index++) {
    double sum = 0;
    for (int64_t pixel = 0; pixel < task->extent.pixels; pixel++) {
      sum += pixel_of(&task->x, index / channels, pixel)[index % channels];
    }
    task->out[index] = (float)(sum / (double)task->extent.pixels);
  }
}

void onednn_mean(onednn_view x, float *out, onednn_extent extent) {
  struct mean task = {x, out, extent};
  parallel(extent.images * extent.channels, extent.pixels, mean, &task);
}

struct group_norm {
  onednn_view x;
  int64_t groups;
  double eps;
  const float *weight, *bias;
  float *scale, *shift;
  onednn_extent extent;
};

/// An item is a group of an image.
static void group_norm(const void *context, int64_t begin, int64_t end) {
  const struct group_norm *task = context;
  int64_t pixels = task->extent.pixels, channels = task->extent.channels;
  int64_t width = channels / task->groups;
  for (int64_t index = begin; index < end; index++) {
    int64_t image = index / task->groups, first = index % task->groups * width;
    double sum = 0, squares = 0, count = (double)(width * pixels);
    for (int64_t pixel = 0; pixel < pixels; pixel++) {
      const float *x = pixel_of(&task->x, image, pixel) + first;
      for (int64_t channel = 0; channel < width; channel++) sum += x[channel];
    }
    for (int64_t pixel = 0; pixel < pixels; pixel++) {
      const float *x = pixel_of(&task->x, image, pixel) + first;
      for (int64_t channel = 0; channel < width; channel++) {
        double difference = x[channel] - sum / count;
        squares += difference * difference;
      }
    }
    double inverse = 1 / sqrt(squares / count + task->eps);
    for (int64_t channel = first; channel < first + width; channel++) {
      double scale = task->weight[channel] * inverse;
      task->scale[image * channels + channel] = (float)scale;
      task->shift[image * channels + channel] =
          (float)(task->bias[channel] - sum / count * scale);
    }
  }
}

void onednn_group_norm(
    onednn_view x, int64_t groups, double eps, const float *weight, const float *bias,
    float *scale, float *shift, onednn_extent extent) {
  struct group_norm task = {x, groups, eps, weight, bias, scale, shift, extent};
  int64_t work = extent.channels / groups * extent.pixels;
  parallel(extent.images * groups, work, group_norm, &task);
}

// MARK: Deformable convolution

struct deform {
  onednn_view x, offsets, mask;
  float *out;
  const onednn_window *window;
  int64_t groups, deform_groups;
};

/// Adds `weight` times the channels of a pixel to `out`; pixels outside of the image are 0.
static void accumulate(
    const struct deform *task, int64_t image, int64_t row, int64_t column, int64_t channel,
    int64_t count, float weight, float *out) {
  const onednn_window *window = task->window;
  if (row < 0 || row >= window->in_size[0] || column < 0 || column >= window->in_size[1]) return;
  const float *x = pixel_of(&task->x, image, row * window->in_size[1] + column) + channel;
  for (int64_t index = 0; index < count; index++) out[index] += weight * x[index];
}

/// Samples `count` channels of one deformable group bilinearly at (row, column), times `factor`.
static void sample(
    const struct deform *task, int64_t image, float row, float column, float factor,
    int64_t channel, int64_t count, float *out) {
  const onednn_window *window = task->window;
  memset(out, 0, (size_t)count * sizeof *out);
  if (isnan(row) || isnan(column)) {
    for (int64_t index = 0; index < count; index++) out[index] = NAN;
    return;
  }
  bool is_inside = row > -1 && row < (float)window->in_size[0] && column > -1 &&
      column < (float)window->in_size[1];
  if (!is_inside) return;
  int64_t top = (int64_t)floorf(row), left = (int64_t)floorf(column);
  float down = row - (float)top, right = column - (float)left;
  accumulate(task, image, top, left, channel, count, (1 - down) * (1 - right) * factor, out);
  accumulate(task, image, top, left + 1, channel, count, (1 - down) * right * factor, out);
  accumulate(task, image, top + 1, left, channel, count, down * (1 - right) * factor, out);
  accumulate(task, image, top + 1, left + 1, channel, count, down * right * factor, out);
}

/// An item is an output pixel.
static void deform(const void *context, int64_t begin, int64_t end) {
  const struct deform *task = context;
  const onednn_window *window = task->window;
  int64_t positions = window->kernel[0] * window->kernel[1];
  int64_t width = window->channels / task->groups;
  int64_t deform_width = window->channels / task->deform_groups;
  int64_t pixels = window->out_size[0] * window->out_size[1];
  for (int64_t index = begin; index < end; index++) {
    int64_t image = index / pixels, pixel = index % pixels;
    int64_t row = pixel / window->out_size[1], column = pixel % window->out_size[1];
    const float *offsets = pixel_of(&task->offsets, image, pixel);
    const float *mask = task->mask.data ? pixel_of(&task->mask, image, pixel) : NULL;
    float *out = task->out + index * window->channels * positions;
    for (int64_t position = 0; position < positions; position++) {
      int64_t y = row * window->stride[0] - window->padding[0] +
          position / window->kernel[1] * window->dilation[0];
      int64_t z = column * window->stride[1] - window->padding[1] +
          position % window->kernel[1] * window->dilation[1];
      // Runs of channels that belong to one group of the weights and one deformable group.
      for (int64_t channel = 0, count; channel < window->channels; channel += count) {
        int64_t group = channel / width, deform_group = channel / deform_width;
        int64_t group_end = (group + 1) * width, deform_end = (deform_group + 1) * deform_width;
        count = (group_end < deform_end ? group_end : deform_end) - channel;
        int64_t entry = deform_group * positions + position;
        sample(
            task, image, (float)y + offsets[2 * entry], (float)z + offsets[2 * entry + 1],
            mask ? mask[entry] : 1, channel, count,
            out + (group * positions + position) * width + channel % width);
      }
    }
  }
}

void onednn_deform(
    onednn_view x, onednn_view offsets, onednn_view mask, float *out, const onednn_window *window,
    int64_t groups, int64_t deform_groups) {
  struct deform task = {x, offsets, mask, out, window, groups, deform_groups};
  int64_t items = window->images * window->out_size[0] * window->out_size[1];
  parallel(items, window->channels * window->kernel[0] * window->kernel[1], deform, &task);
}

#endif
