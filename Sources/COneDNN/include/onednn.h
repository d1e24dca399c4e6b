#ifndef ONEDNN_H
#define ONEDNN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "onednn_kernels.h"

/// The part of oneDNN that the engine uses: convolutions on channels-last tensors.
///
/// libdnnl is loaded with dlopen when it is first needed, since linking with it would add more than a
/// millisecond to every start of the program.

/// Loads libdnnl once; thread-safe. Returns NULL on success, otherwise an error message. No other function of
/// this header may be called before this one has returned NULL.
const char *onednn_load(void);

/// Sets the number of threads for the calling thread's parallel regions, in oneDNN and in onednn_kernels.h; returns
/// the previous number.
int onednn_set_threads(int threads);

/// A convolution of float32 tensors; pairs are height and width.
typedef struct {
  int64_t images, groups, in_channels, out_channels;
  int64_t in_size[2], out_size[2], kernel[2], stride[2], padding[2], dilation[2];
  /// Whether the result is added to the destination's values.
  bool adds;
  /// If positive, results are clamped to 0…ceiling after the addition; infinity for a plain ReLU.
  float ceiling;
  /// Whether to use Winograd's algorithm, with nChw16c tensors; otherwise tensors are dense nhwc.
  bool is_winograd;
} onednn_convolution_spec;

/// A compiled convolution.
typedef struct onednn_convolution onednn_convolution;

/// Compiles a convolution for the current number of threads; NULL if oneDNN has no implementation.
onednn_convolution *onednn_convolution_create(const onednn_convolution_spec *spec);
void onednn_convolution_destroy(onednn_convolution *convolution);

/// Bytes of the scratch memory that an execution needs.
size_t onednn_convolution_scratch_bytes(const onednn_convolution *convolution);

/// Bytes of the weights in the layout that the convolution reads.
size_t onednn_convolution_weight_bytes(const onednn_convolution *convolution);

/// Whether two convolutions read their weights in the same layout.
bool onednn_convolution_shares_weights(
    const onednn_convolution *convolution, const onednn_convolution *other);

/// oneDNN's name of the kernel.
const char *onednn_convolution_kernel(const onednn_convolution *convolution);

/// Reorders `[out, in / groups, height, width]` weights into the convolution's layout; false if oneDNN fails.
bool onednn_convolution_pack(
    const onednn_convolution *convolution, const float *weights, void *packed);

/// A convolution bound to its weights and memory. The convolution and all memory must outlive it.
typedef struct onednn_call onednn_call;

/// Binds a convolution; NULL if that fails. All addresses must be aligned to 64 bytes; `bias` has one element per
/// output channel.
onednn_call *onednn_call_create(
    const onednn_convolution *convolution, const void *weights, const float *bias,
    const float *source, float *destination, void *scratch);
void onednn_call_destroy(onednn_call *call);

/// Runs the convolution; false if oneDNN fails. Must not run on the same memory in two threads at once.
bool onednn_call_run(const onednn_call *call);

#endif
