import PthBackbones
import PthConfigs
import PthReports

/// A report of what a run with a configuration would do.
public struct PreflightReport: Sendable {
  /// A backbone of the configuration.
  package struct Backbone: Sendable {
    /// Where it stands: `model.backbone`.
    package let path: String
    /// Its type as the configuration has it.
    package let type: String
    /// The place of its dictionary.
    package let location: ConfigLocation?
    /// The network; nil if it is none that is known.
    package let graph: ModelGraph?
    /// The arguments that describe it in a few words.
    package let details: [(name: String, value: Int)]
    /// Channels of what it returns, in order; nil if that is not known.
    package let channels: [Int]?
    /// The share of its weights that come from files when the run starts; nil if that is not known.
    package let coverage: Double?
  }

  /// A checkpoint that the configuration names.
  package struct Source: Sendable {
    /// Whether it was found and read.
    package enum State: String, Sendable, Hashable, CaseIterable {
      case read
      case notHere = "not-here"
      case unreadable
      case unknown
    }

    /// The entry: `model.backbone.init_cfg`.
    package let entry: String
    /// As the configuration has it.
    package let written: String
    package let location: ConfigLocation?
    /// Where it was published; nil for a file.
    package let url: String?
    /// The file, or where it would have to be; nil if no loader would find one.
    package let file: String?
    package let state: State
    /// The backbone's path that it is for.
    package let backbone: String?
    package let arrival: Arrival?
    /// The summary of a mapping, which finds names and prefixes by itself.
    package let mapping: String?
  }

  /// The preparation of images in a checkpoint's training, as photographs show it.
  package struct Images: Sendable {
    /// The checkpoint's name in sentences.
    package let file: String
    /// The backbone's path that it is for.
    package let backbone: String
    package let imageCount: Int
    /// Height and width that they were cut to.
    package let size: Int
    /// Whether the run prepares images as the file's statistics show; nil if that is not known.
    package internal(set) var agrees: Bool?
    /// Why that is not known.
    package internal(set) var reason: String?
    package internal(set) var report: PreparationReport?
    /// Whether a network's name stands in the place of a run.
    let isNamed: Bool

    init(file: String, backbone: String, imageCount: Int, size: Int, isNamed: Bool) {
      self.isNamed = isNamed
      self.file = file
      self.backbone = backbone
      self.imageCount = imageCount
      self.size = size
    }
  }

  /// The configuration, as it was given.
  package let config: String
  /// The file and its bases.
  package let files: [String]
  package let backbones: [Backbone]
  package let sources: [Source]
  /// Empty without images.
  package let images: [Images]
  /// The worst first; findings of equal severity in the order of the configuration.
  public let findings: [PreflightFinding]
  /// What was looked at.
  package let scope: PreflightScope

  /// Whether a finding is an error: the run would not do what its configuration says, or would not start.
  public var hasErrors: Bool { count(.error) > 0 }

  /// Whether nothing of what was looked at had to be left open.
  package var isComplete: Bool { !findings.contains(where: \.leavesOpen) }

  /// How many findings there are of a severity.
  package func count(_ severity: PreflightFinding.Severity) -> Int {
    findings.count { $0.severity == severity }
  }

  /// The report for a person.
  public var text: String { PreflightText(self).text }

  /// The report for a program; `docs/json.md` describes it.
  public var json: String { JSONWriter.text { PreflightJSON(self).write(to: &$0) } }
}
