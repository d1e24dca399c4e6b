/// How a configuration of OpenMMLab asks for a network: the class and its arguments.
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

  /// The arguments that make a class build a graph, its `type` first.
  ///
  /// - Parameters:
  ///   - isOriginal: whether the class is the authors' own, from the time before OpenMMLab had one.
  ///   - classes: of the file's classifier; nil without one.
  package let arguments:
    @Sendable (_ graph: ModelGraph, _ isOriginal: Bool, _ classes: Int?) throws(Missing) ->
      [Argument]
}
