// Calls every function of pthconv.h on the fixtures, and does what it asks its callers not to do
// where it says what happens then. `interface FIXTURES`; prints what does not hold.

#define _GNU_SOURCE

#include <malloc.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "pthconv.h"

static int failures;
static const char *fixtures;

#define CHECK(condition) \
  do { \
    if (!(condition)) { \
      printf("%s:%d: does not hold: %s\n", __FILE__, __LINE__, #condition); \
      failures++; \
    } \
  } while (0)

static const char *fixture(const char *name) {
  static char path[4096];
  snprintf(path, sizeof path, "%s/%s", fixtures, name);
  return path;
}

static pthconv_checkpoint *opened(const char *name) {
  pthconv_checkpoint *checkpoint = NULL;
  char *message = NULL;
  pthconv_status status = pthconv_open(fixture(name), NULL, &checkpoint, &message);
  if (status != PTHCONV_OK) {
    printf("%s: %s\n", name, message);
    failures++;
  }
  pthconv_free(message);
  return checkpoint;
}

static const pthconv_tensor *find(const pthconv_table *table, const char *name) {
  for (uint64_t i = 0; i < table->tensor_count; i++)
    if (!strcmp(table->tensors[i].name, name)) return &table->tensors[i];
  return NULL;
}

static void versions(void) {
  CHECK(pthconv_abi() == PTHCONV_ABI);
  int major, minor, patch;
  CHECK(sscanf(pthconv_version(), "%d.%d.%d", &major, &minor, &patch) == 3);
}

// Every tensor: its row, its pointer, and its copy, which must have the same values.
static void all_tensors(const char *name) {
  pthconv_checkpoint *checkpoint = opened(name);
  if (!checkpoint) return;
  const pthconv_table *table = pthconv_tensors(checkpoint);
  CHECK(table->tensor_count > 0);
  for (uint64_t i = 0; i < table->tensor_count; i++) {
    const pthconv_tensor *tensor = &table->tensors[i];
    CHECK(strlen(tensor->name) <= tensor->name_length);
    CHECK(tensor->name >= table->names && tensor->name < table->names + table->names_size);
    CHECK(tensor->shape >= table->dimensions);
    CHECK(tensor->strides + tensor->ndim <= table->dimensions + table->dimension_count);
    CHECK(tensor->storage < table->storage_count);
    const pthconv_storage *storage = &table->storages[tensor->storage];
    CHECK(storage->root < table->storage_count);
    uint64_t elements = 1;
    for (uint64_t d = 0; d < tensor->ndim; d++) elements *= (uint64_t)tensor->shape[d];
    if (!elements) continue;
    uint64_t size = tensor->nbytes / elements;
    unsigned char *copy = malloc(tensor->nbytes);
    char *message = NULL;
    pthconv_status status = pthconv_read(checkpoint, i, copy, tensor->nbytes, &message);
    if (storage->is_meta) {
      CHECK(status == PTHCONV_UNREADABLE && message);
    } else {
      CHECK(status == PTHCONV_OK);
      void *data = NULL;
      CHECK(pthconv_storage_data(checkpoint, tensor->storage, &data, NULL) == PTHCONV_OK);
      CHECK(!storage->data || storage->data == data);
      if (storage->mapping != PTHCONV_NONE) {
        const pthconv_mapping *mapping = &table->mappings[storage->mapping];
        CHECK((char *)data >= (char *)mapping->data);
        CHECK((char *)data + storage->nbytes <= (char *)mapping->data + mapping->nbytes);
      }
      const unsigned char *first = (unsigned char *)data + tensor->storage_offset * size;
      CHECK(!tensor->data || tensor->data == first);
      // Walks the view in C order.
      for (uint64_t e = 0; e < elements && size; e++) {
        uint64_t rest = e, offset = 0;
        for (uint64_t d = tensor->ndim; d-- > 0;) {
          offset += rest % (uint64_t)tensor->shape[d] * (uint64_t)tensor->strides[d];
          rest /= (uint64_t)tensor->shape[d];
        }
        CHECK(!memcmp(copy + e * size, first + offset * size, size));
      }
    }
    free(copy);
    pthconv_free(message);
  }
  pthconv_close(checkpoint);
}

static void known_values(void) {
  pthconv_checkpoint *checkpoint = opened("checkpoints/zip-views.pth");
  if (!checkpoint) return;
  CHECK(!strcmp(pthconv_format(checkpoint), "torch-zip"));
  CHECK(!strcmp(pthconv_key(checkpoint), ""));
  CHECK(pthconv_check(checkpoint, NULL) == PTHCONV_OK);
  const pthconv_table *table = pthconv_tensors(checkpoint);
  const pthconv_tensor *base = find(table, "base"), *transposed = find(table, "transposed");
  CHECK(base && transposed);
  if (base && transposed) {
    CHECK(!strcmp(base->dtype, "float32") && base->ndim == 2 && base->nbytes == 96);
    CHECK(base->shape[0] == 4 && base->shape[1] == 6 && base->strides[0] == 6);
    CHECK(transposed->strides[0] == 1 && transposed->storage == base->storage);
    // What is written is seen through every view of this process, and by nobody else.
    float *values = base->data;
    float before;
    memcpy(&before, &values[7], sizeof before);
    float after = before + 1;
    memcpy(&values[7], &after, sizeof after);
    pthconv_checkpoint *other = opened("checkpoints/zip-views.pth");
    const pthconv_tensor *same = find(pthconv_tensors(other), "base");
    CHECK(!memcmp((char *)same->data + 28, &before, sizeof before));
    CHECK(!memcmp((char *)transposed->data + 28, &after, sizeof after));
    pthconv_close(other);
  }
  pthconv_close(checkpoint);

  checkpoint = opened("checkpoints/zip-quantised.pth");
  if (!checkpoint) return;
  table = pthconv_tensors(checkpoint);
  int scaled = 0;
  for (uint64_t i = 0; i < table->tensor_count; i++)
    if (table->tensors[i].quantization == 1) scaled += table->tensors[i].scale > 0;
  CHECK(scaled > 0);
  pthconv_close(checkpoint);
}

static void failure(const char *path, const char *key, pthconv_status expected, const char *word) {
  pthconv_checkpoint *checkpoint = (pthconv_checkpoint *)&failures;
  char *message = NULL;
  pthconv_status status = pthconv_open(path, key, &checkpoint, &message);
  if (status != expected || !message || !strstr(message, word)) {
    printf("%s: status %d, %s\n", path, (int)status, message ? message : "no message");
    failures++;
  }
  CHECK(checkpoint == (pthconv_checkpoint *)&failures);
  pthconv_free(message);
  CHECK(pthconv_open(path, key, &checkpoint, NULL) == expected);
}

static void mistakes(void) {
  failure(fixture("no such file.pth"), NULL, PTHCONV_NOT_FOUND, "no such file");
  failure(fixtures, NULL, PTHCONV_CANNOT_OPEN, "is a directory");
  failure(fixture("hostile/page.pth"), NULL, PTHCONV_NOT_A_CHECKPOINT, "web page");
  failure(fixture("hostile/legacy-huge-storage.pth"), NULL, PTHCONV_UNREADABLE, "storage");
  failure(fixture("checkpoints/zip-views.pth"), "model", PTHCONV_INVALID_ARGUMENT, "'model'");
  char *message = NULL;
  CHECK(pthconv_open(NULL, NULL, NULL, &message) == PTHCONV_INVALID_ARGUMENT && message);
  pthconv_free(message);
  CHECK(!pthconv_tensors(NULL) && !pthconv_format(NULL) && !pthconv_key(NULL));
  CHECK(pthconv_check(NULL, NULL) == PTHCONV_INVALID_ARGUMENT);
  pthconv_close(NULL);
  pthconv_free(NULL);

  pthconv_checkpoint *checkpoint = opened("checkpoints/zip-views.pth");
  if (!checkpoint) return;
  void *data = NULL;
  char byte;
  CHECK(pthconv_storage_data(checkpoint, 99, &data, NULL) == PTHCONV_INVALID_ARGUMENT);
  CHECK(pthconv_storage_data(checkpoint, UINT64_MAX, &data, NULL) == PTHCONV_INVALID_ARGUMENT);
  CHECK(pthconv_storage_data(checkpoint, 0, NULL, NULL) == PTHCONV_INVALID_ARGUMENT);
  CHECK(pthconv_read(checkpoint, UINT64_MAX, &byte, 1, NULL) == PTHCONV_INVALID_ARGUMENT);
  CHECK(pthconv_read(checkpoint, 0, &byte, 1, NULL) == PTHCONV_INVALID_ARGUMENT);
  CHECK(pthconv_read(checkpoint, 0, NULL, 96, NULL) == PTHCONV_INVALID_ARGUMENT);
  pthconv_close(checkpoint);
}

// An answer with a word in it, or a refusal with a word in its sentence.
static void expect(pthconv_status status, pthconv_status expected, char *json, char *message,
                   const char *word, int line) {
  const char *text = expected == PTHCONV_OK ? json : message;
  if (status != expected || !text || !strstr(text, word)) {
    printf("%s:%d: status %d, not %s in %.300s\n", __FILE__, line, (int)status, word,
           text ? text : message ? message : "nothing");
    failures++;
  }
  if (expected == PTHCONV_OK) CHECK(!message);
  pthconv_free(json);
  pthconv_free(message);
}

#define EXPECT(expected, word, function, ...) \
  do { \
    char *json = NULL, *message = NULL; \
    pthconv_status status = function(__VA_ARGS__, &json, &message); \
    expect(status, expected, json, message, word, __LINE__); \
  } while (0)

static void reports(void) {
  pthconv_checkpoint *checkpoint = opened("demo/res2net-small.pth");
  if (!checkpoint) return;
  EXPECT(PTHCONV_OK, "\"architecture\":{\"backbone\":\"Res2Net\"", pthconv_inspect, checkpoint, NULL);
  EXPECT(PTHCONV_OK, "\"sha256\":", pthconv_inspect, checkpoint, "{\"checksum\": true}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "'sum'", pthconv_inspect, checkpoint, "{\"sum\": true}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "'checksum'", pthconv_inspect, checkpoint, "{\"checksum\": 3}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "JSON", pthconv_inspect, checkpoint, "checksum");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "NULL", pthconv_inspect, NULL, NULL);
  EXPECT(PTHCONV_OK, "\"safety\":\"safe\"", pthconv_scan, fixture("demo/res2net-small.pth"));
  EXPECT(PTHCONV_OK, "\"safety\":\"dangerous\"", pthconv_scan, fixture("hostile/form-inst.pkl"));
  EXPECT(PTHCONV_NOT_FOUND, "no such file", pthconv_scan, fixture("no such file"));
  EXPECT(PTHCONV_OK, "\"verdict\":\"complete\"", pthconv_map, checkpoint,
         "{\"backbone\": \"Res2Net\"}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "no backbone", pthconv_map, checkpoint, NULL);
  EXPECT(PTHCONV_OK, "\"verdict\":\"nothing\"", pthconv_map, checkpoint,
         "{\"target\": [{\"name\": \"w\", \"shape\": [2, 3], \"dtype\": \"float32\"}]}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "'float33'", pthconv_map, checkpoint,
         "{\"target\": [{\"name\": \"w\", \"shape\": [2], \"dtype\": \"float33\"}]}");
  EXPECT(PTHCONV_OK, "\"equal\":true", pthconv_diff, checkpoint, checkpoint, NULL);
  EXPECT(PTHCONV_OK, "\"histogram\":[", pthconv_inspect, checkpoint, "{\"histograms\": true}");
  EXPECT(PTHCONV_OK, "\"kind\":\"frozen-but-random\"", pthconv_preflight,
         fixture("preflight/frozen.py"), "{\"gpus\": 4}");
  EXPECT(PTHCONV_OK, "\"images\":[]", pthconv_preflight, fixture("preflight/frozen.py"), NULL);
  EXPECT(PTHCONV_OK, "0.485", pthconv_preflight, "resnet50", NULL);
  EXPECT(PTHCONV_INVALID_ARGUMENT, "gpus", pthconv_preflight, fixture("preflight/frozen.py"),
         "{\"gpus\": 0}");
  EXPECT(PTHCONV_BAD_CONFIG, "no such file.py", pthconv_preflight, fixture("no such file.py"), NULL);
  EXPECT(PTHCONV_INVALID_ARGUMENT, "NULL", pthconv_preflight, NULL, NULL);
  char *report = NULL;
  CHECK(pthconv_map(checkpoint, "{\"backbone\": \"Res2Net\"}", &report, NULL) == PTHCONV_OK);
  EXPECT(PTHCONV_OK, "<title>complete: a&amp;b.pth", pthconv_html, report,
         "{\"report\": \"map\", \"file\": \"a&b.pth\"}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "no report of verify", pthconv_html, report,
         "{\"report\": \"verify\"}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "one of inspect, map, verify", pthconv_html, report, NULL);
  EXPECT(PTHCONV_INVALID_ARGUMENT, "no report of map", pthconv_html, "[", "{\"report\": \"map\"}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "NULL", pthconv_html, NULL, "{\"report\": \"map\"}");
  pthconv_free(report);
  EXPECT(PTHCONV_INVALID_ARGUMENT, "not quantised", pthconv_quantizer, checkpoint, 0);
  EXPECT(PTHCONV_INVALID_ARGUMENT, "there is no tensor", pthconv_quantizer, checkpoint, UINT64_MAX);
  pthconv_checkpoint *quantised = opened("checkpoints/zip-quantised.pth");
  const pthconv_table *rows = pthconv_tensors(quantised);
  for (uint64_t i = 0; i < rows->tensor_count; i++) {
    EXPECT(PTHCONV_OK, rows->tensors[i].quantization == 1 ? "\"scale\":" : "\"axis\":",
           pthconv_quantizer, quantised, i);
  }
  pthconv_close(quantised);

  char folder[] = "/tmp/pthconv-interface-XXXXXX", path[64], other[64];
  CHECK(mkdtemp(folder));
  snprintf(path, sizeof path, "%s/x.safetensors", folder);
  snprintf(other, sizeof other, "%s/y.pth", folder);
  EXPECT(PTHCONV_OK, "\"format\":\"safetensors\"", pthconv_convert, checkpoint, path, NULL);
  EXPECT(PTHCONV_CANNOT_WRITE, "x.safetensors", pthconv_convert, checkpoint, path, NULL);
  // What one checkpoint gives can be written as it is.
  EXPECT(PTHCONV_OK, "\"format\":\"torch\"", pthconv_save, pthconv_tensors(checkpoint), other, NULL);
  pthconv_checkpoint *written = NULL;
  CHECK(pthconv_open(other, NULL, &written, NULL) == PTHCONV_OK);
  EXPECT(PTHCONV_OK, "\"equal\":true", pthconv_diff, checkpoint, written, NULL);
  pthconv_close(written);

  float values[6] = {1, 2, 3, 4, 5, 6};
  int64_t shape[] = {3, 2}, strides[] = {1, 3};
  pthconv_storage storage = {.data = values, .nbytes = sizeof values};
  pthconv_tensor tensor = {
      .name = "w", .dtype = "float32", .ndim = 2, .shape = shape, .strides = strides};
  pthconv_table table = {
      .tensors = &tensor, .tensor_count = 1, .storages = &storage, .storage_count = 1};
  EXPECT(PTHCONV_OK, "\"tensors\":1", pthconv_save, &table, path, "{\"overwrite\": true}");
  CHECK(pthconv_open(path, NULL, &written, NULL) == PTHCONV_OK);
  float back[6] = {0};
  CHECK(pthconv_read(written, 0, back, sizeof back, NULL) == PTHCONV_OK);
  CHECK(back[0] == 1 && back[1] == 4 && back[5] == 6);
  pthconv_close(written);
  strides[1] = 5;
  EXPECT(PTHCONV_INVALID_ARGUMENT, "w: needs", pthconv_save, &table, path, "{\"overwrite\": true}");
  tensor.storage = 7;
  EXPECT(PTHCONV_INVALID_ARGUMENT, "invalid rank, shape, storage or offset", pthconv_save, &table, path, NULL);
  EXPECT(PTHCONV_INVALID_ARGUMENT, "NULL", pthconv_save, NULL, path, NULL);
  unlink(path);
  unlink(other);
  rmdir(folder);
  pthconv_close(checkpoint);
}

// By itself, since the threads that it starts stay, and what they need.
static void verification(void) {
  pthconv_checkpoint *checkpoint = opened("demo/res2net-small.pth");
  if (!checkpoint) return;
  EXPECT(PTHCONV_OK, "\"stages\":", pthconv_verify, checkpoint,
         "{\"backbone\": \"Res2Net\", \"size\": [32, 32], \"engine\": \"reference\"}");
  EXPECT(PTHCONV_INVALID_ARGUMENT, "engine takes", pthconv_verify, checkpoint,
         "{\"backbone\": \"Res2Net\", \"engine\": \"fastest\"}");
  pthconv_close(checkpoint);
}

static void copy_file(const char *from, const char *to) {
  FILE *input = fopen(from, "rb"), *output = fopen(to, "wb");
  int c;
  while (input && output && (c = getc(input)) != EOF) putc(c, output);
  if (input) fclose(input);
  if (output) fclose(output);
}

static void shrinking(void) {
  char path[] = "/tmp/pthconv-interface-XXXXXX";
  int descriptor = mkstemp(path);
  CHECK(descriptor >= 0);
  close(descriptor);
  copy_file(fixture("checkpoints/zip-views.pth"), path);
  pthconv_checkpoint *checkpoint = NULL;
  CHECK(pthconv_open(path, NULL, &checkpoint, NULL) == PTHCONV_OK);
  CHECK(!truncate(path, 100));
  char buffer[96], *message = NULL;
  void *data = NULL;
  CHECK(pthconv_check(checkpoint, &message) == PTHCONV_FILE_CHANGED);
  CHECK(message && strstr(message, "shorter"));
  pthconv_free(message);
  CHECK(pthconv_read(checkpoint, 0, buffer, sizeof buffer, NULL) == PTHCONV_FILE_CHANGED);
  CHECK(pthconv_storage_data(checkpoint, 0, &data, NULL) == PTHCONV_FILE_CHANGED);
  pthconv_close(checkpoint);

  // A file that is deleted is still there for those who have it.
  copy_file(fixture("checkpoints/zip-views.pth"), path);
  CHECK(pthconv_open(path, NULL, &checkpoint, NULL) == PTHCONV_OK);
  CHECK(!unlink(path));
  CHECK(pthconv_read(checkpoint, 0, buffer, sizeof buffer, NULL) == PTHCONV_OK);
  pthconv_close(checkpoint);
}

static void *reads(void *argument) {
  pthconv_checkpoint *checkpoint = argument;
  const pthconv_table *table = pthconv_tensors(checkpoint);
  size_t wrong = 0;
  for (uint64_t i = 0; i < table->tensor_count; i++) {
    void *data = NULL;
    wrong += pthconv_storage_data(checkpoint, table->tensors[i].storage, &data, NULL) != PTHCONV_OK;
    unsigned char *copy = malloc(table->tensors[i].nbytes + 1);
    wrong += pthconv_read(checkpoint, i, copy, table->tensors[i].nbytes, NULL) != PTHCONV_OK;
    free(copy);
  }
  return (void *)wrong;
}

static void threads_and_forks(void) {
  // Compressed, so that the bytes have to be produced, by whoever comes first.
  pthconv_checkpoint *checkpoint = opened("checkpoints/zip-deflated.pth");
  if (!checkpoint) return;
  CHECK(!pthconv_tensors(checkpoint)->tensors[0].data);
  pthread_t threads[4];
  for (int i = 0; i < 4; i++) pthread_create(&threads[i], NULL, reads, checkpoint);
  for (int i = 0; i < 4; i++) {
    void *wrong;
    pthread_join(threads[i], &wrong);
    CHECK(!wrong);
  }
  pid_t child = fork();
  if (!child) _exit(reads(checkpoint) ? 1 : 0);
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
  pthconv_close(checkpoint);
}

// What stays allocated after doing everything again and again: a checkpoint or an answer that is not
// freed is ten times the limit, what threads keep is a tenth.
static void leaks(void) {
  size_t before = mallinfo2().uordblks;
  // valgrind has a malloc of its own.
  if (!before) return;
  for (int turn = 0; turn < 12; turn++) {
    if (turn == 4) before = mallinfo2().uordblks;
    all_tensors("checkpoints/zip-deflated.pth");
    mistakes();
    reports();
  }
  size_t after = mallinfo2().uordblks;
  if (after > before + 20000) {
    printf("%zu bytes more are in use after eight turns\n", after - before);
    failures++;
  }
}

int main(int count, char **arguments) {
  if (count != 2) return 64;
  fixtures = arguments[1];
  versions();
  static const char *const names[] = {
      "checkpoints/zip-views.pth",     "checkpoints/zip-dtypes.pth",
      "checkpoints/zip-deflated.pth",  "checkpoints/zip-big-endian.pth",
      "checkpoints/zip-meta.pth",      "checkpoints/legacy-views.pth",
      "checkpoints/legacy-storage-views.pth", "checkpoints/tar-views.pth",
      "checkpoints/npz-compressed.npz", "checkpoints/npy-fortran.npy",
  };
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) all_tensors(names[i]);
  known_values();
  mistakes();
  reports();
  shrinking();
  threads_and_forks();
  leaks();
  verification();
  if (failures) printf("%d checks do not hold\n", failures);
  return failures != 0;
}
