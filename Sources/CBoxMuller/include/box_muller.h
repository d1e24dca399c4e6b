#ifndef BOX_MULLER_H
#define BOX_MULLER_H

#include <stddef.h>

/// Transforms `blocks` runs of 16 uniforms in [0, 1) into normals, in place, bit-identical to PyTorch's
/// AVX2 kernel: elements j and j + 8 of a run become
/// sqrt(-2 ln(1 - u[j])) * cos and sin (2 pi u[j + 8]) * std + mean, for j in 0..<8.
///
/// This is C because Swift cannot compile one function for AVX2 and FMA within a program that also
/// has to run without them.
void box_muller_fill(float *data, size_t blocks, float mean, float std);

/// The same without AVX2 and FMA on any processor, for tests.
void box_muller_fill_portable(float *data, size_t blocks, float mean, float std);

#endif
