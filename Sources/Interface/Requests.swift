import FoundationEssentials
import PthConvKit

/// Options of a call as a JSON object: missing options have defaults, unknown options are errors.
protocol Request: Decodable, Sendable {
  associatedtype CodingKeys: CodingKey, CaseIterable

  /// A request without options.
  init()
}

/// Options of a call that maps keys: the mapping's options and the call's own, in one JSON object.
protocol MappingRequest: Request {
  var mapping: BackboneMapping { get set }
}

extension Request {
  fileprivate static var names: [String] { CodingKeys.allCases.map(\.stringValue) }

  /// Reads the options passed by C; NULL means no options.
  ///
  /// - Throws: ``InvalidArgument`` that names the option at fault.
  static func read(_ text: UnsafePointer<CChar>?) throws(InvalidArgument) -> Self {
    guard let text else { return Self() }
    let decoder = JSONDecoder()
    decoder.userInfo[Options.type] = Self.self
    do {
      let options = try decoder.decode(Options.self, from: Data(String(cString: text).utf8))
      return options.request as? Self ?? Self()
    } catch let error as InvalidArgument {
      throw error
    } catch DecodingError.typeMismatch(_, let context), DecodingError.valueNotFound(_, let context),
      DecodingError.keyNotFound(_, let context)
    {
      let place = context.codingPath.map(\.stringValue).joined(separator: ".")
      throw InvalidArgument(
        "the option '\(place)' cannot be read: \(context.debugDescription)")
    } catch {
      throw InvalidArgument("the options are no JSON object that can be read: \(error)")
    }
  }
}

/// A JSON object of options, parsed once; the mapping and the request itself each read their names from it.
private struct Options: Decodable {
  let request: any Request

  /// The key under which the decoder gets the request's type.
  static let type = CodingUserInfoKey(rawValue: "request")!

  private struct Name: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    guard let type = decoder.userInfo[Self.type] as? any Request.Type else {
      throw InvalidArgument("there are no options here")
    }
    let mapsKeys = type is any MappingRequest.Type
    let known = (mapsKeys ? BackboneMapping.names : []) + type.names
    let given = try decoder.container(keyedBy: Name.self).allKeys.map(\.stringValue).sorted()
    if let unknown = given.first(where: { !known.contains($0) }) {
      throw InvalidArgument(
        "there is no option '\(unknown)'; there are \(known.joined(separator: ", "))")
    }
    let own = try type.init(from: decoder)
    guard var mapping = own as? any MappingRequest else {
      request = own
      return
    }
    mapping.mapping = try BackboneMapping(from: decoder)
    request = mapping
  }
}

/// The options of `pthconv_inspect`.
struct InspectRequest: Request {
  var statistics: Bool?
  var histograms: Bool?
  var checksum: Bool?

  enum CodingKeys: String, CodingKey, CaseIterable { case statistics, histograms, checksum }
}

/// The options of `pthconv_html`.
struct PageRequest: Request {
  var report: String?
  var file: String?

  enum CodingKeys: String, CodingKey, CaseIterable { case report, file }
}

/// The options of `pthconv_preflight`.
struct PreflightRequest: Request {
  var checkpoint: String?
  var gpus: Int?
  var imagesPerGPU: Int?
  var images: [String]?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case checkpoint, gpus, images
    case imagesPerGPU = "images_per_gpu"
  }

  /// - Throws: ``InvalidArgument`` if a number is outside 1...65536.
  func options() throws(InvalidArgument) -> PreflightOptions {
    for (name, value) in [("gpus", gpus), ("images_per_gpu", imagesPerGPU)] {
      if let value, !(1...65536).contains(value) {
        throw InvalidArgument("\(name) takes a number from 1 to 65536")
      }
    }
    return PreflightOptions(
      checkpoint: checkpoint, gpus: gpus, imagesPerGPU: imagesPerGPU, images: images)
  }
}

/// The options of `pthconv_diff`.
struct DiffRequest: Request {
  var tolerance: Double?

  enum CodingKeys: String, CodingKey, CaseIterable { case tolerance }
}

/// The options that select a backbone and say how keys are mapped to it.
struct BackboneMapping: Request {
  var backbone: String?
  var flavor: String?
  var arguments: [String]?
  var prefix: String?
  var reviseKeys: [[String]]?
  var sourceFlavor: String?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case backbone, flavor, arguments, prefix
    case reviseKeys = "revise_keys"
    case sourceFlavor = "source_flavor"
  }

  /// - Throws: ``InvalidArgument`` if no backbone is named; `BackboneError` for invalid arguments.
  func request() throws -> BackboneRequest {
    guard let backbone else { throw InvalidArgument("no backbone is named") }
    return BackboneRequest(
      backbone, flavor: flavor.map { Flavor(rawValue: $0) },
      arguments: try BackboneArguments(parsing: arguments ?? []))
  }

  /// - Throws: ``InvalidArgument`` if a revision is not a pair; `KeyMappingError` if its pattern is invalid.
  func options(for checkpoint: Checkpoint) throws -> MappingOptions {
    MappingOptions(
      revisions: try (reviseKeys ?? []).map { pair in
        guard pair.count == 2 else {
          throw InvalidArgument("a key revision is a pair of regular expression and replacement")
        }
        return try KeyRevision(pattern: pair[0], replacement: pair[1])
      }, prefix: prefix, sourceFlavor: sourceFlavor.map { Flavor(rawValue: $0) },
      fileName: checkpoint.fileName)
  }
}

/// The options of `pthconv_map`: a backbone, or the keys of any module.
struct MapRequest: MappingRequest {
  var mapping = BackboneMapping()
  var target: [Entry]?

  /// A key of a module.
  struct Entry: Decodable, Sendable {
    let name: String
    let shape: [Int]
    let dtype: String?
    let twin: Int?

    /// - Throws: ``InvalidArgument`` for an unknown dtype.
    func entry() throws(InvalidArgument) -> ModuleEntry {
      guard let dtype = DType(rawValue: dtype ?? "float32") else {
        throw InvalidArgument("\(name): there is no type '\(self.dtype ?? "")'")
      }
      return ModuleEntry(name, shape, dtype, twin: twin)
    }
  }

  enum CodingKeys: String, CodingKey, CaseIterable { case target }
}

/// The options of `pthconv_verify`.
struct VerifyRequest: MappingRequest {
  var mapping = BackboneMapping()
  var reference: String?
  var input: String?
  var seed: Int?
  var size: [Int]?
  var tolerance: Double?
  var engine: String?
  var threads: Int?
  var layers: Bool?
  var featureMaps: Bool?
  var images: [String]?

  enum CodingKeys: String, CodingKey, CaseIterable {
    case reference, input, seed, size, tolerance, engine, threads, layers, images
    case featureMaps = "feature_maps"
  }

  /// The engines to run, the faster one first.
  func engines() throws(InvalidArgument) -> [EngineKind] {
    let kinds: [EngineKind]? =
      switch engine ?? "both" {
      case "both": [.onednn, .reference].filter { $0.fault == nil }
      case "reference": [.reference]
      case "onednn": [.onednn]
      default: nil
      }
    guard let kinds else {
      throw InvalidArgument("engine takes both, reference or onednn, not '\(engine ?? "")'")
    }
    if let fault = kinds.lazy.compactMap(\.fault).first {
      throw InvalidArgument("\(fault); or ask for the reference engine")
    }
    return kinds
  }
}
