import PthBytes
import PthPickle

/// The manifest of a TorchServe archive: the handler that runs for each request, and the packages that are installed
/// before.
enum ServingManifest {
  /// The handlers that come with TorchServe.
  private static let handlers: Set<String> = [
    "image_classifier", "image_segmenter", "object_detector", "text_classifier",
  ]

  static func findings(_ bytes: Bytes) -> [(verdict: AuditVerdict, text: String)] {
    var found: [(AuditVerdict, String)] = []
    let isWhole = JSONStrings.forEach(in: bytes) { key, value in
      guard found.count < 20 else { return }
      switch key {
      case "handler" where !handlers.contains(value):
        found.append((.unknown, "names the handler '\(value.prefix(60))', which TorchServe runs"))
      case "requirementsFile":
        found.append(
          (.unknown, "names '\(value.prefix(60))', which TorchServe may install packages from"))
      default: break
      }
    }
    if !isWhole { found.append((.unknown, "cannot be parsed to its end")) }
    return found
  }
}
