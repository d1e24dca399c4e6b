// pthconv: reads PyTorch checkpoints without Python, and executes nothing that is in them.
//
// Link with -lpthconv. All strings are UTF-8. docs/c.md shows how the library is used.
//
// Results. A function that can fail returns a status. If the status is not PTHCONV_OK and `message` is not NULL,
// *message is a sentence that names the file and what is wrong; free it with pthconv_free. The other results are not
// changed then.
//
// Memory. Pointers from the library belong to the checkpoint they came from and are valid until it is closed. Strings
// returned through a `char **` belong to the caller, who frees them with pthconv_free.
//
// Threads. Every function may be called from any thread, and several threads may use a checkpoint at once. Close a
// checkpoint only when no thread uses it, or a pointer from it, any more. A child process may use checkpoints that
// were opened before the fork, unless another thread was inside the library at that moment. Once pthconv_verify has
// used oneDNN in the parent, it is refused with oneDNN in the child.
//
// Files that change. A checkpoint is a private mapping of its file, which is read on first access. Writes to a
// tensor's memory stay in this process. A file that is deleted, or replaced by renaming, does no harm. A file that is
// cut short in place does: the kernel raises SIGBUS on an access to the missing part, and a library must not handle
// the signals of its process. Therefore every function that reads values first compares the file's size and returns
// PTHCONV_FILE_CHANGED if the file is shorter. pthconv_read copies a tensor that is uncompressed in the file with
// read(2), where a shrinking file is an ordinary error. A file that is cut while another call runs is not covered.
// Before reading through a pointer, a program can call pthconv_check.

#ifndef PTHCONV_H
#define PTHCONV_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// Increases when programs compiled against an older header would break.
#define PTHCONV_ABI 1

typedef enum pthconv_status {
  PTHCONV_OK = 0,
  /// An argument is wrong: an option, a name, a NULL.
  PTHCONV_INVALID_ARGUMENT = 1,
  /// There is no such file.
  PTHCONV_NOT_FOUND = 2,
  /// The system does not allow the file to be read.
  PTHCONV_CANNOT_OPEN = 3,
  /// The file is not a checkpoint.
  PTHCONV_NOT_A_CHECKPOINT = 4,
  /// The file is a checkpoint that cannot be read: damaged, hostile, or of an unknown kind.
  PTHCONV_UNREADABLE = 5,
  /// The file has become shorter since it was opened.
  PTHCONV_FILE_CHANGED = 6,
  /// The output could not be written; an existing file is unchanged. If the output has several files (shards), they get
  /// their names one after another at the end: a failure there leaves those before it new and the others unchanged.
  PTHCONV_CANNOT_WRITE = 7,
  /// A configuration cannot be read.
  PTHCONV_BAD_CONFIG = 8,
} pthconv_status;

/// An opened checkpoint.
typedef struct pthconv_checkpoint pthconv_checkpoint;

/// A mapped file.
typedef struct pthconv_mapping {
  void *data;
  uint64_t nbytes;
} pthconv_mapping;

/// The value of an index that refers to nothing.
#define PTHCONV_NONE UINT64_MAX

/// A run of bytes that one or more tensors are views of.
typedef struct pthconv_storage {
  /// The bytes, little-endian and with no particular alignment. NULL if they have to be produced first by
  /// pthconv_storage_data (compressed, big-endian, or in a shard), or if there are none (`is_meta`).
  void *data;
  uint64_t nbytes;
  /// The index of the storage that this one is a part of; its own index if it is not a part. Only files from before
  /// PyTorch 1.6 have parts.
  uint64_t root;
  /// Offset of this storage in its root, in bytes.
  uint64_t root_offset;
  /// The index of the mapping that contains `data`; PTHCONV_NONE if no mapping does.
  uint64_t mapping;
  /// 1 if the storage was saved on the `meta` device, without values; otherwise 0.
  uint64_t is_meta;
} pthconv_storage;

