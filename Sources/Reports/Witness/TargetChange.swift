import OrderedCollections
import PthBackbones

/// The difference between a target and another network with the same keys: a flavor and arguments.
package struct TargetChange: Sendable, Hashable {
  /// The other network's flavor; nil for the target's own.
  package let flavor: Flavor?
  /// Arguments with other values.
  package let arguments: BackboneArguments
  /// Arguments for which the other flavor has another default than the target's value, named to be explicit.
  package let implied: BackboneArguments

  /// The names of the changed arguments, with `flavor` first if it changes.
  package var names: [String] { (flavor == nil ? [] : ["flavor"]) + arguments.names }

  /// The number of changes.
  var count: Int { arguments.names.count + (flavor == nil ? 0 : 1) }

  private var given: BackboneArguments { arguments.merging(implied) }

  /// The change as options of the program and in JSON: `--flavor mmdet --arg style=caffe`.
  package var options: String {
    let words = given.values.map { name, value in
      let text = value.commandLineText
      return text.contains(where: { " ()[]".contains($0) })
        ? "--arg '\(name)=\(text)'" : "--arg \(name)=\(text)"
    }
    return ((flavor.map { ["--flavor \($0)"] } ?? []) + words).joined(separator: " ")
  }

  /// The change as options if the program prints the report, else in words.
  func text(_ style: TextStyle) -> String {
    let options = style.advice(options)
    return options.isEmpty ? description : options
  }
}

extension TargetChange: CustomStringConvertible {
  /// The change in words: `flavor mmdet and style=caffe`.
  package var description: String {
    ((flavor.map { ["flavor \($0)"] } ?? [])
      + given.values.map { "\($0.key)=\($0.value.commandLineText)" })
      .joined(separator: " and ")
  }
}
