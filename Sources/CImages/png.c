#include "fork_gate.h"
#include "images.h"
#include "on_demand.h"

#include <png.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIBPNG_FUNCTIONS(X) \
  X(png_create_info_struct) \
  X(png_create_read_struct) \
  X(png_destroy_read_struct) \
  X(png_get_error_ptr) \
  X(png_get_image_height) \
  X(png_get_image_width) \
  X(png_get_io_ptr) \
  X(png_get_rowbytes) \
  X(png_read_image) \
  X(png_read_info) \
  X(png_read_update_info) \
  X(png_set_expand) \
  X(png_set_gray_to_rgb) \
  X(png_set_interlace_handling) \
  X(png_set_read_fn) \
  X(png_set_strip_16) \
  X(png_set_strip_alpha) \
  X(png_set_user_limits)

static struct {
  LIBPNG_FUNCTIONS(ON_DEMAND_POINTER)
} libpng;
static bool has_libpng;

static void load_libpng(void) {
  static const char *const libraries[] = {"libpng16.so.16", NULL};
  static const char *const names[] = {LIBPNG_FUNCTIONS(ON_DEMAND_NAME) NULL};
  has_libpng = on_demand_symbols(libraries, names, (void **)&libpng);
}

struct input {
  const unsigned char *next;
  size_t left;
};

/// The state of one decoding. It is on the heap, because longjmp makes changed local variables indeterminate.
struct decoding {
  png_structp png;
  png_infop info;
  unsigned char *pixels;
  png_bytep *rows;
  jmp_buf failure;
  char *message;
};

static void fail(png_structp png, png_const_charp text) {
  struct decoding *decoding = libpng.png_get_error_ptr(png);
  snprintf(decoding->message, 200, "is a damaged PNG: %s", text);
  longjmp(decoding->failure, 1);
}

static void ignore(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  struct input *input = libpng.png_get_io_ptr(png);
  if (count > input->left) fail(png, "it is cut off");
  memcpy(target, input->next, count);
  input->next += count;
  input->left -= count;
}

/// Decodes into `image`, or jumps to `decoding->failure`.
static void decode(struct decoding *decoding, size_t pixel_limit, struct pthconv_image *image) {
  png_structp png = decoding->png;
  // Replaces libpng's limit of 1,000,000 in each direction; no real image is larger than this one.
  libpng.png_set_user_limits(png, 1 << 24, 1 << 24);
  libpng.png_read_info(png, decoding->info);
  size_t width = libpng.png_get_image_width(png, decoding->info);
  size_t height = libpng.png_get_image_height(png, decoding->info);
  if (width > pixel_limit / height) {
    snprintf(
        decoding->message, 200, "has %zu x %zu pixels, more than are read from a file of its size",
        width, height);
    longjmp(decoding->failure, 1);
  }
  libpng.png_set_expand(png);
  libpng.png_set_strip_16(png);
  libpng.png_set_gray_to_rgb(png);
  libpng.png_set_strip_alpha(png);
  libpng.png_set_interlace_handling(png);
  libpng.png_read_update_info(png, decoding->info);
  if (libpng.png_get_rowbytes(png, decoding->info) != width * 3) fail(png, "odd rows");
  decoding->pixels = malloc(width * height * 3);
  decoding->rows = malloc(height * sizeof(png_bytep));
  if (!decoding->pixels || !decoding->rows) fail(png, "there is not enough memory for it");
  for (size_t row = 0; row < height; row++) decoding->rows[row] = decoding->pixels + row * width * 3;
  libpng.png_read_image(png, decoding->rows);
  *image = (struct pthconv_image){(unsigned)width, (unsigned)height, decoding->pixels};
}

int pthconv_decode_png(
    const void *bytes, size_t count, size_t pixel_limit, struct pthconv_image *image,
    char message[200]) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  fork_gate_once(&once, load_libpng);
  if (!has_libpng) {
    snprintf(message, 200, "reading PNG takes libpng (Debian's libpng16-16)");
    return 1;
  }
  struct decoding *decoding = calloc(1, sizeof *decoding);
  struct input input = {bytes, count};
  snprintf(message, 200, "there is not enough memory");
  if (!decoding) return 1;
  decoding->message = message;
  int failed = 1;
  decoding->png =
      libpng.png_create_read_struct(PNG_LIBPNG_VER_STRING, decoding, fail, ignore);
  if (decoding->png) decoding->info = libpng.png_create_info_struct(decoding->png);
  if (decoding->info) {
    libpng.png_set_read_fn(decoding->png, &input, read_bytes);
    failed = setjmp(decoding->failure);
    if (!failed) decode(decoding, pixel_limit, image);
  }
  libpng.png_destroy_read_struct(&decoding->png, &decoding->info, NULL);
  free(decoding->rows);
  if (failed) free(decoding->pixels);
  free(decoding);
  return failed;
}