/// A strided view of a storage. As in PyTorch all sizes are in elements, except `nbytes`.
typedef struct pthconv_tensor {
  /// NUL-terminated; the `name_length` bytes of the name may contain further NULs.
  const char *name;
  uint64_t name_length;
  /// PyTorch's name without `torch.`: "float32", "bfloat16"…
  const char *dtype;
  uint64_t ndim;
  /// The length of each of the `ndim` dimensions.
  const int64_t *shape;
  /// The stride of each dimension, never negative.
  const int64_t *strides;
  uint64_t storage_offset;
  /// The index of the tensor's storage.
  uint64_t storage;
  /// Bytes of the elements, as pthconv_read copies them.
  uint64_t nbytes;
  /// The first element; NULL if the storage's `data` is NULL.
  void *data;
  /// 1 for a tensor that is quantized with one scale, `(q - zero_point) * scale`; 2 for one with a scale per index
  /// along an axis, which pthconv_quantizer returns; otherwise 0.
  uint64_t quantization;
  double scale;
  int64_t zero_point;
} pthconv_tensor;

/// All tensors of a checkpoint, in the order of the file.
typedef struct pthconv_table {
  const pthconv_tensor *tensors;
  uint64_t tensor_count;
  const pthconv_storage *storages;
  uint64_t storage_count;
  /// One per file; a sharded checkpoint has several.
  const pthconv_mapping *mappings;
  uint64_t mapping_count;
  /// One array with all shapes and strides, and one with all names, for callers that copy them at once.
  const int64_t *dimensions;
  uint64_t dimension_count;
  const char *names;
  uint64_t names_size;
} pthconv_table;

/// PTHCONV_ABI of the library, for comparison with the program's own.
uint32_t pthconv_abi(void);

/// The version of the library, such as "0.1.0".
const char *pthconv_version(void);

/// Frees a string that the library returned; NULL is allowed.
void pthconv_free(char *text);

/// Opens the checkpoint at `path`, which reads its directory and pickle but not its weights.
///
/// `key` is the dotted path of the state dict in the file; NULL chooses the most plausible one.
pthconv_status pthconv_open(
    const char *path, const char *key, pthconv_checkpoint **checkpoint, char **message);

/// Closes a checkpoint and invalidates every pointer that came from it. NULL is allowed.
void pthconv_close(pthconv_checkpoint *checkpoint);

/// The container: "torch-zip", "torch-legacy", "safetensors"…
const char *pthconv_format(const pthconv_checkpoint *checkpoint);

/// The dotted path of the state dict in the file; empty at the top level.
const char *pthconv_key(const pthconv_checkpoint *checkpoint);

/// The table of all tensors. Nothing is read from the file for it.
const pthconv_table *pthconv_tensors(const pthconv_checkpoint *checkpoint);

/// The bytes of a storage, produced now if its `data` is NULL, and valid until the checkpoint is closed. There are at
/// least `nbytes` bytes.
pthconv_status pthconv_storage_data(
    const pthconv_checkpoint *checkpoint, uint64_t storage, void **data, char **message);

/// Copies a tensor's elements, in C order and little-endian, to `buffer`. `nbytes` must be the tensor's `nbytes`.
pthconv_status pthconv_read(
    const pthconv_checkpoint *checkpoint, uint64_t tensor, void *buffer, uint64_t nbytes,
    char **message);

/// The quantizer of a tensor in JSON: `scale` and `zero_point` for a whole tensor; `axis`, `scales`, `zero_points`,
/// `scales_dtype` and `zero_points_dtype` for one scale per index along the axis.
pthconv_status pthconv_quantizer(
    const pthconv_checkpoint *checkpoint, uint64_t tensor, char **json, char **message);

/// Checks that the checkpoint's files are not shorter than when they were opened.
pthconv_status pthconv_check(const pthconv_checkpoint *checkpoint, char **message);

