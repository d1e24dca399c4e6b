/// The page of `map`, made from its JSON.
struct MapPage: Decodable {
  struct Loaded: Decodable {
    let source: String
    let otherParts: [String]?
    let target: String
    let how: String
    let rule: String?
  }
  struct Filled: Decodable {
    let target: String
    let why: String
  }
  struct Missing: Decodable {
    let target: String
    let shape: [Int]
    let `init`: String?
  }
  struct Unexpected: Decodable {
    let source: String
    let shape: [Int]
    let why: String
    let inNetwork: Bool
  }
  struct Mismatched: Decodable {
    let source: String
    let target: String
    let sourceShape: [Int]
    let targetShape: [Int]
    let hint: String
  }
  struct Coverage: Decodable {
    let keys: Double
    let elements: Double
    let stages: [String: Double]?
  }
  struct Flavors: Decodable {
    let source: String?
    let target: String
  }
  struct Prefix: Decodable {
    let source: String
    let target: String
  }
  struct Warning: Decodable {
    let code: String
    let message: String
  }

  let backbone: String?
  let verdict: String
  let flavor: Flavors?
  let prefix: Prefix?
  let loaded: [Loaded]
  let filled: [Filled]
  let missing: [Missing]
  let unexpected: [Unexpected]
  let mismatched: [Mismatched]
  let coverage: Coverage
  let assumptions: [String]?
  let warnings: [Warning]

  func html(file: String) -> [UInt8] {
    HTMLPage(
      command: "map", file: file, tone: tone, verdict: verdict, sentence: sentence
    ).bytes { writer in
      writer.facts([
        "target": backbone ?? "the keys of a module",
        "names of": flavor?.target,
        "file's names": flavor?.source,
        "prefix in the file": prefix?.source,
        "prefix in the target": prefix?.target,
        "keys loaded": Format.percent(coverage.keys),
        "elements loaded": Format.percent(coverage.elements),
      ])
      writer.list("Warnings", warnings.map { "\($0.code): \($0.message)" })
      stages(to: &writer)
      KeyTree(
        trees: [
          ("Target", NameTree(targetKeys)), ("In the file, not in the target", NameTree(otherKeys)),
        ],
        state: \.state,
        opens: { node, depth in
          depth == 0 && node.all.count <= 40 || node.all.count <= 400 && node.isTroubled
        },
        moduleNote: { node, writer in
          let leaves = node.all
          for state in KeyState.allCases {
            let count = leaves.count { $0.state == state }
            if count > 0 { writer.state(state, count: count) }
          }
        },
        leafNote: { $0.write(to: &$1) }
      ).write(to: &writer)
      writer.list("Cannot be known from the file, assumed", assumptions ?? [])
    }
  }

  private var tone: HTMLPage.Tone {
    switch verdict {
    case "complete": .good
    case "partial", "foreign": .warn
    default: .bad
    }
  }

  private var sentence: String {
    let all = loaded.count + missing.count + mismatched.count
    var parts = ["\(Format.grouped(loaded.count)) of \(Format.grouped(all)) keys loaded"]
    for (count, what) in [
      (missing.count, "missing"), (mismatched.count, "mismatched"),
      (unexpected.count, "unexpected"),
    ] where count > 0 {
      parts.append("\(Format.grouped(count)) \(what)")
    }
    return parts.joined(separator: ", ")
  }

  /// Writes the coverage of each stage, from the stem to the head.
  private func stages(to writer: inout HTMLWriter) {
    guard let stages = coverage.stages, !stages.isEmpty else { return }
    func rank(_ name: String) -> (Int, Int, String) {
      (
        name == "stem" ? 0 : name == "head" ? 2 : 1,
        Int(name.filter(\.isWholeNumber).suffix(9)) ?? 0, name
      )
    }
    writer.section("Coverage of each stage") { writer in
      writer.element("dl") { writer in
        for (name, share) in stages.sorted(by: { rank($0.key) < rank($1.key) }) {
          writer.element("div") { writer in
            writer.element("dt", name)
            writer.element("dd") { writer in
              writer.bar(share, tone: share == 1 ? .good : .warn)
              writer.text(" \(Format.percent(share))")
            }
          }
        }
      }
    }
  }

  // MARK: Keys

  /// A key of the target or of the file, and what became of it.
  struct Key {
    let state: KeyState
    let shape: [Int]?
    let note: String

    func write(to writer: inout HTMLWriter) {
      if let shape { writer.number(Format.shape(shape)) }
      if !note.isEmpty { writer.note(note) }
    }
  }

  private var targetKeys: [(name: String, leaf: Key)] {
    loaded.map { item in
      let parts = [item.source] + (item.otherParts ?? [])
      let source = item.source == item.target ? "" : "from \(parts.joined(separator: " and "))"
      let how = [source, item.rule ?? ""].filter { !$0.isEmpty }.joined(separator: "; ")
      return (item.target, Key(state: .loaded, shape: nil, note: how))
    }
      + filled.map { ($0.target, Key(state: .filled, shape: nil, note: $0.why)) }
      + missing.map { item in
        let note = item.`init`.map { "initialised: \($0)" } ?? ""
        return (item.target, Key(state: .initialised, shape: item.shape, note: note))
      }
      + mismatched.map { item in
        let shapes =
          "file \(Format.shape(item.sourceShape)), target \(Format.shape(item.targetShape))"
        let source = item.source == item.target ? "" : "from \(item.source); "
        return (
          item.target,
          Key(state: .mismatched, shape: nil, note: "\(source)\(shapes); \(item.hint)")
        )
      }
  }

  private var otherKeys: [(name: String, leaf: Key)] {
    unexpected.map {
      ($0.source, Key(state: $0.inNetwork ? .foreign : .unused, shape: $0.shape, note: $0.why))
    }
  }
}

extension NameTree<MapPage.Key> {
  /// Whether a key below was not loaded as it should be, so that the module is opened at first.
  fileprivate var isTroubled: Bool {
    all.contains { $0.state.tone == .warn || $0.state.tone == .bad }
  }
}
