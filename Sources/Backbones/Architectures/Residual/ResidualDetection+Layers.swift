extension ResidualDetection {
  /// Blocks of each stage. A published depth of which one block or one stage is not there is that
  /// depth; other numbers are those of a network of its own.
  ///
  /// - Returns: Whether they make a network: without a stage in their midst they may be a part of
  ///   any.
  mutating func readLayers() -> Bool {
    let present = tensors.stages.map { Self.count($0.filter { $0.value.kind != nil }.keys) }
    let seen = present.enumerated().filter { $0.element > 0 }
      .map { "layer\($0 + 1).0 to \($0 + 1).\($1 - 1)" }.joined(separator: ", ")
    let candidates = likeliest(published(containing: present))
    let layers =
      candidates.first?.layers ?? Array(present[...(present.lastIndex { $0 > 0 } ?? 0)])
    if candidates.isEmpty, layers.contains(0) { return false }
    if architecture.defaultBlock != .bottle2neck {
      let name = block == .basic ? "basic" : "bottleneck"
      note("block", .string(name), seen: "conv1 to conv\(block.lastNormNumber) in most blocks")
    }
    if let first = candidates.first, first.layers != present {
      complete(present, to: candidates)
      arguments["depth"] = .integer(first.depth)
      return true
    }
    note("layers", ArgumentValue(layers), seen: seen, publishedAs: "depth")
    if layers.count < 4 { note("num_stages", .integer(layers.count), seen: seen) }
    if let match = candidates.first ?? architecture.onlyMatch(layers: layers, block: block) {
      note("depth", .integer(match.depth), seen: seen)
    }
    return true
  }

  /// Says what the file has not of the published networks that it may be.
  private mutating func complete(
    _ present: [Int], to candidates: [ResidualArchitecture.Published]
  ) {
    guard let first = candidates.first else { return }
    let lost = zip(first.layers, present).enumerated().filter { $0.element.0 != $0.element.1 }
      .map { stage, counts in
        counts.1 == 0 ? "layer\(stage + 1)" : "layer\(stage + 1).\(counts.0 - 1)"
      }
    let depths = candidates.map { "\($0.depth)" }.joined(separator: " or ")
    let taken = candidates.count > 1 ? "; \(first.depth) is taken" : ""
    // A network may end early; none leaves out a stage in its midst.
    let own = Array(present[...(present.lastIndex { $0 > 0 } ?? 0)])
    let advice = own.contains(0) ? "" : "; if it never was there, say layers=\(own)"
    assume(
      "depth",
      "depth \(depths), without \(lost.joined(separator: ", ")), which is not in the file"
        + taken + advice, isOfAbsentPart: true)
  }

  /// Of several the one whose depth the file's name has.
  private func likeliest(
    _ candidates: [ResidualArchitecture.Published]
  ) -> [ResidualArchitecture.Published] {
    let words = Set(hints.words.joined())
    let named = candidates.filter { words.contains("\($0.depth)") }
    return named.count == 1 ? named : candidates
  }

  /// The published networks that have all blocks of the file: with the same number in each stage,
  /// or, in the published width, all but the last of one stage, or all but one stage.
  private func published(containing present: [Int]) -> [ResidualArchitecture.Published] {
    let fitting = architecture.depths.filter { $0.block == block }
    if let same = fitting.first(where: { $0.layers == present }) { return [same] }
    guard baseChannels == ResidualConfiguration.publishedChannels else { return [] }
    return fitting.filter { candidate in
      let differing = zip(candidate.layers, present).filter { $0 != $1 }
      return differing.count == 1
        && differing.allSatisfy { all, some in some == all - 1 || some == 0 }
    }
  }

  /// The number of blocks whose highest number is the last of these, without those that stand far
  /// from the others.
  private static func count(_ numbers: some Collection<Int>) -> Int {
    let sorted = numbers.sorted()
    let last = sorted.indices.last { (sorted[$0] + 1) <= ($0 + 1) * 2 }
    return last.map { sorted[$0] + 1 } ?? 0
  }
}
