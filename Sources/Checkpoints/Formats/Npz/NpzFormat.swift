extension ZipContents {
  static let npz = ZipContents(
    kinds: [FormatKind(.npz, "numpy archive (npz)")], output: .npz,
    open: { archive in
      guard NpzContainer.matches(archive.directory) else { return nil }
      let container = try NpzContainer(archive)
      var opened = OpenedContainer(
        .npz, .flat(container.tensors, container.others.map { ($0.name, .name($0.what)) }),
        era: "numpy")
      opened.isBigEndian = container.isBigEndian
      return opened
    })
}

extension OutputFormat {
  package static let npz = OutputFormat(
    name: "npz", rank: 3, extensions: ["npz"], summary: "numpy's archive (numpy.load)",
    hasMetadata: false,
    holds: { NumpyDType.descriptor($0) != nil },
    nameFault: { name in
      if name.contains("\0") { return "has a NUL in its name, which npz cannot hold" }
      // Each name becomes the name of a zip entry, with ".npy" appended.
      return name.utf8.count > Int(UInt16.max) - 4
        ? "has a name of more than 65,531 bytes, which npz cannot hold" : nil
    },
    layout: { contents, _, _ in try NpzLayout.layout(contents) })
}
