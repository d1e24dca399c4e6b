import PthBytes
import PthPickle

extension PickleContents {
  /// The format of `torch.save` before PyTorch 1.6.
  static let torchLegacy = PickleContents(
    kinds: [FormatKind(.torchLegacy, "PyTorch legacy file")], output: .torchLegacy,
    open: { bytes, first in
      guard LegacyContainer.isMagic(first) else { return nil }
      let container = try LegacyContainer(bytes, fileOffset: 0)
      let origin = container.isFromLittleEndianMachine ? "" : ", saved on a big-endian machine"
      var opened = OpenedContainer(
        .torchLegacy,
        .pickle(
          PickleSource(
            document: container.document, fileOffset: 0, persistentObjects: container.storages)),
        era: "PyTorch before 1.6, or its legacy option" + origin)
      opened.pickles = zip(LegacyContainer.partNames, container.pickles)
        .map { CheckpointPickle(name: $0, document: $1) }
      opened.endOffset = container.endOffset
      return opened
    },
    judge: { scanner, bytes, first in
      guard LegacyContainer.isMagic(first) else { return false }
      try scanner.judgeLegacyFile(bytes)
      return true
    },
    judgeOpened: { scanner, checkpoint in
      guard let endOffset = checkpoint.endOffset else { return false }
      let documents = checkpoint.pickles.map(\.document)
      scanner.judgeLegacy(documents)
      if let object = documents.dropFirst(3).first {
        scanner.judgeSparse(object, try? LegacyContainer(checkpoint.bytes, fileOffset: 0).storages)
      }
      scanner.judgeAppended(checkpoint.bytes, from: endOffset)
      return true
    })
}

extension OutputFormat {
  package static let torchLegacy = OutputFormat(
    name: "torch-legacy", rank: 1, extensions: [],
    summary: "PyTorch's container before 1.6, for old versions", isTorch: true, hasMetadata: true,
    holds: { TorchNames.storageClass($0) != nil },
    layout: TorchLegacyLayout.layout)
}

extension FileScanner {
  fileprivate mutating func judgeLegacyFile(_ bytes: Bytes) throws {
    var documents: [PickleDocument] = []
    var position = 0
    for part in LegacyContainer.partNames {
      let parsed = parse(bytes, at: position)
      let document = parsed.document
      documents.append(document)
      if let error = parsed.error {
        judgeLegacy(documents)
        audit.weightsOnly = .refused("the file is damaged")
        throw CheckpointError(.pickle(error), part: part, position: error.position)
      }
      position = document.range.upperBound
    }
    judgeLegacy(documents)
    let container = try LegacyContainer(bytes, fileOffset: 0)
    judgeSparse(container.document, container.storages)
    judgeAppended(bytes, from: container.endOffset)
  }

  /// Judges the pickles of a legacy file, or the first of them.
  fileprivate mutating func judgeLegacy(_ documents: [PickleDocument]) {
    var obstacle: String?
    for (part, document) in zip(LegacyContainer.partNames, documents) {
      judge(document, part: part)
      obstacle = obstacle ?? WeightsOnlyCheck.obstacle(in: document)
      if part == "object", obstacle == nil, Self.hasUntypedStorage(document) {
        obstacle = "an untyped storage, which torch.load does not find in legacy files"
      }
    }
    audit.weightsOnly = obstacle.map { .refused($0) } ?? .accepted
  }

  private static func hasUntypedStorage(_ document: PickleDocument) -> Bool {
    document.handles.contains { document.globalName($0)?.name == "UntypedStorage" }
  }
}
