#include "fork_gate.h"
#include "streams.h"

#include <limits.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>

#include "on_demand.h"

// The memory that a decoder may use: xz's largest preset needs 65 MiB, but a header can demand gigabytes.
static const uint64_t most_memory = 100 << 20;
static const int largest_zstandard_window = 26;

struct bzip2_stream {
  const uint8_t *next_in;
  unsigned avail_in, total_in_low, total_in_high;
  uint8_t *next_out;
  unsigned avail_out, total_out_low, total_out_high;
  void *state, *allocate, *release, *context;
};

struct lzma_stream {
  const uint8_t *next_in;
  size_t avail_in;
  uint64_t total_in;
  uint8_t *next_out;
  size_t avail_out;
  uint64_t total_out;
  const void *allocator;
  void *internal;
  void *reserved_pointers[4];
  uint64_t reserved_numbers[2];
  size_t reserved_sizes[2];
  int reserved_choices[2];
};

struct zstandard_buffer {
  void *bytes;
  size_t size, position;
};

struct stream_decoder {
  enum stream_format format;
  struct bzip2_stream bzip2;
  struct lzma_stream lzma;
  void *context;
};

static struct {
  int (*begin)(struct bzip2_stream *, int, int), (*step)(struct bzip2_stream *),
      (*end)(struct bzip2_stream *);
} bzip2;
static struct {
  int (*xz)(struct lzma_stream *, uint64_t, uint32_t), (*alone)(struct lzma_stream *, uint64_t),
      (*step)(struct lzma_stream *, int);
  void (*end)(struct lzma_stream *);
} lzma;
static struct {
  void *(*begin)(void);
  size_t (*limit)(void *, int, int);
  size_t (*step)(void *, struct zstandard_buffer *, struct zstandard_buffer *);
  unsigned (*is_error)(size_t);
  size_t (*end)(void *);
} zstandard;
static struct {
  size_t (*begin)(void **, unsigned);
  size_t (*step)(void *, void *, size_t *, const void *, size_t *, const void *);
  unsigned (*is_error)(size_t);
  size_t (*end)(void *);
} lz4;
static bool has_bzip2, has_lzma, has_zstandard, has_lz4;

static void load(void) {
  static const char *const bzip2_files[] = {"libbz2.so.1.0", NULL};
  static const char *const bzip2_names[] = {
      "BZ2_bzDecompressInit", "BZ2_bzDecompress", "BZ2_bzDecompressEnd", NULL};
  has_bzip2 = on_demand_symbols(bzip2_files, bzip2_names, (void **)&bzip2);
  static const char *const lzma_files[] = {"liblzma.so.5", NULL};
  static const char *const lzma_names[] = {
      "lzma_stream_decoder", "lzma_alone_decoder", "lzma_code", "lzma_end", NULL};
  has_lzma = on_demand_symbols(lzma_files, lzma_names, (void **)&lzma);
  static const char *const zstandard_files[] = {"libzstd.so.1", NULL};
  static const char *const zstandard_names[] = {
      "ZSTD_createDStream", "ZSTD_DCtx_setParameter", "ZSTD_decompressStream", "ZSTD_isError",
      "ZSTD_freeDStream",   NULL};
  has_zstandard = on_demand_symbols(zstandard_files, zstandard_names, (void **)&zstandard);
  static const char *const lz4_files[] = {"liblz4.so.1", NULL};
  static const char *const lz4_names[] = {
      "LZ4F_createDecompressionContext", "LZ4F_decompress", "LZ4F_isError",
      "LZ4F_freeDecompressionContext", NULL};
  has_lz4 = on_demand_symbols(lz4_files, lz4_names, (void **)&lz4);
}

bool stream_has_library(enum stream_format format) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  fork_gate_once(&once, load);
  switch (format) {
    case STREAM_BZIP2: return has_bzip2;
    case STREAM_XZ:
    case STREAM_LZMA: return has_lzma;
    case STREAM_ZSTANDARD: return has_zstandard;
    case STREAM_LZ4: return has_lz4;
  }
  return false;
}

