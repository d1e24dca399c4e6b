#ifndef ONEDNN_KERNELS_H
#define ONEDNN_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

// The operations between the convolutions, on float32 tensors, with the number of threads of onednn_set_threads.
// Frequent operations process vectors of 16 channels, compiled for AVX-512, AVX2 and neither, and chosen at run time.

/// Limits the width of the kernels' vectors to `bits` (512: no limit), for tests.
void onednn_limit_vectors(int bits);

/// All or some channels of a tensor, in nhwc with any stride between pixels, or in nChw16c. Strides are in elements.
typedef struct {
  float *data;
  /// Stride between pixels, and between blocks of 16 channels.
  int64_t pixel, block;
  /// Stride between images.
  int64_t image;
  /// Whether the layout is nChw16c, in which the unused channels of the last block are 0.
  bool is_blocked;
} onednn_view;

/// Number of images, pixels of each, and channels.
typedef struct {
  int64_t images, pixels, channels;
} onednn_extent;

/// out = a + b, or a if `b` has no data; results are clamped to 0…ceiling if that is positive. If `copy`
/// has data, a is also written there. The outputs must not overlap b, nor a unless they are equal to a.
void onednn_add(
    onednn_view a, onednn_view b, onednn_view copy, onednn_view out, onednn_extent extent,
    float ceiling);

/// out[channel] = x[channel] * scale[channel] + shift[channel], then clamped as in onednn_add; x and out are nhwc.
/// With `per_image`, scale and shift are `[images, channels]`.
void onednn_scale(
    onednn_view x, const float *scale, const float *shift, bool per_image, onednn_view out,
    onednn_extent extent, float ceiling);

/// nchw to nhwc.
void onednn_from_nchw(const float *x, onednn_view out, onednn_extent extent);

/// nhwc or nChw16c to dense nchw.
void onednn_to_nchw(onednn_view x, float *out, onednn_extent extent);

/// A window that slides over images; pairs are height and width.
typedef struct {
  int64_t images, channels;
  int64_t in_size[2], out_size[2], kernel[2], stride[2], padding[2], dilation[2];
} onednn_window;

/// Max pooling; padding is minus infinity. nhwc.
void onednn_max_pool(onednn_view x, onednn_view out, const onednn_window *window);

/// Average pooling; with `counts_padding`, padding is included in the divisor. nhwc.
void onednn_avg_pool(
    onednn_view x, onednn_view out, const onednn_window *window, bool counts_padding);

/// 1 / (1 + exp(-x)), nhwc.
void onednn_sigmoid(onednn_view x, onednn_view out, onednn_extent extent);

/// GELU: x times the normal cumulative distribution function of x, or its tanh approximation. nhwc.
void onednn_gelu(onednn_view x, onednn_view out, onednn_extent extent, bool approximates);

/// Number of axes that a kernel has loops for.
#define ONEDNN_AXES 4

/// An axis of a result: its length, and its strides in two operands and in the result.
typedef struct {
  int64_t length, a, b, out;
} onednn_axis;

/// out = a * b, over ONEDNN_AXES axes, the last of which is the innermost loop.
void onednn_multiply(const float *a, const float *b, float *out, const onednn_axis *axes);

/// (x - mean) / sqrt(variance + eps) * weight + bias, with mean and variance over the `normalised` axes for each
/// position of the `kept` axes, ONEDNN_AXES of each kind. x has the strides `a`, weight and bias have `b`.
void onednn_layer_norm(
    const float *x, float *out, const float *weight, const float *bias, double eps,
    const onednn_axis *kept, const onednn_axis *normalised);

/// Mean of each channel of each image, nhwc to `[images, channels]`.
void onednn_mean(onednn_view x, float *out, onednn_extent extent);

/// Computes a group norm's scale and shift for each image and channel, for onednn_scale. nhwc.
void onednn_group_norm(
    onednn_view x, int64_t groups, double eps, const float *weight, const float *bias,
    float *scale, float *shift, onednn_extent extent);

/// Samples the input of a deformable convolution (`torchvision.ops.deform_conv2d`). For each output pixel `out` has,
/// group by group, the channels at kernel position 0, then at position 1 and so on.
/// `x`, `offsets` and `mask` (without data in version 1) are nhwc; `out` is dense.
void onednn_deform(
    onednn_view x, onednn_view offsets, onednn_view mask, float *out, const onednn_window *window,
    int64_t groups, int64_t deform_groups);

/// Sums over pixels, nhwc. Every image's pixels are divided into `parts`. `sums` is `[images, parts, 2, channels]`:
/// the sums and the sums of squares of the difference from the channel's value at the image's first pixel, which
/// avoids cancellation if the mean is large.
void onednn_sums(onednn_view x, int64_t parts, double *sums, onednn_extent extent);

/// Folds a batch norm into weights: weights[row][i] *= scale[row], in float64.
void onednn_fold(float *weights, const double *scale, int64_t rows, int64_t columns);

#endif
