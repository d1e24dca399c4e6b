// Decoders for compressed streams, from system libraries that are loaded when a file needs them. The interfaces are
// old and stable, so they are declared here and no header is needed to build this.

#ifndef PTHCONV_STREAMS_H
#define PTHCONV_STREAMS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum stream_format { STREAM_BZIP2, STREAM_XZ, STREAM_LZMA, STREAM_ZSTANDARD, STREAM_LZ4 };

enum stream_state { STREAM_MORE, STREAM_END, STREAM_DAMAGED, STREAM_TOO_LARGE };

struct stream_decoder;

/// Whether the format's library is installed.
bool stream_has_library(enum stream_format format);

/// Creates a decoder; NULL if the format's library is not installed, or if there is not enough memory.
struct stream_decoder *stream_open(enum stream_format format);

/// Decodes from `input` to `output`, and sets both counts to the bytes read and written.
enum stream_state stream_step(
    struct stream_decoder *decoder, const uint8_t *input, size_t *input_count, uint8_t *output,
    size_t *output_count);

void stream_close(struct stream_decoder *decoder);

#endif
