import FoundationEssentials

/// A report's HTML page, made from its JSON, so that a stored report can be turned into a page later.
package enum ReportPage: String, CaseIterable, Sendable {
  case inspect, map, verify, preflight

  /// - Parameters:
  ///   - json: The output of the command with `--json`, for one file.
  ///   - file: The file that the report is about.
  /// - Returns: An HTML page that loads nothing else.
  /// - Throws: ``InputProblem`` if `json` is not a report of that command.
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
