import PthConfigs

/// A finding about a training run, known before it starts.
public struct PreflightFinding: Sendable {
  /// The severity of a finding.
  public enum Severity: String, Sendable, Hashable, CaseIterable, Encodable {
    /// The run would not do what the configuration says, or would not start.
    case error
    /// The run does what the configuration says, but that is rarely intended.
    case warning
    /// Information, or a question that the files on this machine leave open.
    case note
  }

  /// The kind of a finding, for programs. Codes never change their meaning.
  public enum Kind: String, Sendable, Hashable, CaseIterable, Encodable {
    /// A checkpoint's name has a scheme that no loader knows, or is not in the scheme's table.
    case unknownSource = "unknown-source"
    /// A checkpoint is not on this machine.
    case notHere = "not-here"
    /// A checkpoint cannot be read.
    case unreadable
    /// The SHA-256 of a file does not begin with the digits in its name.
    case digestDiffers = "digest-differs"
    /// The file's weights have another prefix than the loader expects.
    case wrongPrefix = "wrong-prefix"
    /// The file is a whole detector where a backbone is loaded.
    case detectorForBackbone = "detector-for-backbone"
    /// The file is a backbone where a whole detector is loaded.
    case backboneForDetector = "backbone-for-detector"
    /// The file's weights are not at the key where the loader looks for the state dict.
    case stateDictElsewhere = "state-dict-elsewhere"
    /// The weights fit, but have the names of another implementation.
    case otherNames = "other-names"
    /// The file holds another network.
    case wrongNetwork = "wrong-network"
    /// Some keys of the backbone are not loaded.
    case partlyLoaded = "partly-loaded"
    /// No weight of the backbone is loaded.
    case nothingLoaded = "nothing-loaded"
    /// A warning of `map` although all keys arrive.
    case mapping
    /// No file is loaded into the backbone, or into a teacher.
    case randomBackbone = "random-backbone"
    /// Frozen stages have random parameters.
    case frozenButRandom = "frozen-but-random"
    /// Batch norms that are not updated have their initial statistics.
    case normsOfNothing = "norms-of-nothing"
    /// Two entries load weights into the same parameters.
    case loadedTwice = "loaded-twice"
    /// The neck expects other channels than the backbone gives.
    case neckChannels = "neck-channels"
    /// The levels that a neck gets or makes do not fit its arguments.
    case neckOutputs = "neck-outputs"
    /// The order of colours differs from training.
    case channelOrder = "channel-order"
    /// Mean or standard deviation differ from training, or a note about the preparation of images.
    case preparation
    /// An argument that no tensor shows, such as `style`, differs from training.
    case style
    /// The learning rate is for another batch size.
    case rateNotScaled = "lr-not-scaled"
    /// The learning rate was scaled by hand and is scaled again by `auto_scale_lr`.
    case rateScaledTwice = "lr-scaled-twice"
    /// The learning rate and its computation.
    case rate = "lr"
    /// The batch cannot be distributed to the GPUs as requested.
    case batch
    /// Batch norms take their statistics from one or two images.
    case smallBatch = "small-batch"
    /// A backbone or an argument that is not known, or a value that the backbone refuses.
    case unknownBackbone = "unknown-backbone"
    /// An argument that a class refuses, or may refuse.
    case argument
    /// A value that cannot be evaluated without Python.
    case opaque
  }

  /// The kind of finding.
  public let kind: Kind
  /// The severity of the finding.
  public let severity: Severity
  /// One sentence about what will happen.
  public let what: String
  /// The reason with its evidence; empty if `what` needs none.
  public let why: String
  /// The location in the configuration that the finding is about; nil if there is none.
  package let location: ConfigLocation?
  /// The file of the location: the configuration or one of its bases; nil without a location.
  public var file: String? { location?.path }
  /// The line in `file`, counted from 1; nil without a location.
  public var line: Int? { location?.line }
  /// The text to write at the location instead; nil if there is no suggestion.
  public let instead: String?

  package init(
    _ kind: Kind, _ severity: Severity, at location: ConfigLocation?, _ what: String,
    because why: String = "", instead: String? = nil
  ) {
    self.kind = kind
    self.severity = severity
    self.location = location
    self.what = what
    self.why = why
    self.instead = instead
  }
}
