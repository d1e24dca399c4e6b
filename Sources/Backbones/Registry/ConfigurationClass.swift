/// How configurations of OpenMMLab's packages ask for a family's networks: the classes and their
/// arguments.
///
/// What all classes of these packages share (`norm_cfg`, `frozen_stages`, `init_cfg`) is known
/// without it.
public struct ConfigurationClass: Sendable {
  /// The names of the classes. Each is also a name of the registry here.
  package let types: Set<String>
  /// The flavors of the classes: mmdetection's and its relatives', and mmpretrain's.
  package let flavor, pretrainFlavor: Flavor
  /// Arguments that only the authors' own class takes: one of them shows that it is meant.
  package let originalArguments: Set<String>
  /// The flavor of the authors' own class, which configurations from before OpenMMLab's own use;
  /// nil if there is none.
  package let originalFlavor: Flavor?
  /// Arguments that change no key of the network.
  package let argumentsWithoutKeys: Set<String>
  /// Arguments that add modules of which nothing is known here.
  package let argumentsThatAddKeys: Set<String>
  /// Integers that the classes take for an argument, where they do not take all.
  package let takenValues: [String: Set<Int>]
  /// Arguments for a network's use or training: a configuration that gets another backbone keeps
  /// them.
  package let keptArguments: [String]
  /// Defaults of mmpretrain's class that differ from mmdetection's.
  package let pretrainDefaults: BackboneArguments
  /// Necks that take the last output only, and the number of its channels.
  package let necksOfLastOutput: Set<String>
  /// What mmdetection's classes take, by their names.
  package var constructors: [String: Constructor] = [:]

  package typealias Writer =
    @Sendable (_ graph: ModelGraph, _ isOriginal: Bool, _ classes: Int?) throws(BackboneError) ->
    BackboneArguments
  /// The arguments that make a class build a graph, its `type` first.
  package let arguments: Writer

  /// How configurations ask for a family.
  ///
  /// - Parameters:
  ///   - types: the names of the classes; each has to be registered, as a name or as a preset.
  ///   - flavor: the flavor of the class in mmdetection and its relatives.
  ///   - pretrainFlavor: the flavor of the class in mmpretrain.
  ///   - originalArguments: arguments that only the authors' own class takes: one of them shows that
  ///     it is meant.
  ///   - originalFlavor: the flavor of the authors' own class, for configurations from before
  ///     OpenMMLab had one.
  ///   - argumentsWithoutKeys: arguments that change no key of the network.
  ///   - argumentsThatAddKeys: arguments that add modules that the graph does not have.
  ///   - takenValues: integers that the classes take for an argument, where they do not take all.
  ///   - keptArguments: arguments of a network's use or training, which stay when a configuration
  ///     gets another backbone.
  ///   - pretrainDefaults: defaults of mmpretrain's class that differ from mmdetection's.
  ///   - necksOfLastOutput: necks that take the last output only, and the number of its channels.
  ///   - arguments: what a configuration has to say for a graph, its `type` first; whether the
  ///     authors' own class is meant; and the classes of the file's classifier. It throws
  ///     ``BackboneError/notBuilt(reason:setting:)`` if no class builds the graph.
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

  /// The types of OpenMMLab's registries that are known here, sorted.
  package var configurationTypes: [String] {
    definitions.flatMap { $0.configurationClass?.types ?? [] }.sorted()
  }
}
