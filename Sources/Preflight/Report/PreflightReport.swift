import PthBackbones
import PthConfigs
import PthReports

/// What a run with a configuration would do.
public struct PreflightReport: Sendable {
  /// A backbone of the configuration.
  public struct Backbone: Sendable {
    /// Where it stands: `model.backbone`.
    public let path: String
    /// Its type as the configuration has it.
    public let type: String
    /// The place of its dictionary.
    public let location: ConfigLocation?
    /// The network; nil if it is none that is known.
    package let graph: ModelGraph?
    /// Channels of what it returns, in order; nil if that is not known.
    public let channels: [Int]?
    /// The share of its weights that the run starts with from files; nil if that cannot be told.
    public let coverage: Double?
  }

  /// A checkpoint that the configuration names.
  public struct Source: Sendable {
    /// What became of looking for it.
    public enum State: String, Sendable, Hashable, CaseIterable {
      case read
      case notHere = "not-here"
      case unreadable
      case unknown
    }

    /// The entry: `model.backbone.init_cfg`.
    public let entry: String
    /// As the configuration has it.
    public let written: String
    public let location: ConfigLocation?
    /// Where it was published; nil for a file.
    public let url: String?
    /// The file, or where it would have to be; nil if no loader would find one.
    public let file: String?
    public let state: State
    /// The backbone's path that it is for.
    public let backbone: String?
    package let arrival: Arrival?
    /// What a mapping that looks for names and prefixes itself makes of it.
    package let mapping: String?
  }

  /// What photographs show of a checkpoint that was read: how images were prepared in its training.
  public struct Images: Sendable {
    /// What a person calls the checkpoint.
    public let file: String
    /// The backbone's path that it is for.
    public let backbone: String
    public let imageCount: Int
    /// Height and width that they were cut to.
    public let size: Int
    /// Whether the run prepares images as the file's statistics say; nil if that cannot be told.
    public internal(set) var agrees: Bool?
    /// Why it cannot be told.
    public internal(set) var reason: String?
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
  public let config: String
  /// The file and its bases.
  public let files: [String]
  public let backbones: [Backbone]
  public let sources: [Source]
  /// Empty without images.
  public let images: [Images]
  /// The worst first; those alike in the order of the configuration.
  public let findings: [PreflightFinding]

  /// Whether the run would do what the configuration says, as far as can be told from here.
  public var hasErrors: Bool { count(.error) > 0 }

  /// How many findings there are of a severity.
  public func count(_ severity: PreflightFinding.Severity) -> Int {
    findings.count { $0.severity == severity }
  }
}