// Reports. They return the JSON that docs/json.md describes. `options` is a JSON object; NULL and missing options mean
// the defaults, and unknown options are an error.

/// Reports what a checkpoint is and what it contains.
///
/// Options: `statistics` (of every tensor's values), `histograms` (includes the statistics), `checksum`.
pthconv_status pthconv_inspect(
    const pthconv_checkpoint *checkpoint, const char *options, char **json, char **message);

/// Judges whether the file at `path` could run code when Python loads it.
pthconv_status pthconv_scan(const char *path, char **json, char **message);

/// Reports which parameters of a target a checkpoint fills.
///
/// Options: either `backbone` (a name), `flavor`, `arguments` (strings such as "depth=50") and `source_flavor`; or
/// `target`, the keys of any module as objects with `name`, `shape`, `dtype` and, for a tensor that occurs under two
/// names, `twin`, the index of its first name. In both cases `prefix` and `revise_keys` (pairs of regular expression
/// and replacement).
pthconv_status pthconv_map(
    const pthconv_checkpoint *checkpoint, const char *options, char **json, char **message);

/// Runs a checkpoint's weights in a backbone and reports whether the outputs are as they should be.
///
/// Options: those of pthconv_map with a backbone, and `reference`, `input` (paths), `seed`, `size` (height and width),
/// `tolerance`, `engine` ("both", "reference", "onednn"), `threads`, `layers`, `feature_maps` (pictures of the
/// outputs), `images` (paths of PNG and JPEG files, whose statistics are compared with those in the file).
pthconv_status pthconv_verify(
    const pthconv_checkpoint *checkpoint, const char *options, char **json, char **message);

/// Returns a self-contained HTML page that shows a report; free it with pthconv_free.
///
/// `json` is the answer of pthconv_inspect, pthconv_map, pthconv_verify or pthconv_preflight. Options: `report`
/// ("inspect", "map", "verify" or "preflight", the kind of report), `file` (the file name to show, which an "inspect"
/// report already has).
pthconv_status pthconv_html(
    const char *json, const char *options, char **html, char **message);

/// Reports what a training run with the configuration at `path` would do, before it is started.
///
/// Options: `checkpoint` (a file to use instead of the one in the configuration), `gpus`, `images_per_gpu`, `images`
/// (a list of photographs, PNG or JPEG; their statistics show how training images of the checkpoints were prepared).
pthconv_status pthconv_preflight(
    const char *path, const char *options, char **json, char **message);

/// Reports how the tensors of two checkpoints differ.
///
/// Options: `tolerance` (the largest distance of elements that still counts as close).
pthconv_status pthconv_diff(
    const pthconv_checkpoint *first, const pthconv_checkpoint *second, const char *options,
    char **json, char **message);

/// Writes a checkpoint's state dict in another format, with other dtypes or names. The file gets its name when it is
/// complete.
///
/// Options: `format` ("torch", "torch-legacy", "safetensors", "npz", "onnx"; by default from the extension of `path`),
/// `dtype`, `cast_statistics`, `keep` and `drop` (regular expressions), `rename` (pairs), `shard_size` (bytes),
/// `overwrite`; with a backbone also those of pthconv_map, `seed`, and for ONNX `fold`.
pthconv_status pthconv_convert(
    const pthconv_checkpoint *checkpoint, const char *path, const char *options, char **json,
    char **message);

/// Writes tensors in the caller's memory. The function reads the tensors' `name` (up to its first NUL), `dtype`,
/// `ndim`, `shape`, `strides`, `storage_offset` and `storage`, and the storages' `data` and `nbytes`. They must not
/// change until the call returns.
///
/// Options: `format`, `metadata` (an object of strings), `shard_size`, `overwrite`.
pthconv_status pthconv_save(
    const pthconv_table *table, const char *path, const char *options, char **json,
    char **message);

#ifdef __cplusplus
}
#endif

#endif
