import ArgumentParser
import OrderedCollections
import PthConvKit

/// The completions that a shell offers after an option.
enum Completions {
  /// Computed only when the shell requests completions: a list would be built at every start.
  static let backbones = CompletionKind.custom { _, _, _ in
    BackboneRegistry.standard.definitions.map(\.name)
      + BackboneRegistry.standard.presets.map(\.name)
  }

  static let flavors = CompletionKind.custom { _, _, _ in
    Set(BackboneRegistry.standard.definitions.flatMap(\.flavors).map(\.rawValue)).sorted()
  }

  /// The state dicts of the file on the command line.
  static let stateDicts = CompletionKind.custom { arguments, _, _ in
    checkpoint(in: arguments)?.candidates.map(\.key) ?? []
  }

  /// The tensors of the file on the command line.
  static let tensors = CompletionKind.custom { arguments, _, _ in
    (checkpoint(in: arguments)?.stateDict.keys).map(Array.init) ?? []
  }

  private static func checkpoint(in arguments: [String]) -> Checkpoint? {
    arguments.dropFirst().lazy.filter { !$0.hasPrefix("-") }
      .compactMap { try? Checkpoint.open($0) }.first
  }
}
