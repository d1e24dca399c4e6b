import OrderedCollections
import PthBackbones

/// The text of the warning about tensors of the file's network that have no place in the target: their number, place
/// and names and, if known, the addition that they belong to.
struct UnusedInNetwork {
  /// Tensors that are parts of one addition to the network.
  fileprivate struct Group {
    var count = 0
    var stages: Set<Int> = []
    /// Places outside of the stages: the stem, or nil for modules beside stem and stages.
    var places: OrderedSet<String?> = []
    /// The tensors' names inside of their block or stage, without numbers.
    var names: OrderedSet<String> = []
  }

  let text: String

  /// - Parameters:
  ///   - tensors: the unused tensors; not empty.
  ///   - names: the renaming tables of the target's architecture.
  ///   - namesMayDiffer: ``LoadReport/namesMayDiffer``.
  init(_ tensors: [LoadReport.Unexpected], names: RenamingTables, namesMayDiffer: Bool) {
    var groups: OrderedDictionary<String, Group> = [:]
    for tensor in tensors {
      let components = (tensor.nameInNetwork ?? tensor.source).keyComponents
      var group = groups[tensor.part ?? "", default: Group()]
      group.count += 1
      let stage = components.first.flatMap(names.stage)
      if case .layer(let number) = stage {
        group.stages.insert(number)
        let isInBlock = components.count > 2 && Int(components[1]) != nil
        group.names.append(Self.withoutNumbers(components.dropFirst(isInBlock ? 2 : 1)))
      } else {
        group.places.append(stage == .stem ? "the stem" : nil)
        group.names.append(Self.withoutNumbers(components[...]))
      }
      groups[tensor.part ?? ""] = group
    }
    let parts = groups.map { part, group in
      let tensors = group.count == 1 ? "1 tensor" : "\(group.count) tensors"
      let names = group.names.prefix(3).joined(separator: ", ")
      let more = group.names.count > 3 ? " and \(group.names.count - 3) more" : ""
      let known = part.isEmpty ? "" : " (\(part))"
      return "\(tensors) \(group.place): \(names)\(more)\(known)"
    }
    // An unknown module beside the stages may be a decoder behind the network, so "another network" is not
    // certain.
    let isKnown = groups.contains { part, group in !part.isEmpty || !group.isBeside }
    let holds = "the file's network holds tensors that the target has no place for"
    let listed = parts.joined(separator: "; ")
    text =
      if namesMayDiffer {
        "\(holds), and each missing tensor has one of its shape among them: it is another network, "
          + "or the same network with other names: \(listed)"
      } else if isKnown {
        "\(holds), so it is another network: \(listed)"
      } else {
        "\(holds): \(listed); the names do not show whether the network uses them between its stages"
      }
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
  /// Whether all tensors are outside of the stages and the stem.
  fileprivate var isBeside: Bool { stages.isEmpty && places == [nil] }

  /// `in layer1 to layer4`.
  fileprivate var place: String {
    let numbers = stages.sorted()
    var inside = places.contains("the stem") ? ["the stem"] : []
    if numbers.count > 2, let first = numbers.first, let last = numbers.last,
      last - first + 1 == numbers.count
    {
      inside.append("\(Stage.layer(first)) to \(Stage.layer(last))")
    } else {
      inside += numbers.map { "\(Stage.layer($0))" }
    }
    let within = inside.isEmpty ? [] : ["in " + inside.joined(separator: ", ")]
    return (within + (places.contains(nil) ? ["beside the stages"] : [])).joined(separator: " and ")
  }
}
