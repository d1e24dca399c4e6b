import PthConvKit
import PthReports

/// The report of a written file, as text and JSON.
struct WrittenOutput {
  /// The name of the format.
  let format: String
  let tensorCount: Int
  let summary: OutputWriter.Summary
  /// The size of the input, with all its shards; nil without an input.
  let inputByteCount: Int?
  var leftOut = MetadataChoice.LeftOut()

  var text: String {
    let files = summary.files
    let name = files.count == 1 ? files[0].path : "\(files.count) files, \(files.last?.path ?? "")"
    let sizes = [inputByteCount, summary.byteCount].compactMap { $0.map(Format.bytes) }
    var lines = [
      "wrote \(Format.printable(name)): \(format), \(Format.tensors(tensorCount)), "
        + sizes.joined(separator: " → ")
    ]
    lines += leftOut.lines
    for (name, count) in summary.overflows {
      lines += TextWrap.lines(
        Terminal.style.styled("warning", .yellow)
          + ": \(Format.printable(name)): \(Format.grouped(count)) finite values became infinite",
        width: Terminal.style.width, indent: 0)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  func write(to writer: inout JSONWriter, input: String) {
    writer.object { writer in
      writer.field("input", input)
      writer.field("format", format)
      writer.field("tensors", tensorCount)
      writer.field("input_bytes", inputByteCount)
      writer.field("output_bytes", summary.byteCount)
      writer.files(of: summary)
      writer.objects("left_out", leftOut.members) { writer, member in
        writer.field("key", member.key)
        writer.field("reason", member.reason)
      }
      writer.overflows(of: summary)
    }
  }
}
