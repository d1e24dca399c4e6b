// PNG by libpng and JPEG by libturbojpeg, both loaded when first used.

#ifndef PTHCONV_IMAGES_H
#define PTHCONV_IMAGES_H

#include <stddef.h>

/// Rows of red, green and blue bytes, top row first, without gaps. `free` releases the pixels.
struct pthconv_image {
  unsigned width, height;
  unsigned char *pixels;
};

/// Decodes as Pillow's `convert("RGB")` does: grey and palettes become RGB, transparency is dropped, 16-bit samples
/// keep their upper 8 bits; colour profiles and gamma are not applied.
///
/// Returns 0, or 1 with a sentence in `message`. An image of more than `pixel_limit` pixels is refused before memory
/// is allocated for it.
int pthconv_decode_png(
    const void *bytes, size_t count, size_t pixel_limit, struct pthconv_image *image,
    char message[200]);
int pthconv_decode_jpeg(
    const void *bytes, size_t count, size_t pixel_limit, struct pthconv_image *image,
    char message[200]);

#endif
