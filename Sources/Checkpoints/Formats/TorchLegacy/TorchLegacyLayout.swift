import PthPickle

/// The container of `torch.save` before PyTorch 1.6: five pickles, then the storages, each preceded by its element
/// count.
enum TorchLegacyLayout {
  static func layout(_ contents: OutputContents, _ options: OutputOptions, stem: String) throws
    -> FileLayout
  {
    var pickle = try TorchPickle(contents, options, isLegacy: true)
    let object = try pickle.encode()
    let storages = pickle.storages.storages
    var records = [
      FileLayout.Record(
        head: encoded { $0.long(LegacyContainer.magicBytes) }
          + encoded { $0.int(LegacyContainer.protocolVersion) } + encoded(systemInfo) + object
          + encoded { pickle in
            pickle.list(storages.indices) { $0.string(String($1)) }
          })
    ]
    for storage in storages {
      let count = withUnsafeBytes(of: Int64(storage.elementCount).littleEndian) { Array($0) }
      records.append(.init(head: count, data: [storage.data]))
    }
    return FileLayout(records: records)
  }

  private static func encoded(_ body: (inout PickleEncoder) -> Void) -> [UInt8] {
    var pickle = PickleEncoder()
    body(&pickle)
    return pickle.finish()
  }

  private static func systemInfo(_ pickle: inout PickleEncoder) {
    pickle.dict(["protocol_version", "little_endian", "type_sizes"]) { pickle, key in
      pickle.string(key)
      switch key {
      case "protocol_version": pickle.int(LegacyContainer.protocolVersion)
      case "little_endian": pickle.bool(true)
      default:
        pickle.dict([("short", 2), ("int", 4), ("long", 4)]) { pickle, size in
          pickle.string(size.0)
          pickle.int(size.1)
        }
      }
    }
  }
}