static bool begin(struct stream_decoder *decoder) {
  switch (decoder->format) {
    case STREAM_BZIP2: return bzip2.begin(&decoder->bzip2, 0, 0) == 0;
    case STREAM_XZ: return lzma.xz(&decoder->lzma, most_memory, 0) == 0;
    case STREAM_LZMA: return lzma.alone(&decoder->lzma, most_memory) == 0;
    case STREAM_ZSTANDARD:
      if (!(decoder->context = zstandard.begin())) return false;
      zstandard.limit(decoder->context, 100, largest_zstandard_window);  // windowLogMax
      return true;
    case STREAM_LZ4: return !lz4.is_error(lz4.begin(&decoder->context, 100));
  }
  return false;
}

struct stream_decoder *stream_open(enum stream_format format) {
  if (!stream_has_library(format)) return NULL;
  struct stream_decoder *decoder = calloc(1, sizeof *decoder);
  if (!decoder) return NULL;
  decoder->format = format;
  if (begin(decoder)) return decoder;
  free(decoder);
  return NULL;
}

void stream_close(struct stream_decoder *decoder) {
  switch (decoder->format) {
    case STREAM_BZIP2: bzip2.end(&decoder->bzip2); break;
    case STREAM_XZ:
    case STREAM_LZMA: lzma.end(&decoder->lzma); break;
    case STREAM_ZSTANDARD: zstandard.end(decoder->context); break;
    case STREAM_LZ4: lz4.end(decoder->context); break;
  }
  free(decoder);
}

static enum stream_state bzip2_step(
    struct bzip2_stream *stream, const uint8_t *input, size_t *input_count, uint8_t *output,
    size_t *output_count) {
  size_t available = *input_count < INT_MAX ? *input_count : INT_MAX;
  stream->next_in = input;
  stream->avail_in = (unsigned)available;
  stream->next_out = output;
  stream->avail_out = (unsigned)*output_count;
  int status = bzip2.step(stream);
  *input_count = available - stream->avail_in;
  *output_count -= stream->avail_out;
  return status == 0 ? STREAM_MORE : status == 4 ? STREAM_END : STREAM_DAMAGED;
}

static enum stream_state lzma_step(
    struct lzma_stream *stream, const uint8_t *input, size_t *input_count, uint8_t *output,
    size_t *output_count) {
  stream->next_in = input;
  stream->avail_in = *input_count;
  stream->next_out = output;
  stream->avail_out = *output_count;
  int status = lzma.step(stream, 0);
  *input_count -= stream->avail_in;
  *output_count -= stream->avail_out;
  switch (status) {
    case 0: return STREAM_MORE;
    case 1: return STREAM_END;
    case 5:  // LZMA_MEM_ERROR
    case 6: return STREAM_TOO_LARGE;
    default: return STREAM_DAMAGED;
  }
}

static enum stream_state zstandard_step(
    void *context, const uint8_t *input, size_t *input_count, uint8_t *output,
    size_t *output_count) {
  struct zstandard_buffer in = {(void *)input, *input_count, 0}, out = {output, *output_count, 0};
  size_t left = zstandard.step(context, &out, &in);
  *input_count = in.position;
  *output_count = out.position;
  if (!zstandard.is_error(left)) return left == 0 ? STREAM_END : STREAM_MORE;
  return (int)-left == 16 ? STREAM_TOO_LARGE : STREAM_DAMAGED;  // ZSTD_error_frameParameter_windowTooLarge
}

enum stream_state stream_step(
    struct stream_decoder *decoder, const uint8_t *input, size_t *input_count, uint8_t *output,
    size_t *output_count) {
  switch (decoder->format) {
    case STREAM_BZIP2:
      return bzip2_step(&decoder->bzip2, input, input_count, output, output_count);
    case STREAM_XZ:
    case STREAM_LZMA:
      return lzma_step(&decoder->lzma, input, input_count, output, output_count);
    case STREAM_ZSTANDARD:
      return zstandard_step(decoder->context, input, input_count, output, output_count);
    case STREAM_LZ4: {
      size_t left = lz4.step(decoder->context, output, output_count, input, input_count, NULL);
      if (lz4.is_error(left)) return STREAM_DAMAGED;
      return left == 0 ? STREAM_END : STREAM_MORE;
    }
  }
  return STREAM_DAMAGED;
}
