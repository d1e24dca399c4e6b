#include "fork_gate.h"
#include "images.h"
#include "on_demand.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <turbojpeg.h>

#define TURBOJPEG_FUNCTIONS(X) \
  X(tjDecompress2) \
  X(tjDecompressHeader3) \
  X(tjDestroy) \
  X(tjGetErrorStr2) \
  X(tjInitDecompress)

static struct {
  TURBOJPEG_FUNCTIONS(ON_DEMAND_POINTER)
} turbojpeg;
static bool has_turbojpeg;

static void load_turbojpeg(void) {
  static const char *const libraries[] = {"libturbojpeg.so.0", NULL};
  static const char *const names[] = {TURBOJPEG_FUNCTIONS(ON_DEMAND_NAME) NULL};
  has_turbojpeg = on_demand_symbols(libraries, names, (void **)&turbojpeg);
}

int pthconv_decode_jpeg(
    const void *bytes, size_t count, size_t pixel_limit, struct pthconv_image *image,
    char message[200]) {
  static pthread_once_t once = PTHREAD_ONCE_INIT;
  fork_gate_once(&once, load_turbojpeg);
  if (!has_turbojpeg) {
    snprintf(message, 200, "reading JPEG takes libturbojpeg (Debian's libturbojpeg0)");
    return 1;
  }
  tjhandle decoder = turbojpeg.tjInitDecompress();
  if (!decoder) {
    snprintf(message, 200, "there is not enough memory");
    return 1;
  }
  int width = 0, height = 0, subsampling, colorspace, failed = 1;
  unsigned char *pixels = NULL;
  if (turbojpeg.tjDecompressHeader3(
          decoder, bytes, count, &width, &height, &subsampling, &colorspace) != 0 ||
      width < 1 || height < 1) {
    snprintf(message, 200, "is no JPEG that can be read: %s", turbojpeg.tjGetErrorStr2(decoder));
  } else if (colorspace == TJCS_CMYK || colorspace == TJCS_YCCK) {
    // The conversion of CMYK to RGB depends on a printer's profile.
    snprintf(message, 200, "is a CMYK JPEG; save it as RGB");
  } else if ((size_t)width > pixel_limit / (size_t)height) {
    snprintf(
        message, 200, "has %d x %d pixels, more than are read from a file of its size", width,
        height);
  } else if (!(pixels = malloc((size_t)width * (size_t)height * 3))) {
    snprintf(message, 200, "there is not enough memory");
  } else if (turbojpeg.tjDecompress2(
                 decoder, bytes, count, pixels, width, 0, height, TJPF_RGB, 0) != 0) {
    snprintf(message, 200, "is a damaged JPEG: %s", turbojpeg.tjGetErrorStr2(decoder));
    free(pixels);
  } else {
    *image = (struct pthconv_image){(unsigned)width, (unsigned)height, pixels};
    failed = 0;
  }
  turbojpeg.tjDestroy(decoder);
  return failed;
}
