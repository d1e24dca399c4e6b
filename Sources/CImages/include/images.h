// PNG by libpng and JPEG by libturbojpeg, both loaded when first used.

#ifndef PTHCONV_IMAGES_H
#define PTHCONV_IMAGES_H

#include <stddef.h>

/// Rows of red, green and blue bytes, top row first, without gaps. `free` releases the pixels.
struct pthconv_image {
  unsigned width, height;
  unsigned char *pixels;
};

/// Decodes as Pillow's `convert("RGB")` does: grey and palettes become colours, transparency is
/// dropped, of 16 bits the upper 8 stay; colour profiles and gamma are not applied.
///
/// Returns 0, or 1 with a sentence in `message`. An image of more than `pixel_limit` pixels is
/// refused before memory is taken.
int pthconv_decode_png(
    const void *bytes, size_t count, size_t pixel_limit, struct pthconv_image *image,
    char message[200]);
int pthconv_decode_jpeg(
    const void *bytes, size_t count, size_t pixel_limit, struct pthconv_image *image,
    char message[200]);

#endif
