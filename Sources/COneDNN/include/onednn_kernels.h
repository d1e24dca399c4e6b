#ifndef ONEDNN_KERNELS_H
#define ONEDNN_KERNELS_H

#include <stdbool.h>
#include <stdint.h>

// The operations between the convolutions, on float32 tensors and on as many threads as
// onednn_set_threads has set. Every loop runs over vectors of 16 channels, for the processor at
// hand (AVX-512, AVX2 or neither).

/// Keeps the kernels from using vectors of more bits (512: no limit), for tests.
void onednn_limit_vectors(int bits);

/// The channels of a tensor, or a part of them: nhwc with any distance between pixels, or nChw16c.
/// Strides in elements.
typedef struct {
  float *data;
  /// From one pixel, and from one run of 16 channels, to the next.
  int64_t pixel, block;
  /// From one image to the next.
  int64_t image;
  /// nChw16c: channels beyond the last are there, and 0.
  bool is_blocked;
} onednn_view;

/// Number of images, pixels of each, and channels.
typedef struct {
  int64_t images, pixels, channels;
} onednn_extent;

/// out = a + b, or a if `b` has no data; results are cut to 0…ceiling if that is positive. If `copy`
/// has data, a is also written there. The outputs must not overlap b, nor (unless equal) a.
void onednn_add(
    onednn_view a, onednn_view b, onednn_view copy, onednn_view out, onednn_extent extent,
    float ceiling);

/// out[channel] = x[channel] * scale[channel] + shift[channel]; both nhwc, the coefficients of one
/// image after the other if `per_image`.
void onednn_scale(
    onednn_view x, const float *scale, const float *shift, bool per_image, onednn_view out,
    onednn_extent extent, float ceiling);

/// nchw to nhwc.
void onednn_from_nchw(const float *x, onednn_view out, onednn_extent extent);

/// Anything to nchw.
void onednn_to_nchw(onednn_view x, float *out, onednn_extent extent);

/// A window that slides over images; pairs are height and width.
typedef struct {
  int64_t images, channels;
  int64_t in_size[2], out_size[2], kernel[2], stride[2], padding[2], dilation[2];
} onednn_window;

/// Maximum; the padding counts as minus infinity. nhwc.
void onednn_max_pool(onednn_view x, onednn_view out, const onednn_window *window);

/// Mean; the padding counts as zeros if `counts_padding`. nhwc.
void onednn_avg_pool(
    onednn_view x, onednn_view out, const onednn_window *window, bool counts_padding);

/// 1 / (1 + exp(-x)), nhwc.
void onednn_sigmoid(onednn_view x, onednn_view out, onednn_extent extent);

/// x times the normal distribution's function of x, or its approximation by tanh. nhwc.
void onednn_gelu(onednn_view x, onednn_view out, onednn_extent extent, bool approximates);

/// Axes that a kernel has loops for.
#define ONEDNN_AXES 4

/// An axis of a result: its length, and how far apart neighbours lie in two operands and in the
/// result.
typedef struct {
  int64_t length, a, b, out;
} onednn_axis;

/// out = a * b, the last of the ONEDNN_AXES axes innermost.
void onednn_multiply(const float *a, const float *b, float *out, const onednn_axis *axes);

/// (x - mean) / sqrt(variance + eps) * weight + bias, with mean and variance over the `normalised`
/// of all axes, ONEDNN_AXES of each kind; x has the distances `a`, weight and bias have `b`.
void onednn_layer_norm(
    const float *x, float *out, const float *weight, const float *bias, double eps,
    const onednn_axis *kept, const onednn_axis *normalised);

/// Mean of each channel of each image, nhwc to `[images, channels]`.
void onednn_mean(onednn_view x, float *out, onednn_extent extent);

/// The scale and shift, for each image and channel, that a group norm comes to. nhwc.
void onednn_group_norm(
    onednn_view x, int64_t groups, double eps, const float *weight, const float *bias,
    float *scale, float *shift, onednn_extent extent);

/// Samples the input of a deformable convolution (`torchvision.ops.deform_conv2d`): for each
/// output pixel, the channels at kernel position 0, then at position 1 and so on, group by group.
/// `offsets`, `mask` (no data: version 1) and `x` are nhwc; `out` is dense.
void onednn_deform(
    onednn_view x, onednn_view offsets, onednn_view mask, float *out, const onednn_window *window,
    int64_t groups, int64_t deform_groups);

/// Sums over pixels, nhwc. Every image's pixels are shared between `parts`; each part of each image
/// gets the sums of its channels and then the sums of their squares. Both are taken of the distance to
/// the channel's value at the image's first pixel, so that nothing is lost where a mean is large.
void onednn_sums(onednn_view x, int64_t parts, double *sums, onednn_extent extent);

/// Folds a batch norm into weights: weights[row][i] *= scale[row], in float64.
void onednn_fold(float *weights, const double *scale, int64_t rows, int64_t columns);

#endif
