import PthBackbones
import PthCheckpoints
import PthKeyMapping
import PthPickle
import PthTensors

/// The JSON of `inspect --json`; `docs/json.md` documents it.
package struct InspectJSON {
  package let report: InspectReport

  package init(_ report: InspectReport) { self.report = report }

  package func write(to writer: inout JSONWriter) {
    let checkpoint = report.checkpoint
    writer.object { writer in
      writer.field("file", checkpoint.path)
      writer.field("bytes", checkpoint.byteCount)
      writer.field("format", checkpoint.format.rawValue)
      writer.field("era", checkpoint.era)
      writer.field("byte_order", checkpoint.byteOrder.rawValue)
      writer.field("state_dict_key", checkpoint.stateDictKey)
      writer.key("candidates")
      writer.array { writer in
        for candidate in checkpoint.candidates {
          writer.object { writer in
            writer.field("key", candidate.key)
            writer.field("tensors", candidate.tensorCount)
          }
        }
      }
      writer.key("tensors")
      writer.array { writer in
        for index in report.tensors.indices { tensor(index, to: &writer) }
      }
      writer.key("shared")
      writer.array { writer in for group in report.shared { writer.value(group) } }
      writer.field("parameters", report.elementCount)
      writer.field("tensor_bytes", report.tensorBytes)
      writer.key("metadata")
      topLevel(checkpoint.metadata, to: &writer)
      writer.key("globals")
      AuditJSON.globals(report.audit, to: &writer)
      writer.field("safety", report.audit.verdict.rawValue)
      writer.key("weights_only")
      AuditJSON.weightsOnly(report.audit, to: &writer)
      if let checksum = report.checksum { self.checksum(checksum, to: &writer) }
      writer.key("architecture")
      architecture(to: &writer)
    }
  }

  private func architecture(to writer: inout JSONWriter) {
    guard let detection = report.detection else { return writer.null() }
    writer.object { writer in
      writer.field("backbone", detection.backbone)
      writer.field("flavor", detection.flavor.rawValue)
      writer.key("arguments")
      ArgumentsJSON.write(detection.arguments, to: &writer)
      writer.field("prefix", detection.prefix)
      writer.field("head_classes", detection.headClasses)
      writer.field("assumptions", detection.assumptions.map(\.text))
    }
  }

  private func tensor(_ index: Int, to writer: inout JSONWriter) {
    let (name, tensor) = report.tensors[index]
    writer.object { writer in
      writer.field("name", name)
      writer.field("dtype", tensor.dtype.rawValue)
      writer.field("shape", tensor.shape)
      writer.field("stride", tensor.strides)
      writer.field("storage_offset", tensor.storageOffset)
      writer.field("storage", tensor.storage.key)
      writer.field("byte_offset", tensor.storage.shard == nil ? tensor.fileOffset : nil)
      writer.field("nbytes", tensor.byteCount)
      if let shard = tensor.storage.shard {
        writer.field("shard", shard)
      }
      if tensor.storage.device != "cpu" {
        writer.field("device", tensor.storage.device)
      }
      if let statistics = report.statistics {
        self.statistics(statistics[index], report.histograms?[index], to: &writer)
      }
      if report.printsValues {
        writer.key("values")
        values(tensor, to: &writer)
      }
    }
  }

  private func statistics(
    _ statistics: TensorStatistics?, _ histogram: TensorHistogram?, to writer: inout JSONWriter
  ) {
    writer.key("stats")
    guard let statistics else { return writer.null() }
    writer.object { writer in
      writer.field("min", statistics.minimum)
      writer.field("max", statistics.maximum)
      writer.field("mean", statistics.mean)
      writer.field("std", statistics.standardDeviation)
      writer.field("nan", statistics.nanCount)
      writer.field("inf", statistics.infinityCount)
      if let histogram { writer.field("histogram", histogram.counts) }
    }
  }

  /// Writes the elements as one flat list in C order, complex ones as pairs; null if they cannot be read.
  private func values(_ tensor: Tensor, to writer: inout JSONWriter) {
    guard let elements = try? TensorElements(tensor) else { return writer.null() }
    writer.array { writer in
      for value in elements.values() {
        switch value {
        case .bool(let flag): writer.value(flag)
        case .int(let number): writer.value(number)
        case .unsigned(let number): writer.value(String(number))
        case .real(let number): writer.value(number)
        case .complex(let real, let imaginary):
          writer.array { writer in
            writer.value(real)
            writer.value(imaginary)
          }
        }
      }
    }
  }

  private func checksum(_ checksum: ChecksumReport, to writer: inout JSONWriter) {
    writer.key("checksum")
    writer.object { writer in
      writer.field("sha256", checksum.sha256)
      writer.field("hub_hash", checksum.hubHash)
      writer.field("hub_matches", checksum.hubMatches)
      writer.field("entries", checksum.entryCount)
      writer.field("crc_mismatches", checksum.mismatches)
    }
  }

  /// Writes the metadata as an object even if the top level of the checkpoint is not a dict.
  private func topLevel(_ value: MetadataValue, to writer: inout JSONWriter) {
    switch value {
    case .dict(let fields, _): object(fields, class: nil, to: &writer)
    case .object: metadata(value, to: &writer)
    default:
      writer.object { writer in
        writer.key("value")
        metadata(value, to: &writer)
      }
    }
  }

  /// Dicts and objects become JSON objects; types that JSON lacks become a string or a small object.
  private func metadata(_ value: MetadataValue, to writer: inout JSONWriter) {
    switch value {
    case .none: writer.null()
    case .bool(let flag): writer.value(flag)
    case .int(let number): writer.value(number)
    case .bigInt(let digits): writer.value(digits)
    case .float(let number): writer.value(number)
    case .string(let text), .name(let text): writer.value(text)
    case .bytes(let count): writer.value("<\(count) bytes>")
    case .tensor(let dtype, let shape):
      writer.object { writer in
        writer.field("dtype", dtype.rawValue)
        writer.field("shape", shape)
      }
    case .list(let members, _):
      writer.array { writer in for member in members { metadata(member, to: &writer) } }
    case .dict(let fields, _): object(fields, class: nil, to: &writer)
    case .object(let className, let fields, _): object(fields, class: className, to: &writer)
    case .stateDict: writer.value("<state dict>")
    }
  }

  private func object(
    _ fields: [(key: String, value: MetadataValue)], class className: String?,
    to writer: inout JSONWriter
  ) {
    writer.object { writer in
      if let className {
        writer.field("__class__", className)
      }
      var seen: Set<String> = []
      for (key, value) in fields {
        guard seen.insert(key).inserted else { continue }
        writer.key(key)
        metadata(value, to: &writer)
      }
    }
  }
}
