import FoundationEssentials

/// A report's page, made of its JSON: whoever has the one can have the other, at any time.
package enum ReportPage: String, CaseIterable, Sendable {
  case inspect, map, verify, preflight

  /// - Parameters:
  ///   - json: What `--json` of the command prints for one file.
  ///   - file: The file that the report is about.
  /// - Returns: A page of HTML that needs nothing else.
  /// - Throws: ``InputProblem`` if it is no report of that command.
  package func html(_ json: [UInt8], file: String) throws -> [UInt8] {
    let decoder = JSONDecoder()
    decoder.nonConformingFloatDecodingStrategy = .convertFromString(
      positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
    decoder.keyDecodingStrategy = .convertFromSnakeCase
    let data = Data(json)
    do {
      switch self {
      case .inspect: return try decoder.decode(InspectPage.self, from: data).html
      case .map: return try decoder.decode(MapPage.self, from: data).html(file: file)
      case .preflight: return try decoder.decode(PreflightPage.self, from: data).html(file: file)
      case .verify: return try decoder.decode(VerifyPage.self, from: data).html(file: file)
      }
    } catch is DecodingError {
      throw InputProblem("this is no report of \(rawValue)")
    }
  }
}
