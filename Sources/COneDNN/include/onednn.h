#ifndef ONEDNN_H
#define ONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onednn_kernels.h"

/// The part of oneDNN that the engine uses: convolutions on channels-last tensors.
///
/// libdnnl is opened when it is first needed. Linking a program with it would cost every start
/// more than a millisecond, whatever the program then does.

/// Opens libdnnl, once; safe to call from several threads. NULL if it is there, otherwise what is
/// wrong. Nothing else in this header may be called before this has returned NULL.
const char *onednn_load(void);

/// Sets the threads of the calling thread's parallel regions, oneDNN's and those of
/// onednn_kernels.h; returns what they were.
int onednn_set_threads(int threads);

/// A convolution of float32 tensors; pairs are height and width.
typedef struct {
  int64_t images, groups, in_channels, out_channels;
  int64_t in_size[2], out_size[2], kernel[2], stride[2], padding[2], dilation[2];
  /// Whether the result is added to what the destination holds.
  bool adds;
  /// Where positive, results are cut to 0…ceiling, after the addition; infinity for a plain ReLU.
  float ceiling;
  /// Whether Winograd's algorithm is wanted, on nChw16c tensors; otherwise the tensors are dense
  /// nhwc.
  bool is_winograd;
} onednn_convolution_spec;

/// A compiled convolution.
typedef struct onednn_convolution onednn_convolution;

/// Compiles a convolution for the current number of threads; NULL if oneDNN has none such.
onednn_convolution *onednn_convolution_create(const onednn_convolution_spec *spec);
void onednn_convolution_destroy(onednn_convolution *convolution);

/// Bytes of the working memory that an execution needs.
size_t onednn_convolution_scratch_bytes(const onednn_convolution *convolution);

/// Bytes of the weights in the layout that the convolution reads.
size_t onednn_convolution_weight_bytes(const onednn_convolution *convolution);

/// Whether two convolutions read their weights in the same layout.
bool onednn_convolution_shares_weights(
    const onednn_convolution *convolution, const onednn_convolution *other);

/// oneDNN's name of the kernel.
const char *onednn_convolution_kernel(const onednn_convolution *convolution);

/// Brings `[out, in / groups, height, width]` weights into the convolution's layout.
bool onednn_convolution_pack(
    const onednn_convolution *convolution, const float *weights, void *packed);

/// A convolution with its weights and its place in memory, which both must outlive it.
typedef struct onednn_call onednn_call;

/// All addresses aligned to 64 bytes; `bias` has one element per output channel.
onednn_call *onednn_call_create(
    const onednn_convolution *convolution, const void *weights, const float *bias,
    const float *source, float *destination, void *scratch);
void onednn_call_destroy(onednn_call *call);

/// Convolves. Not to be called for the same memory from two threads at once.
bool onednn_call_run(const onednn_call *call);

#endif
