import PthConfigs

/// Something about a run that should be known before it starts.
public struct PreflightFinding: Sendable {
  /// How bad it is.
  public enum Severity: String, Sendable, Hashable, CaseIterable, Encodable {
    /// The run would not do what the configuration says, or would not start.
    case error
    /// The run does what the configuration says, and that is seldom intended.
    case warning
    /// Worth knowing, or impossible to judge from the files at hand.
    case note
  }

  /// The kind of a finding, for programs. Codes never change their meaning.
  public enum Kind: String, Sendable, Hashable, CaseIterable, Encodable {
    /// A checkpoint's name has a scheme or a model that no loader knows.
    case unknownSource = "unknown-source"
    /// A checkpoint is not on this machine.
    case notHere = "not-here"
    /// A checkpoint cannot be read.
    case unreadable
    /// A file is not the one that was published under its name.
    case digestDiffers = "digest-differs"
    /// The file's weights lie behind another prefix than the one that the loader looks behind.
    case wrongPrefix = "wrong-prefix"
    /// The file is a whole detector where a backbone is loaded.
    case detectorForBackbone = "detector-for-backbone"
    /// The file is a backbone where a whole detector is loaded.
    case backboneForDetector = "backbone-for-detector"
    /// The file's weights are not where the loader looks for a state dict.
    case stateDictElsewhere = "state-dict-elsewhere"
    /// The weights fit, but another implementation named them.
    case otherNames = "other-names"
    /// The file holds another network.
    case wrongNetwork = "wrong-network"
    /// A part of the backbone gets no weights.
    case partlyLoaded = "partly-loaded"
    /// No part of the backbone gets weights.
    case nothingLoaded = "nothing-loaded"
    /// A warning of `map`.
    case mapping
    /// Nothing is loaded into the backbone.
    case randomBackbone = "random-backbone"
    /// Stages that training leaves alone have random parameters.
    case frozenButRandom = "frozen-but-random"
    /// Norms that are not updated have the statistics of nothing.
    case normsOfNothing = "norms-of-nothing"
    /// Two entries load weights into the same parameters.
    case loadedTwice = "loaded-twice"
    /// The neck expects other channels than the backbone gives.
    case neckChannels = "neck-channels"
    /// The neck cannot make as many outputs as it is asked for.
    case neckOutputs = "neck-outputs"
    /// The order of colours is not the one that the weights were trained with.
    case channelOrder = "channel-order"
    /// Mean or deviation are not those that the weights were trained with.
    case preparation
    /// The stride lies in another convolution than where the weights were trained.
    case style
    /// The learning rate is not the one for this number of images.
    case rateNotScaled = "lr-not-scaled"
    /// The learning rate is scaled by hand and again by `auto_scale_lr`.
    case rateScaledTwice = "lr-scaled-twice"
    /// The learning rate, and how it comes about.
    case rate = "lr"
    /// The images of a batch are not distributed to the GPUs as requested.
    case batch
    /// Batch norms learn from one or two images.
    case smallBatch = "small-batch"
    /// A backbone that is not registered, or arguments that are not known.
    case unknownBackbone = "unknown-backbone"
    /// An argument that a class does not take, or of which that cannot be told.
    case argument
    /// A value that only Python could evaluate.
    case opaque
  }

  /// The kind of finding.
  public let kind: Kind
  /// How bad it is.
  public let severity: Severity
  /// One sentence about what will happen.
  public let what: String
  /// Why, with what was seen where; empty if that is plain.
  public let why: String
  /// Where the configuration says so; nil if nowhere.
  package let location: ConfigLocation?
  /// The file that says so: the configuration or one of its bases; nil if none does.
  public var file: String? { location?.path }
  /// The line of it, from 1.
  public var line: Int? { location?.line }
  /// The text to write there instead; nil if there is none.
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
