// Decodes images and unpacks streams that are damaged at random, and folds CRCs of them: the parts in
// C, for the address and the undefined-behaviour sanitizer (`scripts/sanitize.sh undefined`).
// Arguments: files.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fold.h"
#include "images.h"
#include "streams.h"

enum { copies = 3000 };

// Knuth's MMIX generator, its upper half: the same numbers in each run.
static uint32_t next(void) {
  static uint64_t state = 0x5eed;
  state = state * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(state >> 32);
}

static unsigned char *read_file(const char *path, size_t *count) {
  FILE *file = fopen(path, "rb");
  if (!file) return NULL;
  fseek(file, 0, SEEK_END);
  *count = (size_t)ftell(file);
  rewind(file);
  unsigned char *bytes = malloc(*count);
  if (fread(bytes, 1, *count, file) != *count) *count = 0;
  fclose(file);
  return bytes;
}

// The bytes cut or changed, in memory that ends where they end.
static unsigned char *damaged(const unsigned char *bytes, size_t *count) {
  size_t length = next() % 3 ? *count : next() % (*count + 1);
  unsigned char *result = malloc(length ? length : 1);
  memcpy(result, bytes, length);
  for (unsigned changes = next() % 6; changes > 0 && length > 0; changes--)
    result[next() % length] = (unsigned char)next();
  *count = length;
  return result;
}

// Whether the bytes could be unpacked as `format`.
static bool unpack(enum stream_format format, const unsigned char *bytes, size_t length) {
  struct stream_decoder *decoder = stream_open(format);
  if (!decoder) return false;
  unsigned char output[4096];
  enum stream_state state = STREAM_MORE;
  for (size_t position = 0, total = 0; state == STREAM_MORE && total < 1 << 20;) {
    size_t consumed = length - position, made = 1 + next() % sizeof output;
    state = stream_step(decoder, bytes + position, &consumed, output, &made);
    position += consumed;
    total += made;
    if (!consumed && !made) break;
  }
  stream_close(decoder);
  return state == STREAM_END;
}

int main(int count, char **arguments) {
  long runs = 0, images = 0, streams = 0;
  for (int index = 1; index < count; index++) {
    size_t size = 0;
    unsigned char *original = read_file(arguments[index], &size);
    if (!original || !size) return 1;
    for (int copy = 0; copy < copies; copy++, runs++) {
      size_t length = size;
      unsigned char *bytes = damaged(original, &length);
      if (original[0] == 0x89 || original[0] == 0xff) {
        struct pthconv_image image = {0};
        char message[200];
        (original[0] == 0x89 ? pthconv_decode_png : pthconv_decode_jpeg)(
            bytes, length, 1 << 22, &image, message);
        images += image.pixels != NULL;
        free(image.pixels);
      } else {
        for (enum stream_format format = STREAM_BZIP2; format <= STREAM_LZ4; format++)
          streams += unpack(format, bytes, length);
      }
      uint8_t rest[16];
      size_t skipped = length ? next() % length % 16 : 0;
      pthconv_crc32_fold(next(), bytes + skipped, length - skipped, rest);
      free(bytes);
    }
    free(original);
  }
  printf("%ld runs, %ld images, %ld streams\n", runs, images, streams);
  return images > 0 && streams > 0 ? 0 : 1;
}
