import PthCheckpoints

extension JSONWriter {
  /// Writes the key `files`: the path and size of each file written.
  package mutating func files(of summary: OutputWriter.Summary) {
    objects("files", summary.files) { writer, file in
      writer.field("file", file.path)
      writer.field("bytes", file.byteCount)
    }
  }

  /// Writes the key `overflows`: tensors with values that became infinite in a narrower dtype.
  package mutating func overflows(of summary: OutputWriter.Summary) {
    objects("overflows", summary.overflows) { writer, overflow in
      writer.field("name", overflow.name)
      writer.field("elements", overflow.count)
    }
  }
}
