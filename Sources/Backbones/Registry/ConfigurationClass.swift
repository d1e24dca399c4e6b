/// The classes by which configurations of OpenMMLab's packages build a family's networks, with their arguments.
///
/// Arguments that all classes of these packages share (`norm_cfg`, `frozen_stages`, `init_cfg`) need no
/// entry here.
public struct ConfigurationClass: Sendable {
  /// The names of the classes. Each is also a name in ``BackboneRegistry``.
  package let types: Set<String>
  /// The flavors of mmdetection's class (and of packages built on it) and of mmpretrain's class.
  package let flavor, pretrainFlavor: Flavor
  /// Arguments that only the authors' own class takes: any of them shows that this class is meant.
  package let originalArguments: Set<String>
  /// The flavor of the authors' own class, which configurations older than OpenMMLab's class use; nil if
  /// there is no such class.
  package let originalFlavor: Flavor?
  /// Arguments that change no key of the network.
  package let argumentsWithoutKeys: Set<String>
  /// Arguments that add modules that the graph does not have.
  package let argumentsThatAddKeys: Set<String>
  /// The integers that the classes accept for an argument; an argument without an entry accepts any.
  package let takenValues: [String: Set<Int>]
  /// Arguments for a network's use or training, which stay when a configuration gets another backbone.
  package let keptArguments: [String]
  /// Defaults of mmpretrain's class that differ from mmdetection's.
  package let pretrainDefaults: BackboneArguments
  /// Necks whose `in_channels` is one number, since they take only the last output.
  package let necksOfLastOutput: Set<String>
  /// The constructors of mmdetection's classes, by class name.
  package var constructors: [String: Constructor] = [:]

  package typealias Writer =
    @Sendable (_ graph: ModelGraph, _ isOriginal: Bool, _ classes: Int?) throws(BackboneError) ->
    BackboneArguments
  /// Returns the arguments with which a class builds a graph, `type` first.
  package let arguments: Writer

  /// Describes the classes of a family.
  ///
  /// - Parameters:
  ///   - types: the names of the classes; each has to be registered, as a name or as a preset.
  ///   - flavor: the flavor of the class in mmdetection and packages built on it.
  ///   - pretrainFlavor: the flavor of the class in mmpretrain.
  ///   - originalArguments: arguments that only the authors' own class takes: any of them shows that
  ///     this class is meant.
  ///   - originalFlavor: the flavor of the authors' own class, which configurations older than
  ///     OpenMMLab's class use; nil if there is no such class.
  ///   - argumentsWithoutKeys: arguments that change no key of the network.
  ///   - argumentsThatAddKeys: arguments that add modules that the graph does not have.
  ///   - takenValues: the integers that the classes accept for an argument; an argument without an entry
  ///     accepts any.
  ///   - keptArguments: arguments for a network's use or training, which stay when a configuration
  ///     gets another backbone.
  ///   - pretrainDefaults: defaults of mmpretrain's class that differ from mmdetection's.
  ///   - necksOfLastOutput: necks whose `in_channels` is one number, since they take only the last output.
  ///   - arguments: returns the arguments that a configuration needs to build `graph`, `type` first.
  ///     `isOriginal` asks for the authors' own class; `classes` is the file's number of classes, if it has
  ///     a classifier. Throws ``BackboneError/notBuilt(reason:setting:)`` if no class builds the graph.
  public init(
    types: Set<String>, flavor: Flavor = .mmdet, pretrainFlavor: Flavor = .mmpretrain,
    originalArguments: Set<String> = [], originalFlavor: Flavor? = nil,
    argumentsWithoutKeys: Set<String> = [], argumentsThatAddKeys: Set<String> = [],
    takenValues: [String: Set<Int>] = [:], keptArguments: [String] = [],
    pretrainDefaults: BackboneArguments = [:], necksOfLastOutput: Set<String> = [],
    arguments:
      @escaping @Sendable (_ graph: ModelGraph, _ isOriginal: Bool, _ classes: Int?)
      throws(BackboneError) -> BackboneArguments
  ) {
    self.types = types
    self.flavor = flavor
    self.pretrainFlavor = pretrainFlavor
    self.originalArguments = originalArguments
    self.originalFlavor = originalFlavor
    self.argumentsWithoutKeys = argumentsWithoutKeys
    self.argumentsThatAddKeys = argumentsThatAddKeys
    self.takenValues = takenValues
    self.keptArguments = keptArguments
    self.pretrainDefaults = pretrainDefaults
    self.necksOfLastOutput = necksOfLastOutput
    self.arguments = arguments
  }
}

extension BackboneRegistry {
  /// The family with a class of this name in OpenMMLab's registries.
  package func definition(ofConfigurationType type: String) -> BackboneDefinition? {
    definitions.first { $0.configurationClass?.types.contains(type) == true }
  }

  /// The names of all registered families' OpenMMLab classes, sorted.
  package var configurationTypes: [String] {
    definitions.flatMap { $0.configurationClass?.types ?? [] }.sorted()
  }
}
