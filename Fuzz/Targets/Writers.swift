import Foundation
import OrderedCollections
import PthBytes
import PthTensors

@testable import PthCheckpoints

/// The first byte chooses a format, the rest is a checkpoint: what is written is read back the same.
@Sendable func fuzzWriters(_ bytes: Bytes) {
  guard bytes.count > 1, let rest = try? bytes.suffix(from: 1),
    let state = try? Checkpoint(rest, path: "fuzz", allowsIndex: false).stateDict,
    !state.tensors.isEmpty, state.tensors.values.allSatisfy({ $0.elementCount <= 1 << 16 }),
    state.tensors.count <= 200
  else { return }
  let format = OutputFormat.all[Int(bytes[0]) % OutputFormat.all.count]
  var contents = OutputContents(state)
  // Damaged entries cannot be read, and so not written.
  contents.entries.removeAll { (try? $0.tensor.contiguousBytes()) == nil }
  while true {
    do {
      try format.check(contents, path: "out")
      break
    } catch {
      guard let name = error.part else { return }
      contents.entries.removeAll { $0.name == name }
    }
  }
  guard !contents.entries.isEmpty else { return }
  let path = "/dev/shm/pthconv-fuzz-\(getpid()).\(format.extensions.first ?? "pth")"
  defer { unlink(path) }
  var options = OutputOptions()
  options.replaces = true
  options.keepsViews = bytes[0] >= 128
  do {
    try OutputWriter(contents, as: format, to: path, options: options).write()
    let back = try Checkpoint.open(path).stateDict
    promise(Set(back.keys) == Set(contents.entries.map(\.name)), "\(format.name): the names")
    for entry in contents.entries {
      guard let tensor = back[entry.name] else { continue }
      promise(
        tensor.shape == entry.tensor.shape && tensor.dtype == entry.tensor.dtype,
        "\(format.name): the shape of \(entry.name)")
      let (a, b) = (try tensor.contiguousBytes(), try entry.tensor.contiguousBytes())
      let isSame = a.withUnsafeBytes { a in
        b.withUnsafeBytes { a.count == $0.count && a.elementsEqual($0) }
      }
      promise(isSame, "\(format.name): the bytes of \(entry.name)")
    }
  } catch {
    promise(false, "\(format.name): \(error)")
  }
}
