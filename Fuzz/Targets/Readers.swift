import Foundation
import OrderedCollections
import PthBytes
import PthImages
import PthTensors

@testable import PthCheckpoints
@testable import PthPickle

/// Parses as far as it goes, looks at every value, judges, and writes the root again.
@Sendable func fuzzPickle(_ bytes: Bytes) {
  let (document, error) = PickleDocument.parseAsFarAsPossible(bytes)
  for handle in document.handles {
    _ = document.string(handle)
    _ = document.rawBytes(handle)?.count
    _ = document.globalName(handle)
    if let call = document.call(handle) {
      promise(call.callable.index < document.count, "callable")
    }
  }
  let audit = PickleAudit(document)
  promise(audit.globals.count <= document.count, "names that are not there")
  _ = PickleAudit(document, isTorchScript: true).verdict
  if error == nil { promise(document.range.upperBound <= bytes.count, "the end") }
  for arrays in [PickleArrays.padded, .unpadded] {
    let (document, _) = PickleDocument.parseAsFarAsPossible(bytes, arrays: arrays)
    promise(document.range.upperBound <= bytes.count, "the end behind arrays")
    promise(document.arrayPickles.allSatisfy { $0 <= bytes.count }, "pickles in arrays")
  }
}

/// Judges a file as all that it could be taken for.
@Sendable func fuzzScan(_ bytes: Bytes) {
  do {
    let audit = try FileScanner.scan(bytes, path: "fuzz")
    if bytes.starts(with: [0x80]), let document = try? PickleDocument(parsing: bytes) {
      promise(audit.verdict >= PickleAudit(document).verdict, "a file safer than its pickle")
    }
  } catch {
    promise(isExpected(error), "\(error)")
  }
}

/// Reads the directory of an archive and all entries of a megabyte at most.
@Sendable func fuzzZip(_ bytes: Bytes) {
  do {
    let archive = try ZipArchive(bytes)
    for (index, entry) in archive.directory.entries.enumerated().prefix(64)
    where entry.uncompressedSize <= 1 << 20 {
      do {
        let contents = try archive.contents(index).bytes
        promise(contents.count == entry.uncompressedSize, "the size of \(entry.name)")
      } catch { promise(isExpected(error), "\(error)") }
    }
  } catch { promise(isExpected(error), "\(error)") }
}

/// Opens a checkpoint of whatever format and reads every tensor of a few megabytes.
@Sendable func fuzzCheckpoint(_ bytes: Bytes) {
  do {
    let checkpoint = try Checkpoint(bytes, path: "fuzz", allowsIndex: false)
    _ = checkpoint.metadata
    _ = checkpoint.surroundings
    _ = checkpoint.stateDict.sharedStorages
    for tensor in checkpoint.stateDict.tensors.values where tensor.elementCount <= 1 << 20 {
      do {
        let contents = try tensor.contiguousBytes()
        promise(contents.count == tensor.byteCount, "the size of a tensor")
        if tensor.elementCount <= 1 << 12 { _ = try TensorStatistics(tensor) }
      } catch { promise(isExpected(error), "\(error)") }
    }
  } catch { promise(isExpected(error), "\(error)") }
}

@Sendable func fuzzImage(_ bytes: Bytes) {
  do {
    let tensor = try ImageInput.tensor(bytes)
    promise(tensor.shape.count == 4, "an image's shape")
  } catch { promise(error is ImageError, "\(error)") }
}

/// An index beside shards that are there.
@Sendable func fuzzIndex(_ bytes: Bytes) {
  let folder = ProcessInfo.processInfo.environment["FUZZ_FIXTURES"] ?? "Fixtures"
  do {
    let set = try ShardedContainer(
      bytes, path: "\(folder)/checkpoints/sharded-torch/fuzz.index.json")
    for tensor in set.tensors.values { promise(tensor.storage.shard != nil, "a tensor's shard") }
  } catch { promise(isExpected(error), "\(error)") }
}

/// Whether an error is one of those that become a `CheckpointError`, and so a sentence.
func isExpected(_ error: any Error) -> Bool {
  error is CheckpointError || error is PickleError || error is TensorError || error is OutOfBounds
}
