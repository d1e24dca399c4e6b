// The functions of `pthconv.h` that write files.

import CPthInterface
import OrderedCollections
import PthBytes
import PthConvKit
import PthReports

/// The options of `pthconv_save`.
struct SaveRequest: Request {
  var format: String?
  var metadata: [String: String]?
  var shardSize: Int?
  var overwrite: Bool?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case format, metadata, overwrite
    case shardSize = "shard_size"
  }
}

/// The options of `pthconv_convert`.
struct ConvertRequest: MappingRequest {
  var mapping = BackboneMapping()
  var seed: Int?
  var format: String?
  var dtype: String?
  var castStatistics: Bool?
  var keep: [String]?
  var drop: [String]?
  var rename: [[String]]?
  var shardSize: Int?
  var overwrite: Bool?
  var fold: Bool?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case seed, format, dtype, keep, drop, rename, overwrite, fold
    case castStatistics = "cast_statistics"
    case shardSize = "shard_size"
  }

  /// - Throws: ``InvalidArgument`` for an option that does not apply to ONNX models.
  func checkONNX() throws(InvalidArgument) {
    let given = [
      ("keep", keep?.isEmpty == false), ("drop", drop?.isEmpty == false),
      ("rename", rename?.isEmpty == false), ("shard_size", shardSize != nil),
    ].first(where: \.1)
    if let (name, _) = given {
      throw InvalidArgument("\(name) is for state dicts; an ONNX model is the network alone")
    }
  }

  func selection() throws -> OutputSelection {
    var selection = OutputSelection()
    selection.keep = try (keep ?? []).map { try KeyPattern($0) }
    selection.drop = try (drop ?? []).map { try KeyPattern($0) }
    selection.renames = try (rename ?? []).map { pair in
      guard pair.count == 2 else {
        throw InvalidArgument("rename takes pairs of regular expression and replacement")
      }
      return try KeyRevision(pattern: pair[0], replacement: pair[1])
    }
    if let dtype {
      guard let type = DType(rawValue: dtype), [.float32, .float16, .bfloat16].contains(type) else {
        throw InvalidArgument("dtype takes float32, float16 or bfloat16, not '\(dtype)'")
      }
      selection.dtype = type
    }
    selection.castsStatistics = castStatistics ?? false
    return selection
  }
}

@_cdecl("pthconv_save")
public func save(
  _ table: UnsafePointer<pthconv_table>?, _ path: UnsafePointer<CChar>?,
  _ options: UnsafePointer<CChar>?, _ json: Answer?, _ message: Message?
) -> pthconv_status {
  answering(message) {
    guard let table else { throw InvalidArgument("the table is NULL") }
    let path = try path.text("the path")
    let request = try SaveRequest.read(options)
    var contents = OutputContents(entries: try GivenTensors(table.pointee).entries)
    contents.metadata = request.metadata ?? [:]
    let format = try outputFormat(request.format, path)
    let output = try outputOptions(request.shardSize, request.overwrite)
    try answer(json, try write(contents, as: format, to: path, options: output))
  }
}

@_cdecl("pthconv_convert")
public func convert(
  _ checkpoint: OpaquePointer?, _ path: UnsafePointer<CChar>?, _ options: UnsafePointer<CChar>?,
  _ json: Answer?, _ message: Message?
) -> pthconv_status {
  answering(message) {
    let opened = try checkpoint.checkpoint()
    let path = try path.text("the path")
    let request = try ConvertRequest.read(options)
    try opened.checkFiles()
    let checkpoint = opened.checkpoint
    var output = try outputOptions(request.shardSize, request.overwrite)
    output.inputs = [checkpoint.path] + checkpoint.shards.map(\.path)
    let selection = try request.selection()
    var contents = OutputContents(checkpoint.stateDict)
    if request.mapping.backbone != nil {
      let mapping = try request.mapping.request().mapping(
        of: checkpoint, options: request.mapping.options(for: checkpoint))
      if let problem = mapping.report.refusal {
        throw InputProblem("\(checkpoint.path): \(problem)")
      }
      let backbone = try LoadedBackbone(
        mapping, from: checkpoint.stateDict, seed: request.seed ?? 0)
      if isONNX(request.format, path) {
        try request.checkONNX()
        let writer = try ONNXWriter(
          mapping.target,
          weights: backbone.weights(
            inOne: selection.dtype, castsStatistics: selection.castsStatistics),
          fold: request.fold ?? false, producerVersion: toolkitVersion)
        let files = try writer.write(
          to: path, inputs: output.inputs, replaces: output.replaces)
        return try answer(
          json,
          WrittenFiles(
            format: "onnx", tensorCount: backbone.weights.tensors.count,
            summary: OutputWriter.Summary(files: files)))
      }
      contents = OutputContents(try backbone.weightsInFilePrecision())
    }
    guard !isONNX(request.format, path) else {
      throw InvalidArgument("an ONNX model is a network with its weights: say which backbone")
    }
    if request.fold == true { throw InvalidArgument("fold is for ONNX models") }
    let selected = try selection.apply(to: contents)
    guard !selected.entries.isEmpty else {
      throw InvalidArgument("\(checkpoint.path): nothing is left to be written")
    }
    let format = try outputFormat(request.format, path)
    try answer(json, try write(selected, as: format, to: path, options: output))
  }
}

