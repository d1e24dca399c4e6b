extension FileFormat {
  static let safetensors = FileFormat(
    name: "safetensors",
    kinds: [FormatKind(.safetensors, "safetensors", ownMetadata: "format")],
    outputs: [.safetensors],
    matches: SafetensorsContainer.matches,
    open: { file in
      let container = try SafetensorsContainer(file.bytes)
      let metadata = container.metadata.sorted { $0.key < $1.key }
      return OpenedContainer(
        .safetensors, .flat(container.tensors, metadata.map { ($0.key, .string($0.value)) }),
        era: "safetensors")
    },
    judge: { _ = try SafetensorsContainer($1) })
}

extension OutputFormat {
  package static let safetensors = OutputFormat(
    name: "safetensors", rank: 2, extensions: ["safetensors"], summary: "safetensors",
    hasMetadata: true,
    holds: { SafetensorsLayout.codes[$0] != nil },
    nameFault: { $0 == "__metadata__" ? "is a reserved name in safetensors" : nil },
    layout: { contents, _, _ in try SafetensorsLayout.layout(contents) })
}
