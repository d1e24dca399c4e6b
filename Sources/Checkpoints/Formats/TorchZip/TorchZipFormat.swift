import PthBytes
import PthPickle
import PthTensors

extension ZipContents {
  /// The format of `torch.save` since PyTorch 1.6, and of `torch.jit.save`.
  static let torch = ZipContents(
    kinds: [
      FormatKind(.torchZip, "PyTorch zip archive"), FormatKind(.torchScript, "TorchScript archive"),
    ],
    output: .torch,
    open: { archive in
      guard let prefix = TorchZipContainer.prefix(in: archive.directory) else { return nil }
      return try TorchZipContainer(archive, prefix: prefix).opened()
    },
    examine: { $0.examineTorchZip($1) })
}

extension OutputFormat {
  package static let torch = OutputFormat(
    name: "torch", rank: 0, extensions: ["pth", "pt", "ckpt", "bin"],
    summary: "PyTorch's zip container (torch.save since 1.6)", isTorch: true, hasMetadata: true,
    holds: { $0.elementsPerByte == 1 || $0.isQuantized },
    layout: TorchZipLayout.layout)
}

extension TorchZipContainer {
  fileprivate func opened() throws -> OpenedContainer {
    var source = PickleSource(
      document: document, fileOffset: pickleOffset, persistentObjects: storages)
    var pickles = [CheckpointPickle(name: prefix + "data.pkl", document: document)]
    if isTorchScript {
      for (index, entry) in archive.directory.entries.enumerated() {
        let code = prefix + "code/"
        if entry.name.hasPrefix(code), entry.name.hasSuffix(".py") {
          let module = entry.name.dropFirst(code.count).dropLast(3)
            .split(separator: "/").joined(separator: ".")
          let text = try archive.contents(index).bytes.text
          source.scriptAttributes.merge(ScriptAttributes.parse(text, module: module)) { $1 }
        } else if entry.name == prefix + "constants.pkl" {
          let document = try PickleDocument(parsing: try archive.pickle(named: entry.name).bytes)
          pickles.append(CheckpointPickle(name: entry.name, document: document))
        }
      }
    }
    var opened = OpenedContainer(
      isTorchScript ? .torchScript : .torchZip, .pickle(source), era: era)
    opened.isBigEndian = isBigEndian
    opened.pickles = pickles
    opened.archive = archive
    return opened
  }
}
