import PthPickle

extension FileFormat {
  /// Tar archives, the container of PyTorch before 0.1.10.
  static let tar: FileFormat = {
    var format = FileFormat(
      name: "tar", kinds: [FormatKind(.torchTar, "PyTorch tar archive")],
      matches: TarArchive.matches,
      open: { file in
        let archive = TarArchive(file.bytes)
        guard TarContainer.matches(archive) else {
          let names = archive.members.prefix(3).map { "'\($0.name)'" }.joined(separator: ", ")
          throw CheckpointError(
            .unknownFormat(
              "a tar archive that PyTorch did not write; unpack it (it holds \(names))"))
        }
        let container = try TarContainer(archive)
        var opened = OpenedContainer(
          .torchTar,
          .pickle(
            PickleSource(
              document: container.document, fileOffset: container.fileOffset,
              persistentObjects: container.objects)),
          era: "PyTorch before 0.1.10")
        opened.pickles =
          [CheckpointPickle(name: "pickle", document: container.document)]
          + container.frame.map { CheckpointPickle(name: "storages and tensors", document: $0) }
        return opened
      },
      judge: { try $0.judgeTar($1) })
    format.judgeBeside = { scanner, bytes, primary in
      guard primary?.name != "tar", TarArchive.matches(bytes) else { return }
      scanner.audit.add(.dangerous, "is a tar archive as well: readers differ in what they see")
      do { try scanner.judgeTar(bytes) } catch {
        let reason = CheckpointError.wrapping(error).reasonText
        scanner.audit.add(.unknown, "cannot be read as a tar archive: \(reason)")
      }
    }
    return format
  }()
}
