import OrderedCollections
import PthBackbones

/// The sentence about tensors of the file's network that have no place in the target: how many,
/// where, what they are called and, if known, what they are.
struct UnusedInNetwork {
  /// Tensors that are parts of one addition to the network.
  fileprivate struct Group {
    var count = 0
    var stages: Set<Int> = []
    var isBesideStages = false
    /// What the tensors are called in their block, without numbers.
    var names: OrderedSet<String> = []
  }

  let text: String

  /// - Parameter tensors: not empty.
  init(_ tensors: [LoadReport.Unexpected]) {
    var groups: OrderedDictionary<String, Group> = [:]
    for tensor in tensors {
      let components = (tensor.nameInNetwork ?? tensor.source).keyComponents
      var group = groups[tensor.part ?? "", default: Group()]
      group.count += 1
      if let stage = components.first.flatMap(NetworkExtent.stage) {
        group.stages.insert(stage)
        let isInBlock = components.count > 2 && Int(components[1]) != nil
        group.names.append(Self.withoutNumbers(components.dropFirst(isInBlock ? 2 : 1)))
      } else {
        group.isBesideStages = true
        group.names.append(Self.withoutNumbers(components[...]))
      }
      groups[tensor.part ?? ""] = group
    }
    let parts = groups.map { part, group in
      let tensors = group.count == 1 ? "1 tensor" : "\(group.count) tensors"
      let names = group.names.prefix(3).joined(separator: ", ")
      let more = group.names.count > 3 ? " and \(group.names.count - 3) more names" : ""
      let known = part.isEmpty ? "" : " (\(part))"
      return "\(tensors) \(group.place): \(names)\(more)\(known)"
    }
    text =
      "the file's network holds tensors that the target has no place for, so it computes something "
      + "else: \(parts.joined(separator: "; "))"
  }

  /// `NL_2.0.g.weight` as `NL_*.*.g.weight`.
  private static func withoutNumbers(_ components: ArraySlice<Substring>) -> String {
    components.map { word in
      let end = word.lastIndex { !$0.isNumber }.map(word.index(after:)) ?? word.startIndex
      return end == word.endIndex || (end != word.startIndex && !word[..<end].hasSuffix("_"))
        ? String(word) : word[..<end] + "*"
    }.joined(separator: ".")
  }
}

extension UnusedInNetwork.Group {
  /// `in layer1 to layer4`.
  fileprivate var place: String {
    let numbers = stages.sorted()
    guard let first = numbers.first, let last = numbers.last else { return "beside the stages" }
    let isRun = last - first + 1 == numbers.count
    let inside =
      first == last
      ? "in layer\(first)"
      : isRun
        ? "in layer\(first) to layer\(last)"
        : "in " + numbers.map { "layer\($0)" }.joined(separator: ", ")
    return isBesideStages ? "\(inside) and beside the stages" : inside
  }
}
