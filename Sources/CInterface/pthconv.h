// pthconv: reads PyTorch checkpoints without Python, and runs nothing that is in them.
//
// Link with -lpthconv. Every text is UTF-8. docs/c.md shows how it is used.
//
// Results. What can fail returns a status. If that is not PTHCONV_OK and `message` is not NULL,
// *message is a sentence that names the file and what is wrong, to be freed with pthconv_free; the
// other results are not touched.
//
// Memory. What the library gives belongs to the checkpoint it was asked of and is valid until that
// is closed, except texts returned through a `char **`: those are the caller's, for pthconv_free.
//
// Threads. Every function may be called from any thread, and a checkpoint may be used by several at
// once. Only closing it needs that nobody uses it, or a pointer from it, any more. A child process
// may use what was opened before the fork, unless another thread was inside of the library then; only
// pthconv_verify with oneDNN, once it has run in the parent, is refused in the child.
//
// Files that change. A checkpoint is a private mapping of its file, read when it is touched. What is
// written to a tensor's memory stays in this process. A file that is replaced by renaming or that
// is deleted does no harm. One that is cut short in place does: the kernel answers a touch of what
// is gone with SIGBUS, and no library may take over the signals of its process. Therefore every
// function that reads values first compares the size and returns PTHCONV_FILE_CHANGED, and
// pthconv_read copies a tensor that lies in the file as it is with read(2), for which a shrinking
// file is an error like any other. A file that is cut while another call runs is not covered. Who
// reads through a pointer can ask pthconv_check first.

#ifndef PTHCONV_H
#define PTHCONV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Changes when a program that was compiled against an older header would break.
#define PTHCONV_ABI 1

typedef enum pthconv_status {
  PTHCONV_OK = 0,
  /// The call makes no sense: an option, a name, a NULL.
  PTHCONV_INVALID_ARGUMENT = 1,
  /// There is no such file.
  PTHCONV_NOT_FOUND = 2,
  /// The system does not let the file be read.
  PTHCONV_CANNOT_OPEN = 3,
  /// The file is no checkpoint at all.
  PTHCONV_NOT_A_CHECKPOINT = 4,
  /// The file is a checkpoint and cannot be read: damaged, hostile, or of a kind that is not known.
  PTHCONV_UNREADABLE = 5,
  /// The file has become shorter since it was opened.
  PTHCONV_FILE_CHANGED = 6,
  /// The output could not be written; what was there before is still there.
  PTHCONV_CANNOT_WRITE = 7,
  /// A configuration cannot be read.
  PTHCONV_BAD_CONFIG = 8,
} pthconv_status;

/// An opened checkpoint.
typedef struct pthconv_checkpoint pthconv_checkpoint;

/// A file as it lies in memory.
typedef struct pthconv_mapping {
  void *data;
  uint64_t nbytes;
} pthconv_mapping;

/// Stands where an index would, if there is none.
#define PTHCONV_NONE UINT64_MAX

/// A run of bytes that one or more tensors look into.
typedef struct pthconv_storage {
  /// The bytes, little-endian; NULL if they have to be produced first (compressed or big-endian
  /// ones, see pthconv_storage_data) or if there are none (`is_meta`). They are as the file has
  /// them, so not aligned to anything in particular.
  void *data;
  uint64_t nbytes;
  /// The index of the storage that this one is a part of; its own index if it is none. Only files
  /// from before PyTorch 1.6 have parts.
  uint64_t root;
  /// Where the storage begins in its root, in bytes.
  uint64_t root_offset;
  /// The index of the mapping that `data` lies in; PTHCONV_NONE if it lies in none.
  uint64_t mapping;
  /// 1 if it was saved on the device `meta`, without values.
  uint64_t is_meta;
} pthconv_storage;

/// A strided view of a storage. All numbers count elements, as PyTorch's do, except `nbytes`.
typedef struct pthconv_tensor {
  /// Ends with a NUL, and may have others inside of its `name_length` bytes.
  const char *name;
  uint64_t name_length;
  /// PyTorch's name without `torch.`: "float32", "bfloat16"…
  const char *dtype;
  uint64_t ndim;
  /// `ndim` lengths.
  const int64_t *shape;
  /// `ndim` distances, none negative.
  const int64_t *strides;
  uint64_t storage_offset;
  /// The index of its storage.
  uint64_t storage;
  /// Bytes of its elements, as pthconv_read copies them.
  uint64_t nbytes;
  /// Its first element; NULL where the storage's `data` is.
  void *data;
  /// 1 for a tensor that is quantised with one scale, `(q - zero_point) * scale`; 2 for one that has
  /// a scale for each index along an axis, which pthconv_quantizer gives; else 0.
  uint64_t quantization;
  double scale;
  int64_t zero_point;
} pthconv_tensor;

/// Everything about all tensors, in the order of the file.
typedef struct pthconv_table {
  const pthconv_tensor *tensors;
  uint64_t tensor_count;
  const pthconv_storage *storages;
  uint64_t storage_count;
  /// One for each file: several for a sharded checkpoint.
  const pthconv_mapping *mappings;
  uint64_t mapping_count;
  /// The run in which all shapes and strides lie, and the one in which all names lie, for those who
  /// copy them at once.
  const int64_t *dimensions;
  uint64_t dimension_count;
  const char *names;
  uint64_t names_size;
} pthconv_table;

/// PTHCONV_ABI of the library; a program may compare it with its own.
uint32_t pthconv_abi(void);

/// The version of the library, such as "0.1.0".
const char *pthconv_version(void);

/// Frees a text that the library returned; NULL is fine.
void pthconv_free(char *text);

