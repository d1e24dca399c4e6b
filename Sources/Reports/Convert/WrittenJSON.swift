import PthCheckpoints

extension JSONWriter {
  /// The files of an output: `files`.
  package mutating func files(of summary: OutputWriter.Summary) {
    objects("files", summary.files) { writer, file in
      writer.field("file", file.path)
      writer.field("bytes", file.byteCount)
    }
  }

  /// Tensors whose values became infinite in a narrower type: `overflows`.
  package mutating func overflows(of summary: OutputWriter.Summary) {
    objects("overflows", summary.overflows) { writer, overflow in
      writer.field("name", overflow.name)
      writer.field("elements", overflow.count)
    }
  }
}
