import PthBytes
import OrderedCollections
import PthTensors

/// numpy's `.npz`: a zip archive of `.npy` entries, stored (`savez`) or deflated
/// (`savez_compressed`).
struct NpzContainer {
  let tensors: OrderedDictionary<String, Tensor>
  /// Arrays that are not read as tensors, with the reason.
  let others: [(name: String, what: String)]
  let isBigEndian: Bool

  static func matches(_ directory: ZipDirectory) -> Bool {
    directory.entries.allSatisfy { $0.name.hasSuffix(".npy") }
  }

  init(_ archive: ZipArchive) throws {
    var tensors: OrderedDictionary<String, Tensor> = [:]
    var others: [(String, String)] = []
    var isBigEndian = false
    for (index, entry) in archive.directory.entries.enumerated() {
      var name = String(entry.name.dropLast(".npy".count))
      // A name that differs in the form of a letter is another array; of equal names, numpy takes the last.
      if archive.directory.index(named: entry.name) == index {
        while tensors[name] != nil { name += "#2" }
      }
      let (bytes, offset) = try archive.contents(index)
      do {
        let array = try NpyContainer(bytes, key: name, fileOffset: offset)
        tensors[name] = array.tensor
        isBigEndian = isBigEndian || array.isBigEndian
      } catch let error as CheckpointError {
        guard case .unsupported(let what) = error.reason else {
          throw error.located(part: entry.name)
        }
        others.append((name, what))
      }
    }
    self.tensors = tensors
    self.others = others
    self.isBigEndian = isBigEndian
  }
}