/// Opens the checkpoint at `path`: its directory and its pickle are read, its weights are not.
///
/// `key` is the dotted path of the state dict in the file; NULL chooses the likeliest.
pthconv_status pthconv_open(
    const char *path, const char *key, pthconv_checkpoint **checkpoint, char **message);

/// Closes a checkpoint: every pointer that it gave is invalid afterwards. NULL is fine.
void pthconv_close(pthconv_checkpoint *checkpoint);

/// The container: "torch-zip", "torch-legacy", "safetensors"…
const char *pthconv_format(const pthconv_checkpoint *checkpoint);

/// The dotted path of the state dict in the file; empty at the top.
const char *pthconv_key(const pthconv_checkpoint *checkpoint);

/// The table of all tensors. Nothing is read for it.
const pthconv_table *pthconv_tensors(const pthconv_checkpoint *checkpoint);

/// The bytes of a storage, produced now if its `data` is NULL, and kept until the checkpoint is
/// closed. It has at least `nbytes` bytes.
pthconv_status pthconv_storage_data(
    const pthconv_checkpoint *checkpoint, uint64_t storage, void **data, char **message);

/// Copies the elements of a tensor, in C order and little-endian, to `buffer`, which has exactly the
/// tensor's `nbytes` bytes.
pthconv_status pthconv_read(
    const pthconv_checkpoint *checkpoint, uint64_t tensor, void *buffer, uint64_t nbytes,
    char **message);

/// How the integers of a quantised tensor stand for numbers, in JSON: `scale` and `zero_point`; or, with
/// one for each index along it, `axis`, `scales`, `zero_points`, `scales_dtype` and `zero_points_dtype`.
pthconv_status pthconv_quantizer(
    const pthconv_checkpoint *checkpoint, uint64_t tensor, char **json, char **message);

/// Whether the checkpoint's files are still as long as they were.
pthconv_status pthconv_check(const pthconv_checkpoint *checkpoint, char **message);

// Reports. They answer in the JSON that docs/json.md describes. `options` is a JSON object; NULL and
// what is left out stand for the defaults, and an option that is not known is an error.

/// Reports what a checkpoint is and what it contains.
///
/// Options: `statistics` (of every tensor's values), `histograms` (with them, too), `checksum`.
pthconv_status pthconv_inspect(
    const pthconv_checkpoint *checkpoint, const char *options, char **json, char **message);

/// Whether the file at `path` could run code when Python loads it.
pthconv_status pthconv_scan(const char *path, char **json, char **message);

/// Which parameters of a target a checkpoint fills.
///
/// Options: `backbone` (a name), `flavor`, `arguments` (texts such as "depth=50"), `source_flavor`;
/// or `target`, the keys of any module: objects with `name`, `shape`, `dtype` and, for a tensor that
/// stands under two names, `twin`, the index of the first. Both ways `prefix` and `revise_keys` (pairs
/// of regular expression and replacement).
pthconv_status pthconv_map(
    const pthconv_checkpoint *checkpoint, const char *options, char **json, char **message);

/// Whether a backbone with a checkpoint's weights computes what it should.
///
/// Options: those of pthconv_map with a backbone, and `reference`, `input` (paths), `seed`, `size`
/// (height and width), `tolerance`, `engine` ("both", "reference", "onednn"), `threads`, `layers`,
/// `feature_maps` (pictures of the outputs), `images` (paths of PNGs and JPEGs whose statistics are
/// held against those in the file).
pthconv_status pthconv_verify(
    const pthconv_checkpoint *checkpoint, const char *options, char **json, char **message);

/// A page of HTML that shows a report, needs nothing else, and is to be freed with pthconv_free.
///
/// `json` is what pthconv_inspect, pthconv_map or pthconv_verify answered. Options: `report` ("inspect",
/// "map" or "verify": which of them), `file` (the name to be shown; `inspect` knows its own).
pthconv_status pthconv_html(
    const char *json, const char *options, char **html, char **message);

/// Reports what a training run with the configuration at `path` would do, before it is started.
///
/// Options: `checkpoint` (a file in place of the one that the configuration names), `gpus`,
/// `images_per_gpu`, `images` (a list of photographs, PNG or JPEG: how the images of the checkpoints were
/// prepared in training is asked of their statistics).
pthconv_status pthconv_preflight(
    const char *path, const char *options, char **json, char **message);

/// In what the tensors of two checkpoints differ.
///
/// Options: `tolerance`.
pthconv_status pthconv_diff(
    const pthconv_checkpoint *first, const pthconv_checkpoint *second, const char *options,
    char **json, char **message);

/// Writes a checkpoint's state dict in another format, type or naming. The file gets its name when it
/// is whole.
///
/// Options: `format` ("torch", "torch-legacy", "safetensors", "npz", "onnx"; else the ending of `path`
/// says it), `dtype`, `cast_statistics`, `keep` and `drop` (regular expressions), `rename` (pairs),
/// `shard_size` (bytes), `overwrite`; with a backbone also those of pthconv_map, `seed`, and for ONNX
/// `fold`.
pthconv_status pthconv_convert(
    const pthconv_checkpoint *checkpoint, const char *path, const char *options, char **json,
    char **message);

/// Writes tensors of the caller. Of `table` the tensors' `name` (which ends at its first NUL), `dtype`,
/// `ndim`, `shape`, `strides`, `storage_offset` and `storage` are read, and the storages' `data` and
/// `nbytes`; they have to stay as they are until the call returns.
///
/// Options: `format`, `metadata` (an object of texts), `shard_size`, `overwrite`.
pthconv_status pthconv_save(
    const pthconv_table *table, const char *path, const char *options, char **json,
    char **message);

#ifdef __cplusplus
}
#endif

#endif
