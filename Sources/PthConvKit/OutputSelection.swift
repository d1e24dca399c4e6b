import PthCheckpoints
import PthKeyMapping
import PthTensors

/// The tensors to write, with their names and dtypes.
package struct OutputSelection: Sendable {
  /// Write only keys that match one of these patterns; all keys if there are no patterns.
  package var keep: [KeyPattern] = []
  /// Leave out keys that match one of these patterns.
  package var drop: [KeyPattern] = []
  /// Applied in order to the remaining keys.
  package var renames: [KeyRevision] = []
  /// The dtype for all floating-point tensors; nil keeps their dtypes.
  package var dtype: DType?
  /// Whether `dtype` also applies to the running statistics of batch norms, for which narrow dtypes have neither the
  /// range nor the precision.
  package var castsStatistics = false

  package init() {}

  /// - Throws: `KeyMappingError` if a replacement refers to a group that its pattern does not have.
  package func apply(to contents: OutputContents) throws(KeyMappingError) -> OutputContents {
    var contents = contents
    let names = contents.entries.map(\.name)
    func found(_ patterns: [KeyPattern]) -> Set<String> {
      patterns.reduce(into: []) { $0.formUnion($1.matches(in: names)) }
    }
    let kept = keep.isEmpty ? Set(names) : found(keep)
    let dropped = found(drop)
    contents.entries.removeAll { !kept.contains($0.name) || dropped.contains($0.name) }
    if let dtype {
      for index in contents.entries.indices where isCast(contents.entries[index]) {
        contents.entries[index].dtype = dtype
      }
    }
    guard !renames.isEmpty else { return contents }
    let before = contents.entries.map(\.name)
    var after = before
    for rename in renames { after = try rename.apply(to: after) }
    for index in after.indices { contents.entries[index].name = after[index] }
    contents.moduleVersions = contents.moduleVersions.map { versions in
      var renamed: [String: Int] = [:]
      for (old, new) in zip(before, after) {
        if let version = versions[Self.module(of: old)] { renamed[Self.module(of: new)] = version }
      }
      // No key shows the new name of a module without tensors, so it keeps its old one.
      let owners = Set(before.map(Self.module))
      return renamed.merging(versions.filter { !owners.contains($0.key) }) { new, _ in new }
    }
    return contents
  }

  private func isCast(_ entry: OutputContents.Entry) -> Bool {
    guard entry.tensor.dtype.isFloatingPoint else { return false }
    let last = entry.name.split(separator: ".").last
    return castsStatistics || (last != "running_mean" && last != "running_var")
  }

  private static func module(of key: String) -> String {
    key.lastIndex(of: ".").map { String(key[..<$0]) } ?? ""
  }
}
