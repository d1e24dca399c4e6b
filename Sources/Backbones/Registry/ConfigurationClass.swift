/// How configurations of OpenMMLab's packages ask for a family's networks: the classes and their
/// arguments.
package struct ConfigurationClass: Sendable {
  package struct Argument: Sendable {
    package let name: String
    /// As Python writes it.
    package let literal: String

    init(_ name: String, _ literal: String) {
      self.name = name
      self.literal = literal
    }
  }

  /// No class builds the network.
  package struct Missing: Error {
    /// Why, as a sentence without its end.
    package let reason: String
  }

  /// What OpenMMLab's registries call the classes. Each is also a name of the registry here.
  package let types: Set<String>
  /// Arguments that only the authors' own class takes: one of them shows that it is meant.
  package var originalArguments: Set<String> = []
  /// The implementation of the authors' own class, which configurations use that are older than
  /// OpenMMLab's; nil if there is none.
  package var originalFlavor: Flavor?
  /// Arguments that change no key of the network, or only add some.
  package var argumentsWithoutKeys: Set<String> = []
  /// Arguments that say how a network is used or trained: one that takes the place of another keeps them.
  package var keptArguments: [String] = []
  /// What mmpretrain's class takes by default where mmdetection's takes something else.
  package var pretrainDefaults: BackboneArguments = [:]

  /// The arguments that make a class build a graph, its `type` first.
  ///
  /// - Parameters:
  ///   - isOriginal: whether the class is the authors' own, from the time before OpenMMLab had one.
  ///   - classes: of the file's classifier; nil without one.
  package let arguments:
    @Sendable (_ graph: ModelGraph, _ isOriginal: Bool, _ classes: Int?) throws(Missing) ->
      [Argument]
}

extension BackboneRegistry {
  /// The family whose networks OpenMMLab's registries know under a type.
  package func definition(ofConfigurationType type: String) -> BackboneDefinition? {
    definitions.first { $0.configurationClass?.types.contains(type) == true }
  }

  /// The types of OpenMMLab's registries that are known here, sorted.
  package var configurationTypes: [String] {
    definitions.flatMap { $0.configurationClass?.types ?? [] }.sorted()
  }
}