/// What was written, for the answer in JSON.
private struct WrittenFiles {
  let format: String
  let tensorCount: Int
  let summary: OutputWriter.Summary
}

private func answer(_ json: Answer?, _ written: WrittenFiles) throws(InvalidArgument) {
  try answer(json) { writer in
    writer.object { writer in
      writer.field("format", written.format)
      writer.field("tensors", written.tensorCount)
      writer.field("output_bytes", written.summary.byteCount)
      writer.files(of: written.summary)
      writer.overflows(of: written.summary)
    }
  }
}

private func write(
  _ contents: OutputContents, as format: OutputFormat, to path: String, options: OutputOptions
) throws -> WrittenFiles {
  let summary = try OutputWriter(contents, as: format, to: path, options: options).write()
  return WrittenFiles(
    format: format.name, tensorCount: contents.entries.count, summary: summary)
}

private func outputOptions(_ shardSize: Int?, _ overwrite: Bool?) throws -> OutputOptions {
  if let shardSize, shardSize <= 0 {
    throw InvalidArgument("shard_size takes a number of bytes, not \(shardSize)")
  }
  var options = OutputOptions()
  options.shardSize = shardSize
  options.replaces = overwrite ?? false
  return options
}

private func isONNX(_ format: String?, _ path: String) -> Bool {
  format == "onnx" || (format == nil && path.lowercased().hasSuffix(".onnx"))
}

/// The format of this name, or without a name the format of the path's extension.
private func outputFormat(_ name: String?, _ path: String) throws -> OutputFormat {
  let names = OutputFormat.all.map(\.name).joined(separator: ", ")
  if let name {
    guard let format = OutputFormat.named(name) else {
      throw InvalidArgument("format takes one of \(names), not '\(name)'")
    }
    return format
  }
  guard let format = OutputFormat.forFile(path) else {
    throw InvalidArgument("\(path): its ending names no format; say which: \(names)")
  }
  return format
}

/// Tensors in the caller's memory, which must not change until the call returns.
private struct GivenTensors {
  let entries: [OutputContents.Entry]

  init(_ table: pthconv_table) throws {
    let storages = try UnsafeBufferPointer(
      start: table.storages, count: try Self.count(table.storage_count, table.storages != nil)
    ).enumerated().map { index, storage in
      guard storage.data != nil || storage.nbytes == 0,
        let size = Int(exactly: storage.nbytes)
      else { throw InvalidArgument("storage \(index) has no bytes") }
      let bytes =
        storage.data.map { Bytes(baseAddress: UnsafeRawPointer($0), count: size, owner: nil) }
        ?? .empty
      return TensorStorage(key: String(index), bytes: bytes)
    }
    entries = try UnsafeBufferPointer(
      start: table.tensors, count: try Self.count(table.tensor_count, table.tensors != nil)
    ).map { row in
      let name = try row.name.text("the name of a tensor")
      guard let dtype = DType(rawValue: try row.dtype.text("\(name): the type")) else {
        throw InvalidArgument("\(name): there is no type '\(try row.dtype.text("the type"))'")
      }
      guard let rank = Int(exactly: row.ndim), rank <= 64,
        rank == 0 || (row.shape != nil && row.strides != nil),
        let storage = Int(exactly: row.storage), storages.indices.contains(storage),
        let offset = Int(exactly: row.storage_offset)
      else {
        throw InvalidArgument("\(name): its row has an invalid rank, shape, storage or offset")
      }
      let shape = (0..<rank).map { Int(row.shape![$0]) }
      let strides = (0..<rank).map { Int(row.strides![$0]) }
      do {
        return OutputContents.Entry(
          name: name,
          tensor: try Tensor(
            storage: storages[storage], dtype: dtype, shape: shape, strides: strides,
            storageOffset: offset))
      } catch {
        throw InvalidArgument("\(name): \(error)")
      }
    }
  }

  private static func count(_ count: UInt64, _ isThere: Bool) throws(InvalidArgument) -> Int {
    guard let count = Int(exactly: count), isThere || count == 0 else {
      throw InvalidArgument("the table has a count without rows")
    }
    return count
  }
}
