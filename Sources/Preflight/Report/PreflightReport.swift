import PthBackbones
import PthConfigs
import PthReports

/// The report of what a training run with a configuration would do.
public struct PreflightReport: Sendable {
  /// A backbone of the configuration.
  package struct Backbone: Sendable {
    /// The path in the configuration: `model.backbone`.
    package let path: String
    /// The type as the configuration names it.
    package let type: String
    /// The location of its dictionary.
    package let location: ConfigLocation?
    /// The network; nil if it is not known.
    package let graph: ModelGraph?
    /// The arguments that the text names, if they have unusual values.
    package let details: [(name: String, value: Int)]
    /// The channels of the outputs, in order; nil if they are not known.
    package let channels: [Int]?
    /// The share of its keys that come from files when the run starts; nil if that is not known.
    package let coverage: Double?
  }

  /// A checkpoint that the configuration names.
  package struct Source: Sendable {
    /// Whether the file was found and read.
    package enum State: String, Sendable, Hashable, CaseIterable {
      case read
      case notHere = "not-here"
      case unreadable
      case unknown
    }

    /// The entry: `model.backbone.init_cfg`.
    package let entry: String
    /// The checkpoint as the configuration names it.
    package let written: String
    package let location: ConfigLocation?
    /// The URL that the run downloads the file from; nil for a path.
    package let url: String?
    /// The path of the file, or the path where the run looks for it; nil if that is not known.
    package let file: String?
    package let state: State
    /// The path of the backbone that is loaded; nil for a teacher.
    package let backbone: String?
    package let arrival: Arrival?
    /// The summary of a mapping, which also finds other names and prefixes.
    package let mapping: String?
  }

  /// The preparation of a checkpoint's training images, found with photographs.
  package struct Images: Sendable {
    /// The checkpoint's name as sentences show it.
    package let file: String
    /// The path of the backbone that the checkpoint is for.
    package let backbone: String
    package let imageCount: Int
    /// The height and width of the images after cropping.
    package let size: Int
    /// Whether the run prepares images as in training; nil if that is not known.
    package internal(set) var agrees: Bool?
    /// The reason why ``agrees`` is nil.
    package internal(set) var reason: String?
    package internal(set) var report: PreparationReport?
    /// Whether a network's name was given in place of a configuration.
    let isNamed: Bool

    init(file: String, backbone: String, imageCount: Int, size: Int, isNamed: Bool) {
      self.isNamed = isNamed
      self.file = file
      self.backbone = backbone
      self.imageCount = imageCount
      self.size = size
    }
  }

  /// The path of the configuration, or the name of the network.
  package let config: String
  /// The configuration's file and its bases; empty for a named network.
  package let files: [String]
  package let backbones: [Backbone]
  package let sources: [Source]
  /// The findings from photographs; empty if none were given.
  package let images: [Images]
  /// The findings, the most severe first; findings of equal severity in the order of the checks.
  public let findings: [PreflightFinding]
  /// The parts that were checked, and the parts that were not.
  package let scope: PreflightScope

  /// Whether a finding is an error.
  public var hasErrors: Bool { count(.error) > 0 }

  /// Whether no check had to leave its question open.
  package var isComplete: Bool { !findings.contains(where: \.leavesOpen) }

  /// The number of findings with a severity.
  package func count(_ severity: PreflightFinding.Severity) -> Int {
    findings.count { $0.severity == severity }
  }

  /// The report as text.
  public var text: String { PreflightText(self).text }

  /// The report as JSON; `docs/json.md` documents it.
  public var json: String { JSONWriter.text { PreflightJSON(self).write(to: &$0) } }
}
