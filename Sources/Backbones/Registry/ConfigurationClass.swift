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

  /// The names of the classes in OpenMMLab's registries. Each is also a name of the registry here.
  package let types: Set<String>
  /// Arguments that only the authors' own class takes: one of them shows that it is meant.
  package var originalArguments: Set<String> = []
  /// The flavor of the authors' own class, which configurations from before OpenMMLab's own use;
  /// nil if there is none.
  package var originalFlavor: Flavor?
  /// Arguments that change no key of the network.
  package var argumentsWithoutKeys: Set<String> = []
  /// Arguments that add modules of which nothing is known here.
  package var argumentsThatAddKeys: Set<String> = []
  /// The depths that the classes build; empty if they take any.
  package var depths: Set<Int> = []
  /// Arguments for a network's use or training: a configuration that gets another backbone keeps
  /// them.
  package var keptArguments: [String] = []
  /// Defaults of mmpretrain's class that differ from mmdetection's.
  package var pretrainDefaults: BackboneArguments = [:]
  /// What mmdetection's classes take, by their names.
  package var constructors: [String: Constructor] = [:]

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
  /// The family with a class of this name in OpenMMLab's registries.
  package func definition(ofConfigurationType type: String) -> BackboneDefinition? {
    definitions.first { $0.configurationClass?.types.contains(type) == true }
  }

  /// The types of OpenMMLab's registries that are known here, sorted.
  package var configurationTypes: [String] {
    definitions.flatMap { $0.configurationClass?.types ?? [] }.sorted()
  }
}
