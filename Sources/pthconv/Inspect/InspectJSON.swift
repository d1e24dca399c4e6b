import PthConvKit

/// The JSON of `inspect --json`; `docs/json.md` documents it.
struct InspectJSON {
  let report: InspectReport

  init(_ report: InspectReport) { self.report = report }

  func write(to writer: inout JSONWriter) {
    let checkpoint = report.checkpoint
    writer.object { writer in
      writer.key("file")
      writer.value(checkpoint.path)
      writer.key("bytes")
      writer.value(checkpoint.byteCount)
      writer.key("format")
      writer.value(checkpoint.format.rawValue)
      writer.key("era")
      writer.value(checkpoint.era)
      writer.key("byte_order")
      writer.value(checkpoint.byteOrder.rawValue)
      writer.key("state_dict_key")
      writer.value(checkpoint.stateDictKey)
      writer.key("candidates")
      writer.array { writer in
        for candidate in checkpoint.candidates {
          writer.object { writer in
            writer.key("key")
            writer.value(candidate.key)
            writer.key("tensors")
            writer.value(candidate.tensorCount)
          }
        }
      }
      writer.key("tensors")
      writer.array { writer in
        for index in report.tensors.indices { tensor(index, to: &writer) }
      }
      writer.key("shared")
      writer.array { writer in for group in report.shared { writer.value(group) } }
      writer.key("parameters")
      writer.value(report.elementCount)
      writer.key("tensor_bytes")
      writer.value(report.tensorBytes)
      writer.key("metadata")
      topLevel(checkpoint.metadata, to: &writer)
      writer.key("globals")
      AuditJSON.globals(report.audit, to: &writer)
      writer.key("safety")
      writer.value(report.audit.verdict.rawValue)
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
      writer.key("backbone")
      writer.value(detection.backbone)
      writer.key("flavor")
      writer.value(detection.flavor.rawValue)
      writer.key("arguments")
      ArgumentsJSON.write(detection.arguments, to: &writer)
      writer.key("prefix")
      writer.value(detection.prefix)
      writer.key("head_classes")
      writer.value(detection.headClasses)
      writer.key("assumptions")
      writer.value(detection.assumptions.map(\.text))
    }
  }

  private func tensor(_ index: Int, to writer: inout JSONWriter) {
    let (name, tensor) = report.tensors[index]
    writer.object { writer in
      writer.key("name")
      writer.value(name)
      writer.key("dtype")
      writer.value(tensor.dtype.rawValue)
      writer.key("shape")
      writer.value(tensor.shape)
      writer.key("stride")
      writer.value(tensor.strides)
      writer.key("storage_offset")
      writer.value(tensor.storageOffset)
      writer.key("storage")
      writer.value(tensor.storage.key)
      writer.key("byte_offset")
      writer.value(tensor.storage.shard == nil ? tensor.fileOffset : nil)
      writer.key("nbytes")
      writer.value(tensor.byteCount)
      if let shard = tensor.storage.shard {
        writer.key("shard")
        writer.value(shard)
      }
      if tensor.storage.device != "cpu" {
        writer.key("device")
        writer.value(tensor.storage.device)
      }
      if let statistics = report.statistics { self.statistics(statistics[index], to: &writer) }
      if report.printsValues {
        writer.key("values")
        values(tensor, to: &writer)
      }
    }
  }

  private func statistics(_ statistics: TensorStatistics?, to writer: inout JSONWriter) {
    writer.key("stats")
    guard let statistics else { return writer.null() }
    writer.object { writer in
      writer.key("min")
      writer.value(statistics.minimum)
      writer.key("max")
      writer.value(statistics.maximum)
      writer.key("mean")
      writer.value(statistics.mean)
      writer.key("std")
      writer.value(statistics.standardDeviation)
      writer.key("nan")
      writer.value(statistics.nanCount)
      writer.key("inf")
      writer.value(statistics.infinityCount)
    }
  }

  /// The elements in C order, flat; complex ones as pairs. Null if there is no data.
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
      writer.key("sha256")
      writer.value(checksum.sha256)
      writer.key("hub_hash")
      writer.value(checksum.hubHash)
      writer.key("hub_matches")
      if let matches = checksum.hubMatches { writer.value(matches) } else { writer.null() }
      writer.key("entries")
      writer.value(checksum.entryCount)
      writer.key("crc_mismatches")
      writer.value(checksum.mismatches)
    }
  }

  /// Always an object, also when the checkpoint is no dict.
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

  /// Dicts and objects become objects, what JSON lacks becomes text or a small object.
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
        writer.key("dtype")
        writer.value(dtype.rawValue)
        writer.key("shape")
        writer.value(shape)
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
        writer.key("__class__")
        writer.value(className)
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

/// The parts of the audit that `inspect` and `scan` share.
enum AuditJSON {
  static func globals(_ audit: FileAudit, to writer: inout JSONWriter) {
    writer.array { writer in
      for audited in audit.globals {
        writer.object { writer in
          writer.key("module")
          writer.value(audited.global.module)
          writer.key("name")
          writer.value(audited.global.name)
          writer.key("verdict")
          writer.value(audited.verdict.rawValue)
          if let reason = audited.reason {
            writer.key("reason")
            writer.value(reason)
          }
        }
      }
    }
  }

  static func weightsOnly(_ audit: FileAudit, to writer: inout JSONWriter) {
    switch audit.weightsOnly {
    case .notApplicable: writer.null()
    case .accepted:
      writer.object { writer in
        writer.key("accepted")
        writer.value(true)
      }
    case .refused(let reason):
      writer.object { writer in
        writer.key("accepted")
        writer.value(false)
        writer.key("reason")
        writer.value(reason)
      }
    }
  }
}
