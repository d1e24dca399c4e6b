import PthConvKit
import PthReports

/// Decides which metadata (the values beside the state dict) are written.
struct MetadataChoice {
  /// The values that are not written, with a sentence about them.
  struct LeftOut {
    var members: [(key: String, reason: String)] = []
    /// Advice at the end of the sentence; empty if there is none.
    var advice = ""

    /// The sentence, wrapped into lines; empty if nothing was left out.
    var lines: [String] {
      guard !members.isEmpty else { return [] }
      let maximumCount = 6
      var names = members.prefix(maximumCount).map {
        Format.elided(Format.printable($0.key), 60)
      }
      if members.count > maximumCount {
        names.append("\(Format.grouped(members.count - maximumCount)) more")
      }
      let text = "left out: " + names.joined(separator: ", ") + advice
      return TextWrap.lines(text, width: Terminal.style.width, indent: 0)
    }
  }

  private(set) var leftOut = LeftOut()
  private let texts: [String: String]?
  private let surroundings: KeptMetadata?

  /// - Parameters:
  ///   - input: The file that the tensors come from; nil if they come from none.
  ///   - isSharded: Whether shards are written, which hold only tensors.
  ///   - keepsMetadata: Whether metadata are written; nil for commands without the option.
  init(_ input: Checkpoint?, _ format: OutputFormat, isSharded: Bool, keepsMetadata: Bool?) {
    guard let input, keepsMetadata == true else {
      (texts, surroundings) = (nil, nil)
      guard let input, keepsMetadata != nil else { return }
      leftOut.members = Self.membersBeside(input)
      guard !isSharded else { return }
      leftOut.advice = Self.advice(leftOut.members.map(\.key), input, format)
      return
    }
    texts = input.metadataTexts
    let surroundings = input.surroundings
    self.surroundings = format.isTorch ? surroundings : nil
    leftOut.members = (surroundings?.omissions ?? []).map { ($0.key, "has \($0.reason)") }
    leftOut.advice = "; not plain data"
    if surroundings == nil {
      // The state dict is in a list or an object, or the file is no pickle.
      leftOut.members = Self.membersBeside(input).filter {
        !Self.isText($0.key, input.metadataTexts.keys)
      }
      .map { ($0.key, "not plain data") }
    } else if !format.isTorch {
      leftOut.members = (surroundings?.keysWithTensors ?? []).map { ($0, "has tensors") }
      leftOut.advice = "; \(format.name) keeps texts alone beside the tensors"
    }
  }

  func apply(to contents: inout OutputContents, _ options: inout OutputOptions) {
    guard let texts else { return }
    contents.metadata = texts
    contents.surroundings = surroundings
    // A bare state dict has no place for metadata, so it is wrapped.
    if surroundings?.surroundsStateDict != true { options.wrapsStateDict = true }
  }

  /// The part of the sentence that says which of the values `--keep-metadata` would keep.
  private static func advice(
    _ members: [String], _ input: Checkpoint, _ format: OutputFormat
  ) -> String {
    guard format.hasMetadata, !members.isEmpty else { return "" }
    let surroundings = input.surroundings
    let kept: [String]
    if format.isTorch, let surroundings {
      let omitted = Set(surroundings.omissions.map(\.key))
      kept = members.filter { !omitted.contains($0) }
    } else {
      let (texts, tensors) = (input.metadataTexts.keys, surroundings?.keysWithTensors ?? [])
      kept = members.filter { isText($0, texts) && !tensors.contains($0) }
    }
    guard !kept.isEmpty else { return "" }
    return "; --keep-metadata keeps "
      + (kept.count == members.count
        ? "them"
        : kept.prefix(3).map { Format.elided(Format.printable($0), 60) }.joined(separator: ", ")
          + (kept.count > 3 ? " and \(kept.count - 3) more" : ""))
  }

  /// The values beside the state dict.
  private static func membersBeside(_ checkpoint: Checkpoint) -> [(key: String, reason: String)] {
    // Metadata that belong to the source's format are no loss.
    let own = checkpoint.format.ownMetadata
    return checkpoint.keysBeside.filter { $0 != own }.map { ($0, "not asked for") }
  }

  /// Whether the value at a path, or one inside of it, is among the texts.
  private static func isText(_ path: String, _ texts: some Collection<String>) -> Bool {
    texts.contains { $0 == path || $0.hasPrefix(path + ".") }
  }
}
